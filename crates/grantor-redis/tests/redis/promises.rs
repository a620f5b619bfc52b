//! What the store promises on any Redis, beyond what the conformance suite asks of every store.

use std::{collections::HashSet, time::Duration};

use grantor_core::{GrantStore, StoreError, Swap, types::GrantId};
use grantor_redis::Danger;
use time::OffsetDateTime;

use crate::kit::{House, Server, ask, client, prefix, remade, store, url};

async fn names(url: &str, prefix: &str) -> Vec<String> {
    ask(url, &["KEYS", &format!("{prefix}:*")]).await.unwrap()
}

/// ST-11
#[tokio::test]
async fn a_grant_comes_back_as_it_was_written() {
    let Some(url) = url() else { return };
    let house = House::new(store(&url, &prefix()));
    let grant = house.grant().await;
    let (id, version) = ([9; 16], [8; 16]);
    let other = remade(&grant, Some(id), version);
    house.store.insert(other.clone()).await.unwrap();
    let back = house.store.load(&GrantId::from_bytes(id)).await.unwrap().unwrap();
    assert_eq!(back.encode(), other.encode());
}

/// ST-19
#[tokio::test]
async fn an_id_that_is_there_conflicts_and_stays_as_it_was() {
    let Some(url) = url() else { return };
    let house = House::new(store(&url, &prefix()));
    let grant = house.grant().await;
    for again in [grant.clone(), remade(&grant, None, [1; 16])] {
        assert!(matches!(house.store.insert(again).await, Err(StoreError::Conflict)));
    }
    assert_eq!(house.store.load(grant.id()).await.unwrap().unwrap().encode(), grant.encode());
}

/// ST-10
#[tokio::test]
async fn an_absent_grant_is_none_and_is_never_made_by_a_replace() {
    let Some(url) = url() else { return };
    let house = House::new(store(&url, &prefix()));
    let absent = remade(&house.grant().await, Some([5; 16]), [6; 16]);
    assert!(house.store.load(absent.id()).await.unwrap().is_none());
    let read = *absent.version();
    assert_eq!(house.store.replace(read, absent.clone()).await.unwrap(), Swap::Lost);
    assert!(house.store.load(absent.id()).await.unwrap().is_none());
}

/// ST-01
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_replacers_on_handles_of_their_own_one_wins() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    let grant = house.grant().await;
    let tasks: Vec<_> = (0..64)
        .map(|number: u8| {
            let (own, next) = (store(&url, &prefix), remade(&grant, None, [100 + number; 16]));
            let read = *grant.version();
            tokio::spawn(async move { (own.replace(read, next).await.unwrap(), number) })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        let (swap, number) = task.await.unwrap();
        winners.extend((swap == Swap::Done).then_some(number));
    }
    assert_eq!(winners.len(), 1);
    let kept = house.store.load(grant.id()).await.unwrap().unwrap();
    assert_eq!(*kept.version().as_bytes(), [100 + winners[0]; 16]);
}

/// ST-01, ST-02
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_redemptions_at_servers_of_their_own_one_is_answered() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let code = House::new(store(&url, &prefix)).code().await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (own, code) = (House::new(store(&url, &prefix)), code.clone());
            tokio::spawn(async move { own.redeem(&code).await.status })
        })
        .collect();
    let mut answered = 0;
    for task in tasks {
        match task.await.unwrap() {
            200 => answered += 1,
            400 | 503 => {}
            status => panic!("{status}"),
        }
    }
    assert_eq!(answered, 1);
}

/// ST-10
#[tokio::test]
async fn redis_forgets_a_grant_when_its_last_write_says_so() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    let code = house.code().await;
    let mut seen = HashSet::new();
    let tokens = house.redeem(&code).await;
    let id = house.grant_id(&tokens.member("access_token")).await;
    for _ in 0..2 {
        let expiry: i128 = ask(&url, &["PEXPIRETIME", &format!("{prefix}:grant:{{{id}}}")]).await.unwrap();
        let grant = house.store.load(&id).await.unwrap().unwrap();
        assert_eq!(expiry, grant.forget_after().unix_timestamp_nanos() / 1_000_000);
        assert!(expiry > OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000);
        seen.insert(expiry);
        // A replayed code ends the grant, which is kept for a shorter time then.
        assert_eq!(house.redeem(&code).await.status, 400);
    }
    assert_eq!(house.store.sweep(OffsetDateTime::now_utc() + time::Duration::days(999), 100).await.unwrap(), 0);
    assert!(house.store.load(&id).await.unwrap().is_some());
}

#[tokio::test]
async fn redis_may_forget_its_scripts_at_any_time() {
    let Some(url) = url() else { return };
    let house = House::new(store(&url, &prefix()));
    let grant = house.grant().await;
    ask::<()>(&url, &["SCRIPT", "FLUSH"]).await.unwrap();
    let next = remade(&grant, None, [7; 16]);
    assert_eq!(house.store.replace(*grant.version(), next).await.unwrap(), Swap::Done);
}

#[tokio::test]
async fn everything_of_a_grant_is_one_key_and_that_has_the_id_as_its_hash_tag() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    let tokens = house.redeem(&house.code().await).await;
    let id = house.grant_id(&tokens.member("access_token")).await;
    assert_eq!(house.refresh(&tokens.member("refresh_token")).await.status, 200);
    assert_eq!(names(&url, &prefix).await, [format!("{prefix}:grant:{{{id}}}")]);
}

/// ST-20
#[tokio::test]
async fn two_prefixes_see_nothing_of_each_other() {
    let Some(url) = url() else { return };
    let (one, other) = (House::new(store(&url, &prefix())), House::new(store(&url, &prefix())));
    let code = one.code().await;
    assert_eq!(other.redeem(&code).await.status, 400);
    assert_eq!(one.redeem(&code).await.status, 200);
}

/// ST-19
#[tokio::test]
async fn what_cannot_be_read_is_unavailable_and_never_absent() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    let (grant, foreign) = (house.grant().await, house.grant().await);
    let name = |id: &GrantId| format!("{prefix}:grant:{{{id}}}");
    let key = name(grant.id());
    ask::<()>(&url, &["RENAME", &name(foreign.id()), &key]).await.unwrap();
    let unavailable = async || matches!(house.store.load(grant.id()).await, Err(StoreError::Unavailable(_)));
    assert!(unavailable().await, "another grant");
    for damage in [&["SET", &key, "short"][..], &["SET", &key, &"x".repeat(300)], &["DEL", &key], &["LPUSH", &key, "a list"]] {
        ask::<redis::Value>(&url, damage).await.unwrap();
        assert!(damage[0] == "DEL" || unavailable().await, "{damage:?}");
    }
    assert!(matches!(house.store.replace(*grant.version(), grant.clone()).await, Err(StoreError::Unavailable(_))));
}

/// ST-14
#[tokio::test]
async fn a_dump_holds_no_credential() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    let code = house.code().await;
    let tokens = house.redeem(&code).await;
    let next = house.refresh(&tokens.member("refresh_token")).await;
    let mut handed = vec![code, "session-of-zoe".to_owned()];
    handed.extend([&tokens, &next].iter().flat_map(|seen| ["access_token", "refresh_token"].map(|name| seen.member(name))));
    for name in names(&url, &prefix).await {
        let dump: Vec<u8> = ask(&url, &["GET", &name]).await.unwrap();
        for credential in &handed {
            // The last 40 characters are secret in every kind of credential.
            let secret = &credential[credential.len().saturating_sub(40)..];
            assert!(!dump.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_user_with_the_documented_rights_is_enough() {
    let Some(_) = url() else { return };
    let (server, prefix) = (Server::start(&[]).await, prefix());
    let names = format!("~{prefix}:*");
    let rights = "-@all +getex +set +del +eval +evalsha +ping +info +config|get +wait +pexpireat +pexpiretime";
    let user: Vec<_> = ["ACL", "SETUSER", "app", "on", ">word", &names].into_iter().chain(rights.split(' ')).collect();
    server.ask::<()>(&user).await;
    let own = || store(&server.url().replace("//", "//app:word@"), &prefix);
    assert_eq!(own().check().await.unwrap(), [Danger::NotAppending]);
    own().put(&client()).await.unwrap();
    let house = House::with_stored_clients(own());
    let grant = house.grant().await;
    assert!(house.store.remove(client().id()).await.unwrap());
    let waiting = own().wait_replicas(1, Duration::from_millis(1));
    let text = waiting.load(grant.id()).await.unwrap_err().to_string();
    assert!(text.contains("0 of 1 replicas"), "{text}");
}
