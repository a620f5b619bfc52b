//! How a token request may arrive.

use grantor_tests::{Attempt, Browser, Door, Service, WEB, both_doors, fields, wire};

both_doors![
    only_post_is_allowed,
    the_body_must_be_a_form,
    a_parameter_in_the_query_is_refused,
    a_repeated_parameter_is_refused,
    unknown_parameters_are_ignored,
    empty_values_count_as_left_out,
    broken_encoding_is_refused,
    the_grant_type_must_be_a_known_one,
    a_grant_type_that_is_not_the_clients_is_refused,
    the_answer_holds_what_a_client_needs,
    no_answer_is_opened_to_other_origins,
];

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn code(service: &Service) -> (Attempt, String) {
    let attempt = WEB.asks("profile");
    let code = Browser::new(service).code(&attempt).await;
    (attempt, code)
}

/// TK-01
async fn only_post_is_allowed(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let form = attempt.redemption(&code).with("client_id", "web");
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        for (path, body) in [(format!("/token?{}", form.encode()), ""), ("/token".to_owned(), &*form.encode())] {
            let answer = service.send(method, &path, &[FORM], body).await.named(method);
            assert_eq!(answer.is_json(405, "invalid_request").header("allow"), "POST", "{method}");
        }
    }
    let head = service.send("HEAD", "/token", &[], "").await;
    assert_eq!(head.has_status(405).header("allow"), "POST");
    assert_eq!(head.body, "");
    attempt.redeem(&service, &code).await;
}

/// TK-02, TK-03, PV-19
async fn the_body_must_be_a_form(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let body = attempt.redemption(&code).with("client_id", "web").encode();
    service.send("POST", "/token", &[], &body).await.named("none").is_json(400, "invalid_request");
    for media in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencoded-not",
        "application/x-www-form-urlencoded; charset=ISO-8859-1",
        "",
    ] {
        let answer = service.send("POST", "/token", &[("content-type", media)], &body).await.named(media);
        answer.is_json(400, "invalid_request");
    }
    let json = r#"{"grant_type":"authorization_code","client_id":"web"}"#;
    let answer = service.send("POST", "/token", &[("content-type", "application/json")], json).await;
    answer.named("a JSON body").is_json(400, "invalid_request");
    for media in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-URLEncoded;charset=\"utf-8\"",
        "APPLICATION/X-WWW-FORM-URLENCODED",
    ] {
        let answer = service.send("POST", "/token", &[("content-type", media)], "grant_type=x&client_id=web").await;
        answer.named(media).is_json(400, "unsupported_grant_type");
    }
    attempt.redeem(&service, &code).await;
}

/// TK-04
async fn a_parameter_in_the_query_is_refused(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let body = attempt.redemption(&code).with("client_id", "web");
    for name in ["client_id", "client_secret", "grant_type", "code", "code_verifier", "redirect_uri", "scope"] {
        let path = format!("/token?{name}=x");
        let answer = service.send("POST", &path, &[FORM], &body.encode()).await.named(name);
        answer.is_json(400, "invalid_request");
    }
    attempt.redeem(&service, &code).await;
}

/// TK-05
async fn a_repeated_parameter_is_refused(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let body = attempt.redemption(&code).with("client_id", "web");
    for name in body.names() {
        for second in [body.get(name).unwrap(), "other", ""] {
            let answer = service.token(None, &body.and(name, second)).await.named(name);
            answer.is_json(400, "invalid_request");
        }
    }
    let secrets = body.and("client_secret", "a").and("client_secret", "a");
    service.token(None, &secrets).await.is_json(400, "invalid_request");
    let refresh = fields([("grant_type", "refresh_token"), ("client_id", "web"), ("refresh_token", "a")]);
    for name in ["refresh_token", "scope"] {
        let twice = refresh.with(name, "a").and(name, "a");
        service.token(None, &twice).await.named(name).is_json(400, "invalid_request");
    }
    attempt.redeem(&service, &code).await;
}

/// TK-06, TK-32
async fn unknown_parameters_are_ignored(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let form = attempt.redemption(&code).and("username", "bob").and("foo", "1").and("foo", "2").and("scope", "mail.read");
    let answer = WEB.token(&service, &form).await;
    assert_eq!(answer.has_status(200).json()["scope"], "profile");
}

/// TK-07
async fn empty_values_count_as_left_out(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let form = attempt.redemption(&code).with("client_id", "web");
    service.token(None, &form.with("grant_type", "")).await.is_json(400, "invalid_request");
    service.token(None, &form.with("code", "")).await.is_json(400, "invalid_request");
    service.token(None, &form.with("client_id", "")).await.is_json(401, "invalid_client");
    let answer = service.token(None, &form.with("client_secret", "").with("scope", "").with("redirect_uri", "")).await;
    answer.has_status(200);
}

/// TK-08, TH-18, TH-19
async fn broken_encoding_is_refused(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let form = attempt.redemption(&code).with("client_id", "web");
    for (case, value) in [("half", "%2"), ("no hex", "%zz"), ("bare", "%"), ("no UTF-8", "%ff"), ("overlong", "%c0%af")] {
        for name in ["code", "client_id", "scope", "code_verifier"] {
            let body = format!("{}&{name}={value}", form.without(name).encode());
            service.token_text(None, &body).await.named(case).is_json(400, "invalid_request");
        }
    }
    attempt.redeem(&service, &code).await;
}

/// TK-10, TK-11
async fn the_grant_type_must_be_a_known_one(door: Door) {
    let service = Service::start(door);
    let (attempt, code) = code(&service).await;
    let form = attempt.redemption(&code).with("client_id", "web");
    service.token(None, &form.without("grant_type")).await.is_json(400, "invalid_request");
    for grant in ["password", "implicit", "Authorization_Code", "authorization_code ", "urn:example:x", "code"] {
        let answer = service.token(None, &form.with("grant_type", grant)).await.named(grant);
        answer.is_json(400, "unsupported_grant_type");
    }
    attempt.redeem(&service, &code).await;
}

/// TK-12
async fn a_grant_type_that_is_not_the_clients_is_refused(door: Door) {
    let service = Service::start(door);
    let refresh = fields([("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "narrow")]);
    service.token(None, &refresh).await.is_json(400, "unauthorized_client");
    let code = fields([("grant_type", "authorization_code"), ("code", "x"), ("client_id", "codeless")]);
    service.token(None, &code).await.is_json(400, "unauthorized_client");
    let unauthenticated = fields([("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "my client+1")]);
    service.token(None, &unauthenticated).await.named("authentication comes first").is_json(401, "invalid_client");
}

/// TK-13, TK-14, TK-15, TK-16, TH-28
async fn the_answer_holds_what_a_client_needs(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let answer = &session.answer;
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"].as_u64(), Some(600), "{answer}");
    assert_eq!(answer["scope"], "profile");
    for token in [&session.access, &session.refresh, &session.code] {
        assert!(token.len() >= 43 && token.bytes().all(|c| c.is_ascii_graphic()), "{token}");
    }
    let short = Service::with(door, &["--access-lifetime", "90"]);
    assert_eq!(WEB.session(&short, "profile").await.answer["expires_in"].as_u64(), Some(90));
}

/// TK-01, TK-17
async fn no_answer_is_opened_to_other_origins(door: Door) {
    let service = Service::start(door);
    let origin = "Origin: https://app.test";
    for path in ["/token", "/revoke", "/introspect"] {
        let line = format!("OPTIONS {path} HTTP/1.1");
        let preflight = wire::exchange(&service, &[&line, origin, "Access-Control-Request-Method: POST"], "").await;
        assert_eq!(preflight.has_status(405).header("allow"), "POST");
        let mut wire = wire::Wire::connect(&service).await;
        wire.write(&wire::post(path, &[origin], "client_id=web&token=x&grant_type=x")).await;
        for answer in [preflight, wire.answer(path).await] {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{answer:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{answer:?}");
        }
    }
}
