//! One statement at a time, within the store's timeout.

use std::{sync::Arc, time::Duration};

use sqlx::{Pool, pool::PoolConnection};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep, timeout_at},
};

use crate::{
    engine::{Engine, Value},
    error::{Error, Fault},
};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Database<D: Engine> {
    readers: Pool<D>,
    writers: Pool<D>,
    turn: Option<Semaphore>,
    limit: Duration,
}

/// A connection on loan. It goes back by the engine's own way, also when its statement was cancelled.
pub(crate) struct Lease<D: Engine> {
    connection: PoolConnection<D>,
    limit: Duration,
    /// Whether a transaction may be open on it, so that nobody else may have it.
    pub(crate) in_transaction: bool,
}

impl<D: Engine> Lease<D> {
    /// Waits for a connection, which may take `limit` to go back.
    pub(crate) async fn of(pool: &Pool<D>, limit: Duration) -> Result<Self, sqlx::Error> {
        Ok(Self { connection: pool.acquire().await?, limit, in_transaction: false })
    }

    pub(crate) fn connection(&mut self) -> &mut D::Connection {
        &mut self.connection
    }
}

impl<D: Engine> Database<D> {
    pub(crate) fn new(readers: Pool<D>, writers: Pool<D>, limit: Duration) -> Self {
        let turn = D::ONE_WRITER.then(|| Semaphore::new(1));
        Self { readers, writers, turn, limit }
    }

    pub(crate) fn writers(&self) -> &Pool<D> {
        &self.writers
    }

    pub(crate) fn readers(&self) -> &Pool<D> {
        &self.readers
    }

    /// How many rows were changed. The statement is repeated while the database turns it away untouched.
    pub(crate) async fn write(&self, sql: &Arc<str>, values: &[Value<'_>]) -> Result<u64, Error> {
        let deadline = Instant::now() + self.limit;
        let _turn = self.take_turn(deadline).await?;
        let write = || async {
            let mut lease = Lease::of(&self.writers, self.limit).await?;
            D::execute(lease.connection(), sql, values).await
        };
        repeat::<D, _, _>(deadline, D::was_turned_away, write).await
    }

    /// The documents. Reading changes nothing, so it is also repeated when its connection is lost.
    pub(crate) async fn read(&self, sql: &Arc<str>, values: &[Value<'_>]) -> Result<Vec<Vec<u8>>, Error> {
        let again = |error: &sqlx::Error| D::was_turned_away(error) || D::has_lost_connection(error);
        let read = || async {
            let mut lease = Lease::of(&self.readers, self.limit).await?;
            D::documents(lease.connection(), sql, values).await
        };
        repeat::<D, _, _>(Instant::now() + self.limit, again, read).await
    }

    async fn take_turn(&self, deadline: Instant) -> Result<Option<SemaphorePermit<'_>>, Error> {
        let Some(turn) = &self.turn else { return Ok(None) };
        // The semaphore is never closed.
        Ok(timeout_at(deadline, turn.acquire()).await.map_err(|_| Error::new(Fault::TimedOut))?.ok())
    }
}

impl<D: Engine> Drop for Lease<D> {
    fn drop(&mut self) {
        D::give_back(&mut self.connection, self.limit, self.in_transaction);
    }
}

/// Attempts it until it is done, fails for good, or the time is over.
pub(crate) async fn repeat<D, T, F>(
    deadline: Instant,
    again: impl Fn(&sqlx::Error) -> bool,
    attempt: impl Fn() -> F,
) -> Result<T, Error>
where
    D: Engine,
    F: Future<Output = Result<T, sqlx::Error>>,
{
    let (mut pause, mut turned_away) = (FIRST_PAUSE, None);
    loop {
        match timeout_at(deadline, attempt()).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) if again(&error) && Instant::now() + pause < deadline => {
                turned_away = Some(error);
                sleep(pause).await;
            }
            Ok(Err(error)) => return Err(Error::of::<D>(&error)),
            Err(_) => return Err(turned_away.map_or(Error::new(Fault::TimedOut), |error| Error::of::<D>(&error).timed_out())),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
