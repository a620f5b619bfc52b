//! Text from outside that wants to be more than text.

use grantor_tests::{Browser, Consent, Door, Relying, Service, WEB, both_doors, fields, has_element};

both_doors![
    markup_in_a_client_name_stays_text,
    markup_in_a_scope_description_stays_text,
    markup_in_a_request_stays_text,
    a_decoded_value_is_not_decoded_again,
    unicode_is_compared_as_it_is,
    a_path_with_a_slash_more_is_not_redirected,
    a_client_that_is_named_like_a_user_is_not_that_user,
];

const STRANGE: Relying = Relying { id: "strange", redirect_uri: "https://strange.example.test/cb", ..WEB };

/// TH-16, TH-18
async fn markup_in_a_client_name_stays_text(door: Door) {
    let service = Service::start(door);
    let page = Browser::new(&service).visit(&STRANGE.asks("profile").request).await;
    assert!(!has_element(&page.body, "script, [onload]"), "{}", page.body);
    let consent = Consent::read(&page);
    assert!(consent.text.contains("<script>alert(1)</script>\" onload='x'"), "{}", consent.text);
    assert!(!consent.text.contains('\u{202e}'), "a direction override reached the page");
    assert!(!page.body.contains("&#x202e;") && !page.body.contains("&#8238;"), "{}", page.body);
}

/// TH-16
async fn markup_in_a_scope_description_stays_text(door: Door) {
    let service = Service::with(door, &["--scope", "odd=<img src=x onerror=alert(1)>"]);
    let page = Browser::new(&service).visit(&WEB.asks("odd").request).await;
    assert!(!has_element(&page.body, "img, [onerror]"), "{}", page.body);
    assert!(Consent::read(&page).text.contains("<img src=x onerror=alert(1)>"), "{}", page.body);
}

/// TH-16
async fn markup_in_a_request_stays_text(door: Door) {
    let service = Service::start(door);
    let payload = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>javascript:alert(1)";
    for name in ["state", "login_hint", "client_id", "redirect_uri", "scope", "ui_locales", "nonce", payload] {
        let request = WEB.asks("profile").request.with(name, payload);
        let mut browser = Browser::new(&service);
        let mut pages = vec![browser.open(&service.authorize_url(&request)).await.named(name)];
        if pages[0].status == 200 {
            let next = browser.log_in(&pages[0]).await.named(name);
            pages.push(next);
        }
        for page in pages {
            assert!(!has_element(&page.body, "script, img, [onerror], [href^='javascript']"), "{name}: {}", page.body);
            assert!(!page.header("content-security-policy").contains("unsafe"), "{page:?}");
        }
    }
    let form = fields([("username", payload), ("password", payload), ("return_to", payload)]);
    let answer = Browser::new(&service).submit("/login", &form).await;
    assert!(!has_element(&answer.body, "script, img, [onerror], [href^='javascript']"), "{}", answer.body);
}

/// TH-19
async fn a_decoded_value_is_not_decoded_again(door: Door) {
    let service = Service::start(door);
    let twice = WEB.asks("profile").request.with("redirect_uri", "https%3A%2F%2Fapp.example.test%2Fcb");
    service.authorize(&twice).await.is_page("invalid_request");
    let mut browser = Browser::new(&service);
    for state in ["%252e%2e", "%00", "%41", "%C3%A9", "%0d%0aSet-Cookie:%20x=y"] {
        let attempt = STRANGE.asks("profile").changed(|request| request.with("state", state));
        let consent = browser.visit(&attempt.request).await;
        let landing = match consent.status {
            200 => browser.allow_all(&Consent::read(&consent)).await.lands(STRANGE.redirect_uri),
            _ => consent.lands(STRANGE.redirect_uri),
        };
        assert_eq!(landing.get("state"), Some(state), "{}", landing.location);
    }
}

/// TH-18
async fn unicode_is_compared_as_it_is(door: Door) {
    let service = Service::with(door, &["--user", "renée:pässword"]);
    let mut composed = Browser::of(&service, "ren\u{e9}e", "p\u{e4}ssword");
    let session = WEB.sign_in(&service, &mut composed, "profile").await;
    assert_eq!(service.api("/userinfo", &session.access).await.json()["sub"], "ren\u{e9}e");
    let mut decomposed = Browser::of(&service, "rene\u{301}e", "pa\u{308}ssword");
    decomposed.visit(&WEB.asks("profile").request).await.form_asking("username");
}

/// TH-36
async fn a_path_with_a_slash_more_is_not_redirected(door: Door) {
    let service = Service::start(door);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in ["/token/", "//token", "/authorize/", "/consent/", "/login/", "/token//"] {
        for method in ["GET", "POST"] {
            let answer = service.send(method, path, &form, "").await;
            answer.has_status(404);
        }
    }
}

/// TH-26
async fn a_client_that_is_named_like_a_user_is_not_that_user(door: Door) {
    let service = Service::with(door, &["--user", "web:password"]);
    let mut browser = Browser::of(&service, "web", "password");
    let as_user = WEB.sign_in(&service, &mut browser, "profile").await;
    let as_client = WEB.session(&service, "profile").await;
    let userinfo = service.api("/userinfo", &as_user.access).await.json();
    assert_eq!((&userinfo["sub"], &userinfo["client_id"]), (&"web".into(), &"web".into()));
    assert_eq!(service.api("/userinfo", &as_client.access).await.json()["sub"], "alice");
    for (grant, error) in
        [("client_credentials", "unauthorized_client"), ("urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type")]
    {
        let form = fields([("grant_type", grant), ("client_id", "web")]);
        service.token(None, &form).await.named(grant).is_json(400, error);
    }
}
