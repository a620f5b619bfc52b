//! What is told about a token, and to whom (RFC 7662).

use grantor_core::{Access, Client, ClientSecret, Endpoint, Login, Subject};
use serde_json::{Value, json};

use crate::kit::{SECRET, Seen, World, api, app, at, bot, request_with, web};

const OWN: &str = "https://api.example/";
const OTHER: &str = "https://other.example/";

fn inactive() -> Value {
    json!({ "active": false })
}

fn server_of(id: &str, resource: &str) -> Client {
    let client = Client::confidential(id, ClientSecret::sha256_of(SECRET));
    client.without_authorization_code().introspects().resources([resource]).build().unwrap()
}

/// Two resources, with a resource server each, and `api`, which stands for both.
fn two() -> World {
    World::with(|builder| {
        let builder = builder.client(app()).client(web()).client(api()).client(bot()).resource(OWN).resource(OTHER);
        builder.client(server_of("own", OWN)).client(server_of("other", OTHER))
    })
}

async fn token_for(world: &World, resource: &str) -> String {
    let code = Seen::from(world.question(&request_with(&[("resource", resource)])).await.approve_all().await).code();
    world.redeem(&code).await.member("access_token")
}

/// IN-03
#[tokio::test]
async fn an_active_access_token_is_told_whole() {
    let world = two();
    world.clock.set(1_500);
    let token = token_for(&world, OWN).await;
    let mut told = world.told(&token).await;
    let jti = told.as_object_mut().unwrap().remove("jti").unwrap();
    let begin = 1_800_000_001;
    let whole = json!({
        "active": true,
        "scope": "profile mail",
        "client_id": "app",
        "token_type": "Bearer",
        "exp": begin + 600,
        "iat": begin,
        "sub": "ann",
        "sub_kind": "person",
        "aud": [OWN],
        "iss": "https://id.example",
    });
    assert_eq!(told, whole);
    assert!(jti.as_str().is_some_and(|jti| jti.len() >= 16 && !token.contains(jti)), "{jti}");
}

/// IN-03
#[tokio::test]
async fn a_token_keeps_its_name_and_shares_it_with_no_other() {
    let world = World::whole();
    let tokens = world.tokens().await;
    let next = world.refresh(&tokens.member("refresh_token")).await;
    let (first, second) = (tokens.member("access_token"), next.member("access_token"));
    let jti = async |token: &str| world.told(token).await["jti"].as_str().unwrap().to_owned();
    assert_eq!(jti(&first).await, jti(&first).await);
    assert_ne!(jti(&first).await, jti(&second).await);
    assert_ne!(jti(&second).await, jti(&world.own_token(&[]).await.member("access_token")).await);
}

/// IN-03, CC-04
#[tokio::test]
async fn the_subject_of_a_client_that_acts_for_itself_is_the_client() {
    let world = World::whole();
    let told = world.told(&world.own_token(&[]).await.member("access_token")).await;
    assert_eq!((&told["sub"], &told["client_id"], &told["scope"]), (&json!("bot"), &json!("bot"), &json!("mail")));
    assert_eq!(told["sub_kind"], "client");
    assert_eq!(told.get("aud"), None, "without resources there is no audience");
}

/// CC-04, IN-03
#[tokio::test]
async fn a_person_who_has_the_name_of_a_client_is_not_taken_for_the_client() {
    let both = Client::confidential("robot", ClientSecret::sha256_of(SECRET)).redirect_uri("https://robot.example/cb");
    let both = both.client_credentials(["mail"]).build().unwrap();
    let world = World::with(|builder| builder.client(both).client(api()));
    let query = request_with(&[("client_id", "robot"), ("redirect_uri", "https://robot.example/cb")]);
    let mallory = Login::new("robot", "mallory's session", at(-1_000));
    let code = Seen::from(world.question_of(&query, mallory).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::kit::VERIFIER)];
    let of_person = world.ask(Endpoint::Token, "robot", &redemption).await.member("access_token");
    let itself = [("grant_type", "client_credentials"), ("scope", "mail")];
    let of_client = world.ask(Endpoint::Token, "robot", &itself).await.member("access_token");
    for (token, kind, subject) in [(of_person, "person", Some("robot")), (of_client, "client", None)] {
        let told = world.told(&token).await;
        assert_eq!((&told["sub"], &told["sub_kind"]), (&json!("robot"), &json!(kind)));
        let there = Access::from_introspection(told.to_string().as_bytes(), "https://id.example", at(0)).unwrap().unwrap();
        assert_eq!(there.subject().map(Subject::as_str), subject, "{kind}");
        let here = world.verify(&token).await.unwrap();
        assert_eq!(there.subject(), here.subject(), "the guard here and the guard elsewhere agree");
    }
}

/// IN-07
#[tokio::test]
async fn what_is_told_about_a_refresh_token_is_no_access() {
    let world = World::with(|builder| builder.client(web()));
    let redirect = [("client_id", "web"), ("redirect_uri", "https://web.example/cb")];
    let code = Seen::from(world.question(&request_with(&redirect)).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::kit::VERIFIER)];
    let refresh = world.ask(Endpoint::Token, "web", &redemption).await.member("refresh_token");
    let told = world.told_to("web", &refresh).await.to_string();
    assert!(Access::from_introspection(told.as_bytes(), "https://id.example", at(0)).unwrap().is_none(), "{told}");
}

/// IN-03, RI-06
#[tokio::test]
async fn the_audience_is_told_as_the_server_spells_it() {
    let world = two();
    let odd = "HTTPS://API.example";
    let code = Seen::from(world.question(&request_with(&[("resource", odd)])).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("resource", odd)];
    let tokens = world.token(&[&redemption[..], &[("code_verifier", crate::kit::VERIFIER)]].concat()).await;
    assert_eq!(world.told(&tokens.member("access_token")).await["aud"], json!([OWN]), "redeemed");
    let refresh = tokens.member("refresh_token");
    let refreshing = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &refresh), ("resource", odd)];
    let next = world.token(&refreshing).await.member("access_token");
    assert_eq!(world.told(&next).await["aud"], json!([OWN]), "refreshed");
    let own = world.own_token(&[("resource", odd)]).await.member("access_token");
    assert_eq!(world.told(&own).await["aud"], json!([OWN]), "of a client that acts for itself");
}

/// IN-04
#[tokio::test]
async fn whatever_is_not_alive_is_told_alike() {
    let world = World::whole();
    let (ended, code) = (world.tokens().await, world.code().await);
    let parked = world.parked(&crate::kit::request()).await;
    let old = world.tokens().await;
    assert_eq!(world.refresh(&old.member("refresh_token")).await.status, 200);
    world.revoke(&ended.member("refresh_token")).await;
    let access = old.member("access_token");
    let long = "a".repeat(10_000);
    for (case, token) in [
        ("garbage", "garbage"),
        ("very long", &long),
        ("no ASCII", "\u{e9}"),
        ("revoked", &ended.member("access_token")),
        ("a revoked refresh token", &ended.member("refresh_token")),
        ("a refresh token that was rotated", &old.member("refresh_token")),
        ("a code", &code),
        ("a consent ticket", parked.ticket()),
        ("padded", &format!("{access}=")),
        ("cut", &access[..access.len() - 1]),
        ("of no grant", &format!("gr_a_{}", "A".repeat(64))),
    ] {
        for caller in ["api", "web"] {
            assert_eq!(world.told_to(caller, token).await, inactive(), "{case}, told to {caller}");
        }
    }
    assert!(world.is_alive(&access).await);
    world.clock.set(600_000);
    assert_eq!(world.told(&access).await, inactive(), "expired");
}

/// IN-04, TH-25
#[tokio::test]
async fn a_resource_server_sees_the_tokens_for_its_own_resources_and_no_others() {
    let world = two();
    let (own, other) = (token_for(&world, OWN).await, token_for(&world, OTHER).await);
    for (caller, token, active) in [
        ("own", &own, true),
        ("own", &other, false),
        ("other", &own, false),
        ("other", &other, true),
        ("api", &own, true),
        ("api", &other, true),
        ("web", &own, false),
        ("bot", &own, false),
    ] {
        let told = world.told_to(caller, token).await;
        assert_eq!(told["active"], active, "{caller}");
        assert!(active || told == inactive(), "{caller}: {told}");
    }
}

/// IN-03, TH-25
#[tokio::test]
async fn a_resource_server_is_not_told_which_others_a_token_is_for() {
    let world = two();
    let query = format!(
        "{}&resource={OWN}&resource={OTHER}",
        request_with(&[("client_id", "web"), ("redirect_uri", "https://web.example/cb")])
    );
    let code = Seen::from(world.question(&query).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::kit::VERIFIER)];
    let token = world.ask(Endpoint::Token, "web", &redemption).await.member("access_token");
    for (caller, audience) in
        [("own", json!([OWN])), ("other", json!([OTHER])), ("api", json!([OWN, OTHER])), ("web", json!([OWN, OTHER]))]
    {
        assert_eq!(world.told_to(caller, &token).await["aud"], audience, "{caller}");
    }
}

/// IN-04, TH-25
#[tokio::test]
async fn a_token_for_no_resource_is_not_told_to_one_that_stands_for_a_resource() {
    let world = World::whole();
    let token = world.tokens().await.member("access_token");
    assert_eq!(world.told_to("api", &token).await["active"], true, "a server without resources");
    let client = Client::confidential("none", ClientSecret::sha256_of(SECRET));
    let none = client.without_authorization_code().introspects().resources([""; 0]).build().unwrap();
    let later =
        world.later(|builder| builder.client(app()).client(server_of("own", OWN)).client(api()).client(none).resource(OWN));
    for (caller, active) in [("own", false), ("api", false), ("none", true)] {
        assert_eq!(later.told_to(caller, &token).await["active"], active, "{caller}");
    }
}

/// IN-04
#[tokio::test]
async fn a_client_is_told_about_its_own_tokens_without_being_a_resource_server() {
    let world = World::whole();
    let token = world.own_token(&[]).await.member("access_token");
    assert_eq!(world.told_to("bot", &token).await["active"], true);
    assert_eq!(world.told_to("web", &token).await, inactive());
}

/// IN-07
#[tokio::test]
async fn a_refresh_token_is_told_to_its_owner_alone() {
    let world = World::whole();
    let redirect = [("client_id", "web"), ("redirect_uri", "https://web.example/cb")];
    let code = Seen::from(world.question(&request_with(&redirect)).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::kit::VERIFIER)];
    let refresh = world.ask(Endpoint::Token, "web", &redemption).await.member("refresh_token");
    for caller in ["api", "bot"] {
        assert_eq!(world.told_to(caller, &refresh).await, inactive(), "{caller}");
    }
    let told = world.told_to("web", &refresh).await;
    let whole = json!({
        "active": true,
        "scope": "profile mail",
        "client_id": "web",
        "token_type": "refresh_token",
        "exp": 1_800_000_000 + 30 * 86_400,
        "sub": "ann",
        "sub_kind": "person",
        "iss": "https://id.example",
    });
    assert_eq!(told, whole);
    let next = world.ask(Endpoint::Token, "web", &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert_eq!(world.told_to("web", &refresh).await, inactive(), "only the newest is alive");
    assert_eq!(world.told_to("web", &next.member("refresh_token")).await["active"], true);
    world.clock.set(30 * 86_400_000);
    assert_eq!(world.told_to("web", &next.member("refresh_token")).await, inactive(), "idle for too long");
}

/// IN-01, IN-02
#[tokio::test]
async fn nobody_without_a_secret_is_told_anything() {
    let world = World::whole();
    let token = world.tokens().await.member("access_token");
    world.store.take_ops();
    for (case, fields) in [
        ("the owner, public", vec![("client_id", "app")]),
        ("nobody", vec![]),
        ("a wrong secret", vec![("client_id", "api"), ("client_secret", "wrong")]),
        ("an empty secret", vec![("client_id", "api"), ("client_secret", "")]),
        ("no secret", vec![("client_id", "api")]),
        ("unknown", vec![("client_id", "nobody"), ("client_secret", SECRET)]),
        ("a public client with a secret", vec![("client_id", "app"), ("client_secret", SECRET)]),
    ] {
        let body: String = fields.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        let seen = Seen::from(world.server.introspect(crate::kit::form(&format!("{body}token={token}"))).await);
        assert_eq!((seen.status, seen.error().as_str()), (401, "invalid_client"), "{case}");
        assert!(seen.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")), "{case}");
        assert!(world.store.take_ops().is_empty(), "{case}");
    }
}

/// IN-05
#[tokio::test]
async fn a_request_without_one_token_is_refused() {
    let world = World::whole();
    for fields in [&[][..], &[("token", "")], &[("token", "a"), ("token", "b")], &[("token", "a"), ("token", "a")]] {
        for endpoint in [Endpoint::Introspection, Endpoint::Revocation] {
            let seen = world.ask(endpoint, "api", fields).await;
            assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"), "{endpoint:?} {fields:?}");
        }
    }
    let twice = [("token", "a"), ("token_type_hint", "access_token"), ("token_type_hint", "access_token")];
    for endpoint in [Endpoint::Introspection, Endpoint::Revocation] {
        assert_eq!(world.ask(endpoint, "api", &twice).await.error(), "invalid_request", "{endpoint:?}");
    }
}

/// IN-06, ST-12
#[tokio::test]
async fn what_ends_a_grant_shows_at_once() {
    let world = World::whole();
    for (way, begin) in ["a revocation", "a replayed code", "a reused refresh token", "the host"].into_iter().zip([0, 1, 2, 3]) {
        world.clock.set(begin * 100_000);
        let code = world.code().await;
        let tokens = world.redeem(&code).await;
        let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
        assert!(world.is_alive(&access).await, "{way}");
        match way {
            "a revocation" => drop(world.revoke(&refresh).await),
            "a replayed code" => drop(world.redeem(&code).await),
            "a reused refresh token" => {
                let next = world.refresh(&refresh).await;
                world.clock.set(begin * 100_000 + 60_000);
                assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
                assert!(!world.is_alive(&next.member("access_token")).await);
            }
            _ => {
                let grant = *world.stored(&refresh).await.unwrap().unwrap().id();
                assert!(world.server.end_grant(&grant).await.unwrap());
            }
        }
        assert!(!world.is_alive(&access).await, "{way}");
    }
}

/// IN-11, TH-34, TH-09
#[tokio::test]
async fn no_answer_is_cached() {
    let world = World::whole();
    let token = world.tokens().await.member("access_token");
    for (endpoint, client, value) in [
        (Endpoint::Introspection, "api", token.as_str()),
        (Endpoint::Introspection, "api", "garbage"),
        (Endpoint::Introspection, "api", ""),
        (Endpoint::Introspection, "nobody", "x"),
        (Endpoint::Revocation, "app", "garbage"),
        (Endpoint::Revocation, "app", ""),
        (Endpoint::Token, "bot", ""),
    ] {
        let seen = world.ask(endpoint, client, &[("token", value)]).await;
        assert_eq!((seen.header("cache-control"), seen.header("pragma")), (Some("no-store"), Some("no-cache")), "{seen:?}");
    }
}

/// IN-04, IN-07
#[tokio::test]
async fn a_refresh_token_of_a_grant_that_has_none_is_told_as_nothing() {
    let world = World::with(|builder| builder.client(web()).client(bot()));
    let redirect = [("client_id", "web"), ("redirect_uri", "https://web.example/cb")];
    let code = Seen::from(world.question(&request_with(&redirect)).await.approve_all().await).code();
    let redemption = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", crate::kit::VERIFIER)];
    let refresh = world.ask(Endpoint::Token, "web", &redemption).await.member("refresh_token");
    assert_eq!(world.told_to("web", &refresh).await["active"], true);
    assert_eq!(world.ask(Endpoint::Revocation, "web", &[("token", &refresh)]).await.status, 200);
    assert_eq!(world.told_to("web", &refresh).await, inactive());
}
