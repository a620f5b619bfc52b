use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, Postgres, Row, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};
use tokio::time::{Instant, timeout};

use crate::{
    Error, Settings, SqlStore, Tables,
    database::repeat,
    engine::{Engine, Value, bound},
};

/// Grants and clients in a PostgreSQL database, version 11 or later.
///
/// Connect to the primary, since a replica is late, and leave `synchronous_commit` on, since without it a crash of the
/// server takes back writes that were acknowledged. TLS is the host's: on in the pool it makes, by the features of its
/// `sqlx`. Behind a PgBouncer that pools transactions, hand in a pool without a statement cache.
///
/// When a method ran out of time or was cancelled, its connection is used again only if the server answers on it soon, so
/// that a server behind a dead network does not hold the pool. The statement itself may still be at work in the server:
/// set `statement_timeout` there to the store's timeout, as [`connect`](Self::connect) does.
pub type PgStore = SqlStore<Postgres>;

/// A connection that rested this long is tried before it is used.
const RESTED: Duration = Duration::from_secs(1);

/// One key for all of grantor's migrations in a database.
const MIGRATION_LOCK: i64 = 0x6772_616e_746f_7231;

impl SqlStore<Postgres> {
    /// Connects to `postgres://user:password@host/database` with at most ten connections, and makes the tables.
    ///
    /// # Errors
    /// [`Error`] when the URL cannot be read, or the server cannot be reached or refuses within the store's timeout.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with_settings(url, Settings::default()).await
    }

    /// Connects with these settings.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with_settings(url: &str, settings: Settings) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url).map_err(|error| Error::of::<Postgres>(&error))?;
        let options = options.options([("statement_timeout", settings.limit().as_millis().max(1).to_string())]);
        let pool = PgPoolOptions::new().acquire_timeout(settings.limit()).test_before_acquire(false).before_acquire(
            |connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            },
        );
        let connect = || pool.clone().connect_with(options.clone());
        let pool = repeat::<Postgres, _, _>(Instant::now() + settings.limit(), |_| false, connect).await?;
        let store = Self::with_settings(pool, settings);
        store.migrate().await?;
        Ok(store)
    }
}

impl Engine for Postgres {
    const ONE_WRITER: bool = false;
    const STEPS: &'static [&'static str] = &[include_str!("../migrations/postgres/0001.sql")];
    // Without the array the planner may run the inner select again and again, past the limit.
    const SWEEP: &'static str = "DELETE FROM {grants} WHERE forget_after < $1 AND id = ANY(ARRAY(\
         SELECT id FROM {grants} WHERE forget_after < $1 ORDER BY forget_after LIMIT $2 FOR UPDATE SKIP LOCKED))";
    const OF_SUBJECT: &'static str = "SELECT document FROM {grants} \
         WHERE sha256(subject) = sha256($1) AND subject = $1 AND stage <> 'ended' AND id > $2 ORDER BY id LIMIT $3";
    const TABLES_NAMED: &'static str = "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1)";

    async fn execute(connection: &mut PgConnection, sql: &Arc<str>, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        Ok(bound::<Postgres>(sql, values).execute(connection).await?.rows_affected())
    }

    async fn documents(connection: &mut PgConnection, sql: &Arc<str>, values: &[Value<'_>]) -> Result<Vec<Vec<u8>>, sqlx::Error> {
        bound::<Postgres>(sql, values).fetch_all(connection).await?.iter().map(|row| row.try_get(0)).collect()
    }

    async fn number(connection: &mut PgConnection, sql: &Arc<str>, values: &[Value<'_>]) -> Result<i64, sqlx::Error> {
        bound::<Postgres>(sql, values).fetch_one(connection).await?.try_get(0)
    }

    async fn script(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
    }

    async fn begin_migration<'c>(
        connection: &'c mut PgConnection,
        tables: &Tables,
    ) -> Result<Transaction<'c, Postgres>, sqlx::Error> {
        let mut transaction = connection.begin().await?;
        sqlx::raw_sql("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *transaction).await?;
        if let Some(schema) = tables.schema() {
            // Only when it is missing, because `IF NOT EXISTS` alone asks for a right that the host need not give.
            let there = sqlx::query("SELECT 1 FROM pg_namespace WHERE nspname = $1").bind(schema);
            if there.fetch_optional(&mut *transaction).await?.is_none() {
                Self::script(&mut transaction, format!("CREATE SCHEMA \"{schema}\"")).await?;
            }
        }
        Ok(transaction)
    }

    fn was_turned_away(error: &sqlx::Error) -> bool {
        // Serialization failure and deadlock: in a database whose default isolation is stricter than READ COMMITTED.
        matches!(code(error).as_deref(), Some("40001" | "40P01"))
    }

    fn has_lost_connection(error: &sqlx::Error) -> bool {
        let ended = code(error).is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P05") || code.starts_with("08"));
        ended || matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_))
    }

    fn takes(_: &Tables) -> bool {
        true
    }

    fn give_back(connection: &mut PoolConnection<Postgres>, limit: Duration, in_transaction: bool) {
        if in_transaction {
            // Nothing is rolled back whose `BEGIN` was cancelled before the server answered it.
            connection.close_on_drop();
        } else {
            // The pool waits for the server without end before it takes a connection back.
            tokio::spawn(timeout(limit, connection.return_to_pool()));
        }
    }

    fn meaning(code: &str) -> Option<&'static str> {
        Some(match code {
            "25006" => "it is read-only",
            "3D000" => "there is no such database",
            "42501" => "the user lacks the right",
            "42P01" | "3F000" => "the tables are not there: run the migration",
            "53100" => "the disk is full",
            "53300" => "it has too many connections",
            "57014" => "the statement took too long",
            "57P01" | "57P02" | "57P03" => "it is starting or stopping",
            _ if code.starts_with("28") => "it did not accept the login",
            _ => return None,
        })
    }
}

fn code(error: &sqlx::Error) -> Option<std::borrow::Cow<'_, str>> {
    error.as_database_error()?.code()
}
