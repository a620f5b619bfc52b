//! How an authorization request may arrive.

use grantor_tests::{Browser, Consent, Door, Relying, Service, WEB, both_doors, fields, has_element};

both_doors![
    a_request_by_get_ends_with_a_code,
    a_request_by_post_ends_with_a_code,
    other_methods_are_not_allowed,
    head_issues_nothing,
    no_other_origin_may_read_the_answer,
    a_posted_request_must_be_a_form,
    the_same_name_in_query_and_body_is_a_repetition,
    unknown_parameters_are_ignored,
    the_query_of_the_endpoint_itself_survives_the_login,
    a_repeated_client_or_redirect_uri_sends_nobody_anywhere,
    any_other_repeated_parameter_is_refused,
    only_known_clients_get_further,
    nobody_is_sent_to_a_stranger_unasked,
];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// AZ-01
async fn a_request_by_get_ends_with_a_code(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&attempt.request).await;
    let landing = browser.allow_all(&consent).await.lands(WEB.redirect_uri);
    assert!(landing.get("code").is_some());
    assert_eq!(landing.get("state"), Some(attempt.state.as_str()));
}

/// AZ-02
async fn a_request_by_post_ends_with_a_code(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    let attempt = WEB.asks("profile");
    let again = browser.submit(&service.path("authorize"), &attempt.request).await;
    let code = again.code(WEB.redirect_uri);
    attempt.redeem(&service, &code).await;

    let mut stranger = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let page = stranger.submit(&service.path("authorize"), &attempt.request).await;
    let page = if page.status == 303 { stranger.open(page.header("location")).await } else { page };
    let consent = stranger.log_in(&page).await;
    stranger.allow_all(&Consent::read(&consent)).await.code(WEB.redirect_uri);
}

/// AZ-03
async fn other_methods_are_not_allowed(door: Door) {
    let service = Service::start(door);
    let url = service.authorize_url(&WEB.asks("profile").request);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = service.send(method, &url, &[], "").await.named(method);
        assert_eq!(answer.has_status(405).header("allow"), "GET, HEAD, POST", "{method}");
    }
}

/// AZ-03
async fn head_issues_nothing(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    let url = service.authorize_url(&WEB.asks("profile").request);
    let head = browser.send("HEAD", &url, &[], "").await;
    assert!(head.status < 500 && head.body.is_empty(), "{head:?}");
    assert!(!head.header("location").contains("code="), "{head:?}");
    assert_ne!(head.status, 405);
}

/// AZ-08
async fn no_other_origin_may_read_the_answer(door: Door) {
    let service = Service::start(door);
    let url = service.authorize_url(&WEB.asks("profile").request);
    let preflight = [("origin", "https://app.example.test"), ("access-control-request-method", "GET")];
    for (method, status) in [("OPTIONS", 405), ("GET", 0)] {
        let answer = service.send(method, &url, &preflight, "").await.named(method);
        assert!(status == 0 || answer.status == status, "{answer:?}");
        let cors = answer.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).count();
        assert_eq!(cors, 0, "{method}: {answer:?}");
    }
}

/// AZ-04
async fn a_posted_request_must_be_a_form(door: Door) {
    let service = Service::start(door);
    let body = WEB.asks("profile").request.encode();
    for media in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let answer = service.send("POST", "/authorize", &[("content-type", media)], &body).await;
        answer.named(media).is_page("invalid_request");
    }
    service.send("POST", "/authorize", &[], &body).await.named("none").is_page("invalid_request");
    for media in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
        let answer = service.send("POST", "/authorize", &[("content-type", media)], &body).await.named(media);
        assert!(answer.status < 400, "{answer:?}");
    }
}

/// AZ-05, TH-37
async fn the_same_name_in_query_and_body_is_a_repetition(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let body = attempt.request.encode();
    service.send("POST", "/authorize?client_id=web", &[FORM], &body).await.is_page("invalid_request");
    service.send("POST", "/authorize?scope=profile", &[FORM], &body).await.sends_back(
        WEB.redirect_uri,
        "invalid_request",
        Some(&attempt.state),
    );
}

/// AZ-06
async fn unknown_parameters_are_ignored(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| request.and("foo", "bar").and("foo", "bar"));
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&attempt.request).await;
    let landing = browser.allow_all(&consent).await.lands(WEB.redirect_uri);
    assert_eq!(landing.get("foo"), None);
    assert!(landing.get("code").is_some());
}

/// AZ-07
async fn the_query_of_the_endpoint_itself_survives_the_login(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let mut browser = Browser::new(&service);
    let page = browser.open(&format!("/authorize?tenant=a&{}", attempt.request.encode())).await;
    let return_to = page.form_asking("username").hidden.get("return_to").unwrap().to_owned();
    assert!(return_to.contains("tenant=a"), "{return_to}");
    let consent = browser.log_in(&page).await;
    browser.allow_all(&Consent::read(&consent)).await.code(WEB.redirect_uri);
}

/// AZ-10
async fn a_repeated_client_or_redirect_uri_sends_nobody_anywhere(door: Door) {
    let service = Service::start(door);
    for (name, value) in [
        ("client_id", "web"),
        ("client_id", "native"),
        ("redirect_uri", WEB.redirect_uri),
        ("redirect_uri", "https://evil.example.test/"),
    ] {
        let request = WEB.asks("profile").request.and(name, value);
        service.authorize(&request).await.named(name).is_page("invalid_request");
    }
}

/// AZ-11
async fn any_other_repeated_parameter_is_refused(door: Door) {
    let service = Service::start(door);
    for name in ["response_type", "scope", "code_challenge", "code_challenge_method", "response_mode", "nonce", "prompt"] {
        let attempt = WEB.asks("profile");
        let value = attempt.request.get(name).unwrap_or("query").to_owned();
        for second in [value.as_str(), "other"] {
            let request = attempt.request.with(name, &value).and(name, second);
            let answer = service.authorize(&request).await.named(name);
            answer.sends_back(WEB.redirect_uri, "invalid_request", Some(&attempt.state));
        }
    }
    let doubled = WEB.asks("profile").request.and("state", "other");
    service.authorize(&doubled).await.sends_back(WEB.redirect_uri, "invalid_request", None);
}

/// AZ-21, AZ-22
async fn only_known_clients_get_further(door: Door) {
    let service = Service::start(door);
    let request = WEB.asks("profile").request;
    service.authorize(&request.without("client_id")).await.is_page("invalid_request");
    service.authorize(&request.with("client_id", "")).await.named("empty").is_page("invalid_request");
    for id in ["nobody", "Web", "web ", "wéb", "we\u{7}b", "<script>alert(1)</script>"] {
        let answer = service.authorize(&request.with("client_id", id)).await.named(id);
        answer.is_page("invalid_client");
        assert!(!answer.body.contains("<script>alert"), "{id}");
    }
    let unknown = service.authorize(&request.with("client_id", "nobody")).await;
    let disabled = service.authorize(&request.with("client_id", "disabled")).await;
    assert_eq!((unknown.status, &unknown.body), (disabled.status, &disabled.body));
    let nothing = fields([]);
    service.authorize(&nothing).await.named("no parameter at all").is_page("invalid_request");
}

/// AZ-43
async fn nobody_is_sent_to_a_stranger_unasked(door: Door) {
    let service = Service::start(door);
    let stranger = Relying { id: "stranger", redirect_uri: "https://stranger.example.test/cb", ..WEB };
    for (name, value) in [("scope", "unknown"), ("response_type", "token"), ("code_challenge", "short")] {
        let request = stranger.asks("profile").request.with(name, value);
        let page = service.authorize(&request).await.named(name);
        assert_eq!(page.is_guarded_html().header("location"), "", "{name}");
        assert!(has_element(&page.body, "a[href^='https://stranger.example.test/cb?']"), "{name}: {}", page.body);
        assert!(!has_element(&page.body, "script, form, meta[http-equiv=refresh]"), "{name}: {}", page.body);
    }
    let attempt = stranger.asks("unknown");
    let silent = attempt.request.with("prompt", "none");
    service.authorize(&silent).await.sends_back(stranger.redirect_uri, "invalid_scope", Some(&attempt.state));
    stranger.session(&service, "profile").await;
}
