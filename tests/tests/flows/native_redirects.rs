//! Loopback ports and private-use schemes.

use grantor_tests::{Browser, Door, NATIVE, Relying, Service, both_doors};

both_doors![
    only_the_port_of_a_loopback_uri_may_differ,
    a_loopback_uri_that_differs_elsewhere_sends_nobody_anywhere,
    a_private_use_scheme_is_matched_as_registered,
    the_code_is_bound_to_the_port_that_was_sent,
];

/// RU-13, RU-14, RU-15
async fn only_the_port_of_a_loopback_uri_may_differ(door: Door) {
    let service = Service::start(door);
    for uri in [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://127.0.0.1:3000/fixed",
        "http://127.0.0.1:3001/fixed",
        "http://[::1]:61023/cb",
        "http://localhost:8080/cb",
    ] {
        let client = Relying { redirect_uri: uri, ..NATIVE };
        let attempt = client.asks("unknown");
        service.authorize(&attempt.request).await.named(uri).sends_back(uri, "invalid_scope", Some(&attempt.state));
    }
    let session = NATIVE.session(&service, "profile").await;
    assert!(service.is_alive(&session.access).await);
}

/// RU-16, RU-17, RU-18, TH-20
async fn a_loopback_uri_that_differs_elsewhere_sends_nobody_anywhere(door: Door) {
    let service = Service::start(door);
    let request = NATIVE.asks("profile").request;
    for uri in [
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:51004/cb#x",
        "http://127.0.0.1:51004",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://127.1:51004/cb",
        "http://0x7f.1:51004/cb",
        "http://2130706433:51004/cb",
        "http://127.0.0.1.evil.test:51004/cb",
        "http://127.0.0.1:80@evil.test/cb",
        "http://user@127.0.0.1:51004/cb",
        "http://localhost.:51004/cb",
        "http://LOCALHOST:51004/cb",
        "http://[0:0:0:0:0:0:0:1]:61023/cb",
        "http://[::1%25lo]:61023/cb",
        "http://[::2]:61023/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:+80/cb",
        "http://127.0.0.1:-80/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:80 /cb",
        "http://127.0.0.1:080 /cb",
        "http://127.0.0.1:8a/cb",
        "http://127.0.0.1:99999999999999999999/cb",
        "http://127.0.0.1:51004/cb/",
        "http://[::1]:3000/fixed",
        "http://localhost:3000/fixed",
        "http://127.0.0.1\\:51004/cb",
    ] {
        service.authorize(&request.with("redirect_uri", uri)).await.named(uri).is_page("invalid_request");
    }
}

/// RU-11, RU-12
async fn a_private_use_scheme_is_matched_as_registered(door: Door) {
    let service = Service::start(door);
    let app = Relying { redirect_uri: "com.example.app:/cb", ..NATIVE };
    let attempt = app.asks("profile");
    let code = Browser::new(&service).code(&attempt).await;
    attempt.redeem(&service, &code).await;
    for uri in ["com.example.app://cb", "Com.Example.App:/cb", "com.example.app:/cb/", "com.example.app:cb"] {
        let request = app.asks("profile").request.with("redirect_uri", uri);
        service.authorize(&request).await.named(uri).is_page("invalid_request");
    }
}

/// TK-27
async fn the_code_is_bound_to_the_port_that_was_sent(door: Door) {
    let service = Service::start(door);
    let attempt = NATIVE.asks("profile");
    let code = Browser::new(&service).code(&attempt).await;
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:51005/cb", "http://localhost:51004/cb"] {
        let form = attempt.redemption(&code).with("redirect_uri", uri);
        NATIVE.token(&service, &form).await.named(uri).is_json(400, "invalid_grant");
    }
    attempt.redeem(&service, &code).await;
}
