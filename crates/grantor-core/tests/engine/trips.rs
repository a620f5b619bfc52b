//! How often the store is asked, and that a refused request leaves it as it was.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use grantor_core::{GrantStore, grant::Grant, types::GrantId};

use crate::kit::{Op, REDIRECT_URI, Seen, VERIFIER, World, ann, app, at, request, request_with, web};

/// The grant behind a credential, as it is stored.
async fn stored(world: &World, credential: &str) -> Grant {
    let bytes = URL_SAFE_NO_PAD.decode(&credential["gr_x_".len()..]).unwrap();
    let id = GrantId::from_bytes(bytes[..16].try_into().unwrap());
    world.store.memory.load(&id).await.unwrap().unwrap()
}

/// AZ-01
#[tokio::test]
async fn an_approval_without_a_page_is_one_write_and_with_a_page_an_insert_then_load_and_replace() {
    let world = World::new();
    let question = world.question(&request()).await;
    assert_eq!(world.store.take_ops(), []);
    question.approve_all().await;
    assert_eq!(world.store.take_ops(), [Op::Insert]);

    let parked = world.parked(&request()).await;
    assert_eq!(world.store.take_ops(), [Op::Insert]);
    world.resumed(parked.ticket()).await.unwrap().approve_all().await;
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace]);
}

/// AZ-40, TH-12
#[tokio::test]
async fn strangers_cost_no_write_unless_the_login_must_be_a_fresh_one() {
    let world = World::new();
    world.log_in(&request(), None).await;
    world.answered(&request_with(&[("prompt", "none")]), None).await;
    world.refused(&request_with(&[("scope", "unknown")])).await;
    assert_eq!(world.store.take_ops(), []);
    world.log_in(&request_with(&[("prompt", "login")]), None).await;
    assert_eq!(world.store.take_ops(), [Op::Insert]);
}

/// TK-20, RF-01
#[tokio::test]
async fn a_token_is_one_load_and_one_replace_and_its_check_one_load() {
    let world = World::new();
    let code = world.code().await;
    world.store.take_ops();
    let tokens = world.redeem(&code).await;
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace]);
    world.verify(&tokens.member("access_token")).await.unwrap();
    assert_eq!(world.store.take_ops(), [Op::Load]);
    world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace]);
    world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(world.store.take_ops(), [Op::Load], "a retry writes nothing");
}

/// ST-04, TK-25, TK-27, RI-01, PK-24
#[tokio::test]
async fn a_refused_redemption_is_at_most_one_load_and_changes_nothing_but_the_count_of_failures() {
    let world = World::with(|builder| builder.client(app()).client(web()).resource("https://api.example/"));
    let code = world.code().await;
    let before = stored(&world, &code).await.encode();
    let good = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("code_verifier", VERIFIER)];
    let garbage = format!("{code}A");
    let guessed = format!("{}{}", &code[..40], "A".repeat(code.len() - 40));
    let elsewhere = format!("gr_c_{}", "A".repeat(64));
    let load: &[Op] = &[Op::Load];
    let cases: [(&str, &str, &str, &[Op]); 10] = [
        ("client_id", "nobody", "invalid_client", &[]),
        ("client_id", "web", "invalid_client", &[]),
        ("grant_type", "password", "unsupported_grant_type", &[]),
        ("code", "", "invalid_request", &[]),
        ("code", &garbage, "invalid_grant", &[]),
        ("code", &guessed, "invalid_grant", load),
        ("code", &elsewhere, "invalid_grant", load),
        ("redirect_uri", "https://app.example/CB", "invalid_grant", load),
        ("resource", "#", "invalid_target", &[]),
        ("resource", "https://other.example/", "invalid_target", load),
    ];
    world.store.take_ops();
    for (name, value, error, ops) in cases {
        let fields: Vec<_> = good.into_iter().filter(|(own, _)| *own != name).chain([(name, value)]).collect();
        assert_eq!(world.token(&fields).await.error(), error, "{name}={value}");
        assert_eq!(world.store.take_ops(), ops, "{name}={value}");
        assert_eq!(stored(&world, &code).await.encode(), before, "{name}={value}");
    }
    let [.., verifier] = good.map(|(name, value)| (name, if name == "code_verifier" { "wrong" } else { value }));
    assert_eq!(world.token(&[good[0], good[1], good[2], verifier]).await.error(), "invalid_grant");
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace], "a wrong verifier is counted");
    assert_eq!(world.redeem(&code).await.status, 200);
}

/// ST-04, RF-03, RF-08
#[tokio::test]
async fn a_refused_refresh_is_at_most_one_load_and_changes_nothing() {
    let world = World::new();
    let token = world.tokens().await.member("refresh_token");
    let before = stored(&world, &token).await.encode();
    let good = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &token)];
    let forged = format!("{}{}", &token[..60], "A".repeat(token.len() - 60));
    let access = world.tokens().await.member("access_token");
    let cases: [(&str, &str, &str, &[Op]); 5] = [
        ("scope", "profile admin", "invalid_scope", &[Op::Load]),
        ("scope", "a  b", "invalid_scope", &[]),
        ("refresh_token", &forged, "invalid_grant", &[Op::Load]),
        ("refresh_token", &access, "invalid_grant", &[]),
        ("client_id", "nobody", "invalid_client", &[]),
    ];
    world.store.take_ops();
    for (name, value, error, ops) in cases {
        let fields: Vec<_> = good.into_iter().filter(|(own, _)| *own != name).chain([(name, value)]).collect();
        assert_eq!(world.token(&fields).await.error(), error, "{name}={value}");
        assert_eq!(world.store.take_ops(), ops, "{name}={value}");
        assert_eq!(stored(&world, &token).await.encode(), before, "{name}={value}");
    }
}

/// ST-04, AR-13, AR-15
#[tokio::test]
async fn a_refused_consent_is_one_load_and_changes_nothing() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let before = stored(&world, parked.ticket()).await.encode();
    world.store.take_ops();
    let mallory = grantor_core::Login::new("mallory", "ann's session", at(0));
    world.server.resume(parked.ticket(), &mallory).await.unwrap_err();
    assert_eq!(world.store.take_ops(), [Op::Load]);
    let wide = world.resumed(parked.ticket()).await.unwrap().approve(["profile", "admin"]).await;
    Seen::from(wide).assert_page(400);
    assert_eq!(world.store.take_ops(), [Op::Load]);
    for garbage in ["", "gr_t_", "%", REDIRECT_URI] {
        world.server.resume(garbage, &ann()).await.unwrap_err();
    }
    assert_eq!(world.store.take_ops(), [], "what is no ticket is not looked for");
    assert_eq!(stored(&world, parked.ticket()).await.encode(), before);
}

/// TK-23, TK-24
#[tokio::test]
async fn a_replay_is_one_write_and_a_try_by_somebody_else_none() {
    let world = World::new();
    let code = world.code().await;
    world.redeem(&code).await;
    world.store.take_ops();
    let other = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", code.as_str())];
    assert_eq!(world.token(&other).await.error(), "invalid_grant");
    assert_eq!(world.store.take_ops(), [Op::Load]);
    world.redeem(&code).await;
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace]);
    world.redeem(&code).await;
    assert_eq!(world.store.take_ops(), [Op::Load], "what has ended cannot end again");
}

/// AZ-03
#[tokio::test]
async fn head_writes_nothing_whatever_it_asks() {
    let world = World::new();
    for query in [request(), request_with(&[("prompt", "login")]), request_with(&[("prompt", "none")])] {
        let call = grantor_core::Call { method: "HEAD", ..crate::kit::get(&query) };
        let reply = Seen::from(world.server.authorize(call).await.unwrap_err());
        assert_eq!((reply.status, reply.header("location")), (200, None));
    }
    assert_eq!(world.store.take_ops(), []);
}
