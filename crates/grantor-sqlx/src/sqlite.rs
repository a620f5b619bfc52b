use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    Connection, Row, Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::Instant;

use crate::{
    Error, Settings, SqlStore, Tables,
    database::repeat,
    engine::{Engine, Value, bound},
};

/// Grants and clients in an SQLite database, in a file on a local disk or in memory.
///
/// SQLite lets one writer in at a time, so the writers of a store stand in line, and none of them is told "locked" because
/// of another. Against other stores, pools and processes on the same file the database's own lock decides: a write that
/// finds it taken is repeated within the store's timeout, and is then `Unavailable`, never `Lost`.
///
/// On the host's own pool ([`new`](SqlStore::new)) its options are the host's choice. Take `journal_mode = WAL`, or
/// readers and the writer stop each other; a `busy_timeout` well below the store's timeout; and `synchronous = FULL`,
/// since with less a power failure takes back writes that were acknowledged, and a code that was spent can be spent again.
/// WAL needs shared memory: never put the file on a network disk.
pub type SqliteStore = SqlStore<Sqlite>;

/// How long SQLite itself waits for a lock, on a thread that cannot be called back meanwhile. Waiting longer is ours.
const BUSY_TIMEOUT: Duration = Duration::from_millis(250);

const READERS: u32 = 4;

impl SqlStore<Sqlite> {
    /// Opens the file, makes it if it is not there, and makes the tables. `:memory:` is [`in_memory`](Self::in_memory).
    ///
    /// Write-ahead log, `synchronous = FULL`, one connection that writes and four that read.
    ///
    /// # Errors
    /// [`Error`] when the file cannot be opened or written within the store's timeout, or is no database.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with_settings(path, Settings::default()).await
    }

    /// Opens the file with these settings.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with_settings(path: impl AsRef<Path>, settings: Settings) -> Result<Self, Error> {
        if path.as_ref() == Path::new(":memory:") {
            return Self::in_memory_with_settings(settings).await;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let writers = connect(&options, 1, &settings).await?;
        let readers = connect(&options, READERS, &settings).await?;
        Self::opened(readers, writers, settings).await
    }

    /// A store on the host's own pools, for a host that has one to read and one to write. A pool of one connection keeps
    /// the host's writers and the store's in one line.
    #[must_use]
    pub fn with_pools(readers: SqlitePool, writers: SqlitePool, settings: Settings) -> Self {
        Self::on(readers, writers, settings)
    }

    /// A database in memory that ends with the store. All clones of the store share it.
    ///
    /// # Errors
    /// [`Error`] when SQLite cannot make it.
    pub async fn in_memory() -> Result<Self, Error> {
        Self::in_memory_with_settings(Settings::default()).await
    }

    async fn in_memory_with_settings(settings: Settings) -> Result<Self, Error> {
        // The database is as old as its only connection, which therefore stays.
        let pool = connect(&SqliteConnectOptions::new().in_memory(true), 1, &settings).await?;
        Self::opened(pool.clone(), pool, settings).await
    }

    async fn opened(readers: SqlitePool, writers: SqlitePool, settings: Settings) -> Result<Self, Error> {
        let store = Self::on(readers, writers, settings);
        store.migrate().await?;
        Ok(store)
    }
}

/// Two processes that open a new file at once both switch it to the write-ahead log, and SQLite lets one of them wait.
async fn connect(options: &SqliteConnectOptions, most: u32, settings: &Settings) -> Result<SqlitePool, Error> {
    let pool = SqlitePoolOptions::new()
        .max_connections(most)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(settings.limit());
    let connect = || pool.clone().connect_with(options.clone());
    repeat::<Sqlite, _, _>(Instant::now() + settings.limit(), Sqlite::was_turned_away, connect).await
}

impl Engine for Sqlite {
    const ONE_WRITER: bool = true;
    const STEPS: &'static [&'static str] = &[include_str!("../migrations/sqlite/0001.sql")];
    const SWEEP: &'static str = "DELETE FROM {grants} WHERE forget_after < $1 AND id IN \
         (SELECT id FROM {grants} WHERE forget_after < $1 ORDER BY forget_after LIMIT $2)";
    const OF_SUBJECT: &'static str = "SELECT document FROM {grants} \
         WHERE subject = $1 AND stage <> 'ended' AND id > $2 ORDER BY id LIMIT $3";
    const TABLES_NAMED: &'static str = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1";

    async fn execute(connection: &mut SqliteConnection, sql: &Arc<str>, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        Ok(bound::<Sqlite>(sql, values).execute(connection).await?.rows_affected())
    }

    async fn documents(
        connection: &mut SqliteConnection,
        sql: &Arc<str>,
        values: &[Value<'_>],
    ) -> Result<Vec<Vec<u8>>, sqlx::Error> {
        bound::<Sqlite>(sql, values).fetch_all(connection).await?.iter().map(|row| row.try_get(0)).collect()
    }

    async fn number(connection: &mut SqliteConnection, sql: &Arc<str>, values: &[Value<'_>]) -> Result<i64, sqlx::Error> {
        bound::<Sqlite>(sql, values).fetch_one(connection).await?.try_get(0)
    }

    async fn script(connection: &mut SqliteConnection, sql: String) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.map(drop)
    }

    async fn begin_migration<'c>(
        connection: &'c mut SqliteConnection,
        _: &Tables,
    ) -> Result<Transaction<'c, Sqlite>, sqlx::Error> {
        connection.begin_with("BEGIN IMMEDIATE").await
    }

    fn was_turned_away(error: &sqlx::Error) -> bool {
        matches!(primary_code(error), Some(BUSY | LOCKED))
    }

    fn has_lost_connection(error: &sqlx::Error) -> bool {
        matches!(error, sqlx::Error::WorkerCrashed)
    }

    fn takes(tables: &Tables) -> bool {
        tables.schema().is_none()
    }

    fn give_back(_: &mut PoolConnection<Sqlite>, _: Duration, _: bool) {}

    fn meaning(code: &str) -> Option<&'static str> {
        Some(match code.parse::<u16>().ok()? & 0xff {
            1 => "are the tables there? run the migration",
            BUSY | LOCKED => "others kept it locked",
            8 => "it is read-only",
            10 => "the disk failed",
            11 => "the file is damaged",
            13 => "the disk is full",
            14 => "the file cannot be opened",
            26 => "the file is no SQLite database",
            _ => return None,
        })
    }
}

const BUSY: u16 = 5;
const LOCKED: u16 = 6;

/// The low byte of the extended result code.
fn primary_code(error: &sqlx::Error) -> Option<u16> {
    Some(error.as_database_error()?.code()?.parse::<u16>().ok()? & 0xff)
}
