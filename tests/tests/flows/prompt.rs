//! `prompt` and `max_age`: the library asks for what the client wants, so that no host forgets it.

use grantor_tests::{Attempt, Browser, Consent, Door, Service, WEB, both_doors};

both_doors![
    a_silent_request_shows_no_page,
    a_login_can_be_asked_for_and_happens_once,
    a_login_that_is_too_old_is_renewed,
    consent_can_be_asked_for_again,
    values_that_mean_nothing_are_refused,
];

fn asking(name: &str, value: &str) -> Attempt {
    WEB.asks("profile").changed(|request| request.with(name, value))
}

/// AR-18, AR-19
async fn a_silent_request_shows_no_page(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let silent = asking("prompt", "none");
    let answer = browser.visit(&silent.request).await;
    answer.sends_back(WEB.redirect_uri, "login_required", Some(&silent.state));
    browser.consent(&WEB.asks("profile").request).await;
    let answer = browser.visit(&silent.request).await;
    answer.sends_back(WEB.redirect_uri, "consent_required", Some(&silent.state));
    browser.code(&WEB.asks("profile")).await;
    let code = browser.visit(&silent.request).await.code(WEB.redirect_uri);
    silent.redeem(&service, &code).await;
}

/// Walks through a login that must be asked for although the browser has a session.
async fn logs_in_again(browser: &mut Browser<'_>, service: &Service, attempt: Attempt) {
    let page = browser.open(&service.authorize_url(&attempt.request)).await;
    let return_to = page.form_asking("username").hidden.get("return_to").unwrap().to_owned();
    browser.open(&return_to).await.named("the old login does not do").form_asking("username");
    let end = browser.log_in(&page).await;
    let code = browser.allow_all(&Consent::read(&end)).await.code(WEB.redirect_uri);
    attempt.redeem(service, &code).await;
}

/// AR-22
async fn a_login_can_be_asked_for_and_happens_once(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    // An instant has whole seconds in some hosts: the old login must be older than the request.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    logs_in_again(&mut browser, &service, asking("prompt", "login")).await;
}

/// AR-25
async fn a_login_that_is_too_old_is_renewed(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    browser.visit(&asking("max_age", "3600").request).await.code(WEB.redirect_uri);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    logs_in_again(&mut browser, &service, asking("max_age", "0")).await;
}

/// AR-23
async fn consent_can_be_asked_for_again(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    let consent = browser.consent(&asking("prompt", "consent").request).await;
    browser.allow_all(&consent).await.code(WEB.redirect_uri);
}

/// AR-21, AR-24, AR-25
async fn values_that_mean_nothing_are_refused(door: Door) {
    let service = Service::start(door);
    for (name, value) in [
        ("prompt", "none login"),
        ("prompt", "unknown"),
        ("prompt", "Login"),
        ("max_age", "-1"),
        ("max_age", "soon"),
        ("max_age", "1.5"),
    ] {
        let attempt = asking(name, value);
        let answer = service.authorize(&attempt.request).await.named(value);
        answer.sends_back(WEB.redirect_uri, "invalid_request", Some(&attempt.state));
    }
}
