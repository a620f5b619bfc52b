//! Refresh tokens rotate, and an old one that comes back ends the grant.

use std::time::Duration;

use grantor_tests::{Browser, Door, Fields, NATIVE, SHOP, Service, Session, WEB, both_doors, fields, in_time};
use serde_json::Value;
use tokio::time::sleep;

both_doors![
    a_refresh_token_buys_new_tokens,
    every_client_gets_a_new_refresh_token_each_time,
    a_request_without_a_refresh_token_is_refused,
    every_bad_refresh_token_gets_the_same_answer,
    another_clients_try_ends_nothing,
    a_client_that_lost_the_answer_gets_it_again,
    another_request_with_the_old_token_is_refused_and_changes_nothing,
    an_old_token_ends_the_grant_once_the_window_has_passed,
    without_a_window_an_old_token_ends_the_grant_at_once,
    a_token_two_generations_old_is_put_off_inside_the_window,
    a_narrower_scope_is_for_one_access_token_only,
    a_wider_scope_is_refused_and_costs_nothing,
    earlier_access_tokens_live_on,
    an_access_token_expires,
];

fn refresh_token(answer: &Value) -> &str {
    answer["refresh_token"].as_str().expect("a refresh token")
}

fn access_token(answer: &Value) -> &str {
    answer["access_token"].as_str().expect("an access token")
}

fn form(session: &Session) -> Fields {
    fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh)])
}

/// RF-01
async fn a_refresh_token_buys_new_tokens(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile calendar").await;
    let answer = session.refreshed(&service).await.has_status(200).is_uncached_json().json();
    assert_ne!(access_token(&answer), session.access);
    assert_eq!(answer["token_type"], "Bearer");
    assert!(answer["expires_in"].is_u64(), "{answer}");
    assert_eq!(answer["scope"], session.answer["scope"]);
    let userinfo = service.api("/userinfo", access_token(&answer)).await.has_status(200).json();
    assert_eq!(userinfo["sub"], "alice");
}

/// RF-04, RF-14
async fn every_client_gets_a_new_refresh_token_each_time(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    for client in [WEB, NATIVE, SHOP] {
        let session = client.session(&service, "profile").await;
        let mut seen = vec![session.refresh.clone()];
        for _ in 0..5 {
            let answer = client.refresh(&service, seen.last().unwrap()).await.has_status(200).json();
            let next = refresh_token(&answer).to_owned();
            assert!(next.len() >= 43 && next.bytes().all(|c| c.is_ascii_graphic()), "{next}");
            assert!(!seen.contains(&next), "{}", client.id);
            seen.push(next);
        }
        client.refresh(&service, &seen[0]).await.named(client.id).is_json(400, "invalid_grant");
        client.refresh(&service, &seen[5]).await.named(client.id).is_json(400, "invalid_grant");
    }
}

/// RF-02
async fn a_request_without_a_refresh_token_is_refused(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    for form in [form(&session).without("refresh_token"), form(&session).with("refresh_token", "")] {
        WEB.token(&service, &form).await.is_json(400, "invalid_request");
    }
    session.refreshed(&service).await.has_status(200);
}

/// RF-03, RF-14
async fn every_bad_refresh_token_gets_the_same_answer(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    let ended = WEB.session(&service, "profile").await;
    ended.replayed(&service).await.is_json(400, "invalid_grant");
    let other = SHOP.session(&service, "profile").await;
    let session = WEB.session(&service, "profile").await;
    let mut forged = session.refresh.clone();
    let middle = forged.len() / 2;
    let turned = if forged[middle..].starts_with('A') { "B" } else { "A" };
    forged.replace_range(middle..=middle, turned);
    let answer = WEB.refresh(&service, "unknown").await;
    answer.is_json(400, "invalid_grant");
    for (case, token) in [
        ("ended", &ended.refresh),
        ("another client's", &other.refresh),
        ("forged", &forged),
        ("an access token", &session.access),
        ("a code", &session.code),
        ("padded", &format!("{}=", session.refresh)),
        ("not visible ASCII", &"é".to_owned()),
        ("very long", &"A".repeat(10_000)),
    ] {
        let refused = WEB.refresh(&service, token).await.named(case);
        refused.is_json(400, "invalid_grant");
        assert_eq!(refused.body, answer.body, "{case}");
    }
    other.refreshed(&service).await.has_status(200);
    session.refreshed(&service).await.has_status(200);
}

/// RF-03
async fn another_clients_try_ends_nothing(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    let session = SHOP.session(&service, "profile").await;
    let next = session.refreshed(&service).await.json();
    for token in [&session.refresh, refresh_token(&next)] {
        WEB.refresh(&service, token).await.is_json(400, "invalid_grant");
        let unauthenticated = form(&session).with("refresh_token", token).with("client_id", SHOP.id);
        service.token(None, &unauthenticated).await.is_json(401, "invalid_client");
    }
    SHOP.refresh(&service, refresh_token(&next)).await.has_status(200);
}

/// RF-09
async fn a_client_that_lost_the_answer_gets_it_again(door: Door) {
    let service = Service::with(door, &["--retry-window", "60"]);
    for client in [WEB, SHOP] {
        let session = client.session(&service, "profile").await;
        let first = session.refreshed(&service).await.has_status(200).json();
        let second = session.refreshed(&service).await.has_status(200).json();
        assert_eq!(access_token(&first), access_token(&second));
        assert_eq!(refresh_token(&first), refresh_token(&second));
        assert!(service.is_alive(access_token(&first)).await);
        client.refresh(&service, refresh_token(&first)).await.has_status(200);
    }
}

/// RF-09
async fn another_request_with_the_old_token_is_refused_and_changes_nothing(door: Door) {
    let service = Service::with(door, &["--retry-window", "60"]);
    let session = WEB.session(&service, "profile calendar").await;
    let first = session.refreshed(&service).await.json();
    let other = WEB.token(&service, &form(&session).with("scope", "profile")).await;
    other.is_json(400, "invalid_grant");
    WEB.refresh(&service, refresh_token(&first)).await.has_status(200);
}

/// RF-05
async fn an_old_token_ends_the_grant_once_the_window_has_passed(door: Door) {
    let service = Service::with(door, &["--retry-window", "1"]);
    let session = WEB.session(&service, "profile").await;
    let next = session.refreshed(&service).await.json();
    sleep(Duration::from_millis(1200)).await;
    session.refreshed(&service).await.is_json(400, "invalid_grant");
    assert!(!service.is_alive(&session.access).await);
    assert!(!service.is_alive(access_token(&next)).await);
    WEB.refresh(&service, refresh_token(&next)).await.is_json(400, "invalid_grant");
}

/// RF-05
async fn without_a_window_an_old_token_ends_the_grant_at_once(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    for client in [WEB, SHOP] {
        let session = client.session(&service, "profile").await;
        let next = session.refreshed(&service).await.json();
        session.refreshed(&service).await.is_json(400, "invalid_grant");
        client.refresh(&service, refresh_token(&next)).await.is_json(400, "invalid_grant");
        assert!(!service.is_alive(access_token(&next)).await, "{}", client.id);
    }
}

/// RF-05
async fn a_token_two_generations_old_is_put_off_inside_the_window(door: Door) {
    let service = Service::with(door, &["--retry-window", "60"]);
    let session = WEB.session(&service, "profile").await;
    let second = session.refreshed(&service).await.json();
    let third = WEB.refresh(&service, refresh_token(&second)).await.json();
    let answer = session.refreshed(&service).await;
    assert_ne!(answer.has_status(503).header("retry-after"), "");
    assert!(service.is_alive(access_token(&third)).await);
    WEB.refresh(&service, refresh_token(&third)).await.has_status(200);
}

/// RF-07
async fn a_narrower_scope_is_for_one_access_token_only(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile mail.read").await;
    let narrow = WEB.token(&service, &form(&session).with("scope", "profile")).await.has_status(200).json();
    assert_eq!(narrow["scope"], "profile");
    service.api("/messages", access_token(&narrow)).await.has_status(403);
    let full = WEB.refresh(&service, refresh_token(&narrow)).await.has_status(200).json();
    assert_eq!(full["scope"], session.answer["scope"]);
    service.api("/messages", access_token(&full)).await.has_status(200);
}

/// RF-08, PV-26
async fn a_wider_scope_is_refused_and_costs_nothing(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile calendar");
    let consent = browser.consent(&attempt.request).await;
    let code = browser.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
    let session = attempt.redeem(&service, &code).await;
    for scope in ["mail.read", "profile mail.read", "profile calendar", "unknown", "Profile", "pro\"file", "a  b"] {
        let answer = WEB.token(&service, &form(&session).with("scope", scope)).await.named(scope);
        answer.is_json(400, "invalid_scope");
    }
    session.refreshed(&service).await.has_status(200);
}

/// RF-01
async fn earlier_access_tokens_live_on(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    session.refreshed(&service).await.has_status(200);
    assert!(service.is_alive(&session.access).await);
}

/// ST-21
async fn an_access_token_expires(door: Door) {
    let service = Service::with(door, &["--access-lifetime", "1"]);
    let lives_again = async || {
        let session = WEB.session(&service, "profile").await;
        sleep(Duration::from_millis(1200)).await;
        assert!(!service.is_alive(&session.access).await);
        let answer = session.refreshed(&service).await.has_status(200).json();
        service.is_alive(access_token(&answer)).await
    };
    assert!(in_time(lives_again).await);
}
