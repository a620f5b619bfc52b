//! How often strangers may ask, and how often anyone may guess. The quotas take an hour, so that no test has to hurry.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
    time::Duration,
};

use grantor_core::{
    Attempt, AuthorizationServer, Call, Client, ClientId, ClientSecret, ConfigFault, Endpoint, Guess, HostPage, Place, RateLimit,
    RateLimits, server::Builder,
};

use crate::kit::{REDIRECT_URI, SECRET, Seen, VERIFIER, World, app, form, get, logged, request, request_with, web};

const HOUR: Duration = Duration::from_secs(3_600);
const WRONG: &str = "not-the-secret-but-about-as-long";

fn address(last: u8) -> Option<IpAddr> {
    Some(Ipv4Addr::new(192, 0, 2, last).into())
}

/// A server that lets so many wrong guesses through for a client at an address.
fn strict(guesses: u32) -> World {
    let other = Client::confidential("other", ClientSecret::sha256_of(SECRET)).redirect_uri(REDIRECT_URI).build().unwrap();
    let limits = RateLimits::default().wrong_guesses(guesses, HOUR).wrong_guesses_of_address(1_000, HOUR / 100);
    World::with(|builder| builder.client(app()).client(web()).client(other).rate_limits(limits))
}

async fn post(world: &World, endpoint: Endpoint, peer: Option<IpAddr>, fields: &str) -> Seen {
    world.server.serve(endpoint, Call { peer, ..form(fields) }).await.into()
}

/// A client with a secret asks for something that does not exist.
async fn ask(world: &World, peer: Option<IpAddr>, id: &str, secret: &str) -> Seen {
    let fields = format!("grant_type=authorization_code&code=x&token=x&client_id={id}&client_secret={secret}");
    post(world, Endpoint::Revocation, peer, &fields).await
}

async fn redeem(world: &World, peer: Option<IpAddr>, code: &str, verifier: &str) -> Seen {
    let fields = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={verifier}");
    post(world, Endpoint::Token, peer, &fields).await
}

#[track_caller]
fn assert_throttled(seen: &Seen) {
    assert_eq!((seen.status, seen.error().as_str()), (429, "temporarily_unavailable"), "{seen:?}");
    let wait: u64 = seen.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=360_000).contains(&wait), "{wait}");
    assert_eq!(seen.header("cache-control"), Some("no-store"));
}

/// TK-18, TH-28
#[tokio::test]
async fn after_a_burst_of_wrong_secrets_the_right_one_is_not_told_from_them() {
    let peer = address(1);
    let world = strict(5);
    assert_eq!(ask(&world, peer, "web", SECRET).await.status, 200);
    for _ in 0..5 {
        let seen = ask(&world, peer, "web", WRONG).await;
        assert_eq!((seen.status, seen.error().as_str()), (401, "invalid_client"));
    }
    let (right, wrong) = (ask(&world, peer, "web", SECRET).await, ask(&world, peer, "web", WRONG).await);
    assert_throttled(&right);
    assert_throttled(&wrong);
    assert_eq!(right.body, wrong.body);
    for endpoint in Endpoint::MOUNTED {
        let fields = format!("grant_type=refresh_token&token=x&client_id=web&client_secret={SECRET}");
        assert_throttled(&post(&world, endpoint, peer, &fields).await);
    }
    assert!(logged().contains("request.rate_limited"));
}

/// TK-18
#[tokio::test]
async fn no_other_client_and_no_other_address_is_affected() {
    let world = strict(5);
    for _ in 0..5 {
        assert_eq!(ask(&world, address(1), "web", WRONG).await.status, 401);
    }
    assert_eq!(ask(&world, address(1), "other", SECRET).await.status, 200);
    assert_eq!(ask(&world, address(2), "web", SECRET).await.status, 200);
    assert_eq!(ask(&world, None, "web", SECRET).await.status, 200);
    let code = world.code().await;
    assert_eq!(redeem(&world, address(1), &code, VERIFIER).await.status, 200);
    assert_throttled(&ask(&world, address(1), "web", SECRET).await);
}

/// TK-18
#[tokio::test]
async fn who_asks_rightly_may_ask_as_often_as_it_likes() {
    let world = strict(1);
    for _ in 0..100 {
        assert_eq!(ask(&world, address(1), "web", SECRET).await.status, 200);
    }
}

/// TK-18
#[tokio::test]
async fn who_does_not_say_which_client_it_is_guesses_nothing() {
    let limits = RateLimits::default().wrong_guesses_of_address(3, HOUR);
    let world = World::with(|builder| builder.client(app()).client(web()).rate_limits(limits));
    for _ in 0..5 {
        let seen = post(&world, Endpoint::Revocation, address(1), "token=x").await;
        assert_eq!((seen.status, seen.error().as_str()), (401, "invalid_client"));
    }
    assert_eq!(ask(&world, address(1), "web", SECRET).await.status, 200);
}

/// TK-18
#[tokio::test]
async fn a_method_that_a_client_does_not_have_is_charged_to_the_address_and_not_to_the_client() {
    let limits = RateLimits::default().wrong_guesses(3, HOUR).wrong_guesses_of_address(3, HOUR);
    let world = World::with(|builder| builder.client(app()).client(web()).rate_limits(limits));
    for _ in 0..3 {
        assert_eq!(ask(&world, address(1), "app", SECRET).await.error(), "invalid_client");
    }
    assert_throttled(&ask(&world, address(1), "web", SECRET).await);
    let revoked = post(&world, Endpoint::Revocation, address(2), "token=x&client_id=app").await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
}

/// TK-18, CA-12
#[tokio::test]
async fn a_client_that_does_not_exist_is_throttled_like_one_that_does() {
    let world = strict(5);
    for id in ["web", "nobody"] {
        let statuses = [(); 7].map(|()| ask(&world, address(1), id, WRONG));
        let mut seen = Vec::new();
        for answer in statuses {
            seen.push(answer.await.status);
        }
        assert_eq!(seen, [401, 401, 401, 401, 401, 429, 429], "{id}");
    }
}

/// TH-28, TH-33
#[tokio::test]
async fn wrong_codes_verifiers_and_refresh_tokens_block_nobody() {
    let world = strict(3);
    let (code, tokens) = (world.code().await, world.tokens().await);
    let refresh = tokens.member("refresh_token");
    let unknown = format!("{}AAAAAAAA", &refresh[..refresh.len() - 8]);
    let verifier = VERIFIER.replace('d', "e");
    let fields = |token: &str| format!("grant_type=refresh_token&client_id=app&refresh_token={token}");
    for _ in 0..5 {
        assert_eq!(redeem(&world, address(1), "x", VERIFIER).await.error(), "invalid_grant");
        assert_eq!(redeem(&world, address(1), &code, &verifier).await.error(), "invalid_grant");
        assert_eq!(post(&world, Endpoint::Token, address(1), &fields(&unknown)).await.error(), "invalid_grant");
    }
    assert_eq!(post(&world, Endpoint::Token, address(1), &fields(&refresh)).await.status, 200);
}

/// TH-28, TH-33
#[tokio::test]
async fn who_calls_the_callback_of_a_client_with_garbage_does_not_lock_it_out() {
    let world = strict(3);
    let with = |code: &str| {
        format!("grant_type=authorization_code&client_id=web&client_secret={SECRET}&code_verifier={VERIFIER}&code={code}")
    };
    for _ in 0..10 {
        let seen = post(&world, Endpoint::Token, address(1), &with("garbage-from-the-callback")).await;
        assert_eq!(seen.error(), "invalid_grant");
    }
    let query = request_with(&[("client_id", "web"), ("redirect_uri", "https://web.example/cb")]);
    let code = Seen::from(world.question(&query).await.approve_all().await).code();
    assert_eq!(post(&world, Endpoint::Token, address(1), &with(&code)).await.status, 200, "another person's login");
}

/// TH-28, TH-33
#[tokio::test]
async fn nobody_locks_out_a_client_that_anyone_can_name() {
    let world = strict(3);
    for _ in 0..20 {
        assert_eq!(redeem(&world, None, "x", VERIFIER).await.error(), "invalid_grant");
        assert_eq!(ask(&world, None, "app", WRONG).await.error(), "invalid_client");
        assert_eq!(post(&world, Endpoint::Introspection, None, "client_id=app&token=x").await.error(), "invalid_client");
        assert_eq!(post(&world, Endpoint::Revocation, None, "client_id=web&token=x").await.error(), "invalid_client");
    }
    let code = world.code().await;
    assert_eq!(redeem(&world, None, &code, VERIFIER).await.status, 200);
    assert_eq!(ask(&world, None, "web", SECRET).await.status, 200);
}

/// TK-18, TH-28
#[tokio::test]
async fn where_no_address_is_known_a_stranger_does_not_lock_out_a_client_with_a_generated_secret() {
    let world = strict(3);
    for _ in 0..60 {
        assert_eq!(ask(&world, None, "web", WRONG).await.status, 401);
    }
    assert_eq!(ask(&world, None, "web", SECRET).await.status, 200);
}

/// TK-18, TH-28
#[tokio::test]
async fn an_address_that_tries_client_after_client_is_stopped() {
    let limits = RateLimits::default().wrong_guesses_of_address(5, HOUR);
    let world = World::with(|builder| builder.client(app()).client(web()).rate_limits(limits));
    for id in 0..5 {
        assert_eq!(ask(&world, address(1), &format!("client{id}"), WRONG).await.status, 401);
    }
    assert_throttled(&ask(&world, address(1), "web", SECRET).await);
    assert_throttled(&post(&world, Endpoint::Introspection, address(1), "").await);
    assert_eq!(ask(&world, address(2), "web", SECRET).await.status, 200);
    let query = request();
    let call = Call { peer: address(1), ..get(&query) };
    assert!(world.server.authorize(call).await.is_ok(), "a person at the same address may still log in");
}

/// TH-33
#[tokio::test]
async fn an_address_has_a_rate_of_requests() {
    let limits = RateLimits::default().authorize_requests(2, HOUR).token_requests(3, HOUR);
    let page = |builder: Builder| {
        builder.error_page(|facts| HostPage { html: facts.reason().code().to_owned(), content_security_policy: String::new() })
    };
    let plain = World::with(|builder| builder.client(app()).client(web()).rate_limits(limits.clone()));
    let own = World::with(|builder| page(builder.client(app()).client(web()).rate_limits(limits)));
    for world in [&plain, &own] {
        let query = request();
        let authorize = |peer| world.server.authorize(Call { peer, ..get(&query) });
        assert!(authorize(address(1)).await.is_ok() && authorize(address(1)).await.is_ok());
        let seen = Seen::from(authorize(address(1)).await.unwrap_err());
        assert_eq!((seen.status, seen.header("retry-after"), seen.header("location")), (429, Some("3600"), None));
        assert!(authorize(address(2)).await.is_ok() && authorize(None).await.is_ok());
        assert!(seen.body.contains(if std::ptr::eq(world, &own) { "request.rate_limited" } else { "<!doctype html>" }));
        for _ in 0..3 {
            assert_eq!(ask(world, address(1), "web", SECRET).await.status, 200);
        }
        assert_throttled(&ask(world, address(1), "web", SECRET).await);
        assert_throttled(&redeem(world, address(1), "x", VERIFIER).await);
        let introspected = format!("token=x&client_id=web&client_secret={SECRET}");
        assert_eq!(post(world, Endpoint::Introspection, address(1), &introspected).await.status, 200);
        assert_eq!(ask(world, address(2), "web", SECRET).await.status, 200);
    }
}

/// Where somebody arrived, from where, and as whom.
type Arrival = (Place, Option<IpAddr>, Option<String>);

/// What a host's throttle was told.
#[derive(Default)]
struct Told {
    asked: Mutex<Vec<Arrival>>,
    failed: Mutex<Vec<(Option<String>, Guess)>>,
}

fn name(client: Option<&ClientId>) -> Option<String> {
    client.map(|client| client.as_str().to_owned())
}

#[async_trait::async_trait]
impl RateLimit for Told {
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        let client = name(attempt.client);
        let refused = client.as_deref() == Some("other") || attempt.peer == address(9);
        self.asked.lock().unwrap().push((attempt.at, attempt.peer, client));
        if refused { Err(Duration::from_millis(1_500)) } else { Ok(()) }
    }

    async fn failed(&self, attempt: &Attempt<'_>, guess: Guess) {
        self.failed.lock().unwrap().push((name(attempt.client), guess));
    }
}

/// TK-18, TH-28
#[tokio::test]
async fn a_host_may_count_itself() {
    let told = Arc::new(Told::default());
    let world = World::with(|builder| builder.client(app()).client(web()).rate_limit(told.clone()));
    let _ = world.server.authorize(Call { peer: address(1), ..get(&request()) }).await;
    ask(&world, address(1), "web", WRONG).await;
    redeem(&world, None, "x", VERIFIER).await;
    post(&world, Endpoint::Token, None, "no form of a token request").await;
    let refused = ask(&world, address(1), "other", SECRET).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("2")));
    assert_eq!(post(&world, Endpoint::Introspection, address(9), "").await.status, 429);
    assert_eq!(world.server.authorize(Call { peer: address(9), ..get(&request()) }).await.unwrap_err().status(), 429);
    let named = |client: &str| Some(client.to_owned());
    let expected = [
        (Place::Authorize, address(1), None),
        (Place::Revocation, address(1), None),
        (Place::Revocation, address(1), named("web")),
        (Place::Token, None, None),
        (Place::Token, None, named("app")),
        (Place::Token, None, None),
        (Place::Revocation, address(1), None),
        (Place::Revocation, address(1), named("other")),
        (Place::Introspection, address(9), None),
        (Place::Authorize, address(9), None),
    ];
    assert_eq!(*told.asked.lock().unwrap(), expected);
    assert_eq!(*told.failed.lock().unwrap(), [(named("web"), Guess::Secret), (named("app"), Guess::Grant)]);
}

/// TK-18
#[tokio::test]
async fn a_host_may_switch_them_off_and_every_server_tells_what_is_on() {
    let off = World::with(|builder| builder.client(app()).client(web()).without_rate_limits());
    for _ in 0..300 {
        assert_eq!(ask(&off, address(1), "web", WRONG).await.status, 401);
    }
    assert_eq!(off.server.rate_limits(), ["off"]);
    assert_eq!(World::new().server.rate_limits(), RateLimits::default().lines());
    let host = World::with(|builder| builder.client(app()).rate_limit(Arc::new(Told::default())));
    assert_eq!(host.server.rate_limits(), ["the host's own rate_limit(..)"]);

    let by_default = World::new();
    let mut wrong = 0;
    while ask(&by_default, address(1), "web", WRONG).await.status == 401 {
        wrong += 1;
    }
    assert!((50..200).contains(&wrong), "they are on by default: {wrong}");
}

/// TK-18
#[test]
fn quotas_are_checked_when_the_server_is_built() {
    let good = || AuthorizationServer::builder("https://id.example").scope("profile", "Your name").client(app());
    let limits = RateLimits::default().wrong_guesses(0, HOUR).token_requests(10, Duration::ZERO);
    let error = good().rate_limits(limits).build().unwrap_err();
    let none = Duration::ZERO;
    assert_eq!(
        error.faults(),
        [ConfigFault::RateLimit("token_requests", 10, none), ConfigFault::RateLimit("wrong_guesses", 0, HOUR)]
    );
    assert!(error.to_string().contains("token_requests(10, 0ns): neither is zero") && error.to_string().contains("without_rate"));
}
