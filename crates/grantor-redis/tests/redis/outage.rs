//! Redis is away, slow, full or read-only: unavailable within the timeout, and well again by itself.

use std::time::Duration;

use grantor_core::{GrantStore, StoreError, types::GrantId};
use grantor_redis::RedisStore;

use tokio::task::JoinSet;

use crate::kit::{House, Seen, Server, prefix, remade, store, until, url};

/// The text of an error that must be `Unavailable`.
fn unavailable<T>(outcome: Result<T, StoreError>) -> String {
    match outcome {
        Err(error @ StoreError::Unavailable(_)) => error.to_string(),
        Err(StoreError::Conflict) => panic!("a conflict"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it went well"),
    }
}

fn quick(url: &str, prefix: &str) -> RedisStore {
    store(url, prefix).with_timeout(Duration::from_secs(1))
}

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(5), what).await.expect("within the timeout, and a lot")
}

async fn is_up(house: &House) -> bool {
    house.approve().await.has_code()
}

/// ST-19
#[tokio::test]
async fn a_redis_that_is_not_there_is_unavailable_until_it_is() {
    let Some(_) = url() else { return };
    let mut server = Server::start(&[]).await;
    server.crash();
    let house = House::new(store(&server.url(), &prefix()));
    let text = unavailable(house.store.load(&GrantId::from_bytes([0; 16])).await);
    assert_eq!(text, "the store is unavailable: no connection to Redis: connection refused");
    assert!(house.approve().await.is_busy());
    server.start_again(&[]);
    server.answers().await;
    assert!(is_up(&house).await, "the first request after the outage");
}

/// ST-19
#[tokio::test]
async fn a_redis_that_stands_still_is_unavailable_within_the_timeout() {
    let Some(_) = url() else { return };
    let server = Server::start(&[]).await;
    let prefix = prefix();
    let house = House::new(store(&server.url(), &prefix));
    let hasty = House::new(quick(&server.url(), &prefix));
    let (code, grant) = (house.code().await, house.grant().await);
    until("the store is well", async || is_up(&hasty).await).await;
    server.freeze();
    let text = unavailable(in_time(hasty.store.load(grant.id())).await);
    assert_eq!(text, "the store is unavailable: Redis did not answer within 1s");
    let next = remade(&grant, None, [3; 16]);
    unavailable(in_time(hasty.store.replace(*grant.version(), next)).await);
    let mut waiting = JoinSet::new();
    for _ in 0..64 {
        let (hasty, code) = (hasty.clone(), code.clone());
        waiting.spawn(async move { hasty.redeem(&code).await });
    }
    assert!(in_time(waiting.join_all()).await.iter().all(Seen::is_busy));
    server.thaw();
    until("the store is well again", async || is_up(&hasty).await).await;
    assert_eq!(house.redeem(&code).await.status, 200, "nothing was half done");
}

/// ST-19
#[tokio::test]
async fn a_replica_is_neither_written_nor_read() {
    let Some(_) = url() else { return };
    let (primary, replica) = (Server::start(&[]).await, Server::start(&[]).await);
    let prefix = prefix();
    let at_primary = House::new(store(&primary.url(), &prefix));
    let grant = at_primary.grant().await;
    replica.follow(&primary).await;
    let stale = store(&replica.url(), &prefix);
    let refused = "the store is unavailable: Redis refused the command: READONLY";
    assert_eq!(unavailable(stale.load(grant.id()).await), refused);
    assert_eq!(unavailable(stale.insert(remade(&grant, Some([1; 16]), [1; 16])).await), refused);
    assert_eq!(unavailable(stale.replace(*grant.version(), grant.clone()).await), refused);
    let lost = remade(&grant, None, [2; 16]);
    assert_eq!(unavailable(stale.replace(*lost.version(), lost).await), refused, "not even Lost is certain there");
    replica.ask::<()>(&["REPLICAOF", "NO", "ONE"]).await;
    assert_eq!(stale.load(grant.id()).await.unwrap().unwrap().encode(), grant.encode());
}

/// ST-19
#[tokio::test]
async fn a_full_redis_takes_no_new_grant_and_those_that_are_there_go_on() {
    let Some(_) = url() else { return };
    let server = Server::start(&["--maxmemory-policy", "noeviction"]).await;
    let house = House::new(store(&server.url(), &prefix()));
    let (code, grant) = (house.code().await, house.grant().await);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = "the store is unavailable: Redis refused the command: OOM";
    assert_eq!(unavailable(house.store.insert(remade(&grant, Some([1; 16]), [1; 16])).await), refused);
    assert!(house.approve().await.is_busy());
    let tokens = house.redeem(&code).await;
    assert_eq!(house.refresh(&tokens.member("refresh_token")).await.status, 200);
    assert_eq!(house.redeem(&code).await.status, 400, "a replayed code ends the grant");
    assert_eq!(house.verify(&tokens.member("access_token")).await, 401);
    server.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert!(is_up(&house).await);
}

/// ST-19
#[tokio::test]
async fn a_redis_that_is_loading_is_unavailable_until_it_has_loaded() {
    let Some(_) = url() else { return };
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let house = House::new(store(&server.url(), &prefix()));
    let code = house.code().await;
    for number in 0..200 {
        server.ask::<()>(&["SET", &format!("filler-{number}"), &"x".repeat(200)]).await;
    }
    server.ask::<()>(&["BGREWRITEAOF"]).await;
    until("the file is written anew", async || {
        let info = server.ask::<String>(&["INFO", "persistence"]).await;
        info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0")
    })
    .await;
    server.crash();
    server.start_again(&["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]);
    server.answers().await;
    let text = unavailable(house.store.load(&GrantId::from_bytes([0; 16])).await);
    assert_eq!(text, "the store is unavailable: Redis refused the command: LOADING");
    until("Redis has loaded", async || is_up(&house).await).await;
    assert_eq!(house.redeem(&code).await.status, 200);
}

#[tokio::test]
async fn a_crash_with_appendfsync_always_loses_nothing_that_was_answered() {
    let Some(_) = url() else { return };
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let house = House::new(store(&server.url(), &prefix()));
    let code = house.code().await;
    let tokens = house.redeem(&code).await;
    server.crash();
    assert!(house.refresh(&tokens.member("refresh_token")).await.is_busy());
    server.start_again(&[]);
    server.answers().await;
    until("the store is well again", async || house.verify(&tokens.member("access_token")).await == 200).await;
    assert_eq!(house.refresh(&tokens.member("refresh_token")).await.status, 200);
    assert_eq!(house.redeem(&code).await.status, 400, "the code stays spent");
}

#[tokio::test]
async fn no_error_and_no_debug_text_repeats_an_address_or_a_credential() {
    let Some(_) = url() else { return };
    let server = Server::start(&["--requirepass", "correct-horse"]).await;
    let (host, port) = ("127.0.0.1", server.port().to_string());
    let id = GrantId::from_bytes([0; 16]);
    let mut texts = Vec::new();
    for login in ["", ":hunter2@", "alice:hunter2@"] {
        let store = quick(&format!("redis://{login}{host}:{port}/"), &prefix());
        texts.push(format!("{store:?}"));
        let error = store.load(&id).await.unwrap_err();
        texts.push(format!("{error} {error:?}"));
    }
    let nobody = quick("redis://alice:hunter2@127.0.0.1:1/", &prefix()).load(&id).await.unwrap_err();
    texts.push(format!("{nobody} {nobody:?}"));
    for bad in ["redis://alice:hunter2@:x/", "postgres://alice:hunter2@db", "alice:hunter2"] {
        let error = RedisStore::open(bad).unwrap_err();
        texts.push(format!("{error} {error:?}"));
    }
    for text in &texts {
        for secret in ["hunter2", "alice", host, &port, "correct"] {
            assert!(!text.replace("redis://127.0.0.1:6379/0", "").contains(secret), "{text}");
        }
    }
    assert!(store(&format!("redis://:correct-horse@{host}:{port}/"), &prefix()).load(&id).await.unwrap().is_none());
}
