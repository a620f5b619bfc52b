//! PKCE: S256, always, and no way around it.

use grantor_tests::{Attempt, Browser, Consent, Door, POST, SHOP, Service, WEB, both_doors, pkce_challenge, random_text};

both_doors![
    every_client_must_send_a_challenge,
    only_s256_is_a_method,
    a_malformed_challenge_is_refused_at_once,
    a_stripped_challenge_stops_the_flow,
    a_wrong_missing_or_malformed_verifier_is_refused_and_the_right_one_still_works,
    a_confidential_client_needs_the_verifier_as_well,
    the_verifier_may_be_sent_once,
    five_wrong_verifiers_end_the_code,
    the_challenge_is_never_given_away,
    the_metadata_name_s256,
    a_verifier_of_32_octets_has_43_characters,
];

async fn refused(service: &Service, case: &str, attempt: &Attempt) -> String {
    let answer = service.authorize(&attempt.request).await.named(case);
    let landing = answer.sends_back(&attempt.redirect_uri, "invalid_request", Some(&attempt.state));
    landing.get("error_description").unwrap_or_default().to_owned()
}

/// PK-08, PK-09, PK-10, PV-01
async fn every_client_must_send_a_challenge(door: Door) {
    let service = Service::start(door);
    for client in [WEB, SHOP, POST] {
        let attempt = client.asks("profile").changed(|request| request.without("code_challenge"));
        refused(&service, "method without a challenge", &attempt).await;
        let attempt = attempt.changed(|request| request.without("code_challenge_method"));
        refused(&service, client.id, &attempt).await;
        let attempt = client.asks("profile").changed(|request| request.with("code_challenge", ""));
        refused(&service, "empty challenge", &attempt).await;
    }
}

/// PK-04, PK-05, PK-06, PK-07, PK-19, PV-01
async fn only_s256_is_a_method(door: Door) {
    let service = Service::start(door);
    for method in ["plain", "PLAIN", "s256", "SHA256", "S512", "S256 ", " S256", "none", ""] {
        let attempt = WEB.asks("profile").changed(|request| request.with("code_challenge_method", method));
        let description = refused(&service, method, &attempt).await;
        assert!(method != "plain" || description.contains("not supported"), "{description}");
    }
    let attempt = WEB.asks("profile").changed(|request| request.without("code_challenge_method"));
    refused(&service, "absent", &attempt).await;
    let plain = WEB
        .asks("profile")
        .changed(|request| request.with("code_challenge_method", "plain").with("code_challenge", &random_text()));
    refused(&service, "a challenge that is a verifier", &plain).await;
}

/// PK-02, PK-11
async fn a_malformed_challenge_is_refused_at_once(door: Door) {
    let service = Service::start(door);
    let good = pkce_challenge("a");
    for (case, challenge) in [
        ("42 characters", good[1..].to_owned()),
        ("44 characters", format!("{good}A")),
        ("padded", format!("{good}=")),
        ("a plus", format!("{}+", &good[1..])),
        ("a slash", format!("{}/", &good[1..])),
        ("a dot", format!("{}.", &good[1..])),
        ("a tilde", format!("{}~", &good[1..])),
        ("a space", format!("{} ", &good[1..])),
        ("a newline", format!("{good}\n")),
        ("no ASCII", format!("{}é", &good[1..])),
        ("a NUL", format!("{}\0", &good[1..])),
        ("very long", "A".repeat(4096)),
    ] {
        refused(&service, case, &WEB.asks("profile").changed(|request| request.with("code_challenge", &challenge))).await;
    }
}

/// PK-18
async fn a_stripped_challenge_stops_the_flow(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&SHOP.asks("profile")).await;
    let attempt = SHOP.asks("profile");
    let stripped = attempt.request.without("code_challenge").without("code_challenge_method");
    let answer = browser.visit(&stripped).await;
    answer.sends_back(SHOP.redirect_uri, "invalid_request", Some(&attempt.state));
}

/// PK-13, PK-14, PK-15, PK-16, PK-24, TK-22
async fn a_wrong_missing_or_malformed_verifier_is_refused_and_the_right_one_still_works(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    for (case, wrong) in [
        ("another", random_text()),
        ("empty", String::new()),
        ("42 characters", "a".repeat(42)),
        ("129 characters", "a".repeat(129)),
        ("a bad alphabet", "!".repeat(43)),
    ] {
        let attempt = WEB.asks("profile");
        let code = browser.code(&attempt).await;
        let form = attempt.redemption(&code);
        let answer = WEB.token(&service, &form.with("code_verifier", &wrong)).await.named(case);
        answer.is_json(400, "invalid_grant");
        let missing = WEB.token(&service, &form.without("code_verifier")).await.named("missing");
        missing.is_json(400, "invalid_grant");
        assert_eq!(missing.body, answer.body, "{case}: the answers tell apart what was wrong");
        attempt.redeem(&service, &code).await;
    }
}

/// PV-02
async fn a_confidential_client_needs_the_verifier_as_well(door: Door) {
    let service = Service::start(door);
    let attempt = POST.asks("profile");
    let code = Browser::new(&service).code(&attempt).await;
    let (_, form) = POST.authenticate(&attempt.redemption(&code));
    let wrong_secret = form.with("client_secret", "correct battery stable");
    service.token(None, &wrong_secret).await.is_json(401, "invalid_client");
    let wrong_verifier = form.with("code_verifier", &random_text());
    service.token(None, &wrong_verifier).await.is_json(400, "invalid_grant");
    service.token(None, &form.without("code_verifier")).await.is_json(400, "invalid_grant");
    attempt.redeem(&service, &code).await;
}

/// PK-23
async fn the_verifier_may_be_sent_once(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let code = Browser::new(&service).code(&attempt).await;
    let form = attempt.redemption(&code);
    let twice = form.and("code_verifier", &attempt.verifier);
    WEB.token(&service, &twice).await.is_json(400, "invalid_request");
    attempt.redeem(&service, &code).await;
}

/// PK-24
async fn five_wrong_verifiers_end_the_code(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    for (wrong_tries, survives) in [(4, true), (5, false)] {
        let attempt = WEB.asks("profile");
        let code = browser.code(&attempt).await;
        let form = attempt.redemption(&code);
        for _ in 0..wrong_tries {
            let wrong = form.with("code_verifier", &random_text());
            WEB.token(&service, &wrong).await.is_json(400, "invalid_grant");
        }
        let answer = WEB.token(&service, &form).await;
        assert_eq!(answer.status == 200, survives, "after {wrong_tries}: {answer:?}");
    }
}

/// PK-12, AZ-37
async fn the_challenge_is_never_given_away(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let challenge = attempt.request.get("code_challenge").unwrap().to_owned();
    let consent = browser.visit(&attempt.request).await;
    assert!(!consent.body.contains(&challenge));
    let landing = browser.allow_all(&Consent::read(&consent)).await.lands(WEB.redirect_uri);
    assert!(!landing.location.contains(&challenge));
    let session = attempt.redeem(&service, landing.get("code").unwrap()).await;
    assert!(!session.answer.to_string().contains(&challenge));
}

/// PK-26
async fn the_metadata_name_s256(door: Door) {
    let service = Service::start(door);
    let metadata = service.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}

/// PK-29
async fn a_verifier_of_32_octets_has_43_characters(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    assert_eq!(session.attempt.verifier.len(), 43);
    assert_ne!(random_text(), random_text());
}
