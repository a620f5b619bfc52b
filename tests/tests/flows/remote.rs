//! An API in a third process, which asks about each token.

use std::time::{Duration, Instant};

use grantor_tests::{Answer, Browser, Door, Relying, SHOP, Service, Session, both_doors, fields};

both_doors![
    a_good_token_opens_an_api_in_another_process,
    a_request_without_a_token_is_told_where_to_get_one,
    the_document_names_the_resource_its_server_and_its_scopes,
    a_token_without_the_scope_gets_no_data,
    a_revoked_token_is_refused_once_the_answer_is_forgotten,
    a_token_for_another_api_opens_nothing_in_another_process,
    a_token_without_an_audience_passes_only_where_no_resource_was_named,
    a_refresh_token_opens_nothing_in_another_process,
    a_server_that_is_gone_lets_nobody_in,
    a_wrong_secret_lets_nobody_in,
    an_api_begins_only_on_a_server_that_is_there_and_flags_that_are_right,
];

const API: &str = "https://api.example.test";
const OTHER: &str = "https://other.example.test/v1";
const RESOURCES: [&str; 4] = ["--resource", API, "--resource", OTHER];

/// The challenge of a refusal.
#[track_caller]
fn challenge<'a>(answer: &'a Answer, status: u16, error: &str) -> &'a str {
    let challenge = answer.has_status(status).header("www-authenticate");
    assert!(challenge.starts_with("Bearer ") && challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    challenge
}

/// A session whose token is for this resource.
async fn session_for(service: &Service, relying: &Relying, resource: &str) -> Session {
    let attempt = relying.asks("profile").changed(|request| request.with("resource", resource));
    let code = Browser::new(service).code(&attempt).await;
    attempt.redeem(service, &code).await
}

/// RS-01, RS-03, IN-06
async fn a_good_token_opens_an_api_in_another_process(door: Door) {
    let service = Service::with(door, &RESOURCES);
    let remote = Service::remote(&service, &SHOP, &["--resource", API]);
    let session = SHOP.session(&service, "profile mail.read").await;
    let profile = remote.api("/userinfo", &session.access).await.has_status(200).json();
    assert_eq!((&profile["sub"], &profile["client_id"]), (&"alice".into(), &SHOP.id.into()));
    assert_eq!(profile["scope"], "profile mail.read");
    assert_eq!(profile, service.api("/userinfo", &session.access).await.json(), "both tell the same");
    let mails = remote.api("/messages", &session.access).await;
    assert_eq!(mails.has_status(200).header("cache-control"), "no-store");
    assert!(mails.body.contains("Lunch?"), "{mails:?}");
    assert_eq!(mails.json(), service.api("/messages", &session.access).await.json());
}

/// RS-01, RS-02, MC-09
async fn a_request_without_a_token_is_told_where_to_get_one(door: Door) {
    let service = Service::start(door);
    let remote = Service::remote(&service, &SHOP, &[]);
    let bare = remote.get("/messages").await;
    let document = format!("{}/.well-known/oauth-protected-resource", remote.base);
    let wanted = format!("Bearer realm=\"api\", scope=\"mail.read\", resource_metadata=\"{document}\"");
    assert_eq!(bare.has_status(401).header("www-authenticate"), wanted);
    assert_eq!(bare.body, "", "no error code for a request that carried nothing");
    let in_query = remote.get("/messages?access_token=x").await;
    assert_eq!(in_query.has_status(401).header("www-authenticate"), wanted, "one in the query is never read");
    for (header, status, error) in [("Bearer a b", 400, "invalid_request"), ("Bearer unknown", 401, "invalid_token")] {
        let answer = remote.send("GET", "/messages", &[("authorization", header)], "").await.named(header);
        assert!(challenge(&answer, status, error).contains(&document), "{answer:?}");
    }
}

/// RS-08, MC-09, MC-10
async fn the_document_names_the_resource_its_server_and_its_scopes(door: Door) {
    let service = Service::start(door);
    let remote = Service::remote(&service, &SHOP, &[]);
    let answer = remote.get("/.well-known/oauth-protected-resource").await;
    assert_eq!(answer.has_status(200).header("content-type"), "application/json");
    let document = answer.json();
    assert_eq!(document["resource"], remote.base, "what the URL was made of, and nothing else (RFC 9728 section 3.3)");
    assert_eq!(document["authorization_servers"], serde_json::json!([service.issuer]));
    assert_eq!(document["scopes_supported"], serde_json::json!(["mail.read", "profile"]));
    assert_eq!(document["bearer_methods_supported"], serde_json::json!(["header"]));
    let metadata = service.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["issuer"], document["authorization_servers"][0], "which leads to the server");
    remote.send("POST", "/.well-known/oauth-protected-resource", &[], "").await.has_status(405);
}

/// RS-06, PV-21, TH-25
async fn a_token_without_the_scope_gets_no_data(door: Door) {
    let service = Service::start(door);
    let remote = Service::remote(&service, &SHOP, &["--api", "/a/b=calendar", "--api", "/messages=mail.read"]);
    let session = SHOP.session(&service, "profile").await;
    for (path, scope) in [("/messages", "mail.read"), ("/a/b", "calendar")] {
        let answer = remote.api(path, &session.access).await;
        let challenge = challenge(&answer, 403, "insufficient_scope");
        assert!(challenge.contains(&format!("scope=\"{scope}\"")), "{challenge}");
        assert!(!answer.body.contains("Lunch") && !answer.body.contains("alice"), "{}", answer.body);
    }
    remote.api("/userinfo", &session.access).await.has_status(404);
}

/// RS-04, IN-06
async fn a_revoked_token_is_refused_once_the_answer_is_forgotten(door: Door) {
    let service = Service::start(door);
    let hasty = Service::remote(&service, &SHOP, &["--keep-for", "0"]);
    let keeping = Service::remote(&service, &SHOP, &["--keep-for", "1"]);
    let session = SHOP.session(&service, "profile").await;
    for remote in [&hasty, &keeping] {
        assert!(remote.is_alive(&session.access).await);
    }
    let (header, form) = SHOP.authenticate(&fields([("token", &session.access)]));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", header.as_deref().unwrap())];
    service.send("POST", &service.path("revoke"), &headers, &form.encode()).await.has_status(200);
    challenge(&hasty.api("/userinfo", &session.access).await, 401, "invalid_token");
    let start = Instant::now();
    while keeping.is_alive(&session.access).await {
        assert!(start.elapsed() < Duration::from_secs(10), "it passes for longer than it may");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// RS-02, TH-25, MC-11
async fn a_token_for_another_api_opens_nothing_in_another_process(door: Door) {
    let service = Service::with(door, &RESOURCES);
    let (own, other) = (["--resource", API], ["--resource", OTHER]);
    let (own, other) = (Service::remote(&service, &SHOP, &own), Service::remote(&service, &SHOP, &other));
    let session = session_for(&service, &SHOP, OTHER).await;
    assert!(other.is_alive(&session.access).await);
    for path in ["/userinfo", "/messages"] {
        let answer = own.api(path, &session.access).await;
        let challenge = challenge(&answer, 401, "invalid_token");
        assert!(challenge.contains("resource_metadata=\"https://api.example.test/.well-known/"), "{challenge}");
    }
    let anyone = Service::remote(&service, &SHOP, &[]);
    assert!(!anyone.is_alive(&session.access).await, "a token that is for somebody is never for anybody");
}

/// RS-02, TH-25
async fn a_token_without_an_audience_passes_only_where_no_resource_was_named(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    assert!(Service::remote(&service, &SHOP, &[]).is_alive(&session.access).await);
    assert!(!Service::remote(&service, &SHOP, &["--resource", API]).is_alive(&session.access).await);
}

/// IN-04, RS-02
async fn a_refresh_token_opens_nothing_in_another_process(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    assert_ne!(session.refresh, "");
    let remote = Service::remote(&service, &SHOP, &[]);
    challenge(&remote.api("/userinfo", &session.refresh).await, 401, "invalid_token");
    assert!(remote.is_alive(&session.access).await);
}

/// RS-05, PV-23
async fn a_server_that_is_gone_lets_nobody_in(door: Door) {
    let service = Service::start(door);
    let remote = Service::remote(&service, &SHOP, &["--keep-for", "0"]);
    let session = SHOP.session(&service, "profile").await;
    assert!(remote.is_alive(&session.access).await);
    service.kill();
    for token in [session.access.as_str(), "unknown"] {
        let start = Instant::now();
        let answer = remote.api("/userinfo", token).await;
        assert_ne!(answer.has_status(503).header("retry-after"), "", "{answer:?}");
        assert!(start.elapsed() < Duration::from_secs(9), "after {:?}", start.elapsed());
    }
    remote.get("/userinfo").await.has_status(401);
    remote.get("/.well-known/oauth-protected-resource").await.has_status(200);
    let output = remote.end();
    assert!(output.contains("introspection_unreachable"), "{output}");
    assert!(!output.contains(&session.access), "{output}");
}

/// RS-05, PV-23
async fn a_wrong_secret_lets_nobody_in(door: Door) {
    let service = Service::start(door);
    let remote = Service::remote(&service, &SHOP, &["--client-secret", "a-wrong-secret"]);
    let session = SHOP.session(&service, "profile").await;
    let answer = remote.api("/userinfo", &session.access).await;
    assert_ne!(answer.has_status(503).header("retry-after"), "");
    let output = remote.end();
    assert!(output.contains("introspection_refused") && !output.contains("a-wrong-secret"), "{output}");
}

/// TH-10
async fn an_api_begins_only_on_a_server_that_is_there_and_flags_that_are_right(door: Door) {
    let service = Service::start(door);
    for (flags, named) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["--api", "/x"], "--api"),
        (&["--keep-for", "61"], "keep_for"),
        (&["--resource", "relative"], "--resource"),
        (&["--issuer", "http://id.example.test"], "--issuer"),
        (&["--client-id", ""], "client(id, secret)"),
        (&["--listen", "nowhere"], "--listen"),
    ] {
        let exit = Service::remote_refuses(&service, &SHOP, flags);
        assert_eq!(exit.code, Some(2), "{flags:?}: {}", exit.output);
        assert!(exit.output.contains(named), "{flags:?}: {}", exit.output);
    }
    let exit = Service::remote_refuses(&service, &SHOP, &["--issuer", "http://127.0.0.1:1"]);
    assert_eq!(exit.code, Some(1), "{}", exit.output);
    let mut remote = Service::remote(&service, &SHOP, &[]);
    assert_eq!(remote.stop().and_then(|status| status.code()), Some(0), "{}", remote.output());
}
