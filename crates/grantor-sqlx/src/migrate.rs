use std::{sync::Arc, time::Duration};

use sqlx::Pool;
use tokio::time::Instant;

use crate::{
    Backend, Tables,
    database::{Lease, repeat},
    engine::{Engine, Value},
    error::{Error, Fault},
};

/// How long a migration waits for another one, or for a busy database.
const LIMIT: Duration = Duration::from_secs(60);

/// How long the connection of a migration may take to go back to its pool.
const BACK: Duration = Duration::from_secs(3);

/// Makes the tables of this release, on the host's own pool. To be called before the store is used.
///
/// It may run at every start and in any number of processes at once: each step is applied once, in one transaction with
/// its entry in the table `migrations`, and a database that is up to date is only read. It touches no table but its own,
/// and not the ledger of `sqlx::migrate!`. Steps only add, so that the release before can go on beside this one; a host
/// with its own tool finds the same statements in the crate's folder `migrations`.
///
/// # Errors
/// [`Error`] when the database cannot be reached or refuses, and [`Fault::Settings`] when SQLite is to have a schema. What
/// was applied before stays, and the next call goes on from there.
pub async fn migrate<D: Backend>(pool: &Pool<D>, tables: &Tables) -> Result<(), Error> {
    if !D::takes(tables) {
        return Err(Error::new(Fault::Settings));
    }
    repeat::<D, _, _>(Instant::now() + LIMIT, D::was_turned_away, || apply(pool, tables)).await
}

async fn apply<D: Engine>(pool: &Pool<D>, tables: &Tables) -> Result<(), sqlx::Error> {
    let mut lease = Lease::of(pool, BACK).await?;
    if applied::<D>(lease.connection(), tables).await? >= D::STEPS.len() {
        return Ok(());
    }
    lease.in_transaction = true;
    let mut transaction = D::begin_migration(lease.connection(), tables).await?;
    let ledger = tables.fill("CREATE TABLE IF NOT EXISTS {migrations} (step bigint NOT NULL PRIMARY KEY)");
    D::script(&mut transaction, ledger).await?;
    let insert = Arc::from(tables.fill("INSERT INTO {migrations} (step) VALUES ($1)"));
    let done = applied::<D>(&mut transaction, tables).await?;
    for (step, script) in (1..).zip(D::STEPS).skip(done) {
        D::script(&mut transaction, tables.fill(script)).await?;
        D::execute(&mut transaction, &insert, &[Value::Integer(step)]).await?;
    }
    transaction.commit().await?;
    lease.in_transaction = false;
    Ok(())
}

/// How many steps were applied.
async fn applied<D: Engine>(connection: &mut D::Connection, tables: &Tables) -> Result<usize, sqlx::Error> {
    let ledger = tables.fill("{migrations}");
    if D::number(connection, &D::TABLES_NAMED.into(), &[Value::Text(&ledger)]).await? == 0 {
        return Ok(0);
    }
    let count = tables.fill("SELECT count(*) FROM {migrations}");
    let count = D::number(connection, &count.into(), &[]).await?;
    Ok(usize::try_from(count).unwrap_or(0))
}
