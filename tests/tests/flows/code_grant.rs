//! Redeeming a code: once, by its client, for what was granted.

use std::time::Duration;

use grantor_tests::{Attempt, BOB, Browser, Door, NARROW, Relying, SHOP, Service, WEB, both_doors, fields, in_time};
use tokio::time::sleep;

both_doors![
    a_code_buys_tokens,
    a_request_without_a_code_is_refused,
    every_bad_code_gets_the_same_answer,
    a_code_expires,
    a_second_redemption_ends_everything,
    a_replay_by_somebody_else_ends_nothing,
    a_code_of_another_client_is_not_consumed,
    the_redirect_uri_is_compared_when_it_is_sent,
    a_redirect_uri_left_out_at_authorization_is_the_registered_one,
    the_code_carries_what_was_granted,
    refresh_tokens_are_for_clients_registered_for_them,
    two_codes_are_two_grants,
];

async fn approved(service: &Service, client: Relying, scope: &str) -> (Attempt, String) {
    let attempt = client.asks(scope);
    let code = Browser::new(service).code(&attempt).await;
    (attempt, code)
}

/// TK-20, TK-15
async fn a_code_buys_tokens(door: Door) {
    let service = Service::start(door);
    for client in [WEB, SHOP] {
        let session = client.session(&service, "profile").await;
        let userinfo = service.api("/userinfo", &session.access).await.json();
        assert_eq!(userinfo["sub"], "alice");
        assert_eq!(userinfo["client_id"], client.id);
        assert_eq!(userinfo["scope"], "profile");
    }
}

/// TK-21
async fn a_request_without_a_code_is_refused(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = approved(&service, WEB, "profile").await;
    let form = attempt.redemption(&code);
    WEB.token(&service, &form.without("code")).await.is_json(400, "invalid_request");
    attempt.redeem(&service, &code).await;
}

/// TK-22, TH-28
async fn every_bad_code_gets_the_same_answer(door: Door) {
    let brief = Service::with(door, &["--code-lifetime", "1"]);
    let (attempt, expired) = approved(&brief, WEB, "profile").await;
    sleep(Duration::from_millis(1100)).await;
    let answer = WEB.token(&brief, &attempt.redemption(&expired)).await.named("expired");
    answer.is_json(400, "invalid_grant");
    let service = Service::start(door);
    let (attempt, good) = approved(&service, WEB, "profile").await;
    let session = WEB.session(&service, "profile").await;
    let octet = good.len() - 10..good.len() - 9;
    let mut unknown = good.clone();
    unknown.replace_range(octet.clone(), if good[octet] == *"A" { "B" } else { "A" });
    for (case, code) in [
        ("unknown", unknown),
        ("spent", session.code.clone()),
        ("not a code", "x".to_owned()),
        ("longer", format!("{good}A")),
        ("padded", format!("{good}=")),
        ("an access token", session.access.clone()),
        ("a refresh token", session.refresh.clone()),
        ("not visible ASCII", "é".to_owned()),
        ("very long", "A".repeat(10_000)),
    ] {
        let other = WEB.token(&service, &attempt.redemption(&code)).await.named(case);
        other.is_json(400, "invalid_grant");
        assert_eq!(other.body, answer.body, "{case}");
    }
    attempt.redeem(&service, &good).await;
}

/// TK-22, TH-27
async fn a_code_expires(door: Door) {
    let service = Service::with(door, &["--code-lifetime", "2"]);
    let redeemed = async || {
        let (fresh, code) = approved(&service, WEB, "profile").await;
        WEB.token(&service, &fresh.redemption(&code)).await.status == 200
    };
    assert!(in_time(redeemed).await);
    let (late, code) = approved(&service, WEB, "profile").await;
    sleep(Duration::from_millis(2100)).await;
    WEB.token(&service, &late.redemption(&code)).await.is_json(400, "invalid_grant");
}

/// TK-23
async fn a_second_redemption_ends_everything(door: Door) {
    let service = Service::start(door);
    for client in [WEB, SHOP] {
        let session = client.session(&service, "profile").await;
        let refreshed = session.refreshed(&service).await.has_status(200).json();
        session.replayed(&service).await.is_json(400, "invalid_grant");
        assert!(!service.is_alive(&session.access).await, "{}", client.id);
        assert!(!service.is_alive(refreshed["access_token"].as_str().unwrap()).await, "{}", client.id);
        let successor = refreshed["refresh_token"].as_str().unwrap();
        client.refresh(&service, successor).await.is_json(400, "invalid_grant");
    }
}

/// TK-24
async fn a_replay_by_somebody_else_ends_nothing(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let form = session.attempt.redemption(&session.code);
    let wrong_verifier = form.with("code_verifier", &"v".repeat(43));
    SHOP.token(&service, &wrong_verifier).await.is_json(400, "invalid_grant");
    SHOP.token(&service, &form.without("code_verifier")).await.is_json(400, "invalid_grant");
    SHOP.token(&service, &form.with("redirect_uri", "https://x.test/")).await.is_json(400, "invalid_grant");
    WEB.token(&service, &form).await.is_json(400, "invalid_grant");
    service.token(None, &form.with("client_id", SHOP.id)).await.is_json(401, "invalid_client");
    assert!(service.is_alive(&session.access).await);
    session.refreshed(&service).await.has_status(200);
}

/// TK-25
async fn a_code_of_another_client_is_not_consumed(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = approved(&service, WEB, "profile").await;
    let form = attempt.redemption(&code);
    for client in [SHOP, Relying { id: "native", ..WEB }] {
        client.token(&service, &form).await.named(client.id).is_json(400, "invalid_grant");
    }
    attempt.redeem(&service, &code).await;
}

/// TK-27, TK-28, PV-05
async fn the_redirect_uri_is_compared_when_it_is_sent(door: Door) {
    let service = Service::start(door);
    let many = Relying { id: "many", redirect_uri: "https://example.com/auth?key=value", ..WEB };
    let (attempt, code) = approved(&service, many, "profile").await;
    let form = attempt.redemption(&code);
    for uri in ["https://example.com/auth", "https://example.com/auth?key=value&x=1", "https://a.example/cb"] {
        let answer = many.token(&service, &form.with("redirect_uri", uri)).await.named(uri);
        answer.is_json(400, "invalid_grant");
    }
    attempt.redeem(&service, &code).await;
    let (attempt, code) = approved(&service, many, "profile").await;
    many.token(&service, &attempt.redemption(&code).without("redirect_uri")).await.has_status(200);
}

/// TK-30
async fn a_redirect_uri_left_out_at_authorization_is_the_registered_one(door: Door) {
    let service = Service::start(door);
    for sent in [true, false] {
        let attempt = WEB.asks("profile").changed(|request| request.without("redirect_uri"));
        let code = Browser::new(&service).code(&attempt).await;
        let form = attempt.redemption(&code);
        let wrong = form.with("redirect_uri", "https://app.example.test/other");
        WEB.token(&service, &wrong).await.is_json(400, "invalid_grant");
        let right = if sent { form } else { form.without("redirect_uri") };
        WEB.token(&service, &right).await.has_status(200);
    }
}

/// AZ-38
async fn the_code_carries_what_was_granted(door: Door) {
    let service = Service::with(door, &BOB);
    let mut bob = Browser::of(&service, "bob", "with:colons");
    let session = SHOP.sign_in(&service, &mut bob, "mail.read calendar").await;
    let messages = service.api("/messages", &session.access).await.has_status(200).json();
    assert_eq!(messages["sub"], "bob");
    assert_eq!(messages["client_id"], "shop");
    service.api("/userinfo", &session.access).await.has_status(403);
}

/// TK-35, PV-20
async fn refresh_tokens_are_for_clients_registered_for_them(door: Door) {
    let service = Service::start(door);
    let narrow = NARROW.session(&service, "profile").await;
    assert_eq!(narrow.answer.get("refresh_token"), None, "{}", narrow.answer);
    assert!(!WEB.session(&service, "profile").await.refresh.is_empty());
    let form = fields([("grant_type", "refresh_token"), ("refresh_token", &narrow.access)]);
    narrow.attempt.relying.token(&service, &form).await.is_json(400, "unauthorized_client");
}

/// TK-23
async fn two_codes_are_two_grants(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let first = WEB.sign_in(&service, &mut browser, "profile").await;
    let second = WEB.sign_in(&service, &mut browser, "profile").await;
    first.replayed(&service).await.is_json(400, "invalid_grant");
    assert!(!service.is_alive(&first.access).await);
    assert!(service.is_alive(&second.access).await);
    second.refreshed(&service).await.has_status(200);
}
