//! How the text of an authorization request is decoded: once, and strictly.

use grantor_tests::{Browser, Consent, Door, Service, WEB, both_doors, wire};

both_doors![broken_encoding_is_refused, plus_is_a_space_and_names_are_case_sensitive, semicolons_and_brackets_have_no_meaning,];

/// AZ-13, AZ-14, TH-18, TH-19
async fn broken_encoding_is_refused(door: Door) {
    let service = Service::start(door);
    let broken = [
        ("half a sequence", "%2"),
        ("no hex", "%zz"),
        ("a bare percent", "a%"),
        ("an invalid octet", "%ff"),
        ("half a character", "%c3"),
        ("an overlong slash", "%c0%af"),
        ("a surrogate", "%ed%a0%80"),
    ];
    for (case, value) in broken {
        let attempt = WEB.asks("profile");
        for name in ["client_id", "redirect_uri"] {
            let rest = attempt.request.without(name).encode();
            let line = format!("GET /authorize?{name}={value}&{rest} HTTP/1.1");
            wire::exchange(&service, &[&line], "").await.named(case).is_page("invalid_request");
        }
        let rest = attempt.request.without("scope").encode();
        let line = format!("GET /authorize?{rest}&scope={value} HTTP/1.1");
        let answer = wire::exchange(&service, &[&line], "").await.named(case);
        answer.sends_back(WEB.redirect_uri, "invalid_request", Some(&attempt.state));
        let rest = attempt.request.without("state").encode();
        let line = format!("GET /authorize?{rest}&state={value} HTTP/1.1");
        let answer = wire::exchange(&service, &[&line], "").await.named(case);
        answer.sends_back(WEB.redirect_uri, "invalid_request", None);
    }
}

/// AZ-15
async fn plus_is_a_space_and_names_are_case_sensitive(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| request.without("scope").without("state"));
    let mut browser = Browser::new(&service);
    let query = format!("{}&scope=profile+mail.read&state=a+b%2Bc", attempt.request.encode());
    let page = browser.open(&format!("/authorize?{query}")).await;
    let consent = Consent::read(&browser.log_in(&page).await);
    assert_eq!(consent.scopes, ["profile", "mail.read"]);
    assert_eq!(browser.allow_all(&consent).await.lands(WEB.redirect_uri).get("state"), Some("a b+c"));

    let request = attempt.request.without("client_id").and("Client_Id", "web");
    service.authorize(&request).await.is_page("invalid_request");
}

/// TH-37
async fn semicolons_and_brackets_have_no_meaning(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile");
    let rest = attempt.request.without("state").encode();
    let mut browser = Browser::new(&service);
    let page = browser.open(&format!("/authorize?{rest}&state=a;scope=calendar&scope[]=mail.read")).await;
    let consent = Consent::read(&browser.log_in(&page).await);
    assert_eq!(consent.scopes, ["profile"]);
    let landing = browser.allow_all(&consent).await.lands(WEB.redirect_uri);
    assert_eq!(landing.get("state"), Some("a;scope=calendar"));
}
