//! What a flow and a refresh cost on each store, beside the bare statements that they need, on the same pools.
//!
//! `TEST_PG_URL` adds PostgreSQL. The last lines are the ratios: the time with the engine by that of its statements.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark fails by panicking"
)]

mod bare;
#[path = "../../tests/stores/grants.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod grants;
mod work;

use std::{path::Path, sync::Arc, time::Duration};

use criterion::Criterion;
use grantor_sqlx::{
    PgStore, Settings, SqlStore, SqliteStore, Tables,
    sqlx::{
        self, AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool,
        postgres::PgPoolOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};
use tokio::runtime::Runtime;

use bare::{Bare, Statements};
use grants::builder;
use work::{Engine, Kind, beside};

const SCHEMA: &str = "grantor_bench";

fn main() {
    let runtime = Runtime::new().unwrap();
    let criterion = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(500));
    let mut criterion = criterion.measurement_time(Duration::from_secs(2)).configure_from_args();
    let mut ratios = Vec::new();

    let folder = tempfile::TempDir::new().unwrap();
    let (store, bare) = runtime.block_on(on_a_file(&folder.path().join("grants.db")));
    compare(&mut criterion, &runtime, "sqlite", &store, bare, &mut ratios);
    let (store, bare) = runtime.block_on(in_memory());
    compare(&mut criterion, &runtime, "sqlite in memory", &store, bare, &mut ratios);

    if let Ok(url) = std::env::var("TEST_PG_URL") {
        let (store, bare) = runtime.block_on(on_a_server(&url));
        compare(&mut criterion, &runtime, "postgres", &store, bare, &mut ratios);
        runtime.block_on(drop_schema(&url));
    } else {
        println!("PostgreSQL was not measured; TEST_PG_URL=postgres://... adds it");
    }
    criterion.final_summary();
    for ratio in ratios {
        println!("{ratio}");
    }
}

fn compare<D: grantor_sqlx::Backend + Statements>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    store: &SqlStore<D>,
    bare: Bare<D>,
    ratios: &mut Vec<String>,
) {
    // Without a window a grant does not grow with the refreshes of the last seconds.
    let server = builder("app").grants(Arc::new(store.clone())).retry_window(Duration::ZERO).build().unwrap();
    let (engine, bare) = (Arc::new(Engine(server)), Arc::new(bare));
    for (kind, what) in [(Kind::Flow, "flow"), (Kind::Refresh, "refresh")] {
        for at_once in [1, 16, 64] {
            let name = format!("{name}, {what}, {at_once} at once");
            let ratio = beside(criterion, runtime, &name, kind, at_once, &engine, &bare);
            ratios.extend(ratio.map(|ratio| format!("{name}: {ratio:.2} times its bare statements")));
        }
    }
}

/// The pools are what `SqliteStore::open` makes.
async fn on_a_file(path: &Path) -> (SqliteStore, Bare<Sqlite>) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).busy_timeout(Duration::from_millis(250));
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = |most| SqlitePoolOptions::new().max_connections(most).test_before_acquire(false).connect_with(options.clone());
    let (writers, readers) = (pool(1).await.unwrap(), pool(4).await.unwrap());
    sqlite(readers, writers).await
}

async fn in_memory() -> (SqliteStore, Bare<Sqlite>) {
    let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
    let pool = pool.connect_with(SqliteConnectOptions::new().in_memory(true)).await.unwrap();
    sqlite(pool.clone(), pool).await
}

async fn sqlite(readers: SqlitePool, writers: SqlitePool) -> (SqliteStore, Bare<Sqlite>) {
    let store = SqliteStore::with_pools(readers.clone(), writers.clone(), settings(Tables::default()));
    store.migrate().await.unwrap();
    (store, Bare::new(readers, writers, "grantor_grants").await)
}

async fn on_a_server(url: &str) -> (PgStore, Bare<Postgres>) {
    let pool: PgPool = PgPoolOptions::new().max_connections(10).test_before_acquire(false).connect(url).await.unwrap();
    let store = PgStore::with_settings(pool.clone(), settings(Tables::default().in_schema(SCHEMA).unwrap()));
    store.migrate().await.unwrap();
    (store, Bare::new(pool.clone(), pool, &format!("{SCHEMA}.grantor_grants")).await)
}

async fn drop_schema(url: &str) {
    let pool = PgPool::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {SCHEMA} CASCADE"))).execute(&pool).await.unwrap();
}

fn settings(tables: Tables) -> Settings {
    Settings { tables, timeout: Duration::from_secs(30) }
}
