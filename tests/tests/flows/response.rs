//! How an authorization answer is delivered.

use grantor_tests::{Browser, Consent, Door, Service, WEB, both_doors, fields, has_element};

both_doors![
    every_answer_names_the_issuer,
    the_issuer_is_repeated_letter_for_letter,
    no_page_or_redirect_tells_a_referrer,
    every_page_of_the_flow_forbids_framing,
    a_consent_form_may_lead_to_the_client,
    codes_are_long_and_never_repeat,
    error_texts_are_plain_and_hold_nothing_of_the_request,
    answers_with_credentials_are_not_cached,
];

/// AR-01
async fn every_answer_names_the_issuer(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&WEB.asks("profile").request).await;
    let allowed = browser.allow_all(&consent).await.lands(WEB.redirect_uri);
    let refused = service.authorize(&WEB.asks("unknown").request).await.lands(WEB.redirect_uri);
    let consent = browser.consent(&WEB.asks("calendar").request).await;
    let denied = browser.answer(&consent, "deny", &[]).await.lands(WEB.redirect_uri);
    for landing in [allowed, refused, denied] {
        assert_eq!(landing.get("iss"), Some(service.base.as_str()), "{}", landing.location);
    }
}

/// AR-01, AR-03, MD-05
async fn the_issuer_is_repeated_letter_for_letter(door: Door) {
    for issuer in ["https://id.example.test", "https://id.example.test/", "https://id.example.test/Tenant.~1"] {
        let service = Service::with(door, &["--issuer", issuer]);
        let answer = service.authorize(&WEB.asks("unknown").request).await.named(issuer);
        assert_eq!(answer.lands(WEB.redirect_uri).get("iss"), Some(issuer));
        let path = service.path("");
        let insertion = format!("/.well-known/oauth-authorization-server{}", path.trim_end_matches('/'));
        assert_eq!(service.get(&insertion).await.named(issuer).json()["issuer"], issuer);
    }
}

/// AR-11, TH-27
async fn no_page_or_redirect_tells_a_referrer(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let url = service.authorize_url(&WEB.asks("profile").request);
    let mut answers = vec![browser.send("GET", &url, &[], "").await];
    let login = browser.open(&url).await;
    let consent = browser.log_in(&login).await;
    let end = browser.allow_all(&Consent::read(&consent)).await;
    let error = service.get("/authorize").await;
    answers.extend([login, consent, end, error]);
    for answer in answers {
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
        let foreign = "[src^='http'], [src^='//'], link[href^='http'], link[href^='//']";
        assert!(!has_element(&answer.body, foreign), "{}", answer.body);
    }
}

/// AR-12, TH-13
async fn every_page_of_the_flow_forbids_framing(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let login = browser.open(&service.authorize_url(&WEB.asks("profile").request)).await.named("login");
    login.has_status(200).is_guarded_html();
    let consent = browser.log_in(&login).await.named("consent");
    consent.has_status(200).is_guarded_html();
    service.get("/authorize").await.named("error").is_page("invalid_request");
    let stale = browser.submit("/consent", &fields([("ticket", "x"), ("decision", "allow")])).await;
    stale.named("stale ticket").has_status(400).is_guarded_html();
    let wrong = Browser::of(&service, "alice", "wrong").log_in(&login).await.named("wrong password");
    wrong.is_guarded_html();
}

/// AR-16
async fn a_consent_form_may_lead_to_the_client(door: Door) {
    let service = Service::start(door);
    let consent = Browser::new(&service).visit(&WEB.asks("profile").request).await;
    let policy = consent.header("content-security-policy").to_owned();
    if let Some(rule) = policy.split(';').map(str::trim).find(|rule| rule.starts_with("form-action")) {
        assert!(rule.contains("https://app.example.test"), "{policy}");
    }
    assert!(!policy.contains("sandbox"), "{policy}");
}

/// AZ-37, TH-28
async fn codes_are_long_and_never_repeat(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let mut codes = Vec::new();
    for _ in 0..16 {
        codes.push(browser.code(&WEB.asks("profile")).await);
    }
    for code in &codes {
        assert!(code.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.~".contains(&c)), "{code}");
        assert!(code.len() >= 43, "{code} holds less than 256 bits");
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 16);
    // Two codes agree in less than half their characters, unless part of them is not drawn at random.
    let alike = codes[0].bytes().zip(codes[1].bytes()).filter(|(a, b)| a == b).count();
    assert!(alike < codes[0].len() / 2, "{codes:?}");
}

/// AZ-36, TH-09
async fn error_texts_are_plain_and_hold_nothing_of_the_request(door: Door) {
    let service = Service::start(door);
    let marker = "m4rk3r";
    for name in ["scope", "response_type", "response_mode", "code_challenge", "code_challenge_method", "prompt"] {
        let value = format!("{marker}\"\\");
        let request = WEB.asks("profile").request.with(name, &value);
        let landing = service.authorize(&request).await.named(name).lands(WEB.redirect_uri);
        let description = landing.get("error_description").unwrap_or_default();
        assert!(!description.contains(marker) && !description.contains("::"), "{name}: {description}");
        assert!(landing.get("error").is_some(), "{name}");
    }
    for name in ["client_id", "redirect_uri"] {
        let page = service.authorize(&WEB.asks("profile").request.with(name, marker)).await.named(name);
        assert!(!page.body.contains(marker) && !page.body.contains("::"), "{name}: {}", page.body);
    }
    for form in [
        fields([("grant_type", marker), ("client_id", "web")]),
        fields([("grant_type", "authorization_code"), ("client_id", marker)]),
        fields([("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", marker)]),
    ] {
        let answer = service.token(None, &form).await;
        assert!(!answer.body.contains(marker) && !answer.body.contains("::"), "{}", answer.body);
    }
}

/// TH-34, TK-13
async fn answers_with_credentials_are_not_cached(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    session.refreshed(&service).await.has_status(200).is_uncached_json();
    session.replayed(&service).await.is_uncached_json();
    let fresh = WEB.session(&service, "profile").await;
    let userinfo = service.api("/userinfo", &fresh.access).await;
    assert_eq!(userinfo.has_status(200).header("cache-control"), "no-store");
}
