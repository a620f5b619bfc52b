//! What an API is told about a token that was shown to it (RFC 7662).

use std::io::Write as _;

use grantor_tests::{Attempt, Auth, BOT, Browser, CLIENTS, Door, POST, Relying, SHOP, Service, Session, WEB, both_doors, fields};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

both_doors![
    an_active_token_is_told_whole,
    a_token_keeps_its_name_and_shares_it_with_no_other,
    whatever_is_not_alive_is_told_alike,
    what_was_revoked_is_inactive_at_once,
    a_refresh_token_is_told_to_its_owner_alone,
    nobody_without_a_secret_is_told_anything,
    a_request_without_one_token_is_refused,
    only_a_form_by_post_is_read,
    the_hint_changes_nothing,
    an_api_sees_the_tokens_for_itself_and_no_others,
    a_client_that_is_no_api_sees_its_own_tokens_only,
    guard_and_introspection_agree_on_the_end_of_a_token,
];

const API: &str = "https://api.example.test";
const OTHER: &str = "https://other.example.test/v1";
/// A resource server for `API`, which no standard service knows.
const READER: Relying =
    Relying { id: "reader", auth: Auth::Basic("generated-Ke7Ru3Wd9Tb5Vn1Xq8Zm4Lc6Hs2Jf0Pa"), redirect_uri: "" };

fn inactive() -> Value {
    json!({ "active": false })
}

/// The clients of these tests, and `READER`.
fn with_reader() -> NamedTempFile {
    let Auth::Basic(secret) = READER.auth else { unreachable!() };
    let mut clients: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(CLIENTS).unwrap()).unwrap();
    clients.push(json!({
        "client_id": READER.id, "client_secret": secret, "redirect_uris": [], "grant_types": [], "resources": [API],
    }));
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(json!(clients).to_string().as_bytes()).unwrap();
    file
}

/// A session of `WEB` for one resource.
async fn for_resource(service: &Service, resource: &str) -> Session {
    let attempt: Attempt = WEB.asks("profile").changed(|request| request.with("resource", resource));
    let code = Browser::new(service).code(&attempt).await;
    attempt.redeem(service, &code).await
}

/// IN-01, IN-03, IN-11, TH-34
async fn an_active_token_is_told_whole(door: Door) {
    let service = Service::with(door, &["--resource", API]);
    let session = WEB.session(&service, "profile mail.read").await;
    for caller in [SHOP, POST] {
        let mut told = caller.introspect(&service, &session.access).await;
        let mut take = |name: &str| told.as_object_mut().unwrap().remove(name).unwrap();
        let (exp, iat, jti, scope) = (take("exp"), take("iat"), take("jti"), take("scope"));
        let (exp, iat) = (exp.as_i64().expect("an integer"), iat.as_i64().expect("an integer"));
        assert_eq!(exp - iat, session.answer["expires_in"].as_i64().unwrap());
        assert!(jti.as_str().is_some_and(|jti| jti.len() >= 16 && !session.access.contains(jti)), "{jti}");
        let mut scopes: Vec<_> = scope.as_str().unwrap().split(' ').collect();
        scopes.sort_unstable();
        assert_eq!(scopes, ["mail.read", "profile"]);
        let rest = json!({
            "active": true,
            "client_id": WEB.id,
            "token_type": "Bearer",
            "sub": "alice",
            "sub_kind": "person",
            "aud": [API],
            "iss": service.issuer,
        });
        assert_eq!(told, rest, "told to {}", caller.id);
    }
}

/// IN-03
async fn a_token_keeps_its_name_and_shares_it_with_no_other(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let next = session.refreshed(&service).await.json();
    let jti = async |token: &str| SHOP.introspect(&service, token).await["jti"].as_str().unwrap().to_owned();
    let first = jti(&session.access).await;
    assert_eq!(jti(&session.access).await, first);
    assert_ne!(jti(next["access_token"].as_str().unwrap()).await, first);
    assert_ne!(jti(&SHOP.session(&service, "profile").await.access).await, first);
}

/// IN-04, IN-11
async fn whatever_is_not_alive_is_told_alike(door: Door) {
    let service = Service::start(door);
    let (spent, ended) = (SHOP.session(&service, "profile").await, SHOP.session(&service, "profile").await);
    ended.replayed(&service).await.is_json(400, "invalid_grant");
    let long = "a".repeat(10_000);
    for (case, token) in [
        ("garbage", "garbage"),
        ("ended", &ended.access),
        ("an ended refresh token", &ended.refresh),
        ("a spent code", &spent.code),
        ("padded", &format!("{}=", spent.access)),
        ("a JWT", "eyJhbGciOiJub25lIn0.e30."),
        ("very long", &long),
        ("not ASCII", "é\u{1f600}"),
        ("markup", "<script>\"'%00\r\nSet-Cookie: a=b"),
    ] {
        for caller in [SHOP, POST] {
            assert_eq!(caller.introspect(&service, token).await, inactive(), "{case}, told to {}", caller.id);
        }
    }
    assert_eq!(SHOP.introspect(&service, &spent.access).await["active"], true);
}

/// IN-06, RV-01
async fn what_was_revoked_is_inactive_at_once(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let next = session.refreshed(&service).await.json();
    let (access, refresh) = (next["access_token"].as_str().unwrap(), next["refresh_token"].as_str().unwrap());
    SHOP.revoke(&service, &session.access).await.has_status(200);
    assert_eq!(SHOP.introspect(&service, &session.access).await, inactive());
    assert_eq!(SHOP.introspect(&service, access).await["active"], true);
    SHOP.revoke(&service, refresh).await.has_status(200);
    for token in [access, refresh] {
        assert_eq!(SHOP.introspect(&service, token).await, inactive());
    }
    let family = SHOP.session(&service, "profile").await;
    assert_eq!(SHOP.introspect(&service, &family.access).await["active"], true);
    family.replayed(&service).await.is_json(400, "invalid_grant");
    assert_eq!(SHOP.introspect(&service, &family.access).await, inactive(), "the replay of its code ended it");
}

/// IN-07
async fn a_refresh_token_is_told_to_its_owner_alone(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let told = SHOP.introspect(&service, &session.refresh).await;
    let whole = json!({
        "active": true,
        "scope": "profile",
        "client_id": SHOP.id,
        "token_type": "refresh_token",
        "exp": told["exp"].as_i64().expect("an integer"),
        "sub": "alice",
        "sub_kind": "person",
        "iss": service.issuer,
    });
    assert_eq!(told, whole);
    assert_eq!(POST.introspect(&service, &session.refresh).await, inactive());
    let of_web = WEB.session(&service, "profile").await;
    assert_eq!(SHOP.introspect(&service, &of_web.refresh).await, inactive());
    session.refreshed(&service).await.has_status(200);
    assert_eq!(SHOP.introspect(&service, &session.refresh).await, inactive(), "it was rotated");
}

/// IN-01, IN-02, CA-06, CA-07
async fn nobody_without_a_secret_is_told_anything(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let form = fields([("token", &session.access)]);
    let (wrong, bearer) = (Auth::basic(SHOP.id, "wrong"), format!("Bearer {}", session.access));
    let public = Auth::basic(WEB.id, "");
    for (case, header, form) in [
        ("nobody", None, form.clone()),
        ("a public client, about its own token", None, form.with("client_id", WEB.id)),
        ("a public client with Basic", Some(public.as_str()), form.clone()),
        ("a wrong secret", Some(&wrong), form.clone()),
        ("a wrong secret in the form", None, form.with("client_id", POST.id).with("client_secret", "wrong")),
        ("a confidential client by its name alone", None, form.with("client_id", SHOP.id)),
        ("unknown", None, form.with("client_id", "nobody").with("client_secret", "x")),
        ("disabled", None, form.with("client_id", "disabled")),
        ("a bearer", Some(&bearer), form.clone()),
        ("a bearer of garbage", Some("Bearer x"), form.clone()),
        ("nobody, and no token either", None, fields([])),
    ] {
        let answer = service.post("introspect", header, &form.encode()).await.named(case);
        assert!(!answer.is_json(401, "invalid_client").body.contains("active"), "{case}: {answer:?}");
    }
}

/// IN-05
async fn a_request_without_one_token_is_refused(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let (none, token) = (fields([]), session.access.as_str());
    for (case, form) in [
        ("none", none.clone()),
        ("an empty one", none.with("token", "")),
        ("another name", none.with("access_token", token)),
        ("the same twice", none.with("token", token).and("token", token)),
        ("two", none.with("token", token).and("token", "x")),
        ("two hints", none.with("token", token).with("token_type_hint", "a").and("token_type_hint", "a")),
    ] {
        SHOP.post(&service, "introspect", &form).await.named(case).is_json(400, "invalid_request");
    }
}

/// IN-01
async fn only_a_form_by_post_is_read(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let (header, _) = SHOP.authenticate(&fields([]));
    let authorization = ("authorization", header.as_deref().unwrap());
    let form = fields([("token", &session.access)]).encode();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = service.send(method, &format!("/introspect?{form}"), &[authorization], "").await.named(method);
        assert_eq!(answer.has_status(405).header("allow"), "POST", "{method}");
    }
    let json = json!({ "token": session.access }).to_string();
    for (media, body) in [("application/json", json.as_str()), ("text/plain", &form), ("", &form)] {
        let answer = service.send("POST", "/introspect", &[authorization, ("content-type", media)], body).await.named(media);
        answer.is_json(400, "invalid_request");
    }
    let in_query = format!("introspect?{form}");
    service.post(&in_query, header.as_deref(), &form).await.named("in the query").is_json(400, "invalid_request");
}

/// IN-04
async fn the_hint_changes_nothing(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    for hint in ["access_token", "refresh_token", "unknown", ""] {
        for token in [&session.access, &session.refresh] {
            let answer = SHOP.post(&service, "introspect", &fields([("token", token), ("token_type_hint", hint)])).await;
            assert_eq!(answer.named(hint).has_status(200).json()["active"], true, "{hint}");
        }
    }
}

/// IN-04, TH-25, MC-10
async fn an_api_sees_the_tokens_for_itself_and_no_others(door: Door) {
    let file = with_reader();
    let flags = ["--clients", file.path().to_str().unwrap(), "--user", "alice:correct horse", "--scope", "profile=See your name"];
    let service = Service::bare(door, &[&flags[..], &["--resource", API, "--resource", OTHER]].concat());
    let (own, other) = (for_resource(&service, API).await, for_resource(&service, OTHER).await);
    let told = READER.introspect(&service, &own.access).await;
    assert_eq!((&told["active"], &told["aud"]), (&json!(true), &json!([API])));
    assert_eq!(READER.introspect(&service, &other.access).await, inactive());
    assert_eq!(READER.introspect(&service, &own.refresh).await, inactive());
    assert_eq!(POST.introspect(&service, &other.access).await["aud"], json!([OTHER]), "one that stands for all");
}

/// IN-04
async fn a_client_that_is_no_api_sees_its_own_tokens_only(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    assert_eq!(BOT.introspect(&service, &session.access).await, inactive());
    let own = BOT.own_token(&service).await.has_status(200).json();
    assert_eq!(BOT.introspect(&service, own["access_token"].as_str().unwrap()).await["active"], true);
}

/// ST-21, IN-04
async fn guard_and_introspection_agree_on_the_end_of_a_token(door: Door) {
    let service = Service::with(door, &["--access-lifetime", "1"]);
    let session = SHOP.session(&service, "profile").await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert!(!service.is_alive(&session.access).await);
    assert_eq!(SHOP.introspect(&service, &session.access).await, inactive());
}
