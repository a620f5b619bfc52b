//! Resource indicators.

use grantor_tests::{Browser, Door, Fields, Service, WEB, both_doors, fields};

both_doors![
    a_resource_must_be_an_absolute_uri_without_a_fragment,
    an_unknown_resource_is_refused,
    a_token_is_for_the_resource_it_was_asked_for,
    a_token_for_another_resource_opens_nothing_here,
    a_resource_outside_the_grant_is_refused,
    scheme_and_host_are_compared_without_case_and_a_root_path_is_none,
    without_configured_resources_the_parameter_is_ignored,
];

const API: &str = "https://api.example.test";
const OTHER: &str = "https://other.example.test/v1";
const FLAGS: [&str; 4] = ["--resource", API, "--resource", OTHER];

fn asked(request: &Fields, resources: &[&str]) -> Fields {
    resources.iter().fold(request.clone(), |request, resource| request.and("resource", resource))
}

/// RI-01
async fn a_resource_must_be_an_absolute_uri_without_a_fragment(door: Door) {
    let service = Service::with(door, &FLAGS);
    let session = WEB.session(&service, "profile").await;
    for resource in ["api", "/v1", "https://api.example.test#x", "https://api.example.test/#", "//api.example.test", "é"] {
        let attempt = WEB.asks("profile");
        let answer = service.authorize(&asked(&attempt.request, &[resource])).await.named(resource);
        answer.sends_back(WEB.redirect_uri, "invalid_target", Some(&attempt.state));
        let form = fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh)]);
        let answer = WEB.token(&service, &form.with("resource", resource)).await.named(resource);
        answer.is_json(400, "invalid_target");
    }
    session.refreshed(&service).await.has_status(200);
}

/// RI-02
async fn an_unknown_resource_is_refused(door: Door) {
    let service = Service::with(door, &FLAGS);
    for resources in
        [&["https://unknown.example.test"][..], &[API, "https://unknown.example.test"], &["https://api.example.test/x"]]
    {
        let attempt = WEB.asks("profile");
        let answer = service.authorize(&asked(&attempt.request, resources)).await.named(&resources.join(" "));
        answer.sends_back(WEB.redirect_uri, "invalid_target", Some(&attempt.state));
    }
}

/// RI-03
async fn a_token_is_for_the_resource_it_was_asked_for(door: Door) {
    let service = Service::with(door, &FLAGS);
    let attempt = WEB.asks("profile").changed(|request| asked(&request, &[OTHER, API]));
    let code = Browser::new(&service).code(&attempt).await;
    let form = attempt.redemption(&code).with("resource", OTHER);
    let tokens = WEB.token(&service, &form).await.has_status(200).json();
    assert!(!service.is_alive(tokens["access_token"].as_str().unwrap()).await, "it is for the other API only");
    let refresh = fields([("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())]);
    let tokens = WEB.token(&service, &refresh.with("resource", API)).await.has_status(200).json();
    assert!(service.is_alive(tokens["access_token"].as_str().unwrap()).await, "the grant keeps both");
}

/// RI-03, TH-25
async fn a_token_for_another_resource_opens_nothing_here(door: Door) {
    let service = Service::with(door, &FLAGS);
    let attempt = WEB.asks("profile").changed(|request| asked(&request, &[OTHER]));
    let code = Browser::new(&service).code(&attempt).await;
    let session = attempt.redeem(&service, &code).await;
    for path in ["/userinfo", "/messages"] {
        let answer = service.api(path, &session.access).await;
        let challenge = answer.has_status(401).header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "audience comes before scope: {challenge}");
    }
    let default = WEB.session(&service, "profile").await;
    assert!(service.is_alive(&default.access).await, "without a resource a token is for the API itself");
}

/// RI-04
async fn a_resource_outside_the_grant_is_refused(door: Door) {
    let service = Service::with(door, &FLAGS);
    let attempt = WEB.asks("profile").changed(|request| asked(&request, &[API]));
    let code = Browser::new(&service).code(&attempt).await;
    let form = attempt.redemption(&code);
    WEB.token(&service, &form.with("resource", OTHER)).await.is_json(400, "invalid_target");
    WEB.token(&service, &asked(&form, &[API, OTHER])).await.is_json(400, "invalid_target");
    let session = attempt.redeem(&service, &code).await;
    let form = fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh), ("resource", OTHER)]);
    WEB.token(&service, &form).await.is_json(400, "invalid_target");
    session.refreshed(&service).await.has_status(200);
}

/// RI-06
async fn scheme_and_host_are_compared_without_case_and_a_root_path_is_none(door: Door) {
    let service = Service::with(door, &FLAGS);
    for resource in ["https://api.example.test/", "HTTPS://API.example.test", "Https://Api.Example.Test/"] {
        let attempt = WEB.asks("profile").changed(|request| asked(&request, &[resource]));
        let code = Browser::new(&service).code(&attempt).await;
        let form = attempt.redemption(&code).with("resource", API);
        let tokens = WEB.token(&service, &form).await.named(resource).has_status(200).json();
        assert!(service.is_alive(tokens["access_token"].as_str().unwrap()).await, "{resource}");
    }
    for resource in ["https://other.example.test/V1", "https://other.example.test/v1/", "https://other.example.test"] {
        let attempt = WEB.asks("profile");
        let answer = service.authorize(&asked(&attempt.request, &[resource])).await.named(resource);
        answer.sends_back(WEB.redirect_uri, "invalid_target", Some(&attempt.state));
    }
}

/// RI-02
async fn without_configured_resources_the_parameter_is_ignored(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("profile").changed(|request| asked(&request, &["https://any.example.test"]));
    let code = Browser::new(&service).code(&attempt).await;
    let session = attempt.redeem(&service, &code).await;
    assert!(service.is_alive(&session.access).await);
}
