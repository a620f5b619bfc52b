//! Time: lifetimes to the millisecond, one reading for each request, and clocks that jump back.

use std::time::Duration;

use grantor_core::Client;

use crate::kit::{Fault, Op, REDIRECT_URI, World, ann, app, at, query_of, request, request_with};

/// ST-03, TK-22
#[tokio::test]
async fn a_code_is_good_before_its_lifetime_and_never_after() {
    for (seconds, status) in [(59, 200), (60, 400), (61, 400)] {
        let world = World::new();
        let code = world.code().await;
        world.clock.set(seconds * 1_000);
        assert_eq!(world.redeem(&code).await.status, status, "after {seconds} s");
    }
}

/// TH-31
#[tokio::test]
async fn milliseconds_of_one_second_follow_one_another() {
    let world = World::new();
    world.clock.set(400);
    world.code().await;
    world.clock.set(500);
    let code = world.code().await;
    world.clock.set(60_400);
    assert_eq!(world.redeem(&code).await.status, 200, "it is good for 60 s from the later instant");
}

/// ST-21
#[tokio::test]
async fn an_access_token_is_good_while_now_is_before_its_expiry() {
    let world = World::new();
    let token = world.tokens().await.member("access_token");
    for (milliseconds, good) in [(0, true), (599_000, true), (599_999, true), (600_000, false), (601_000, false)] {
        world.clock.set(milliseconds);
        let access = world.verify(&token).await;
        assert_eq!(access.is_ok(), good, "after {milliseconds} ms");
        assert!(access.map_or_else(|reply| reply.status == 401, |access| access.expires_at() == at(600_000)));
    }
}

/// TK-15
#[tokio::test]
async fn a_client_may_have_an_access_token_lifetime_of_its_own() {
    let brief = Client::public("app").redirect_uri(REDIRECT_URI).access_lifetime(Duration::from_secs(30)).build().unwrap();
    let world = World::with(|builder| builder.client(brief));
    let tokens = world.tokens().await;
    assert_eq!((tokens.member("expires_in").as_str(), tokens.member("refresh_token").as_str()), ("30", ""));
    world.clock.set(30_000);
    assert_eq!(world.verify(&tokens.member("access_token")).await.unwrap_err().status, 401);
}

/// TH-31
#[tokio::test]
async fn a_clock_that_jumps_back_revives_nothing() {
    let world = World::new();
    let (code, parked) = (world.code().await, world.parked(&request()).await);
    let handle = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let tokens = world.tokens().await;
    let refreshed = world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(refreshed.status, 200);
    // Any request at all shows the server the later time.
    world.clock.set(600_000);
    let _ = world.pending(&request()).await;
    world.clock.set(-3_600_000);

    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(world.verify(&tokens.member("access_token")).await.unwrap_err().status, 401);
    world.resumed(parked.ticket()).await.err().unwrap().assert_page(400);
    world.refused(query_of(&handle)).await.assert_page(400);
    let reused = world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(reused.error(), "invalid_grant", "the retry window is closed");
}

/// TH-31, AR-25
#[tokio::test]
async fn a_clock_that_jumps_back_makes_no_login_fresh() {
    let world = World::new();
    world.clock.set(60_000);
    let _ = world.pending(&request()).await;
    world.clock.set(0);
    world.log_in(&request_with(&[("max_age", "60")]), Some(ann())).await;
}

/// ST-03
#[tokio::test]
async fn a_slow_store_pushes_no_request_out_of_its_time() {
    let world = World::new();
    let code = world.code().await;
    world.clock.set(59_999);
    // Between the load and the write an hour passes and somebody else's wrong try is counted.
    let (clock, memory) = (world.clock.clone(), world.store.memory.clone());
    let other = grantor_core::AuthorizationServer::builder("https://id.example").scope("mail", "Your mail").client(app());
    let other = other.grants(memory).clock(clock.clone()).build().unwrap();
    let body = format!("grant_type=authorization_code&client_id=app&code={code}");
    let meanwhile = async move {
        assert_eq!(other.token(crate::kit::form(&body)).await.status().as_u16(), 400);
        clock.set(3_600_000);
    };
    world.store.plan(Op::Replace, [Fault::After(Box::pin(meanwhile))]);
    assert_eq!(world.redeem(&code).await.status, 200);
    assert_eq!(world.store.take_ops()[1..], [Op::Load, Op::Replace, Op::Load, Op::Replace]);
}

/// RF-10
#[tokio::test]
async fn refresh_lifetimes_are_the_servers_to_set() {
    let (day, hour) = (Duration::from_secs(86_400), Duration::from_secs(3_600));
    let world = World::with(|builder| builder.client(app()).refresh_lifetime(day, hour));
    let token = world.tokens().await.member("refresh_token");
    world.clock.set(3_599_999);
    let next = world.refresh(&token).await.member("refresh_token");
    world.clock.set(3_599_999 + 3_600_000);
    assert_eq!(world.refresh(&next).await.error(), "invalid_grant");
}
