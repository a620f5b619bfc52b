//! Sizes, counts, and input nobody would send by accident.

use grantor_tests::wire::{Wire, exchange, post};
use grantor_tests::{Browser, Door, SHOP, Service, WEB, both_doors, fields};

both_doors![
    a_token_request_is_read_up_to_64_kib,
    an_endless_body_is_cut_off_at_the_limit,
    an_authorization_request_is_read_up_to_8_kib,
    a_request_line_has_a_limit,
    parameters_are_counted,
    a_huge_authorization_header_is_refused,
    nothing_makes_it_panic,
];

/// TH-01, TK-09
async fn a_token_request_is_read_up_to_64_kib(door: Door) {
    let service = Service::start(door);
    let form = fields([("grant_type", "x"), ("client_id", "web"), ("filler", "")]).encode();
    let fits = format!("{form}{}", "f".repeat(64 * 1024 - form.len()));
    service.token_text(None, &fits).await.is_json(400, "unsupported_grant_type");
    service.token_text(None, &format!("{fits}f")).await.is_json(413, "invalid_request");
    service.token_text(None, &"a=b&".repeat(64 * 1024)).await.is_json(413, "invalid_request");
}

/// TH-01, TK-09
async fn an_endless_body_is_cut_off_at_the_limit(door: Door) {
    let service = Service::start(door);
    let mut wire = Wire::connect(&service).await;
    let head = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    wire.write(head.as_bytes()).await;
    // 80 KiB and no end: the answer must not wait for one.
    for _ in 0..20 {
        wire.write(format!("1000\r\n{}\r\n", "a".repeat(4096)).as_bytes()).await;
    }
    wire.answer("an endless body").await.is_json(413, "invalid_request");

    let session = SHOP.session(&service, "profile").await;
    let (header, _) = SHOP.authenticate(&fields([]));
    let body = fields([("grant_type", "refresh_token"), ("refresh_token", &session.refresh)]).encode();
    let head = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = head.replace("Host: x", &format!("Host: x\r\nAuthorization: {}", header.unwrap()));
    let mut wire = Wire::connect(&service).await;
    wire.write(head.as_bytes()).await;
    wire.answer("a chunked body that ends").await.has_status(200);
}

/// AZ-16, TH-03
async fn an_authorization_request_is_read_up_to_8_kib(door: Door) {
    let service = Service::start(door);
    let attempt = WEB.asks("unknown");
    let request = format!("{}&filler=", attempt.request.encode());
    let form = ("content-type", "application/x-www-form-urlencoded");
    let fits = format!("{request}{}", "f".repeat(8192 - request.len()));
    let too_long = format!("{fits}f");
    let by_get = service.get(&format!("/authorize?{fits}")).await.named("8192 octets");
    by_get.sends_back(WEB.redirect_uri, "invalid_scope", Some(&attempt.state));
    let by_post = service.send("POST", "/authorize", &[form], &fits).await.named("8192 octets");
    by_post.sends_back(WEB.redirect_uri, "invalid_scope", Some(&attempt.state));
    let by_get = service.get(&format!("/authorize?{too_long}")).await;
    let by_post = service.send("POST", "/authorize", &[form], &too_long).await;
    assert_eq!((by_get.status, by_get.header("location")), (414, ""));
    assert!([400, 413].contains(&by_post.status) && by_post.header("location").is_empty(), "{by_post:?}");
}

/// TH-03
async fn a_request_line_has_a_limit(door: Door) {
    let service = Service::start(door);
    for path in ["/authorize", "/token"] {
        let line = format!("POST {path}?{} HTTP/1.1", "a".repeat(20_000));
        let answer = exchange(&service, &[&line], "").await;
        assert!([400, 414].contains(&answer.status), "{path}: {answer:?}");
    }
}

/// AZ-16, TH-02
async fn parameters_are_counted(door: Door) {
    let service = Service::start(door);
    let many = |count: usize| (0..count).map(|n| format!("&x{n}=")).collect::<String>();
    let request = WEB.asks("unknown").request;
    let own = request.names().len();
    let fits = format!("/authorize?{}{}", request.encode(), many(64 - own));
    service.get(&fits).await.named("64 parameters").lands(WEB.redirect_uri);
    service.get(&format!("{fits}&y=")).await.named("65 parameters").is_page("invalid_request");
    service.get(&format!("/authorize?{}&{}=", request.encode(), "n".repeat(129))).await.is_page("invalid_request");

    let form = fields([("grant_type", "x"), ("client_id", "web")]).encode();
    let fits = format!("{form}{}", many(62));
    service.token_text(None, &fits).await.is_json(400, "unsupported_grant_type");
    service.token_text(None, &format!("{fits}&y=")).await.is_json(400, "invalid_request");
    service.token_text(None, &format!("{form}&{}=", "n".repeat(129))).await.is_json(400, "invalid_request");
    service.token_text(None, &format!("{form}{}", many(8000))).await.is_json(400, "invalid_request");
}

/// TH-04
async fn a_huge_authorization_header_is_refused(door: Door) {
    let service = Service::start(door);
    let form = fields([("grant_type", "authorization_code"), ("code", "x")]).encode();
    for scheme in ["Basic", "Bearer"] {
        let header = format!("Authorization: {scheme} {}", "QUFB".repeat(5 * 1024));
        let mut wire = Wire::connect(&service).await;
        wire.write(&post("/token", &[&header], &form)).await;
        let answer = wire.answer(scheme).await;
        assert!([400, 401].contains(&answer.status), "{scheme}: {answer:?}");
        let answer = exchange(&service, &["GET /userinfo HTTP/1.1", &header], "").await;
        assert!([400, 401].contains(&answer.status), "{scheme}: {answer:?}");
    }
}

/// TH-10
async fn nothing_makes_it_panic(door: Door) {
    let service = Service::start(door);
    let odd = [
        "",
        "=",
        "&",
        "&&&",
        "%",
        "%%",
        "%0",
        "=&=",
        "a",
        "client_id",
        "client_id=",
        "=web",
        "client_id=%00",
        "\u{1}",
        "client_id=web&redirect_uri=%20",
        "client_id=web&redirect_uri=:",
        "client_id=web&redirect_uri=http://[",
        "client_id=native&redirect_uri=http://127.0.0.1:",
        "client_id=native&redirect_uri=http://[::1",
        "client_id=web&resource=http://[",
        "client_id=web&scope=%00",
        "client_id=web&state=%F0%9F%92%A9",
        "é=é",
    ];
    for text in odd {
        let ascii = text.is_ascii() && !text.contains('\u{1}');
        if ascii {
            for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"] {
                for path in [
                    "/authorize",
                    "/token",
                    "/revoke",
                    "/introspect",
                    "/login",
                    "/consent",
                    "/userinfo",
                    "/.well-known/oauth-authorization-server",
                    "/.well-known/oauth-protected-resource",
                ] {
                    let answer = exchange(&service, &[&format!("{method} {path}?{text} HTTP/1.1")], "").await;
                    assert!(answer.status < 500, "{method} {path}?{text}: {answer:?}");
                }
            }
        }
        for path in ["/authorize", "/token", "/revoke", "/introspect", "/login", "/consent"] {
            let mut wire = Wire::connect(&service).await;
            wire.write(&post(path, &[], text)).await;
            let answer = wire.answer(path).await;
            assert!(answer.status < 500, "{path} {text}: {answer:?}");
        }
    }
    for credentials in ["Basic", "Basic ", "Basic =", "Basic Og==", "Basic Ojo=", "Basic AA==", "Basic JTo=", "Bearer", "\u{e9}"]
    {
        for path in ["/token", "/revoke", "/introspect", "/userinfo"] {
            let mut wire = Wire::connect(&service).await;
            wire.write(&post(path, &[&format!("Authorization: {credentials}")], "grant_type=refresh_token")).await;
            let answer = wire.answer(path).await;
            assert!(answer.status < 500, "{path} {credentials}: {answer:?}");
        }
    }
    Browser::new(&service).code(&WEB.asks("profile")).await;
    let output = service.end();
    assert!(!output.contains("panicked"), "{output}");
}
