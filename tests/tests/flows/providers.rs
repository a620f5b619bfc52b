//! What people who come from other providers rely on.

use grantor_tests::{Browser, Consent, Door, POST, Service, WEB, both_doors, fields};

both_doors![
    a_flow_written_after_lines_documentation_works,
    a_token_opens_only_what_it_was_granted_for,
    claims_follow_the_scope,
    googles_and_auth0s_own_parameters_are_ignored,
];

/// PV-02, PV-03, PV-05, PV-08
async fn a_flow_written_after_lines_documentation_works(door: Door) {
    let service = Service::start(door);
    let uri = "https%3A%2F%2Fexample.com%2Fauth%3Fkey%3Dvalue";
    let query = format!(
        "response_type=code&client_id=many&redirect_uri={uri}&state=12345abcde&scope=profile%20mail.read\
         &nonce=09876xyz&code_challenge=BSCQwo_m8Wf0fpjmwkIKmPAJ1A7tiuRSNDnXzODS7QI&code_challenge_method=S256"
    );
    let mut browser = Browser::new(&service);
    let page = browser.open(&format!("/authorize?{query}")).await;
    let consent = Consent::read(&browser.log_in(&page).await);
    let landing = browser.allow_all(&consent).await.lands("https://example.com/auth?key=value");
    let start = "https://example.com/auth?key=value&code=";
    assert!(landing.location.starts_with(start), "{}", landing.location);
    assert_eq!(landing.get("state"), Some("12345abcde"));
    let body = format!(
        "grant_type=authorization_code&code={}&redirect_uri={uri}&client_id=many\
         &code_verifier=wJKN8qz5t8SSI9lMFhBB6qwNkQBkuPZoCxzRhwLRUo1",
        landing.get("code").unwrap()
    );
    assert_eq!(service.token_text(None, &body).await.has_status(200).json()["token_type"], "Bearer");
    POST.session(&service, "profile").await;
}

/// PV-21, TH-25
async fn a_token_opens_only_what_it_was_granted_for(door: Door) {
    let service = Service::with(door, &["--api", "/calendar=calendar", "--api", "/userinfo=profile"]);
    let session = WEB.session(&service, "profile").await;
    let answer = service.api("/calendar", &session.access).await;
    let challenge = answer.has_status(403).header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.contains("scope=\"calendar\""), "{challenge}");
    assert!(!answer.body.contains("alice"), "{}", answer.body);
    service.api("/messages", &session.access).await.named("the demo path is replaced").has_status(404);
    let nobody = service.get("/calendar").await;
    let challenge = nobody.has_status(401).header("www-authenticate");
    assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
    let garbage = service.api("/userinfo", "garbage").await;
    assert!(garbage.has_status(401).header("www-authenticate").contains("error=\"invalid_token\""));
    let query = fields([("access_token", &session.access)]).encode();
    service.get(&format!("/userinfo?{query}")).await.named("a token in the query").has_status(401);
}

/// PV-22
async fn claims_follow_the_scope(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let claims = service.api("/userinfo", &session.access).await.has_status(200).json();
    assert_eq!(claims["sub"], "alice");
    for claim in ["email", "email_verified", "phone_number", "messages"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
}

/// PV-18, PV-25
async fn googles_and_auth0s_own_parameters_are_ignored(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| {
        request.with("include_granted_scopes", "true").with("access_type", "offline").with("audience", "https://api.example.test")
    });
    let mut browser = Browser::new(&service);
    let code = browser.code(&WEB.asks("mail.read")).await;
    assert!(!code.is_empty());
    let consent = browser.consent(&attempt.request).await;
    assert_eq!(consent.scopes, ["profile"], "what was granted before is not added");
    let code = browser.allow_all(&consent).await.code(WEB.redirect_uri);
    let session = attempt.redeem(&service, &code).await;
    assert_eq!(session.answer["scope"], "profile");
    assert!(service.is_alive(&session.access).await, "without an audience it is for the API itself");
    service.api("/messages", &session.access).await.has_status(403);
}
