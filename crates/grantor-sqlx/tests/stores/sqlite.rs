//! What only a file can do to a store.

use std::time::{Duration, Instant};

use grantor_core::{GrantStore, StoreError, Swap};
use grantor_sqlx::{
    Fault, Settings, SqlStore, SqliteStore, Tables, migrate,
    sqlx::{
        self, Row,
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};
use tokio::task::JoinSet;

use crate::{
    grants::{Recipe, kept, marked, parked_until, twin},
    place::{File, PATIENCE, Place},
};

/// A busy machine may need as long for the rest.
const SHORT: Duration = Duration::from_secs(5);

#[track_caller]
fn unavailable<T>(answer: Result<T, StoreError>) -> String {
    let Err(StoreError::Unavailable(why)) = answer else { panic!("it was available") };
    why.to_string()
}

async fn file() -> File {
    File::enter().await.unwrap()
}

#[tokio::test]
async fn an_opened_file_has_a_write_ahead_log_and_survives_a_restart() {
    let (file, grant) = (file().await, Recipe::default().active().await);
    let store = file.store().await;
    store.insert(grant.clone()).await.unwrap();
    store.close().await;
    assert_eq!(kept(&file.store().await, &grant).await, Some(grant.encode()));
    let mode = sqlx::query("PRAGMA journal_mode").fetch_one(&file.pool().await).await.unwrap();
    assert_eq!(mode.get::<String, _>(0), "wal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_others_keep_locked_is_unavailable_in_time_and_not_lost() {
    let (file, grant) = (file().await, Recipe::default().parked().await);
    let settings = Settings { timeout: SHORT, ..Settings::default() };
    let store = SqliteStore::open_with_settings(file.path(), settings).await.unwrap();
    store.insert(grant.clone()).await.unwrap();

    let holder = file.pool().await.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let start = Instant::now();
    let why = unavailable(store.replace(*grant.version(), marked(&grant, 1)).await);
    assert!(why.contains("locked"), "{why}");
    assert!(start.elapsed() < 2 * SHORT, "{:?}", start.elapsed());
    unavailable(store.insert(twin(&grant, 1)).await);
    unavailable(store.sweep(parked_until(), 1).await);
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()), "readers go on");
    holder.rollback().await.unwrap();

    assert_eq!(store.replace(*grant.version(), marked(&grant, 2)).await.unwrap(), Swap::Done);
}

#[tokio::test]
async fn a_read_only_file_is_unavailable_for_writers_and_good_for_readers_and_migrations() {
    let (file, grant) = (file().await, Recipe::default().parked().await);
    file.store().await.insert(grant.clone()).await.unwrap();
    let options = SqliteConnectOptions::new().filename(file.path()).read_only(true);
    let store = SqlStore::new(SqlitePoolOptions::new().connect_with(options).await.unwrap());
    store.migrate().await.unwrap();
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
    let why = unavailable(store.replace(*grant.version(), marked(&grant, 1)).await);
    assert!(why.contains("read-only"), "{why}");
    unavailable(store.insert(twin(&grant, 1)).await);
    unavailable(store.sweep(parked_until() + Duration::from_secs(1), 1).await);
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_keeps_what_was_there() {
    let (file, grant) = (file().await, Recipe::default().parked().await);
    file.store().await.insert(grant.clone()).await.unwrap();
    let options = SqliteConnectOptions::new().filename(file.path()).pragma("max_page_count", "1");
    let store = SqlStore::new(SqlitePoolOptions::new().connect_with(options).await.unwrap());
    let why = loop {
        if let Err(StoreError::Unavailable(why)) = store.insert(Recipe::default().active().await).await {
            break why.to_string();
        }
    };
    assert!(why.contains("full"), "{why}");
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
}

#[tokio::test]
async fn what_cannot_be_read_is_unavailable_and_not_absent() {
    let (file, grant) = (file().await, Recipe::default().parked().await);
    let store = file.store().await;
    store.insert(grant.clone()).await.unwrap();
    sqlx::raw_sql("UPDATE grantor_grants SET document = x'ff00'").execute(&file.pool().await).await.unwrap();
    unavailable(store.load(grant.id()).await);
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_an_error_without_its_path() {
    let file = file().await;
    std::fs::write(file.path(), "no database, but long enough to be taken for the header of one, if one does not look at it")
        .unwrap();
    for path in [file.path(), file.0.path().join("s3cret/grants.db")] {
        let error = SqliteStore::open(path).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert_eq!(error.fault(), Fault::Refused, "{text}");
        assert!(!text.contains("s3cret") && !text.contains("grants.db"), "{text}");
    }
}

#[tokio::test]
async fn sqlite_has_no_schemas() {
    let tables = Tables::default().in_schema("auth").unwrap();
    assert_eq!(migrate(&file().await.pool().await, &tables).await.unwrap_err().fault(), Fault::Settings);
}

#[tokio::test]
async fn a_hosts_own_tables_and_ledger_stay_as_they_are() {
    let file = file().await;
    let pool = file.pool().await;
    let own = "CREATE TABLE _sqlx_migrations (version bigint); CREATE TABLE users (id bigint); INSERT INTO users VALUES (1)";
    sqlx::raw_sql(own).execute(&pool).await.unwrap();
    migrate(&pool, &Tables::default()).await.unwrap();
    let names = sqlx::query("SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name)");
    let names: String = names.fetch_one(&pool).await.unwrap().get(0);
    assert_eq!(names, "_sqlx_migrations,grantor_clients,grantor_grants,grantor_migrations,users");
    let rows = sqlx::query("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM _sqlx_migrations)");
    assert_eq!(rows.fetch_one(&pool).await.unwrap().get::<i64, _>(0), 1);
}

/// As hosts have them: a shared cache in memory, a single connection, and a file without a write-ahead log.
#[tokio::test(flavor = "multi_thread")]
async fn pools_of_all_kinds_take_64_writers_without_an_error() {
    let file = file().await;
    let shared = SqlitePoolOptions::new().max_connections(5).connect("sqlite::memory:").await.unwrap();
    let single = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    for pool in [shared, single, file.pool().await] {
        let store = SqlStore::with_settings(pool, Settings { timeout: PATIENCE, ..Settings::default() });
        store.migrate().await.unwrap();
        let mut writers = JoinSet::new();
        for _ in 0..64 {
            let store = store.clone();
            writers.spawn(async move {
                let grant = Recipe::default().active().await;
                store.insert(grant.clone()).await.unwrap();
                assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
                assert_eq!(store.replace(*grant.version(), marked(&grant, 1)).await.unwrap(), Swap::Done);
            });
        }
        writers.join_all().await;
    }
}
