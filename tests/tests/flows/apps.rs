//! The page of connected apps: what a person sees there, and how access is taken back.

use grantor_tests::{
    Answer, Auth, BOB, Browser, Door, Relying, SHOP, Service, WEB, both_doors, fields, forms, has_element, links,
};

both_doors![
    a_person_sees_which_app_has_which_access,
    whoever_is_not_logged_in_sees_where_to_log_in,
    ending_an_app_ends_all_it_has_and_nothing_else,
    an_app_whose_access_ended_has_to_ask_again,
    another_site_ends_nothing,
    names_on_the_page_are_text,
];

const API: &str = "https://api.example.test/";

/// The apps that the page offers to end.
fn connected(page: &Answer) -> Vec<String> {
    let forms = forms(&page.has_status(200).is_guarded_html().body);
    let ends = forms.iter().filter(|form| form.action == "/apps/end");
    ends.map(|form| form.hidden.get("client_id").expect("an app to end").to_owned()).collect()
}

/// RF-11
async fn a_person_sees_which_app_has_which_access(door: Door) {
    let service = Service::with(door, &["--resource", API]);
    let mut alice = Browser::new(&service);
    let attempt = WEB.asks("profile mail.read").changed(|request| request.and("resource", API));
    alice.code(&attempt).await;
    SHOP.sign_in(&service, &mut alice, "profile").await;
    assert!(links(&alice.open("/").await.body).contains(&"/apps".to_owned()), "the home page leads there");
    let page = alice.open("/apps").await;
    assert_eq!(connected(&page), ["shop", "web"]);
    let text = page.text();
    for part in ["The Web App", "The Shop", "See your name", "Read your mail", API, "UTC"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(!text.contains("See your calendar"), "{text}");
    assert!(has_element(&page.body, "time[datetime^='20'][datetime$='Z']"), "{}", page.body);
    assert!(!has_element(&page.body, "script, [onclick], [style], input:not([type=hidden]):not([id])"), "{}", page.body);
}

/// TH-12
async fn whoever_is_not_logged_in_sees_where_to_log_in(door: Door) {
    let service = Service::start(door);
    WEB.session(&service, "profile").await;
    let page = service.get("/apps").await;
    page.has_status(200).is_guarded_html();
    assert!(links(&page.body).contains(&"/login".to_owned()) && forms(&page.body).is_empty(), "{}", page.body);
    for (path, form) in [("/apps/end", "client_id=web"), ("/account/close", "password=correct+horse")] {
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        service.send("POST", path, &form_type, form).await.has_status(403).is_guarded_html();
        service.get(path).await.has_status(405);
    }
}

/// RF-11, ST-08
async fn ending_an_app_ends_all_it_has_and_nothing_else(door: Door) {
    let service = Service::with(door, &BOB);
    let mut alice = Browser::new(&service);
    let web = WEB.sign_in(&service, &mut alice, "profile").await;
    let shop = SHOP.sign_in(&service, &mut alice, "profile").await;
    let elsewhere = WEB.session(&service, "profile").await;
    let bob = WEB.sign_in(&service, &mut Browser::of(&service, "bob", "with:colons"), "profile").await;
    let waiting = WEB.asks("profile");
    let code = alice.code(&waiting).await;

    let answer = alice.submit("/apps/end", &fields([("client_id", "web")])).await;
    let page = alice.open(answer.has_status(303).header("location")).await;
    assert_eq!(connected(&page), ["shop"]);
    assert!(has_element(&page.body, "[role=status]"), "{}", page.body);
    for ended in [&web, &elsewhere] {
        assert!(!service.is_alive(&ended.access).await);
        ended.refreshed(&service).await.is_json(400, "invalid_grant");
    }
    WEB.token(&service, &waiting.redemption(&code)).await.is_json(400, "invalid_grant");
    for kept in [&shop, &bob] {
        assert!(service.is_alive(&kept.access).await);
        kept.refreshed(&service).await.has_status(200);
    }
    for nothing in ["client_id=nobody", "client_id=web"] {
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        alice.send("POST", "/apps/end", &form_type, nothing).await.has_status(303);
    }
    for incomplete in ["", "client_id=", "client_id=web&client_id=shop"] {
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        alice.send("POST", "/apps/end", &form_type, incomplete).await.named(incomplete).has_status(400);
    }
    assert!(service.is_alive(&shop.access).await);
}

/// AZ-41, RF-11
async fn an_app_whose_access_ended_has_to_ask_again(door: Door) {
    let service = Service::start(door);
    let (mut alice, mut elsewhere) = (Browser::new(&service), Browser::new(&service));
    for browser in [&mut alice, &mut elsewhere] {
        WEB.sign_in(&service, browser, "profile").await;
        browser.visit(&WEB.asks("profile").request).await.named("remembered").code(WEB.redirect_uri);
    }
    alice.submit("/apps/end", &fields([("client_id", "web")])).await.has_status(303);
    for browser in [&mut alice, &mut elsewhere] {
        browser.visit(&WEB.asks("profile").request).await.named("forgotten").form_asking("decision");
    }
}

/// TH-12, TH-15
async fn another_site_ends_nothing(door: Door) {
    let service = Service::start(door);
    let mut alice = Browser::new(&service);
    let session = WEB.sign_in(&service, &mut alice, "profile").await;
    for (name, value) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), (name, value)];
        for (path, form) in [("/apps/end", "client_id=web"), ("/account/close", "password=correct+horse")] {
            alice.send("POST", path, &headers, form).await.named(value).has_status(403).is_guarded_html();
        }
    }
    assert!(service.is_alive(&session.access).await);
    assert_eq!(connected(&alice.open("/apps?notice=%3Cb%3E").await), ["web"]);
}

/// TH-16
async fn names_on_the_page_are_text(door: Door) {
    let service = Service::with(door, &["--scope", "odd=<i>odd</i>"]);
    let strange = Relying { id: "strange", auth: Auth::None, redirect_uri: "https://strange.example.test/cb" };
    let mut alice = Browser::new(&service);
    alice.code(&strange.asks("odd")).await;
    let page = alice.open("/apps").await;
    assert_eq!(connected(&page), ["strange"]);
    assert!(!has_element(&page.body, "script, i, [onload]"), "{}", page.body);
    assert!(has_element(&page.body, "h2 > bdi"), "a name turns no text around: {}", page.body);
    let text = page.text();
    assert!(text.contains("<script>alert(1)</script>") && text.contains("<i>odd</i>"), "{text}");
}
