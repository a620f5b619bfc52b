//! Everything that is logged at every level, over whole flows and refusals, and no secret in it.

use grantor_core::{Call, Client, Login, Next};

use crate::kit::{
    Fault, Op, REDIRECT_URI, SECRET, Seen, VERIFIER, World, app, at, form, get, logged, query_of, request_with, web,
};

const STATE: &str = "STATE-that-nobody-may-read";
const HINT: &str = "HINT-of-a-stranger";
const WRONG: &str = "WRONG-verifier-wrong-verifier-wrong-verifier";
const GUESS: &str = "GUESSED-secret";

fn query(changes: &[(&str, &str)]) -> String {
    let own = [("state", STATE), ("nonce", "NONCE-that-nobody-may-read"), ("login_hint", HINT)];
    request_with(&[&own[..], changes].concat())
}

fn ann() -> Login {
    Login::new("ann", "SESSION-that-nobody-may-read", at(0))
}

/// TH-17
#[tokio::test]
async fn a_refusal_is_logged_as_loud_as_what_it_may_mean() {
    let world = World::new();
    let code = world.code().await;
    let wrong = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("code_verifier", WRONG)];
    world.token(&wrong).await;
    world.redeem("unknown").await;
    let asked = Client::public("app").redirect_uri("com.example.app:/cb").build().unwrap();
    let world = World::with(|builder| builder.client(asked));
    let question = world.question(&request_with(&[("redirect_uri", "com.example.app:/cb")])).await;
    let _ = question.approve_all().await;
    for (level, reason) in [("WARN", "code.verifier"), ("INFO", "code.unknown"), ("ERROR", "host.approved_unasked")] {
        let named = format!("reason=\"{reason}\"");
        let log = logged();
        let line = log.lines().find(|line| line.contains(&named) && line.contains("refused"));
        assert!(line.is_some_and(|line| line.contains(level)), "{reason}: {log}");
    }
}

/// TH-07, TH-17
#[tokio::test]
async fn no_level_of_any_log_holds_a_secret() {
    let world = World::with(|builder| builder.client(app()).client(web()));
    let mut secrets: Vec<String> = [STATE, HINT, WRONG, GUESS, SECRET, VERIFIER, REDIRECT_URI].map(str::to_owned).to_vec();
    secrets.extend(["SESSION-that", "NONCE-that", "error_description="].map(str::to_owned));

    // A flow with every step, taken twice where it can be.
    let to_login = world.log_in(&query(&[("prompt", "login")]), None).await;
    let back = query_of(&to_login).to_owned();
    let parked = world.question_of(&back, ann()).await.park().await.unwrap();
    let ticket = parked.ticket().to_owned();
    let mut code = String::new();
    for _ in 0..2 {
        let reply = world.server.resume(&ticket, &ann()).await.unwrap().approve_all().await;
        code = Seen::from(reply).code();
    }
    let wrong = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("code_verifier", WRONG)];
    world.token(&wrong).await;
    let tokens = world.redeem(&code).await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    world.verify(&access).await.unwrap();
    let next = world.refresh(&refresh).await;
    world.refresh(&refresh).await;
    world.refresh(&format!("{}AAAA", &refresh[..refresh.len() - 4])).await;
    world.clock.set(20_000);
    world.refresh(&refresh).await;
    world.verify(&access).await.unwrap_err();
    let replayed = world.code().await;
    let of_replayed = world.redeem(&replayed).await;
    world.redeem(&replayed).await;
    secrets.extend([replayed, of_replayed.member("access_token"), of_replayed.member("refresh_token")]);
    secrets.extend([to_login.as_str().to_owned(), back, ticket.clone(), code, access, refresh]);
    secrets.extend([next.member("access_token"), next.member("refresh_token")]);

    // Refusals of every kind.
    for changes in [
        [("client_id", "STRANGER-unknown")],
        [("redirect_uri", "https://evil.example/STRANGER")],
        [("scope", "STRANGER")],
        [("resource", "STRANGER")],
        [("code_challenge_method", "STRANGER")],
        [("prompt", "STRANGER")],
        [("request", "STRANGER")],
        [("request_uri", "STRANGER")],
    ] {
        assert!(world.server.authorize(get(&query(&changes))).await.is_err() || changes[0].0 == "resource");
    }
    secrets.push("STRANGER".to_owned());
    world.server.authorize(get(&format!("{}&state={STATE}", query(&[])))).await.unwrap_err();
    assert!(matches!(world.next(&query(&[("prompt", "none")]), None).await, Next::Answer(_)));
    world.server.resume(&ticket, &Login::new("bob", "SESSION-that", at(0))).await.unwrap_err();
    world.server.resume(&ticket, &ann()).await.unwrap().deny().await;
    world.question_of(&query(&[]), Login::new("ann", "s", at(0))).await.deny().await;
    for id in ["web", "app", "STRANGER"] {
        world.token(&[("grant_type", "authorization_code"), ("client_id", id), ("client_secret", GUESS), ("code", "x")]).await;
    }
    let basic = [("content-type", &b"application/x-www-form-urlencoded"[..]), ("authorization", b"Basic R1VFU1NFRC1zZWNyZXQ=")];
    world.server.token(Call { headers: &basic, ..form("grant_type=refresh_token") }).await;
    world.token(&[("grant_type", "STRANGER"), ("client_id", "app")]).await;
    world.verify("STRANGER").await.unwrap_err();
    world.store.plan(Op::Load, [Fault::FailBefore]);
    world.redeem(&format!("gr_c_{}", "A".repeat(64))).await.assert_busy();
    let text = logged();
    for reason in ["code.verifier", "code.replayed", "refresh.reused", "consent.ticket", "client_auth.wrong", "store.unavailable"]
    {
        assert!(text.contains(reason), "nothing of {reason} in:\n{text}");
    }
    assert!(text.contains("granted") && text.contains("the store failed"));
    for secret in &secrets {
        assert!(!text.contains(secret), "{secret} in:\n{text}");
        // Nor the secret half of a credential without its routing half.
        assert!(secret.len() < 60 || !text.contains(&secret[30..]), "{secret} in:\n{text}");
    }
}

/// TH-07
#[tokio::test]
async fn a_replay_a_reuse_and_a_wrong_verifier_are_warnings_with_the_grants_id() {
    let world = World::new();
    let code = world.code().await;
    let tokens = world.redeem(&code).await;
    let id = world.verify(&tokens.member("access_token")).await.unwrap().grant_id().unwrap().to_string();
    world.redeem(&code).await;
    let text = logged();
    let line = text.lines().find(|line| line.contains("code.replayed")).unwrap();
    assert!(line.contains("WARN") && line.contains(&id) && line.contains("client=app"), "{line}");
}
