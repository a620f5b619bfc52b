//! What only a server can do to a store.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use grantor_core::{GrantStore, StoreError, Swap};
use grantor_sqlx::{
    Fault, PgStore, Settings, SqlStore,
    sqlx::{self, AssertSqlSafe, Row, postgres::PgPoolOptions},
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    grants::{Recipe, kept, marked, parked_until, twin},
    place::{Place, Schema, within},
    proxy::{Proxy, Wire},
};

/// What the tests that wait for it configure: a busy machine may need as long for the rest.
const SHORT: Duration = Duration::from_secs(5);

/// A test that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn unavailable<T>(answer: Result<T, StoreError>) -> String {
    let Err(StoreError::Unavailable(why)) = answer else { panic!("it was available") };
    why.to_string()
}

impl Schema {
    fn short(&self) -> Settings {
        Settings { timeout: SHORT, ..self.settings() }
    }

    /// A store behind the wire, as a host that has nothing of its own opens one.
    async fn behind(&self, proxy: &Proxy) -> PgStore {
        let (rest, database) = self.url.rsplit_once('/').unwrap();
        let user = rest.split_once("//").unwrap().1.split_once('@').unwrap().0;
        let url = format!("postgres://{user}@127.0.0.1:{}/{database}?sslmode=disable", proxy.port);
        PgStore::connect_with_settings(&url, self.short()).await.unwrap()
    }

    fn server(&self) -> &str {
        self.url.split_once('@').unwrap().1.split_once('/').unwrap().0
    }
}

async fn cut_or_silence(wire: Wire) {
    within(move |place: Arc<Schema>| async move {
        let mut proxy = Proxy::before(place.server()).await;
        let store = place.behind(&proxy).await;
        let grant = Recipe::default().active().await;
        store.insert(grant.clone()).await.unwrap();

        proxy.set(wire).await;
        let mut calls = JoinSet::new();
        for call in 0..40_u8 {
            let (store, grant) = (store.clone(), grant.clone());
            calls.spawn(async move {
                let start = Instant::now();
                match call % 4 {
                    0 => unavailable(store.load(grant.id()).await),
                    1 => unavailable(store.replace(*grant.version(), marked(&grant, 1)).await),
                    2 => unavailable(store.insert(twin(&grant, call)).await),
                    _ => unavailable(store.sweep(parked_until(), 10).await),
                };
                assert!(start.elapsed() < 2 * SHORT, "{:?}", start.elapsed());
            });
        }
        calls.join_all().await;

        proxy.set(Wire::Whole).await;
        let start = Instant::now();
        while store.load(grant.id()).await.is_err() {
            assert!(start.elapsed() < 5 * SHORT, "it does not recover");
        }
        for _ in 0..20 {
            assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
        }
        let next = marked(&grant, 9);
        assert_eq!(store.replace(*grant.version(), next.clone()).await.unwrap(), Swap::Done);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_unavailable_in_time_and_good_again_when_it_returns() {
    timeout(PATIENCE, cut_or_silence(Wire::Cut)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_unavailable_in_time_and_good_again_when_it_speaks() {
    timeout(PATIENCE, cut_or_silence(Wire::Silent)).await.unwrap();
}

/// On one thread, so that the connection is still on its way when the wire falls silent.
#[tokio::test]
async fn a_connection_that_does_not_come_back_from_a_migration_is_given_up() {
    within(|place: Arc<Schema>| async move {
        let mut proxy = Proxy::before(place.server()).await;
        let store = place.behind(&proxy).await;
        proxy.set(Wire::Silent).await;
        // A pool that is closed before does not wait for the server's word.
        tokio::time::sleep(Duration::from_millis(100)).await;
        timeout(PATIENCE, store.close()).await.unwrap();
    })
    .await;
}

/// Whether the future was done when it had been polled so often; then it is dropped.
async fn is_done_after(polls: usize, future: impl Future) -> bool {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(move |context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_dropped_wherever_it_waits_leaves_no_transaction_open() {
    // Which wait a poll ends in differs from time to time.
    for _ in 0..5 {
        for polls in 1.. {
            let Some(place) = Schema::enter().await else { return };
            let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect(&place.url).await.unwrap();
            let store = SqlStore::with_settings(pool, place.settings());
            let is_done = is_done_after(polls, store.migrate()).await;
            let (other, grant) = (place.store().await, Recipe::default().active().await);
            store.insert(grant.clone()).await.unwrap();
            assert_eq!(kept(&other, &grant).await, Some(grant.encode()), "dropped at poll {polls}");
            store.close().await;
            other.close().await;
            if is_done {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_server_ended_are_no_trouble_to_readers() {
    within(|place: Arc<Schema>| async move {
        let store = PgStore::connect_with_settings(&place.url, place.settings()).await.unwrap();
        let grant = Recipe::default().active().await;
        store.insert(grant.clone()).await.unwrap();
        let pids = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()";
        for _ in 0..5 {
            kept(&store, &grant).await.unwrap();
            sqlx::query(AssertSqlSafe(pids)).bind(&place.name).fetch_all(&place.pool().await).await.unwrap();
            assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_others_hold_locked_is_unavailable_and_not_lost() {
    within(|place: Arc<Schema>| async move {
        place.store().await;
        let (pool, store) = (place.pool().await, PgStore::connect_with_settings(&place.url, place.short()).await.unwrap());
        let grant = Recipe::default().parked().await;
        store.insert(grant.clone()).await.unwrap();

        let mut holder = pool.begin().await.unwrap();
        let lock = format!("SELECT 1 FROM {}.grantor_grants FOR UPDATE", place.name);
        sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *holder).await.unwrap();
        let start = Instant::now();
        unavailable(store.replace(*grant.version(), marked(&grant, 1)).await);
        assert!(start.elapsed() < 2 * SHORT, "{:?}", start.elapsed());
        assert_eq!(store.sweep(parked_until() + Duration::from_secs(1), 10).await.unwrap(), 0, "a sweep waits for nobody");
        assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
        holder.rollback().await.unwrap();

        tokio::time::sleep(SHORT).await;
        assert_eq!(kept(&store, &grant).await, Some(grant.encode()), "a write that was given up came late");
        assert_eq!(store.replace(*grant.version(), marked(&grant, 2)).await.unwrap(), Swap::Done);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_is_unavailable_for_writers_and_good_for_readers_and_migrations() {
    within(|place: Arc<Schema>| async move {
        let (store, grant) = (place.store().await, Recipe::default().parked().await);
        store.insert(grant.clone()).await.unwrap();
        let read_only = PgPoolOptions::new().after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("SET default_transaction_read_only = on").execute(connection).await?;
                Ok(())
            })
        });
        let store = SqlStore::with_settings(read_only.connect(&place.url).await.unwrap(), place.settings());
        store.migrate().await.unwrap();
        assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
        let why = unavailable(store.replace(*grant.version(), marked(&grant, 1)).await);
        assert!(why.contains("read-only"), "{why}");
        unavailable(store.insert(twin(&grant, 1)).await);
        unavailable(store.sweep(parked_until(), 1).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_is_lost_and_no_error_where_transactions_are_serializable() {
    within(|place: Arc<Schema>| async move {
        let (first, grant) = (place.store().await, Recipe::default().active().await);
        first.insert(grant.clone()).await.unwrap();
        let strict = PgPoolOptions::new().max_connections(16).after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql("SET default_transaction_isolation = serializable").execute(connection).await?;
                Ok(())
            })
        });
        let store = SqlStore::with_settings(strict.connect(&place.url).await.unwrap(), place.settings());
        let mut replacers = JoinSet::new();
        for replacer in 0..64 {
            let (store, read, next) = (store.clone(), *grant.version(), marked(&grant, replacer));
            replacers.spawn(async move { store.replace(read, next).await.unwrap() });
        }
        let done = replacers.join_all().await.into_iter().filter(|swap| *swap == Swap::Done).count();
        assert_eq!(done, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_is_in_an_error_whether_the_server_is_there_or_not() {
    within(|place: Arc<Schema>| async move {
        let there = format!("postgres://somebody:s3cret@{}/no_such_place?sslmode=disable", place.server());
        let faults = [
            (there.as_str(), &[Fault::Refused][..]),
            ("postgres://somebody:s3cret@127.0.0.1:1/no_such_place", &[Fault::TimedOut, Fault::Unreachable]),
            ("postgres://somebody:s3cret@127.0.0.1:port/no_such_place", &[Fault::Settings]),
        ];
        for (url, expected) in faults {
            let error = PgStore::connect_with_settings(url, place.short()).await.unwrap_err();
            let text = format!("{error} {error:?} {}", StoreError::from(error.clone()));
            assert!(expected.contains(&error.fault()), "{text}");
            for secret in ["somebody", "s3cret", "no_such_place", "127.0.0.1"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_finds_its_rows_by_an_index() {
    within(|place: Arc<Schema>| async move {
        place.store().await;
        let mut connection = place.pool().await.acquire().await.unwrap();
        sqlx::raw_sql("SET enable_seqscan = off").execute(&mut *connection).await.unwrap();
        for (rows, index) in [
            ("id = 'x'", "grantor_grants_pkey"),
            (
                "sha256(subject) = sha256('x') AND subject = 'x' AND stage <> 'ended' AND id > 'y' ORDER BY id LIMIT 9",
                "grantor_grants_subject",
            ),
            ("client_id = 'x' AND stage <> 'ended' AND id > 'y' ORDER BY id LIMIT 9", "grantor_grants_client_id"),
            ("forget_after < 9 ORDER BY forget_after LIMIT 9 FOR UPDATE SKIP LOCKED", "grantor_grants_forget_after"),
        ] {
            let explain = format!("EXPLAIN SELECT document FROM {}.grantor_grants WHERE {rows}", place.name);
            let plan = sqlx::query(AssertSqlSafe(explain)).fetch_all(&mut *connection).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
            assert!(plan.iter().any(|line| line.contains(index)) && !plan.iter().any(|line| line.contains("Sort")), "{plan:?}");
        }
    })
    .await;
}
