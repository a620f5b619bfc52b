//! The connection is lost and nobody knows whether the write happened.

use grantor_core::{GrantStore, StoreError, Swap};

use crate::kit::{Cut, House, Proxy, Server, prefix, remade, store, url};

/// A server behind a wire that can be cut; it knows the scripts already.
async fn wired() -> (Server, Proxy, House) {
    let server = Server::start(&[]).await;
    let wire = Proxy::to(server.port()).await;
    let house = House::new(store(&wire.url(), &prefix()));
    assert_eq!(house.redeem(&house.code().await).await.status, 200);
    (server, wire, house)
}

#[tokio::test]
async fn a_redemption_whose_answer_from_redis_was_lost_is_answered_with_its_own_tokens() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    let code = house.code().await;
    wire.cut(Cut::After("EVALSHA"));
    let tokens = house.redeem(&code).await;
    assert_eq!((tokens.status, wire.has_cut()), (200, true));
    assert_eq!(house.verify(&tokens.member("access_token")).await, 200);
    assert_eq!(house.refresh(&tokens.member("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn a_refresh_whose_answer_from_redis_was_lost_is_answered_with_its_own_tokens() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    let tokens = house.redeem(&house.code().await).await;
    wire.cut(Cut::After("EVALSHA"));
    let next = house.refresh(&tokens.member("refresh_token")).await;
    assert_eq!((next.status, wire.has_cut()), (200, true));
    assert_eq!(house.refresh(&next.member("refresh_token")).await.status, 200);
}

#[tokio::test]
async fn an_approval_whose_answer_from_redis_was_lost_redirects_with_its_own_code() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    wire.cut(Cut::After("SET"));
    let code = house.code().await;
    assert!(wire.has_cut());
    assert_eq!(house.redeem(&code).await.status, 200);
}

#[tokio::test]
async fn a_write_that_never_arrived_is_busy_and_can_be_asked_for_again() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    let code = house.code().await;
    wire.cut(Cut::Before("EVALSHA"));
    assert!(house.redeem(&code).await.is_busy());
    assert!(wire.has_cut());
    assert_eq!(house.redeem(&code).await.status, 200);
}

/// The store itself never guesses and never sends a write again: it would find its own write and call it lost.
#[tokio::test]
async fn an_own_write_that_landed_is_never_called_lost_or_a_conflict() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    let grant = house.grant().await;
    let next = remade(&grant, None, [7; 16]);
    wire.cut(Cut::After("EVALSHA"));
    let swap = house.store.replace(*grant.version(), next.clone()).await;
    assert!(matches!(swap, Err(StoreError::Unavailable(_))), "{swap:?}");
    assert_eq!(house.store.load(grant.id()).await.unwrap().unwrap().version(), next.version());

    let fresh = remade(&grant, Some([4; 16]), [4; 16]);
    wire.cut(Cut::After("SET"));
    let inserted = house.store.insert(fresh.clone()).await;
    assert!(matches!(inserted, Err(StoreError::Unavailable(_))), "{inserted:?}");
    assert_eq!(house.store.load(fresh.id()).await.unwrap().unwrap().version(), fresh.version());
    assert_eq!(house.store.replace(*fresh.version(), remade(&fresh, None, [5; 16])).await.unwrap(), Swap::Done);
}

#[tokio::test]
async fn a_load_survives_a_lost_connection() {
    let Some(_) = url() else { return };
    let (_server, wire, house) = wired().await;
    let grant = house.grant().await;
    for cut in [Cut::Before("GETEX"), Cut::After("GETEX")] {
        wire.cut(cut);
        assert!(house.store.load(grant.id()).await.unwrap().is_some());
        assert!(wire.has_cut());
    }
}

#[tokio::test]
async fn a_connection_that_was_lost_while_nobody_used_it_costs_no_request() {
    let Some(_) = url() else { return };
    let (server, wire, house) = wired().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    server.ask::<()>(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
    let grant = house.code().await;
    assert_eq!(house.redeem(&grant).await.status, 200);
    drop(wire);
}
