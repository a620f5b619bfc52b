//! What a client of the Model Context Protocol does, from one refused request to an answered one.

use grantor_tests::{Browser, Door, NATIVE, Service, WEB, both_doors, pkce_challenge};
use serde_json::{Value, json};

both_doors![
    a_client_finds_its_way_from_a_refused_request,
    every_answer_names_the_issuer_and_the_document_says_so,
    a_resource_is_bound_to_the_token_it_was_named_for,
    a_public_client_never_keeps_a_refresh_token,
    redirects_are_https_or_loopback,
];

async fn document(service: &Service, url: &str) -> Value {
    let path = url.strip_prefix(&service.base).expect("a place of this service");
    service.get(path).await.has_status(200).json()
}

/// MC-01, MC-02, MC-03, MC-09, MC-11, MC-12
async fn a_client_finds_its_way_from_a_refused_request(door: Door) {
    let service = Service::start(door);
    let refused = service.get("/messages").await;
    let challenge = refused.has_status(401).header("www-authenticate");
    let attribute = |name: &str| {
        let (_, rest) = challenge.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {challenge}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let api = document(&service, &attribute("resource_metadata")).await;
    let issuer = api["authorization_servers"][0].as_str().expect("one authorization server");
    let server = document(&service, &format!("{issuer}/.well-known/oauth-authorization-server")).await;
    assert_eq!(server["issuer"], issuer);
    assert!(server["code_challenge_methods_supported"].as_array().unwrap().contains(&json!("S256")));
    assert!(server["grant_types_supported"].as_array().unwrap().contains(&json!("authorization_code")));
    let resource = api["resource"].as_str().unwrap();
    for client in [WEB, NATIVE] {
        let attempt = client.asks(&attribute("scope")).changed(|request| request.with("resource", resource));
        let code = Browser::new(&service).code(&attempt).await;
        let form = attempt.redemption(&code).with("resource", resource);
        let tokens = client.token(&service, &form).await.has_status(200).json();
        service.api("/messages", tokens["access_token"].as_str().unwrap()).await.has_status(200);
    }
}

/// MC-13, AR-01, AR-02
async fn every_answer_names_the_issuer_and_the_document_says_so(door: Door) {
    let service = Service::start(door);
    let server = service.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(server["authorization_response_iss_parameter_supported"], true);
    let attempt = WEB.asks("profile");
    Browser::new(&service).code(&attempt).await;
    let bad = service.authorize(&attempt.request.with("scope", "unknown")).await;
    assert_eq!(bad.lands(WEB.redirect_uri).get("iss"), Some(service.base.as_str()));
}

/// MC-03, MC-10, RI-02, RI-05
async fn a_resource_is_bound_to_the_token_it_was_named_for(door: Door) {
    let (api, other) = ("https://api.example.test/mcp", "https://other.example.test");
    let service = Service::with(door, &["--resource", api, "--resource", other]);
    for (resource, status) in [(api, 200), (other, 401)] {
        let attempt = WEB.asks("profile").changed(|request| request.with("resource", resource));
        let code = Browser::new(&service).code(&attempt).await;
        let tokens = WEB.token(&service, &attempt.redemption(&code).with("resource", resource)).await.has_status(200).json();
        service.api("/userinfo", tokens["access_token"].as_str().unwrap()).await.named(resource).has_status(status);
    }
    let attempt = WEB.asks("profile");
    let answer = service.authorize(&attempt.request.with("resource", "https://unknown.example.test")).await;
    answer.sends_back(WEB.redirect_uri, "invalid_target", Some(&attempt.state));
    let both = WEB.asks("profile").changed(|request| request.and("resource", other).and("resource", api));
    let code = Browser::new(&service).code(&both).await;
    let session = both.redeem(&service, &code).await;
    assert!(service.is_alive(&session.access).await, "left out at the token endpoint: it is for both");
}

/// MC-04, RF-04
async fn a_public_client_never_keeps_a_refresh_token(door: Door) {
    let service = Service::with(door, &["--retry-window", "0"]);
    for client in [WEB, NATIVE] {
        let session = client.session(&service, "profile").await;
        let next = session.refreshed(&service).await.has_status(200).json();
        assert_ne!(next["refresh_token"], json!(session.refresh), "{}", client.id);
        session.refreshed(&service).await.named(client.id).is_json(400, "invalid_grant");
        assert!(!service.is_alive(next["access_token"].as_str().unwrap()).await, "{}", client.id);
    }
}

/// MC-05, RU-09, MC-01
async fn redirects_are_https_or_loopback(door: Door) {
    let service = Service::start(door);
    let asked = |redirect_uri: &str| NATIVE.asks("profile").request.with("redirect_uri", redirect_uri);
    for redirect_uri in ["http://127.0.0.1:4711/cb", "http://[::1]:4711/cb", "http://localhost:4711/cb"] {
        Browser::new(&service).visit(&asked(redirect_uri)).await.has_status(200);
    }
    for redirect_uri in
        ["http://app.example.test/cb", "http://192.168.0.1/cb", "http://127.0.0.1.evil.test/cb", "https://127.0.0.1/cb"]
    {
        service.authorize(&asked(redirect_uri)).await.named(redirect_uri).is_page("invalid_request");
    }
    let plain = WEB.asks("profile").request.without("code_challenge").without("code_challenge_method");
    let answer = service.authorize(&plain).await.named("without PKCE");
    answer.sends_back(WEB.redirect_uri, "invalid_request", plain.get("state"));
    let verifier = "v".repeat(43);
    let mixed = plain.with("code_challenge", &pkce_challenge(&verifier)).with("code_challenge_method", "plain");
    service.authorize(&mixed).await.sends_back(WEB.redirect_uri, "invalid_request", plain.get("state"));
}
