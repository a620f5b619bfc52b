//! The same octets give the same answer on both doors.

use std::collections::BTreeMap;

use grantor_tests::wire::{Wire, exchange, post, request};
use grantor_tests::{Answer, Browser, Consent, Door, Fields, SHOP, Service, WEB, fields, run};

/// One issuer for both, so that their answers need not differ.
const ISSUER: &str = "https://id.example.test";

/// The answer without what a framework writes about the connection.
fn essence(answer: &Answer) -> (u16, BTreeMap<String, Vec<String>>, String) {
    let framing = ["date", "content-length", "transfer-encoding", "connection"];
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        if !framing.contains(&name.as_str()) {
            headers.entry(name.to_string()).or_default().push(String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
    (answer.status, headers, answer.body.clone())
}

async fn same(services: &[Service; 2], case: &str, octets: &[u8]) {
    let mut answers = Vec::new();
    for service in services {
        let mut wire = Wire::connect(service).await;
        wire.write(octets).await;
        answers.push(essence(&wire.answer(case).await));
    }
    assert_eq!(answers[0], answers[1], "{case}");
}

fn services() -> [Service; 2] {
    Door::BOTH.map(|door| Service::with(door, &["--issuer", ISSUER]))
}

/// TH-38
#[test]
fn the_authorization_endpoint_answers_alike() {
    run(async {
        let services = services();
        let good = WEB.asks("profile").request;
        let url = |request: &Fields| services[0].authorize_url(request);
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
            for (case, target) in [
                ("nothing", "/authorize".to_owned()),
                ("unknown client", url(&good.with("client_id", "nobody"))),
                ("bad redirect", url(&good.with("redirect_uri", "https://evil.test/"))),
                ("bad scope", url(&good.with("scope", "unknown"))),
                ("doubled state", url(&good.and("state", "x"))),
                ("too many", format!("/authorize?{}", "a=&".repeat(65))),
                ("too long", format!("/authorize?{}", "a".repeat(9000))),
                ("malformed", "/authorize?client_id=%zz".to_owned()),
                ("login", url(&good)),
            ] {
                let octets = request(&[&format!("{method} {target} HTTP/1.1")], "");
                same(&services, &format!("{method}, {case}"), &octets).await;
            }
        }
        for body in [good.encode(), good.with("scope", "unknown").encode(), "client_id=%zz".to_owned(), String::new()] {
            same(&services, &body, &post("/authorize", &[], &body)).await;
        }
    });
}

/// TH-38
#[test]
fn the_token_endpoint_answers_alike() {
    run(async {
        let services = services();
        let good = fields([("grant_type", "authorization_code"), ("client_id", "web"), ("code", "x")]);
        let bodies = [
            String::new(),
            good.encode(),
            good.without("code").encode(),
            good.and("code", "y").encode(),
            good.with("grant_type", "password").encode(),
            good.with("client_id", "nobody").encode(),
            good.with("client_secret", "x").encode(),
            "grant_type=%ff".to_owned(),
            "a=&".repeat(65),
        ];
        for body in &bodies {
            same(&services, body, &post("/token", &[], body)).await;
            same(&services, body, &post("/token", &["Authorization: Basic c2hvcDp3cm9uZw=="], body)).await;
            let two = ["Authorization: Basic eDp5", "Authorization: Basic eDp5"];
            same(&services, body, &post("/token", &two, body)).await;
            same(&services, body, &post("/token?code=1", &[], body)).await;
            let json = ["POST /token HTTP/1.1", "Content-Type: application/json"];
            same(&services, body, &request(&json, body)).await;
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"] {
            same(&services, method, &request(&[&format!("{method} /token HTTP/1.1")], "")).await;
        }
    });
}

/// TH-38
#[test]
fn revocation_and_introspection_answer_alike() {
    run(async {
        let services = services();
        let good = fields([("token", "x"), ("client_id", "web")]);
        let secret = good.with("client_id", "post").with("client_secret", "correct battery staple");
        let bodies = [
            String::new(),
            good.encode(),
            secret.encode(),
            secret.without("token").encode(),
            secret.and("token", "y").encode(),
            secret.and("token_type_hint", "a").and("token_type_hint", "a").encode(),
            secret.with("client_secret", "wrong").encode(),
            good.with("client_id", "nobody").encode(),
            "token=%ff".to_owned(),
            "a=&".repeat(65),
            "a".repeat(70_000),
        ];
        for path in ["/revoke", "/introspect"] {
            for body in &bodies {
                let case = format!("{path} {}", &body[..body.len().min(80)]);
                same(&services, &case, &post(path, &[], body)).await;
                same(&services, &case, &post(path, &["Authorization: Basic c2hvcDp3cm9uZw=="], body)).await;
                same(&services, &case, &post(path, &["Authorization: Bearer x"], body)).await;
                let two = ["Authorization: Basic eDp5", "Authorization: Basic eDp5"];
                same(&services, &case, &post(path, &two, body)).await;
                same(&services, &case, &post(&format!("{path}?token=1"), &[], body)).await;
                let line = format!("POST {path} HTTP/1.1");
                same(&services, &case, &request(&[&line, "Content-Type: application/json"], body)).await;
            }
            for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"] {
                same(&services, method, &request(&[&format!("{method} {path} HTTP/1.1")], "")).await;
            }
            same(&services, path, &request(&[&format!("POST {path}/ HTTP/1.1")], "")).await;
        }
    });
}

/// TH-38, PV-27
#[test]
fn the_guard_answers_alike() {
    run(async {
        let services = services();
        for path in ["/userinfo", "/messages", "/messages?access_token=x", "/messages?%zz&a=%ff"] {
            for method in ["GET", "HEAD"] {
                let line = format!("{method} {path} HTTP/1.1");
                for authorization in
                    ["", "Bearer", "Bearer ", "bearer x", "BEARER   x", "Bearer a b", "Bearer =", "Bearer \"", "Basic eDp5", "x"]
                {
                    let header = format!("Authorization: {authorization}");
                    let case = format!("{line}, {authorization}");
                    same(&services, &case, &request(&[&line, &header], "")).await;
                    same(&services, &case, &request(&[&line, &header, "Authorization: Bearer x"], "")).await;
                }
                same(&services, &line, &request(&[&line, &format!("Authorization: Bearer {}", "a".repeat(5_000))], "")).await;
            }
        }
    });
}

/// TH-38
#[test]
fn metadata_api_and_unknown_paths_answer_alike() {
    run(async {
        let services = services();
        for path in [
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource/x",
            "/userinfo",
            "/messages",
            "/nowhere",
            "/token/",
        ] {
            for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW"] {
                let line = format!("{method} {path} HTTP/1.1");
                same(&services, &line, &request(&[&line], "")).await;
            }
            for authorization in ["Bearer garbage", "Bearer", "Basic eDp5", "bearer  a b"] {
                let header = format!("Authorization: {authorization}");
                let lines = [format!("GET {path} HTTP/1.1"), header];
                same(&services, &lines.join(" "), &request(&[&lines[0], &lines[1]], "")).await;
            }
        }
    });
}

/// TH-38
#[test]
fn a_whole_flow_answers_alike() {
    run(async {
        let services = services();
        let mut seen = Vec::new();
        for service in &services {
            let mut browser = Browser::new(service);
            let attempt = SHOP.asks("profile");
            let login = browser.open(&service.authorize_url(&attempt.request)).await;
            let page = browser.log_in(&login).await;
            let consent = Consent::read(&page);
            let end = browser.answer(&consent, "allow", &["profile"]).await;
            let code = end.code(SHOP.redirect_uri);
            let tokens = SHOP.token(service, &attempt.redemption(&code)).await;
            let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
            let userinfo = service.api("/userinfo", &access).await;
            let messages = service.api("/messages", &access).await;
            let head = exchange(service, &["HEAD /userinfo HTTP/1.1", &format!("Authorization: Bearer {access}")], "").await;
            let told = SHOP.post(service, "introspect", &fields([("token", &access)])).await;
            let revoked = SHOP.revoke(service, &access).await;
            let inactive = SHOP.post(service, "introspect", &fields([("token", &access)])).await;
            let refused = SHOP.token(service, &attempt.redemption(&code)).await;
            let drawn = [attempt.state.as_str(), &consent.ticket, &code, &access];
            let names = |answer: &Answer| {
                let (status, headers, body) = essence(answer);
                let body = drawn.iter().fold(body, |body, value| body.replace(value, "drawn"));
                let body = if ["refresh_token", "code_challenge=", "jti"].iter().any(|drawn| body.contains(drawn)) {
                    String::new()
                } else {
                    body
                };
                (status, headers.into_keys().collect::<Vec<_>>(), body)
            };
            seen.push(
                [&login, &page, &end, &tokens, &userinfo, &messages, &head, &told, &revoked, &inactive, &refused].map(names),
            );
        }
        assert_eq!(seen[0], seen[1]);
    });
}
