//! Nothing secret reaches a log, at any level.

use grantor_tests::{Attempt, Auth, Browser, CLIENTS, Door, NATIVE, POST, Relying, SHOP, Service, WEB, both_doors, fields};

both_doors![no_log_line_holds_a_secret];

async fn walk(service: &Service, client: Relying, secrets: &mut Vec<String>) -> Attempt {
    let attempt = client.asks("profile");
    let mut browser = Browser::new(service);
    let consent = browser.consent(&attempt.request).await;
    secrets.extend(browser.cookies.values().cloned());
    let end = browser.allow_all(&consent).await;
    let code = end.code(client.redirect_uri);
    let form = attempt.redemption(&code);
    client.token(service, &form.with("code_verifier", &"w".repeat(50))).await.is_json(400, "invalid_grant");
    let session = attempt.clone().redeem(service, &code).await;
    service.api("/messages", &session.access).await.has_status(403);
    let next = session.refreshed(service).await.json();
    let refresh = next["refresh_token"].as_str().unwrap().to_owned();
    client.revoke(service, &session.access).await.has_status(200);
    client.revoke(service, &refresh[..refresh.len() - 1]).await.has_status(200);
    client.post(service, "introspect", &fields([("token", &refresh)])).await;
    service.api("/userinfo", &session.access).await.has_status(401);
    service.get(&format!("/userinfo?access_token={}", session.access)).await.has_status(401);
    client.refresh(service, &refresh[1..]).await.is_json(400, "invalid_grant");
    session.replayed(service).await.is_json(400, "invalid_grant");
    browser.submit("/login", &fields([("username", "alice"), ("password", "wr0ng-passw0rd")])).await;
    secrets.extend([consent.ticket, code, session.access, session.refresh, refresh, "w".repeat(50)]);
    secrets.extend([attempt.state.clone(), attempt.verifier.clone(), "wr0ng-passw0rd".to_owned()]);
    secrets.push(next["access_token"].as_str().unwrap().to_owned());
    if let Auth::Basic(secret) | Auth::Post(secret) = client.auth {
        secrets.push(secret.to_owned());
        secrets.push(Auth::basic(client.id, secret)["Basic ".len()..].to_owned());
    }
    attempt
}

/// TH-07
async fn no_log_line_holds_a_secret(door: Door) {
    let flags = ["--clients", CLIENTS, "--user", "alice:correct horse"];
    let service = Service::spawn(door, &flags, &[("RUST_LOG", "trace"), ("NO_COLOR", "1")]);
    let mut secrets = vec!["correct horse".to_owned(), "correct+horse".to_owned(), "correct%20horse".to_owned()];
    let mut attempts = Vec::new();
    for client in [WEB, NATIVE, SHOP, POST] {
        attempts.push(walk(&service, client, &mut secrets).await);
    }
    let bad = attempts[0].request.with("scope", "unknown");
    service.authorize(&bad).await.sends_back(WEB.redirect_uri, "invalid_scope", Some(&attempts[0].state));
    let log = service.end();
    assert!(log.contains("reason=") && log.contains(SHOP.id), "the log tells nothing: {log}");
    for secret in secrets {
        assert!(secret.len() >= 8, "{secret}");
        for line in log.lines() {
            assert!(!line.contains(&secret), "{secret} is logged: {line}");
        }
    }
}
