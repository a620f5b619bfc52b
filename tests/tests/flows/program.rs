//! The flags of the examples: outside clients and suites rely on them.

use std::io::Write as _;

use grantor_tests::{Auth, Browser, Door, Relying, Service, WEB, both_doors, links};

both_doors![
    without_a_flag_the_demo_is_ready_to_be_opened,
    with_clients_of_its_own_nothing_but_the_service_starts,
    a_wrong_flag_ends_with_code_2_and_names_the_fault,
    help_names_every_flag,
    it_stops_when_it_is_asked_to,
    absent_registration_fields_have_their_defaults,
    a_protected_path_can_be_added,
    pages_of_a_listed_origin_may_ask_for_tokens,
];

/// AZ-01
async fn without_a_flag_the_demo_is_ready_to_be_opened(door: Door) {
    let service = Service::bare(door, &[]);
    let home = service.get("/").await;
    let walk = links(&home.has_status(200).body).into_iter().find(|link| link.ends_with("/walk")).unwrap();
    let told = || service.output().contains(&walk);
    for _ in 0..250 {
        if told() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(service.output().matches("://").count(), 2, "where it listens, and one link: {}", service.output());
    let page = reqwest::get(&walk).await.unwrap();
    assert_eq!(page.status(), 200);
    // The rest is a browser's: see the tests in `browser`.
    assert!(links(&page.text().await.unwrap()).iter().any(|link| link.starts_with("http://localhost:")), "no thief");
}

/// TH-10
async fn with_clients_of_its_own_nothing_but_the_service_starts(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile")).await;
    let home = service.get("/").await;
    assert!(!links(&home.has_status(200).body).iter().any(|link| link.contains("://")), "{}", home.body);
    let output = service.end();
    assert!(!output.contains("/walk"), "{output}");
}

/// TH-10
async fn a_wrong_flag_ends_with_code_2_and_names_the_fault(door: Door) {
    for (flags, named) in [
        (&["--nonsense"][..], "--nonsense"),
        (&["--user", "nobody"], "--user"),
        (&["--scope", "profile"], "--scope"),
        (&["--scope", "a b=two words"], "a b"),
        (&["--code-lifetime", "soon"], "--code-lifetime"),
        (&["--access-lifetime=-1"], "--access-lifetime"),
        (&["--listen", "nowhere"], "--listen"),
        (&["--store", "paper"], "--store"),
        (&["--api", "/x"], "--api"),
        (&["--resource", "relative"], "relative"),
        (&["--default-scope", "unknown"], "unknown"),
        (&["--api", "/x=unknown"], "unknown"),
        (&["--allow-origin", "https://app.example.test/path"], "--allow-origin"),
        (&["--clients", "/no/such/file"], "/no/such/file"),
    ] {
        let exit = Service::refuses(door, flags);
        assert_eq!(exit.code, Some(2), "{flags:?}: {}", exit.output);
        assert!(exit.output.contains(named), "{flags:?}: {}", exit.output);
    }
}

/// TH-10
async fn help_names_every_flag(door: Door) {
    let exit = Service::refuses(door, &["--help"]);
    assert_eq!(exit.code, Some(0), "{}", exit.output);
    for flag in [
        "listen",
        "issuer",
        "clients",
        "user",
        "scope",
        "default-scope",
        "resource",
        "api",
        "code-lifetime",
        "access-lifetime",
        "retry-window",
        "store",
        "no-rate-limit",
        "allow-origin",
        "explain",
        "report",
    ] {
        assert!(exit.output.contains(&format!("--{flag}")), "{flag}: {}", exit.output);
    }
}

/// TH-10
async fn it_stops_when_it_is_asked_to(door: Door) {
    let mut service = Service::start(door);
    WEB.session(&service, "profile").await;
    let status = service.stop().expect("it ends within ten seconds");
    assert_eq!(status.code(), Some(0), "{}", service.output());
}

/// TK-35, CA-11, AZ-30
async fn absent_registration_fields_have_their_defaults(door: Door) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let secret = "0123456789-0123456789-0123456789";
    let clients = serde_json::json!([{
        "client_id": "plain", "client_secret": secret, "redirect_uris": ["https://plain.example.test/cb"]
    }]);
    file.write_all(clients.to_string().as_bytes()).unwrap();
    let service = Service::bare(door, &["--clients", file.path().to_str().unwrap(), "--user", "alice:correct horse"]);
    let auth = Auth::Basic(secret);
    let plain = Relying { id: "plain", auth, redirect_uri: "https://plain.example.test/cb" };
    let session = plain.session(&service, "profile mail.read").await;
    assert_eq!(session.answer.get("refresh_token"), None);
    let form = session.attempt.redemption(&session.code);
    let posted = form.with("client_id", "plain").with("client_secret", secret);
    service.token(None, &posted).await.is_json(401, "invalid_client");
}

/// AZ-27
async fn a_protected_path_can_be_added(door: Door) {
    let service = Service::with(door, &["--api", "/a/b=calendar", "--default-scope", "calendar"]);
    let attempt = WEB.asks("").changed(|request| request.without("scope"));
    let code = Browser::new(&service).code(&attempt).await;
    let session = attempt.redeem(&service, &code).await;
    let answer = service.api("/a/b", &session.access).await.has_status(200).json();
    assert_eq!(answer["scope"], "calendar");
    service.api("/userinfo", &session.access).await.has_status(404);
}

/// TK-17
async fn pages_of_a_listed_origin_may_ask_for_tokens(door: Door) {
    let service = Service::with(door, &["--allow-origin", "https://app.example.test"]);
    for (origin, allowed) in [("https://app.example.test", "https://app.example.test"), ("https://evil.example.test", "")] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", origin)];
        let answer = service.send("POST", "/token", &headers, "grant_type=refresh_token&client_id=web&refresh_token=x").await;
        assert_eq!(answer.is_json(400, "invalid_grant").header("access-control-allow-origin"), allowed);
    }
}
