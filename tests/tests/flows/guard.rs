//! The guard before an API (RFC 6750), and the document that says where its tokens come from (RFC 9728).

use grantor_tests::wire::{Wire, request};
use grantor_tests::{Answer, Browser, Door, Fields, Service, Session, WEB, both_doors};
use serde_json::json;

both_doors![
    a_request_without_a_token_gets_a_bare_challenge,
    the_checks_come_in_one_order,
    a_token_is_read_from_one_header_and_nowhere_else,
    a_challenge_names_each_attribute_once,
    nothing_of_a_request_reaches_a_challenge,
    a_head_is_guarded_as_a_get_is,
    an_options_without_a_token_learns_nothing,
    whatever_ends_a_token_closes_the_api_at_once,
    no_answer_of_the_guard_is_cached,
    the_document_is_where_the_challenge_points,
    the_document_of_a_resource_with_a_path_is_inserted,
    a_resource_without_a_document_is_not_pointed_to,
    the_servers_document_names_its_resources,
];

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
const API: &str = "https://api.example.test/mcp";
const OTHER: &str = "https://other.example.test";

/// A GET of `path` with these lines, octet by octet.
async fn asked(service: &Service, method: &str, path: &str, authorizations: &[&str]) -> Answer {
    let mut lines = vec![format!("{method} {path} HTTP/1.1")];
    lines.extend(authorizations.iter().map(|value| format!("Authorization: {value}")));
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let mut wire = Wire::connect(service).await;
    wire.write(&request(&lines, "")).await;
    wire.answer(&lines.join(" | ")).await
}

/// `RS(status, code)`: a challenge with the error, told in the body as well.
#[track_caller]
fn is_refused(answer: &Answer, status: u16, code: &str) {
    let challenge = answer.has_status(status).header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\""), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{code}\"")), "{challenge}");
    assert_eq!(answer.json()["error"], code);
}

/// A challenge without an error, for a request that carried nothing.
#[track_caller]
fn is_bare(answer: &Answer) {
    let challenge = answer.has_status(401).header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\"") && !challenge.contains("error"), "{challenge}");
    assert_eq!(answer.body, "");
}

async fn for_resource(service: &Service, scope: &str, resource: &str) -> Session {
    let attempt = WEB.asks(scope).changed(|request: Fields| request.with("resource", resource));
    let code = Browser::new(service).code(&attempt).await;
    attempt.redeem(service, &code).await
}

/// RS-01, RS-10, MC-11, MC-12, PV-27
async fn a_request_without_a_token_gets_a_bare_challenge(door: Door) {
    let service = Service::start(door);
    for (path, scope) in [("/userinfo", "profile"), ("/messages", "mail.read")] {
        let answer = service.get(path).await;
        is_bare(&answer);
        let whole = format!("Bearer realm=\"api\", scope=\"{scope}\", resource_metadata=\"{}{WELL_KNOWN}\"", service.base);
        assert_eq!(answer.header("www-authenticate"), whole);
    }
}

/// RS-01, RS-02, RS-03, RS-04, PV-21, PV-23, PV-27, MC-10, MC-11, MC-12, TH-25
async fn the_checks_come_in_one_order(door: Door) {
    let service = Service::with(door, &["--resource", API, "--resource", OTHER]);
    let (full, narrow) = (WEB.session(&service, "profile mail.read").await, WEB.session(&service, "profile").await);
    let elsewhere = for_resource(&service, "profile", OTHER).await;
    let dead = WEB.session(&service, "profile").await;
    WEB.revoke(&service, &dead.refresh).await.has_status(200);
    is_bare(&asked(&service, "GET", "/messages", &[]).await);
    is_bare(&asked(&service, "GET", "/messages", &["Basic eDp5"]).await);
    is_refused(&asked(&service, "GET", "/messages", &["Bearer a b"]).await, 400, "invalid_request");
    for (case, token) in [
        ("unknown", "gr_a_unknown"),
        ("revoked, with too few scopes", &dead.access),
        ("a refresh token", &full.refresh),
        ("a spent code", &full.code),
        ("another audience, and too few scopes", &elsewhere.access),
    ] {
        is_refused(&service.api("/messages", token).await.named(case), 401, "invalid_token");
    }
    let answer = service.api("/messages", &narrow.access).await;
    is_refused(&answer, 403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("scope=\"mail.read\"") && challenge.contains("resource_metadata=\""), "{challenge}");
    assert!(!answer.body.contains("Lunch") && !answer.body.contains("alice"), "no mail, and no part of it: {}", answer.body);
    service.api("/userinfo", &narrow.access).await.has_status(200);
    service.api("/messages", &full.access).await.has_status(200);
}

/// RS-01, RS-04, RS-05, RS-06
async fn a_token_is_read_from_one_header_and_nowhere_else(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let token = session.access.as_str();
    let (good, in_query) = (format!("Bearer {token}"), format!("/userinfo?access_token={token}"));
    let encoded = format!("/userinfo?x=1&%61ccess%5Ftoken={token}");
    let plain = "/userinfo";
    let small = format!("bearer {token}");
    let (capitals, spaces) = (format!("BEARER {token}"), format!("bEaReR     {token}"));
    for (path, authorizations, status) in [
        (plain, vec![good.as_str()], 200),
        (plain, vec![&small], 200),
        (plain, vec![&capitals], 200),
        (plain, vec![&spaces], 200),
        ("/userinfo?page=2&q=access_token", vec![&good], 200),
        ("/userinfo?q=%zz", vec![&good], 200),
        (plain, vec![""], 401),
        (&in_query, vec![], 401),
        (&encoded, vec![], 401),
        (plain, vec![token], 401),
        (plain, vec![&format!("Basic {token}")], 401),
        (plain, vec![&format!("Bearer{token}")], 401),
        (plain, vec![&format!("Token {token}")], 401),
        (&in_query, vec!["Basic eDp5"], 401),
        (&in_query, vec![&good], 400),
        (&encoded, vec![&good], 400),
        ("/userinfo?access_token=", vec![&good], 400),
        (plain, vec![&good, &good], 400),
        (plain, vec![&good, "Bearer x"], 400),
        (plain, vec!["Basic eDp5", &good], 400),
        (plain, vec!["Bearer"], 400),
        (plain, vec!["Bearer ="], 400),
        (plain, vec![&format!("{good} {token}")], 400),
        (plain, vec![&format!("{good}, {good}")], 400),
        (plain, vec![&format!("Bearer \"{token}\"")], 400),
        (plain, vec![&format!("Bearer token={token}")], 400),
        (plain, vec![&format!("Bearer {token}\u{e9}")], 400),
        (plain, vec![&format!("Bearer {}", "a".repeat(4097))], 400),
    ] {
        let answer = asked(&service, "GET", path, &authorizations).await;
        match status {
            401 => is_bare(&answer),
            400 => is_refused(&answer, 400, "invalid_request"),
            _ => assert_eq!(answer.has_status(status).json()["sub"], "alice"),
        }
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let in_body = service.send("GET", plain, &[form], &format!("access_token={token}")).await;
    is_bare(&in_body.named("in a body"));
}

/// RS-03, RS-07, MC-11
async fn a_challenge_names_each_attribute_once(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let tail = format!("scope=\"mail.read\", resource_metadata=\"{}{WELL_KNOWN}\"", service.base);
    for (authorization, status, code) in [
        ("Bearer".to_owned(), 400, "invalid_request"),
        ("Bearer x".to_owned(), 401, "invalid_token"),
        (format!("Bearer {}", session.access), 403, "insufficient_scope"),
    ] {
        let answer = asked(&service, "GET", "/messages", &[&authorization]).await;
        is_refused(&answer, status, code);
        assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        let whole = format!("Bearer realm=\"api\", error=\"{code}\", error_description=\"{description}\", {tail}");
        assert_eq!(answer.header("www-authenticate"), whole);
        assert_eq!(answer.header("access-control-expose-headers"), "WWW-Authenticate");
    }
}

/// RS-07, TH-17, TH-09
async fn nothing_of_a_request_reaches_a_challenge(door: Door) {
    let service = Service::start(door);
    for authorization in
        ["Bearer zq9\", error=\"x", "Bearer zq9\\", "zq9 Bearer", "Bearer zq9", "Bearer realm=\"zq9\"", "zq9,zq9"]
    {
        for path in ["/messages?zq9=%0d%0aX-Zq9:%201&access_token=zq9%22", "/messages?zq9%0d%0a"] {
            let answer = asked(&service, "GET", path, &[authorization]).await;
            assert!([400, 401].contains(&answer.status), "{authorization}: {answer:?}");
            let told = format!("{:?}{}", answer.headers, answer.body).to_ascii_lowercase();
            assert!(!told.contains("zq9"), "{authorization}: {told}");
        }
    }
}

/// RS-01, RS-02, RS-03
async fn a_head_is_guarded_as_a_get_is(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let good = format!("Bearer {}", session.access);
    for (path, authorizations) in
        [("/userinfo", vec![]), ("/userinfo", vec!["Bearer x"]), ("/messages", vec![good.as_str()]), ("/userinfo", vec![&good])]
    {
        let get = asked(&service, "GET", path, &authorizations).await;
        let head = asked(&service, "HEAD", path, &authorizations).await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path} {authorizations:?}");
        assert_eq!(head.header("www-authenticate"), get.header("www-authenticate"), "{path}");
    }
}

/// RS-01
async fn an_options_without_a_token_learns_nothing(door: Door) {
    let service = Service::start(door);
    for method in ["OPTIONS", "POST", "DELETE", "BREW"] {
        let answer = asked(&service, method, "/messages", &[]).await;
        assert!([401, 405].contains(&answer.status) && !answer.body.contains("Lunch"), "{method}: {answer:?}");
    }
}

/// RS-02, IN-06, RV-01
async fn whatever_ends_a_token_closes_the_api_at_once(door: Door) {
    let service = Service::start(door);
    let (revoked, given_back) = (WEB.session(&service, "profile").await, WEB.session(&service, "profile").await);
    let replayed = WEB.session(&service, "profile").await;
    WEB.revoke(&service, &revoked.access).await.has_status(200);
    WEB.revoke(&service, &given_back.refresh).await.has_status(200);
    replayed.replayed(&service).await.is_json(400, "invalid_grant");
    for session in [revoked, given_back, replayed] {
        is_refused(&service.api("/userinfo", &session.access).await, 401, "invalid_token");
    }
}

/// TH-34
async fn no_answer_of_the_guard_is_cached(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    for (path, token) in
        [("/userinfo", "x"), ("/messages", &session.access), ("/userinfo", "a b"), ("/userinfo", &session.access)]
    {
        assert_eq!(service.api(path, token).await.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(service.get("/userinfo").await.header("cache-control"), "no-store");
}

/// RS-08, RS-09, RS-10, MC-09
async fn the_document_is_where_the_challenge_points(door: Door) {
    let service = Service::start(door);
    let answer = service.get("/userinfo").await;
    let (_, rest) = answer.header("www-authenticate").split_once("resource_metadata=\"").unwrap();
    let url = rest.split('"').next().unwrap();
    let place = url.strip_prefix(&service.base).unwrap();
    let answer = service.get(place).await;
    assert_eq!(answer.has_status(200).header("content-type"), "application/json");
    let mut document = answer.json();
    let scopes = document["scopes_supported"].as_array_mut().unwrap();
    scopes.sort_unstable_by_key(|scope| scope.as_str().map(str::to_owned));
    let whole = json!({
        "resource": service.base,
        "authorization_servers": [service.base],
        "scopes_supported": ["calendar", "mail.read", "profile"],
        "bearer_methods_supported": ["header"],
    });
    assert_eq!(document, whole);
    let foreign = service.send("GET", place, &[("host", "evil.test"), ("x-forwarded-host", "evil.test")], "").await;
    assert_eq!(foreign.body, answer.body, "it comes from the configuration");
    let head = service.send("HEAD", place, &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        let answer = service.send(method, place, &[], "").await.named(method);
        assert!(answer.has_status(405).header("allow").contains("GET"), "{method}");
    }
}

/// RS-08, RS-09, RS-10, MC-09
async fn the_document_of_a_resource_with_a_path_is_inserted(door: Door) {
    let service = Service::with(door, &["--resource", API, "--resource", OTHER]);
    let challenge = service.get("/messages").await.header("www-authenticate").to_owned();
    let url = "resource_metadata=\"https://api.example.test/.well-known/oauth-protected-resource/mcp\"";
    assert!(challenge.contains(url), "{challenge}");
    let document = service.get(&format!("{WELL_KNOWN}/mcp")).await.has_status(200).json();
    assert_eq!((&document["resource"], &document["authorization_servers"]), (&json!(API), &json!([service.base])));
    service.get(&format!("{WELL_KNOWN}/mcp/")).await.has_status(404);
    service.get(&format!("/mcp{WELL_KNOWN}")).await.has_status(404);
}

/// RS-09, RS-10
async fn a_resource_without_a_document_is_not_pointed_to(door: Door) {
    let service = Service::with(door, &["--resource", "urn:example:api"]);
    let answer = service.get("/userinfo").await;
    is_bare(&answer);
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\", scope=\"profile\"");
    service.get(WELL_KNOWN).await.has_status(404);
    let session = WEB.session(&service, "profile").await;
    assert!(service.is_alive(&session.access).await);
}

/// RS-11
async fn the_servers_document_names_its_resources(door: Door) {
    let place = "/.well-known/oauth-authorization-server";
    let service = Service::with(door, &["--resource", API, "--resource", OTHER]);
    assert_eq!(service.get(place).await.json()["protected_resources"], json!([API, OTHER]));
    let service = Service::start(door);
    assert_eq!(service.get(place).await.json().get("protected_resources"), None);
}
