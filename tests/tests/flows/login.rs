//! The way through the login page: where it leads back to, and the session it opens.

use grantor_tests::{BOB, Browser, Consent, Door, Service, WEB, both_doors, fields, has_element};

both_doors![
    the_request_travels_through_the_login,
    a_request_changed_on_the_way_is_checked_again,
    the_login_leads_nowhere_else,
    a_wrong_password_opens_nothing,
    the_session_cookie_is_safe_on_loopback,
    the_session_cookie_is_bound_to_https,
    the_session_is_renewed_at_login,
    a_login_from_another_site_opens_nothing,
    the_library_sets_no_cookie,
    the_pages_work_without_scripts,
];

/// AZ-40
async fn the_request_travels_through_the_login(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| request.with("state", "a&b=c d"));
    let mut browser = Browser::new(&service);
    let page = browser.open(&service.authorize_url(&attempt.request)).await;
    let return_to = page.form_asking("username").hidden.get("return_to").unwrap().to_owned();
    assert!(return_to.starts_with("/authorize?"), "{return_to}");
    assert!(!browser.cookies.values().any(|value| value.contains("a&b")), "{:?}", browser.cookies);
    let consent = Consent::read(&browser.log_in(&page).await);
    assert_eq!(browser.allow_all(&consent).await.lands(WEB.redirect_uri).get("state"), Some("a&b=c d"));
}

/// AZ-40, TH-11
async fn a_request_changed_on_the_way_is_checked_again(door: Door) {
    let service = Service::start(door);
    for (name, value, page) in [
        ("redirect_uri", "https://evil.example.test/", true),
        ("client_id", "nobody", true),
        ("code_challenge_method", "plain", false),
    ] {
        let mut browser = Browser::new(&service);
        let url = service.authorize_url(&WEB.asks("profile").request.with(name, value));
        let form = fields([("username", "alice"), ("password", "correct horse"), ("return_to", &url)]);
        let answer = browser.submit("/login", &form).await;
        assert!(!answer.header("location").contains("evil.example.test/?"), "{name}: {answer:?}");
        let location = answer.has_status(303).header("location").to_owned();
        let answer = browser.open(&location).await.named(name);
        if page {
            answer.has_status(400).is_guarded_html();
        } else {
            answer.lands(WEB.redirect_uri);
        }
    }
}

/// TH-11
async fn the_login_leads_nowhere_else(door: Door) {
    let service = Service::start(door);
    for target in [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test/",
        "https:evil.test",
        "/authorize/../../evil",
        "//evil.test/authorize?client_id=web",
        "/authorize@evil.test",
        "javascript:alert(1)",
        "/authorize?client_id=web\r\nLocation: https://evil.test/",
        " //evil.test",
        "/login",
        "",
    ] {
        let form = fields([("username", "alice"), ("password", "correct horse"), ("return_to", target)]);
        let answer = Browser::new(&service).submit("/login", &form).await.named(target);
        assert!(answer.status < 500, "{answer:?}");
        let location = answer.header("location");
        let safe = location.is_empty() || (location.starts_with('/') && !location[1..].starts_with(['/', '\\']));
        assert!(safe && !location.contains("evil.test"), "{target}: {location}");
        assert!(!has_element(&answer.body, "[href*='evil.test']"), "{}", answer.body);
    }
}

/// TH-12
async fn a_wrong_password_opens_nothing(door: Door) {
    let service = Service::with(door, &BOB);
    for (user, password) in [("alice", "wrong"), ("alice", ""), ("nobody", "correct horse"), ("bob", "with"), ("", "")] {
        let mut browser = Browser::of(&service, user, password);
        let answer = browser.visit(&WEB.asks("profile").request).await.named(user);
        answer.is_guarded_html().form_asking("username");
        assert!(!answer.body.contains("correct horse"), "{}", answer.body);
        browser.visit(&WEB.asks("profile").request).await.named(user).form_asking("username");
    }
    let known = Browser::of(&service, "alice", "wrong").visit(&WEB.asks("profile").request).await;
    let unknown = Browser::of(&service, "nobody", "wrong").visit(&WEB.asks("profile").request).await;
    assert_eq!(known.status, unknown.status);
    Browser::of(&service, "bob", "with:colons").code(&WEB.asks("profile")).await;
}

fn session_cookie<'a>(cookies: &[&'a str]) -> &'a str {
    cookies.last().expect("a session cookie")
}

async fn cookie_after_login(service: &Service) -> String {
    let mut browser = Browser::new(service);
    let page = browser.open(&service.authorize_url(&WEB.asks("profile").request)).await;
    let filled = page.form_asking("username").hidden;
    let filled = filled.with("username", "alice").with("password", "correct horse");
    let answer = browser.submit("/login", &filled).await;
    session_cookie(&answer.cookies()).to_owned()
}

/// TH-12, TH-28
async fn the_session_cookie_is_safe_on_loopback(door: Door) {
    let service = Service::start(door);
    let cookie = cookie_after_login(&service).await;
    let port = service.base.rsplit(':').next().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    assert!(name.contains(port) && !name.starts_with("__Host-"), "{cookie}");
    let attributes: Vec<_> = rest.split(';').skip(1).map(|part| part.trim().to_ascii_lowercase()).collect();
    assert!(attributes.contains(&"httponly".to_owned()), "{cookie}");
    assert!(attributes.contains(&"path=/".to_owned()), "{cookie}");
    assert!(attributes.iter().any(|a| a == "samesite=lax" || a == "samesite=strict"), "{cookie}");
    assert!(!attributes.contains(&"secure".to_owned()), "{cookie}");
    let value = rest.split(';').next().unwrap();
    assert!(value.len() >= 22 && !value.contains("alice"), "{cookie}");
    assert_ne!(cookie, cookie_after_login(&service).await);
}

/// TH-12, TH-32
async fn the_session_cookie_is_bound_to_https(door: Door) {
    let service = Service::with(door, &["--issuer", "https://id.example.test"]);
    let cookie = cookie_after_login(&service).await;
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    let lower = cookie.to_ascii_lowercase();
    for attribute in ["; secure", "; httponly", "; path=/", "; samesite="] {
        assert!(lower.contains(attribute), "{cookie}");
    }
    assert!(!lower.contains("domain="), "{cookie}");
}

/// TH-14
async fn the_session_is_renewed_at_login(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    let first = browser.cookies.clone();
    let form = fields([
        ("username", "alice"),
        ("password", "correct horse"),
        ("return_to", &service.authorize_url(&WEB.asks("profile").request)),
    ]);
    browser.submit("/login", &form).await;
    assert_ne!(first, browser.cookies);
    let mut old = Browser::new(&service);
    old.cookies = first;
    old.visit(&WEB.asks("profile").request).await.named("the session before").form_asking("decision");

    let mut planted = Browser::new(&service);
    let name = browser.cookies.keys().next().unwrap().clone();
    planted.cookies.insert(name.clone(), "planted-by-an-attacker-0123456789".to_owned());
    planted.consent(&WEB.asks("profile").request).await;
    assert_ne!(planted.cookies[&name], "planted-by-an-attacker-0123456789");
}

/// TH-12, TH-15
async fn a_login_from_another_site_opens_nothing(door: Door) {
    let service = Service::start(door);
    let form = fields([
        ("username", "alice"),
        ("password", "correct horse"),
        ("return_to", &service.authorize_url(&WEB.asks("profile").request)),
    ]);
    let mut alice = Browser::new(&service);
    let consent = alice.consent(&WEB.asks("profile").request).await;
    let decision = fields([("ticket", &consent.ticket), ("decision", "allow"), ("scope", "profile")]);
    for (name, value) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), (name, value)];
        let answer = Browser::new(&service).send("POST", "/login", &headers, &form.encode()).await.named(name);
        assert!([400, 403].contains(&answer.status) && answer.cookies().is_empty(), "{answer:?}");
        let answer = alice.send("POST", "/consent", &headers, &decision.encode()).await.named(name);
        assert!([400, 403].contains(&answer.status), "{answer:?}");
    }
}

/// TH-32, TH-35
async fn the_library_sets_no_cookie(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    for answer in [
        session.refreshed(&service).await,
        service.get("/.well-known/oauth-authorization-server").await,
        service.authorize(&WEB.asks("unknown").request).await,
        service.get("/authorize").await,
        service.api("/userinfo", &session.access).await,
    ] {
        assert!(answer.cookies().is_empty(), "{answer:?}");
        assert_eq!(answer.header("strict-transport-security"), "", "HSTS is the host's: {answer:?}");
    }
}

/// AR-11
async fn the_pages_work_without_scripts(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let login = browser.open(&service.authorize_url(&WEB.asks("profile").request)).await;
    let consent = browser.log_in(&login).await;
    for page in [login, consent] {
        assert!(!has_element(&page.body, "script, [onclick], [onload], [onsubmit], [style]"), "{}", page.body);
        assert!(has_element(&page.body, "meta[name=viewport], html[lang]"), "{}", page.body);
    }
}
