//! One connection for the whole process, made on first use and made anew when it broke.
//!
//! - Every request has one timeout, which covers connecting, waiting in the queue and the answer.
//! - A request that writes is sent once. Only Redis saying that it does not know the script lets it be sent again.
//! - A request that reads is sent again, once, when the connection was lost under it.
//! - A connection that broke, timed out or turned out to lead to a replica is left; the next request makes a new one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, Value, aio::MultiplexedConnection, cmd, pipe};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    fault::{Fault, is_unknown_script},
    script::Request,
};

pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(3);

/// After this long without use a connection is asked for a sign of life, so that one that was lost in the meantime (a restart,
/// a firewall) does not cost a request whose outcome nobody knows.
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Link {
    client: Client,
    pub(crate) timeout: Duration,
    pub(crate) replicas: Option<Replicas>,
    line: Mutex<Option<Line>>,
}

/// How many replicas must confirm, and how long Redis waits for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replicas {
    pub(crate) needed: u32,
    pub(crate) timeout: Duration,
}

/// What Redis said, and how many replicas have it if that was asked.
pub(crate) struct Said {
    pub(crate) value: Value,
    reached: Option<(u32, u32)>,
}

#[derive(Clone)]
struct Line {
    connection: MultiplexedConnection,
    spoiled: Arc<AtomicBool>,
    used: Instant,
}

impl Link {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, timeout: DEFAULT_TIMEOUT, replicas: None, line: Mutex::new(None) }
    }

    /// Sends what changes something, or may: once.
    pub(crate) async fn write(&self, request: Request<'_>) -> Result<Said, Fault> {
        self.send(request, self.replicas, Instant::now() + self.timeout).await
    }

    /// Sends what may be sent twice.
    pub(crate) async fn read(&self, request: Request<'_>, replicas: Option<Replicas>) -> Result<Said, Fault> {
        let deadline = Instant::now() + self.timeout;
        match self.send(request, replicas, deadline).await {
            Err(Fault::Disconnected(_)) => self.send(request, replicas, deadline).await,
            said => said,
        }
    }

    async fn send(&self, request: Request<'_>, replicas: Option<Replicas>, deadline: Instant) -> Result<Said, Fault> {
        let late = |_| Fault::TimedOut(self.timeout);
        let mut line = timeout_at(deadline, self.line()).await.map_err(late)??;
        let said = timeout_at(deadline, line.say(request, replicas)).await.unwrap_or_else(|elapsed| Err(late(elapsed)));
        if said.as_ref().is_err_and(Fault::spoils_connection) {
            line.spoiled.store(true, Ordering::Relaxed);
        }
        said
    }

    /// The connection, made anew if there is none that is good. Of many requests one makes it and the others wait.
    async fn line(&self) -> Result<Line, Fault> {
        let mut place = self.line.lock().await;
        if let Some(line) = &mut *place
            && line.is_good(self.timeout / 4).await
        {
            line.used = Instant::now();
            return Ok(line.clone());
        }
        *place = None;
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let connection = connection.map_err(Fault::of)?;
        let line = Line { connection, spoiled: Arc::default(), used: Instant::now() };
        Ok(place.insert(line).clone())
    }
}

impl Line {
    async fn is_good(&mut self, patience: Duration) -> bool {
        if self.spoiled.load(Ordering::Relaxed) {
            return false;
        }
        if self.used.elapsed() < IDLE {
            return true;
        }
        let ping = cmd("PING");
        matches!(timeout(patience, ping.exec_async(&mut self.connection)).await, Ok(Ok(())))
    }

    async fn say(&mut self, request: Request<'_>, replicas: Option<Replicas>) -> Result<Said, Fault> {
        let said = match self.send(request.command(), replicas).await {
            Err(error) if is_unknown_script(&error) => self.send(request.whole(), replicas).await,
            said => said,
        };
        said.map_err(Fault::of)
    }

    /// `WAIT` goes in one piece with its write: on another connection it would wait for nothing.
    async fn send(&mut self, command: Cmd, replicas: Option<Replicas>) -> Result<Said, RedisError> {
        let Some(Replicas { needed, timeout }) = replicas else {
            return Ok(Said { value: command.query_async(&mut self.connection).await?, reached: None });
        };
        // Zero would be for ever.
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut both = pipe();
        both.add_command(command).cmd("WAIT").arg(needed).arg(milliseconds);
        let (value, reached) = both.query_async(&mut self.connection).await?;
        Ok(Said { value, reached: Some((reached, needed)) })
    }
}

impl Said {
    /// The answer, once as many replicas as were asked for have what stands behind it.
    pub(crate) fn confirmed(self) -> Result<Value, Fault> {
        match self.reached {
            Some((reached, needed)) if reached < needed => Err(Fault::Replicas { reached, needed }),
            _ => Ok(self.value),
        }
    }
}
