//! What a request says about itself is not believed.

use grantor_tests::{Door, SHOP, Service, WEB, both_doors, wire};

both_doors![
    a_forged_host_changes_nothing,
    forwarding_headers_change_nothing,
    an_issuer_over_plain_http_is_for_loopback_only,
    endpoints_follow_the_issuer_and_nothing_else,
];

const METADATA: &str = "GET /.well-known/oauth-authorization-server HTTP/1.1";

/// TH-23, MD-05
async fn a_forged_host_changes_nothing(door: Door) {
    let service = Service::start(door);
    let plain = service.get("/.well-known/oauth-authorization-server").await;
    let request = format!("{METADATA}\r\nHost: evil.test\r\n\r\n");
    let mut wire = wire::Wire::connect(&service).await;
    wire.write(request.as_bytes()).await;
    assert_eq!(wire.answer("a forged host").await.body, plain.body);

    let url = service.authorize_url(&WEB.asks("unknown").request);
    let mut wire = wire::Wire::connect(&service).await;
    wire.write(format!("GET {url} HTTP/1.1\r\nHost: evil.test\r\n\r\n").as_bytes()).await;
    let answer = wire.answer("a forged host").await;
    assert_eq!(answer.lands(WEB.redirect_uri).get("iss"), Some(service.base.as_str()));

    let mut wire = wire::Wire::connect(&service).await;
    wire.write(format!("GET {url} HTTP/1.1\r\nHost: evil.test\r\n\r\n").replace("unknown", "profile").as_bytes()).await;
    let login = wire.answer("a forged host").await;
    assert!(!login.body.contains("evil.test") && !login.header("location").contains("evil.test"), "{login:?}");

    let absolute = format!("{}{}", service.base, url);
    let answer = wire::exchange(&service, &[&format!("GET {absolute} HTTP/1.1")], "").await;
    answer.lands(WEB.redirect_uri);
}

/// TH-22
async fn forwarding_headers_change_nothing(door: Door) {
    let service = Service::start(door);
    let plain = service.get("/.well-known/oauth-authorization-server").await;
    let headers = [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-original-url", "/token"),
        ("x-http-method-override", "POST"),
        ("ssl-client-verify", "SUCCESS"),
    ];
    let forged = service.send("GET", "/.well-known/oauth-authorization-server", &headers, "").await;
    assert_eq!(forged.body, plain.body);
    let url = service.authorize_url(&WEB.asks("unknown").request);
    let answer = service.send("GET", &url, &headers, "").await;
    assert_eq!(answer.lands(WEB.redirect_uri).get("iss"), Some(service.base.as_str()));
    service.send("GET", "/token", &headers, "").await.is_json(405, "invalid_request");
}

/// TH-21, AR-03
async fn an_issuer_over_plain_http_is_for_loopback_only(door: Door) {
    for issuer in [
        "http://id.example.test",
        "http://192.168.0.1",
        "http://localhost.evil.test",
        "https://id.example.test?x=1",
        "https://id.example.test#x",
        "https://user@id.example.test",
        "https://id.example.test/tenant%31",
        "ftp://id.example.test",
        "id.example.test",
        "",
    ] {
        let exit = Service::refuses(door, &["--issuer", issuer]);
        assert_eq!(exit.code, Some(2), "{issuer}: {}", exit.output);
        assert!(!exit.output.contains("panicked"), "{issuer}: {}", exit.output);
    }
    for issuer in ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000", "https://id.example.test"] {
        Service::with(door, &["--issuer", issuer]);
    }
}

/// PV-16, AR-04
async fn endpoints_follow_the_issuer_and_nothing_else(door: Door) {
    let (one, other) = (Service::start(door), Service::with(door, &["--issuer", "https://other.example.test/t"]));
    let document = other.get("/.well-known/oauth-authorization-server/t").await.json();
    assert_eq!(document["token_endpoint"], "https://other.example.test/t/token");
    for path in ["/token", "/authorize"] {
        other.get(path).await.named(path).has_status(404);
    }
    let session = SHOP.session(&one, "profile").await;
    session.replayed(&other).await.is_json(400, "invalid_grant");
    session.refreshed(&other).await.is_json(400, "invalid_grant");
    assert!(!other.is_alive(&session.access).await);
    assert!(one.is_alive(&session.access).await);
}
