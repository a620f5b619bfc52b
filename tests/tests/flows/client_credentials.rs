//! A client acts for itself (RFC 6749 section 4.4).

use std::collections::BTreeSet;

use grantor_tests::{Auth, BOT, Browser, Door, POST, SHOP, Service, WEB, both_doors, fields};
use serde_json::json;

both_doors![
    a_client_gets_a_token_for_itself_and_no_refresh_token,
    a_public_client_may_not_act_for_itself,
    a_client_that_is_not_registered_for_it_may_not_either,
    the_scopes_are_those_it_was_given,
    openid_is_not_for_a_client_that_acts_for_itself,
    grant_types_that_are_not_built_are_unsupported,
    a_person_of_the_same_name_stays_another,
    its_token_is_guarded_revoked_and_introspected_as_every_other,
];

/// CC-01, CC-04, TK-13, TK-15
async fn a_client_gets_a_token_for_itself_and_no_refresh_token(door: Door) {
    let service = Service::start(door);
    let answer = BOT.own_token(&service).await;
    let tokens = answer.has_status(200).is_uncached_json().json();
    let names: BTreeSet<_> = tokens.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["access_token", "expires_in", "scope", "token_type"]));
    assert_eq!(tokens["token_type"], "Bearer");
    let mail = service.api("/messages", tokens["access_token"].as_str().unwrap()).await.has_status(200).json();
    assert_eq!((&mail["sub"], &mail["client_id"]), (&json!(BOT.id), &json!(BOT.id)));
}

/// CC-02
async fn a_public_client_may_not_act_for_itself(door: Door) {
    let service = Service::start(door);
    WEB.own_token(&service).await.is_json(400, "unauthorized_client");
    let scoped = fields([("grant_type", "client_credentials"), ("scope", "profile")]);
    WEB.token(&service, &scoped).await.is_json(400, "unauthorized_client");
}

/// CC-02, TK-12, TK-26
async fn a_client_that_is_not_registered_for_it_may_not_either(door: Door) {
    let service = Service::start(door);
    for client in [SHOP, POST] {
        client.own_token(&service).await.named(client.id).is_json(400, "unauthorized_client");
    }
    let form = fields([("grant_type", "client_credentials")]);
    service.token(None, &form.with("client_id", BOT.id)).await.is_json(401, "invalid_client");
    service.token(Some(&Auth::basic(BOT.id, "wrong")), &form).await.is_json(401, "invalid_client");
    service.token(None, &form).await.is_json(401, "invalid_client");
}

/// CC-03
async fn the_scopes_are_those_it_was_given(door: Door) {
    let service = Service::start(door);
    for (scope, granted) in [("", "calendar mail.read"), ("calendar", "calendar"), ("mail.read calendar", "calendar mail.read")] {
        let form = fields([("grant_type", "client_credentials"), ("scope", scope)]);
        let tokens = BOT.token(&service, &form).await.named(scope).has_status(200).json();
        let mut scopes: Vec<_> = tokens["scope"].as_str().unwrap().split(' ').collect();
        scopes.sort_unstable();
        assert_eq!(scopes.join(" "), granted, "{scope}");
    }
    for scope in ["profile", "calendar profile", "unknown", "Calendar", "calendar  mail.read", "cal\"endar", " "] {
        let form = fields([("grant_type", "client_credentials"), ("scope", scope)]);
        BOT.token(&service, &form).await.named(scope).is_json(400, "invalid_scope");
    }
}

/// CC-05
async fn openid_is_not_for_a_client_that_acts_for_itself(door: Door) {
    let service = Service::with(door, &["--scope", "openid=Who you are"]);
    for scope in ["openid", "calendar openid"] {
        let form = fields([("grant_type", "client_credentials"), ("scope", scope)]);
        BOT.token(&service, &form).await.named(scope).is_json(400, "invalid_scope");
    }
}

/// CC-06, TK-11
async fn grant_types_that_are_not_built_are_unsupported(door: Door) {
    let service = Service::start(door);
    for grant_type in ["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer"] {
        let form = fields([("grant_type", grant_type), ("assertion", "a.b.c")]);
        for client in [BOT, WEB] {
            client.token(&service, &form).await.named(grant_type).is_json(400, "unsupported_grant_type");
        }
    }
}

/// CC-04, TH-26
async fn a_person_of_the_same_name_stays_another(door: Door) {
    let service = Service::with(door, &["--user", "bot:a person's password"]);
    let mut person = Browser::of(&service, "bot", "a person's password");
    let session = SHOP.sign_in(&service, &mut person, "mail.read").await;
    let own = BOT.own_token(&service).await.has_status(200).json();
    let own = own["access_token"].as_str().unwrap();
    let told = |answer: serde_json::Value| (answer["sub"].clone(), answer["client_id"].clone());
    let of_person = service.api("/messages", &session.access).await.has_status(200).json();
    assert_eq!(told(of_person), (json!("bot"), json!(SHOP.id)));
    assert_eq!(told(service.api("/messages", own).await.has_status(200).json()), (json!("bot"), json!(BOT.id)));
    SHOP.revoke(&service, &session.refresh).await.has_status(200);
    service.api("/messages", own).await.has_status(200);
}

/// RV-01, RS-03, IN-03, CC-04
async fn its_token_is_guarded_revoked_and_introspected_as_every_other(door: Door) {
    let service = Service::start(door);
    let tokens = BOT.own_token(&service).await.has_status(200).json();
    let token = tokens["access_token"].as_str().unwrap();
    service.api("/userinfo", token).await.has_status(403);
    let told = SHOP.introspect(&service, token).await;
    assert_eq!((&told["sub"], &told["client_id"], &told["active"]), (&json!("bot"), &json!("bot"), &json!(true)));
    SHOP.revoke(&service, token).await.has_status(200);
    service.api("/messages", token).await.has_status(200);
    BOT.revoke(&service, token).await.has_status(200);
    service.api("/messages", token).await.has_status(401);
    assert_eq!(SHOP.introspect(&service, token).await, json!({ "active": false }));
}
