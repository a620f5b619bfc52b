//! Redirect URIs are compared octet by octet.

use grantor_tests::{Browser, Door, Relying, Service, WEB, both_doors};

both_doors![
    a_registered_uri_is_matched_octet_for_octet,
    a_uri_that_differs_at_all_sends_nobody_anywhere,
    a_lone_uri_may_be_left_out,
    one_of_several_uris_must_be_named,
    openid_requires_the_uri,
    a_bad_uri_decides_before_every_other_fault,
    control_characters_never_reach_a_header,
    the_uris_own_query_is_kept_verbatim,
    every_redirect_after_a_form_is_a_303,
];

const MANY: Relying = Relying { id: "many", redirect_uri: "https://a.example/cb", ..WEB };

/// RU-01
async fn a_registered_uri_is_matched_octet_for_octet(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&MANY.asks("profile")).await;
    for uri in ["https://a.example/cb", "https://example.com/auth?key=value", "https://example.com/~me"] {
        let client = Relying { redirect_uri: uri, ..MANY };
        let attempt = client.asks("profile");
        let code = browser.code(&attempt).await;
        attempt.redeem(&service, &code).await;
    }
}

/// RU-02, RU-03, RU-12, PV-04, TH-19, TH-20
async fn a_uri_that_differs_at_all_sends_nobody_anywhere(door: Door) {
    let service = Service::start(door);
    let request = MANY.asks("profile").request;
    for (case, uri) in [
        ("trailing slash", "https://a.example/cb/"),
        ("scheme case", "HTTPS://a.example/cb"),
        ("host case", "https://A.example/cb"),
        ("path case", "https://a.example/CB"),
        ("default port", "https://a.example:443/cb"),
        ("encoded tilde", "https://example.com/%7Eme"),
        ("dot segment", "https://a.example/./cb"),
        ("double dot segment", "https://a.example/x/../cb"),
        ("encoded dots", "https://a.example/%2e%2e/cb"),
        ("encoded slash", "https://a.example%2Fcb"),
        ("twice encoded", "https%3A%2F%2Fa.example%2Fcb"),
        ("extra key", "https://example.com/auth?key=value&x=1"),
        ("reordered query", "https://example.com/verbatim?a=1&b=%7e&b=+"),
        ("query added", "https://a.example/cb?key=value"),
        ("query left out", "https://example.com/auth"),
        ("longer path", "https://a.example/cb/x"),
        ("empty query", "https://a.example/cb?"),
        ("fragment", "https://a.example/cb#"),
        ("host as a prefix", "https://a.example.evil.test/cb"),
        ("user info", "https://a.example@evil.test/cb"),
        ("in a fragment", "https://evil.test/#https://a.example/cb"),
        ("backslash", "https://a.example\\cb"),
        ("tab", "https://a.exa\tmple/cb"),
        ("newline at the end", "https://a.example/cb\n"),
        ("leading space", " https://a.example/cb"),
        ("slashes of a scheme", "com.example.slashes:/cb"),
        ("case of a scheme", "Com.Example.Slashes://cb"),
        ("relative", "/cb"),
        ("protocol relative", "//a.example/cb"),
        ("script", "javascript:alert(1)"),
    ] {
        service.authorize(&request.with("redirect_uri", uri)).await.named(case).is_page("invalid_request");
    }
}

/// RU-04
async fn a_lone_uri_may_be_left_out(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| request.without("redirect_uri"));
    let code = Browser::new(&service).code(&attempt).await;
    attempt.redeem(&service, &code).await;
    let loopback = Relying { id: "loop", redirect_uri: "http://127.0.0.1/cb", ..WEB };
    let request = loopback.asks("profile").request.without("redirect_uri");
    service.authorize(&request).await.named("a port that varies").is_page("invalid_request");
}

/// RU-05
async fn one_of_several_uris_must_be_named(door: Door) {
    let service = Service::start(door);
    service.authorize(&MANY.asks("profile").request.without("redirect_uri")).await.is_page("invalid_request");
}

/// RU-06
async fn openid_requires_the_uri(door: Door) {
    let service = Service::start(door);
    let request = WEB.asks("openid profile").request.without("redirect_uri");
    service.authorize(&request).await.is_page("invalid_request");
}

/// RU-25, TH-11
async fn a_bad_uri_decides_before_every_other_fault(door: Door) {
    let service = Service::start(door);
    let evil = "https://evil.example.test/steal";
    for (name, value) in [
        ("scope", "unknown"),
        ("response_type", "token"),
        ("code_challenge", "short"),
        ("response_mode", "jwt"),
        ("prompt", "none"),
    ] {
        let request = WEB.asks("profile").request.with("redirect_uri", evil).with(name, value);
        let answer = service.authorize(&request).await.named(name);
        answer.is_page("invalid_request");
        assert!(!answer.body.contains("evil.example.test"), "{name}: {}", answer.body);
    }
}

/// TH-17
async fn control_characters_never_reach_a_header(door: Door) {
    let service = Service::start(door);
    for name in ["redirect_uri", "client_id", "scope", "state", "nonce", "response_type", "code_challenge", "prompt"] {
        let attempt = WEB.asks("profile");
        let value = format!("{}\r\nSet-Cookie: stolen=1\0", attempt.request.get(name).unwrap_or_default());
        let answer = service.authorize(&attempt.request.with(name, &value)).await.named(name);
        assert!(answer.status < 500, "{answer:?}");
        assert!(!answer.cookies().iter().any(|cookie| cookie.contains("stolen")), "{answer:?}");
        let location = answer.header("location");
        assert!(!location.to_ascii_lowercase().contains("%0d"), "{name}: {location}");
    }
}

/// RU-20, RU-22, PV-03
async fn the_uris_own_query_is_kept_verbatim(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&MANY.asks("profile")).await;
    for (uri, start) in [
        ("https://example.com/auth?key=value", "https://example.com/auth?key=value&"),
        ("https://example.com/verbatim?b=%7e&a=1&b=+", "https://example.com/verbatim?b=%7e&a=1&b=+&"),
        ("https://bare.example.test/cb?", "https://bare.example.test/cb?"),
        ("https://a.example/cb", "https://a.example/cb?"),
    ] {
        let client = Relying { redirect_uri: uri, ..MANY };
        let attempt = client.asks("profile");
        let landing = browser.visit(&attempt.request).await.named(uri).lands(uri);
        let tail = landing.location.strip_prefix(start).unwrap_or_else(|| panic!("{}", landing.location));
        assert!(tail.starts_with(|first: char| first.is_ascii_lowercase()), "{}", landing.location);
        assert_eq!(landing.get("state"), Some(attempt.state.as_str()), "{uri}");
        assert!(landing.get("code").is_some(), "{uri}");
        let error = client.asks("unknown");
        service.authorize(&error.request).await.named(uri).sends_back(uri, "invalid_scope", Some(&error.state));
    }
}

/// RU-23, TH-27
async fn every_redirect_after_a_form_is_a_303(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let request = WEB.asks("profile").request;
    let page = browser.open(&service.authorize_url(&request)).await;
    let filled = page.form_asking("username").hidden;
    let filled = filled.with("username", "alice").with("password", "correct horse");
    assert_eq!(browser.submit("/login", &filled).await.status, 303);
    for decision in ["deny", "allow"] {
        let consent = browser.consent(&WEB.asks("profile").request).await;
        assert_eq!(browser.answer(&consent, decision, &["profile"]).await.status, 303, "{decision}");
    }
}
