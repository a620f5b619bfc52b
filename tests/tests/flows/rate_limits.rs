//! Guessing is slowed down, and the rest is not.

use grantor_tests::{Answer, Auth, CLIENTS, Door, POST, SHOP, Service, WEB, both_doors, fields, in_time};

both_doors![wrong_secrets_of_a_client_are_used_up, wrong_codes_block_nobody, a_flag_switches_it_off,];

/// More than is let through at once by default.
const MANY: usize = 120;

/// A service as its host leaves it, with no limit switched off.
fn limited(door: Door) -> Service {
    Service::bare(door, &["--clients", CLIENTS, "--user", "alice:correct horse", "--scope", "profile=See your name"])
}

#[track_caller]
fn is_slowed_down(answer: &Answer) {
    let wait: u64 = answer.is_json(429, "temporarily_unavailable").header("retry-after").parse().expect("whole seconds");
    assert!(wait > 0);
}

/// Tries the same until it is slowed down.
async fn used_up(wrong: impl AsyncFn() -> Answer, status: u16, error: &str) -> Answer {
    for _ in 0..MANY {
        let answer = wrong().await;
        if answer.status == 429 {
            return answer;
        }
        answer.is_json(status, error);
    }
    panic!("{MANY} guesses were let through");
}

/// TK-18, TH-28
async fn wrong_secrets_of_a_client_are_used_up(door: Door) {
    let service = limited(door);
    let wrong = Auth::basic(SHOP.id, "wrong");
    for endpoint in ["introspect", "revoke", "token"] {
        let form = fields([("token", "x"), ("grant_type", "refresh_token"), ("refresh_token", "x")]);
        // A guess comes back every two seconds, and may just have.
        let too_late = async || {
            is_slowed_down(
                &used_up(async || service.post("introspect", Some(&wrong), "token=x").await, 401, "invalid_client").await,
            );
            let right = SHOP.post(&service, endpoint, &form).await;
            if right.status == 429 {
                is_slowed_down(&right);
            }
            right.status == 429
        };
        assert!(in_time(too_late).await, "the right secret comes too late at {endpoint}");
        let other = POST.post(&service, endpoint, &form).await;
        assert_ne!(other.status, 429, "another client is not held up: {other:?}");
    }
}

/// TK-18, TH-28
async fn wrong_codes_block_nobody(door: Door) {
    let service = limited(door);
    let session = WEB.session(&service, "profile").await;
    let form = fields([("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", &"v".repeat(43))]);
    for _ in 0..MANY {
        WEB.token(&service, &form).await.is_json(400, "invalid_grant");
    }
    assert!(service.is_alive(&session.access).await);
    session.refreshed(&service).await.has_status(200);
}

/// TK-18
async fn a_flag_switches_it_off(door: Door) {
    let service = Service::start(door);
    let wrong = Auth::basic(SHOP.id, "wrong");
    for _ in 0..MANY {
        service.post("revoke", Some(&wrong), "token=x").await.is_json(401, "invalid_client");
    }
    SHOP.revoke(&service, "x").await.has_status(200);
}
