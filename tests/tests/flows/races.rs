//! Sixty-four at once.

use std::sync::Arc;

use grantor_tests::wire::{Wire, post};
use grantor_tests::{Answer, Browser, Door, Service, WEB, both_doors, fields};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

both_doors![
    one_code_is_redeemed_once,
    one_refresh_token_gives_one_pair_inside_the_window,
    without_a_window_one_refresh_wins_and_the_grant_ends,
    one_ticket_gives_one_code,
];

const MANY: usize = 64;

/// Sends the same octets from every connection at the same moment.
async fn at_once(service: &Service, octets: Vec<u8>) -> Vec<Answer> {
    let (start, octets) = (Arc::new(Barrier::new(MANY)), Arc::new(octets));
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let mut wire = Wire::connect(service).await;
        let (start, octets) = (Arc::clone(&start), Arc::clone(&octets));
        tasks.spawn(async move {
            start.wait().await;
            wire.write(&octets).await;
            wire.answer("one of many").await
        });
    }
    tasks.join_all().await
}

fn split(answers: Vec<Answer>) -> (Vec<Answer>, Vec<Answer>) {
    answers.into_iter().partition(|answer| answer.status == 200)
}

/// TK-23, ST-01, ST-02
async fn one_code_is_redeemed_once(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let code = Browser::new(&service).code(&attempt).await;
    let form = attempt.redemption(&code).with("client_id", "web").encode();
    let (won, lost) = split(at_once(&service, post("/token", &[], &form)).await);
    assert_eq!((won.len(), lost.len()), (1, MANY - 1), "{lost:?}");
    for answer in &lost {
        answer.is_json(400, "invalid_grant");
    }
    let tokens = won[0].json();
    assert!(!service.is_alive(tokens["access_token"].as_str().unwrap()).await, "the other 63 were replays");
    WEB.refresh(&service, tokens["refresh_token"].as_str().unwrap()).await.is_json(400, "invalid_grant");
}

async fn refreshed_at_once(service: &Service) -> (Vec<Answer>, Vec<Answer>) {
    let session = WEB.session(service, "profile").await;
    let form = fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh), ("client_id", "web")]);
    split(at_once(service, post("/token", &[], &form.encode())).await)
}

/// RF-04, RF-09
async fn one_refresh_token_gives_one_pair_inside_the_window(door: Door) {
    let service = Service::with(door, &["--retry-window", "60"]);
    let (won, lost) = refreshed_at_once(&service).await;
    assert_eq!(won.len(), MANY, "{lost:?}");
    let pair = |answer: &Answer| {
        let tokens = answer.json();
        (tokens["access_token"].clone(), tokens["refresh_token"].clone())
    };
    let (access, refresh) = pair(&won[0]);
    for answer in &won {
        assert_eq!(pair(answer), (access.clone(), refresh.clone()));
    }
    assert!(service.is_alive(access.as_str().unwrap()).await);
    WEB.refresh(&service, refresh.as_str().unwrap()).await.has_status(200);
}

/// RF-05, ST-05
async fn without_a_window_one_refresh_wins_and_the_grant_ends(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    let (won, lost) = refreshed_at_once(&service).await;
    assert_eq!((won.len(), lost.len()), (1, MANY - 1), "{lost:?}");
    for answer in &lost {
        answer.is_json(400, "invalid_grant");
    }
    let tokens = won[0].json();
    assert!(!service.is_alive(tokens["access_token"].as_str().unwrap()).await);
    WEB.refresh(&service, tokens["refresh_token"].as_str().unwrap()).await.is_json(400, "invalid_grant");
}

/// AR-14
async fn one_ticket_gives_one_code(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let consent = browser.consent(&attempt.request).await;
    let form = fields([("ticket", &consent.ticket), ("decision", "allow"), ("scope", "profile")]).encode();
    let jar: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookie = format!("Cookie: {}", jar.join("; "));
    let answers = at_once(&service, post(&consent.action, &[&cookie], &form)).await;
    let code = answers[0].code(WEB.redirect_uri);
    for answer in &answers {
        assert_eq!(answer.code(WEB.redirect_uri), code);
    }
    attempt.redeem(&service, &code).await;
}
