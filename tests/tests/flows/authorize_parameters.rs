//! What an authorization request may say.

use grantor_tests::{Attempt, Browser, Door, NARROW, Relying, Service, WEB, both_doors, fields};

both_doors![
    empty_values_count_as_left_out,
    only_the_response_type_code_exists,
    a_client_without_the_code_grant_is_sent_back,
    state_comes_back_as_it_was_sent,
    a_request_without_state_gets_none_back,
    state_outside_visible_ascii_is_refused_and_not_echoed,
    state_may_be_2048_octets_long,
    a_client_that_must_send_state_is_held_to_it,
    a_request_that_names_no_scope_gets_the_default_or_nothing,
    malformed_scope_is_refused,
    scopes_that_are_unknown_or_not_the_clients_are_refused,
    repeated_scopes_count_once_and_order_does_not_matter,
    request_objects_are_refused_by_name,
    unknown_response_modes_are_refused,
];

async fn refused(service: &Service, case: &str, attempt: &Attempt, code: &str) {
    let answer = service.authorize(&attempt.request).await.named(case);
    answer.sends_back(&attempt.redirect_uri, code, attempt.request.get("state"));
}

/// AZ-09, RU-04
async fn empty_values_count_as_left_out(door: Door) {
    let service = Service::with(door, &["--default-scope", "profile"]);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("").changed(|request| request.with("state", "").with("redirect_uri", ""));
    let consent = browser.consent(&attempt.request).await;
    assert_eq!(consent.scopes, ["profile"]);
    assert_eq!(browser.allow_all(&consent).await.lands(WEB.redirect_uri).get("state"), None);
    for (name, code) in [("response_type", "invalid_request"), ("code_challenge_method", "invalid_request")] {
        refused(&service, name, &WEB.asks("profile").changed(|request| request.with(name, "")), code).await;
    }
}

/// AZ-17, AZ-18, AZ-19
async fn only_the_response_type_code_exists(door: Door) {
    let service = Service::start(door);
    let missing = WEB.asks("profile").changed(|request| request.without("response_type"));
    refused(&service, "missing", &missing, "invalid_request").await;
    for kind in ["token", "id_token", "code token", "code id_token", "password", "none", "Code", "code code", " code"] {
        let attempt = WEB.asks("profile").changed(|request| request.with("response_type", kind));
        refused(&service, kind, &attempt, "unsupported_response_type").await;
    }
}

/// AZ-20
async fn a_client_without_the_code_grant_is_sent_back(door: Door) {
    let service = Service::start(door);
    let codeless = Relying { id: "codeless", redirect_uri: "https://codeless.example.test/cb", ..WEB };
    refused(&service, "codeless", &codeless.asks("profile"), "unauthorized_client").await;
}

/// AZ-23, AR-05
async fn state_comes_back_as_it_was_sent(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    for state in ["a+b", "a%2Bb", "%", "&=#;", "two  spaces ", "\"quoted\"", "<b>'`{}|\\^", "iss=x&code=y", "~"] {
        let attempt = WEB.asks("profile").changed(|request| request.with("state", state));
        let landing = browser.visit(&attempt.request).await.named(state).lands(WEB.redirect_uri);
        assert_eq!(landing.get("state"), Some(state));
        assert!(!landing.location.contains('+'), "a space is %20: {}", landing.location);
        refused(&service, state, &attempt.changed(|request| request.with("scope", "unknown")), "invalid_scope").await;
    }
}

/// AZ-24
async fn a_request_without_state_gets_none_back(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| request.without("state"));
    refused(&service, "an error", &attempt.clone().changed(|request| request.with("scope", "x")), "invalid_scope").await;
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&attempt.request).await;
    let landing = browser.allow_all(&consent).await.lands(WEB.redirect_uri);
    assert_eq!(landing.added.names().iter().filter(|name| **name == "state").count(), 0);
}

/// AZ-25, TH-17, TH-18
async fn state_outside_visible_ascii_is_refused_and_not_echoed(door: Door) {
    let service = Service::start(door);
    for state in ["é", "a\r\nSet-Cookie: x=y", "a\nb", "a\0b", "a\tb", "\u{7f}", "\u{feff}a", "\u{202e}a", "e\u{301}"] {
        let request = WEB.asks("profile").request.with("state", state);
        let answer = service.authorize(&request).await.named(&state.escape_debug().to_string());
        answer.sends_back(WEB.redirect_uri, "invalid_request", None);
        assert!(answer.cookies().is_empty(), "{state:?}");
    }
}

/// AZ-26
async fn state_may_be_2048_octets_long(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    for length in [1024, 2048] {
        let state = "s".repeat(length);
        let request = WEB.asks("profile").request.with("state", &state);
        let landing = browser.visit(&request).await.named(&length.to_string()).lands(WEB.redirect_uri);
        assert_eq!(landing.get("state"), Some(state.as_str()), "{length}");
    }
    let request = WEB.asks("profile").request.with("state", &"s".repeat(2049));
    service.authorize(&request).await.sends_back(WEB.redirect_uri, "invalid_request", None);
}

/// PV-06
async fn a_client_that_must_send_state_is_held_to_it(door: Door) {
    let service = Service::start(door);
    let strict = Relying { id: "strict", redirect_uri: "https://strict.example.test/cb", ..WEB };
    for attempt in [
        strict.asks("profile").changed(|request| request.without("state")),
        strict.asks("profile").changed(|request| request.with("state", "")),
    ] {
        let answer = service.authorize(&attempt.request).await;
        answer.sends_back(strict.redirect_uri, "invalid_request", None);
    }
    Browser::new(&service).code(&strict.asks("profile")).await;
}

/// AZ-27
async fn a_request_that_names_no_scope_gets_the_default_or_nothing(door: Door) {
    let without = WEB.asks("").changed(|request| request.without("scope"));
    refused(&Service::start(door), "no default", &without, "invalid_scope").await;
    let service = Service::with(door, &["--default-scope", "profile calendar"]);
    let consent = Browser::new(&service).consent(&without.request).await;
    assert_eq!(consent.scopes, ["profile", "calendar"]);
}

/// AZ-28
async fn malformed_scope_is_refused(door: Door) {
    let service = Service::start(door);
    for scope in [
        "profile  calendar",
        " profile",
        "profile ",
        "profile\tcalendar",
        "profile\ncalendar",
        "pro\"file",
        "pro\\file",
        "profilé",
    ] {
        refused(&service, &scope.escape_debug().to_string(), &WEB.asks(scope), "invalid_scope").await;
    }
}

/// AZ-29, AZ-30, AZ-31
async fn scopes_that_are_unknown_or_not_the_clients_are_refused(door: Door) {
    let service = Service::start(door);
    for scope in ["unknown", "profile unknown", "Profile", "profile,calendar"] {
        refused(&service, scope, &WEB.asks(scope), "invalid_scope").await;
    }
    refused(&service, "not the client's", &NARROW.asks("profile calendar"), "invalid_scope").await;
}

/// AZ-31
async fn repeated_scopes_count_once_and_order_does_not_matter(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "calendar profile calendar profile").await;
    let mut granted: Vec<_> = session.answer["scope"].as_str().unwrap().split(' ').collect();
    granted.sort_unstable();
    assert_eq!(granted, ["calendar", "profile"]);
}

/// AR-29, AR-30
async fn request_objects_are_refused_by_name(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    for (name, code) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        let with = attempt.clone().changed(|request| request.with(name, "https://evil.example.test/r"));
        refused(&service, name, &with, code).await;
    }
    let alone = fields([("client_id", "web"), ("request_uri", "urn:example:1")]).with("redirect_uri", "https://x.test/");
    service.authorize(&alone).await.has_status(400);
    assert_eq!(service.authorize(&alone).await.header("location"), "");
}

/// AR-06, AR-09
async fn unknown_response_modes_are_refused(door: Door) {
    let service = Service::start(door);
    for mode in ["fragment", "form_post", "query.jwt", "jwt", "Query", "nonsense"] {
        let attempt = WEB.asks("profile").changed(|request| request.with("response_mode", mode));
        refused(&service, mode, &attempt, "invalid_request").await;
    }
    let attempt = WEB.asks("profile").changed(|request| request.with("response_mode", "query"));
    Browser::new(&service).code(&attempt).await;
}
