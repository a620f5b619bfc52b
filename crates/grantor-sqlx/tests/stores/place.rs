//! Where a test's tables are: a place of its own, which it leaves as it found it.

use std::{
    env,
    io::Write,
    sync::{
        Arc, Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use grantor_sqlx::{
    Backend, Settings, SqlStore, SqliteStore, Tables,
    sqlx::{self, AssertSqlSafe, PgPool, Pool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions},
};
use tempfile::TempDir;

/// A database with room for one test.
pub(crate) trait Place: Sized + Send + Sync + 'static {
    type Database: Backend;

    /// `None`: there is no server, and the machine need not have one.
    fn enter() -> impl Future<Output = Option<Self>> + Send;
    /// A pool as a host makes one.
    fn pool(&self) -> impl Future<Output = Pool<Self::Database>> + Send;
    /// A handle of its own on the tables, which are there.
    fn store(&self) -> impl Future<Output = SqlStore<Self::Database>> + Send;
    fn settings(&self) -> Settings;
    /// The same tables under another prefix.
    fn prefixed(&self, prefix: &str) -> Tables;
}

/// An SQLite file.
pub(crate) struct File(pub(crate) TempDir);

/// An SQLite database in memory, with one handle.
pub(crate) struct Memory(SqliteStore);

/// A schema of a PostgreSQL database.
pub(crate) struct Schema {
    pub(crate) url: String,
    pub(crate) name: String,
}

/// Long enough for a machine that does ten other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl File {
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.0.path().join("grants.db")
    }
}

impl Place for File {
    type Database = sqlx::Sqlite;

    async fn enter() -> Option<Self> {
        Some(Self(TempDir::new().unwrap()))
    }

    async fn pool(&self) -> Pool<sqlx::Sqlite> {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path()).create_if_missing(true);
        SqlitePoolOptions::new().max_connections(3).connect_with(options).await.unwrap()
    }

    async fn store(&self) -> SqliteStore {
        SqliteStore::open_with_settings(self.path(), self.settings()).await.unwrap()
    }

    fn settings(&self) -> Settings {
        Settings { timeout: PATIENCE, ..Settings::default() }
    }

    fn prefixed(&self, prefix: &str) -> Tables {
        Tables::prefixed(prefix).unwrap()
    }
}

impl Place for Memory {
    type Database = sqlx::Sqlite;

    async fn enter() -> Option<Self> {
        Some(Self(SqliteStore::open(":memory:").await.unwrap()))
    }

    async fn pool(&self) -> Pool<sqlx::Sqlite> {
        SqlitePoolOptions::new().max_connections(3).connect("sqlite::memory:").await.unwrap()
    }

    async fn store(&self) -> SqliteStore {
        self.0.clone()
    }

    fn settings(&self) -> Settings {
        Settings { timeout: PATIENCE, ..Settings::default() }
    }

    fn prefixed(&self, prefix: &str) -> Tables {
        Tables::prefixed(prefix).unwrap()
    }
}

impl Place for Schema {
    type Database = sqlx::Postgres;

    async fn enter() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let url = server()?;
        let name = format!("grantor_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { url, name })
    }

    async fn pool(&self) -> PgPool {
        PgPoolOptions::new().max_connections(3).acquire_timeout(PATIENCE).connect(&self.url).await.unwrap()
    }

    async fn store(&self) -> SqlStore<sqlx::Postgres> {
        let store = SqlStore::with_settings(self.pool().await, self.settings());
        store.migrate().await.unwrap();
        store
    }

    fn settings(&self) -> Settings {
        Settings { tables: self.prefixed("grantor_"), timeout: PATIENCE }
    }

    fn prefixed(&self, prefix: &str) -> Tables {
        Tables::prefixed(prefix).unwrap().in_schema(&self.name).unwrap()
    }
}

/// The server of `TEST_PG_URL`. Without it the tests say once that they did not run; in CI they fail.
fn server() -> Option<String> {
    static TOLD: Once = Once::new();
    let url = env::var("TEST_PG_URL").ok();
    if url.is_none() {
        assert!(env::var_os("CI").is_none(), "TEST_PG_URL is not set, and CI must test PostgreSQL");
        // Not by a macro, whose output a passing test keeps to itself.
        let line = b"grantor-sqlx: the tests on PostgreSQL did not run; TEST_PG_URL=postgres://... turns them on\n";
        TOLD.call_once(|| drop(std::io::stderr().write_all(line)));
    }
    url
}

/// A schema goes with the last that holds it, also when the test failed.
impl Drop for Schema {
    fn drop(&mut self) {
        let (url, drop) = (self.url.clone(), AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name)));
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { sqlx::raw_sql(drop).execute(&PgPool::connect(&url).await.unwrap()).await.unwrap() });
        });
        assert!(dropped.join().is_ok() || std::thread::panicking());
    }
}

/// Runs a test in a place of its own.
pub(crate) async fn within<P: Place, F: Future<Output = ()>>(test: impl FnOnce(Arc<P>) -> F) {
    if let Some(place) = P::enter().await {
        test(Arc::new(place)).await;
    }
}

/// Makes tests of generic functions, for each place they name.
macro_rules! tests {
    (in $($place:ident as $module:ident),+; $names:tt) => {
        $($crate::place::tests!(@ $place $module $names);)+
    };
    (@ $place:ident $module:ident { $($name:ident)+ }) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                $crate::place::within::<$crate::place::$place, _>(super::$name).await;
            })+
        }
    };
}
pub(crate) use tests;
