//! Sixty-four at once.

use std::sync::Arc;

use grantor_tests::wire::{Wire, post};
use grantor_tests::{Answer, Browser, Door, SHOP, Service, WEB, both_doors, fields};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, JoinSet};

both_doors![
    one_code_is_redeemed_once,
    one_refresh_token_gives_one_pair_inside_the_window,
    without_a_window_one_refresh_wins_and_the_grant_ends,
    one_ticket_gives_one_code,
    nothing_outlives_a_revocation_that_races_with_refreshes,
    of_two_kinds_of_revocation_at_once_both_are_done,
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

/// How often a race is run, and how many refresh beside the revocation.
const ROUNDS: usize = 20;
const RUNNERS: usize = 7;

/// Opens a connection for a form of `SHOP`, which is sent when all are at the barrier.
async fn at_the_barrier(service: &Service, start: &Arc<Barrier>, path: &str, body: &str) -> JoinHandle<Answer> {
    let (header, _) = SHOP.authenticate(&fields([]));
    let octets = post(path, &[&format!("Authorization: {}", header.unwrap())], body);
    let (mut wire, start, case) = (Wire::connect(service).await, Arc::clone(start), path.to_owned());
    tokio::spawn(async move {
        start.wait().await;
        wire.write(&octets).await;
        wire.answer(&case).await
    })
}

/// ST-08, RV-06, IN-06
async fn nothing_outlives_a_revocation_that_races_with_refreshes(door: Door) {
    for window in ["60", "0"] {
        let service = Service::with(door, &["--retry-window", window]);
        let mut browser = Browser::new(&service);
        for round in 0..ROUNDS / 2 {
            let session = SHOP.sign_in(&service, &mut browser, "profile").await;
            let start = Arc::new(Barrier::new(RUNNERS + 1));
            let mut runners = Vec::new();
            let form = fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh)]).encode();
            for _ in 0..RUNNERS {
                runners.push(at_the_barrier(&service, &start, "/token", &form).await);
            }
            let form = fields([("token", &session.refresh)]).encode();
            let revocation = at_the_barrier(&service, &start, "/revoke", &form).await;
            assert_eq!(revocation.await.unwrap().has_status(200).body, "");
            assert!(!service.is_alive(&session.access).await, "round {round}, at once");
            let mut access = vec![session.access.clone()];
            for runner in runners {
                let answer = runner.await.unwrap();
                match answer.status {
                    200 => {
                        let tokens = answer.json();
                        access.push(tokens["access_token"].as_str().unwrap().to_owned());
                        let refresh = tokens["refresh_token"].as_str().unwrap();
                        assert_eq!(SHOP.introspect(&service, refresh).await, json!({ "active": false }), "round {round}");
                        SHOP.refresh(&service, refresh).await.is_json(400, "invalid_grant");
                    }
                    _ => drop(answer.is_json(400, "invalid_grant")),
                }
            }
            for token in access {
                assert!(!service.is_alive(&token).await, "round {round}");
                assert_eq!(SHOP.introspect(&service, &token).await, json!({ "active": false }), "round {round}");
            }
            session.refreshed(&service).await.is_json(400, "invalid_grant");
        }
    }
}

/// ST-08, RV-01
async fn of_two_kinds_of_revocation_at_once_both_are_done(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    for round in 0..ROUNDS / 4 {
        let session = SHOP.sign_in(&service, &mut browser, "profile").await;
        let start = Arc::new(Barrier::new(RUNNERS + 1));
        let mut runners = Vec::new();
        for number in 0..=RUNNERS {
            let token = if number % 2 == 0 { &session.access } else { &session.refresh };
            runners.push(at_the_barrier(&service, &start, "/revoke", &fields([("token", token)]).encode()).await);
        }
        for runner in runners {
            assert_eq!(runner.await.unwrap().has_status(200).body, "", "round {round}");
        }
        assert!(!service.is_alive(&session.access).await, "round {round}");
        session.refreshed(&service).await.is_json(400, "invalid_grant");
    }
}
