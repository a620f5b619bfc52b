//! A client gives its tokens back (RFC 7009).

use grantor_tests::wire::{Wire, post};
use grantor_tests::{Answer, Auth, Door, NATIVE, POST, SHOP, Service, WEB, both_doors, fields};

both_doors![
    every_kind_of_client_revokes_its_refresh_token_and_all_that_hangs_on_it,
    an_access_token_dies_alone,
    a_rotated_refresh_token_ends_the_grant_as_well,
    the_hint_changes_nothing,
    whatever_the_token_was_the_answer_is_the_same,
    what_is_another_clients_lives_on,
    an_expired_token_is_answered_as_every_other,
    a_request_without_one_token_is_refused,
    a_client_that_is_not_authenticated_revokes_nothing,
    only_a_form_by_post_is_read,
    a_script_in_a_page_is_never_answered,
    an_unknown_parameter_is_ignored,
    a_revocation_is_read_up_to_64_kib,
];

/// The answer without what differs from one moment to the next.
fn essence(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[track_caller]
fn is_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
}

/// RV-01, RV-06, TH-34
async fn every_kind_of_client_revokes_its_refresh_token_and_all_that_hangs_on_it(door: Door) {
    let service = Service::start(door);
    for client in [WEB, NATIVE, SHOP, POST] {
        let session = client.session(&service, "profile").await;
        let next = session.refreshed(&service).await.has_status(200).json();
        let (access, refresh) = (next["access_token"].as_str().unwrap(), next["refresh_token"].as_str().unwrap());
        is_done(&client.revoke(&service, refresh).await.named(client.id));
        assert!(!service.is_alive(&session.access).await && !service.is_alive(access).await, "{}", client.id);
        client.refresh(&service, refresh).await.named(client.id).is_json(400, "invalid_grant");
        session.replayed(&service).await.named(client.id).is_json(400, "invalid_grant");
        is_done(&client.revoke(&service, refresh).await.named("a second time"));
        let again = client.session(&service, "profile").await;
        assert!(service.is_alive(&again.access).await, "{} may be connected anew", client.id);
    }
}

/// RV-01, RV-06
async fn an_access_token_dies_alone(door: Door) {
    let service = Service::start(door);
    for client in [WEB, SHOP, POST] {
        let session = client.session(&service, "profile").await;
        let next = session.refreshed(&service).await.json();
        is_done(&client.revoke(&service, &session.access).await);
        assert!(!service.is_alive(&session.access).await, "{}", client.id);
        assert!(service.is_alive(next["access_token"].as_str().unwrap()).await, "{}", client.id);
        client.refresh(&service, next["refresh_token"].as_str().unwrap()).await.named(client.id).has_status(200);
    }
}

/// RV-06
async fn a_rotated_refresh_token_ends_the_grant_as_well(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let next = session.refreshed(&service).await.json();
    is_done(&WEB.revoke(&service, &session.refresh).await);
    assert!(!service.is_alive(next["access_token"].as_str().unwrap()).await);
    WEB.refresh(&service, next["refresh_token"].as_str().unwrap()).await.is_json(400, "invalid_grant");
}

/// RV-07
async fn the_hint_changes_nothing(door: Door) {
    let service = Service::start(door);
    for hint in ["access_token", "refresh_token", "id_token", "urn:example:unknown", "", "é"] {
        let session = WEB.session(&service, "profile").await;
        let form = |token: &str| fields([("token", token), ("token_type_hint", hint)]);
        is_done(&WEB.post(&service, "revoke", &form(&session.access)).await.named(hint));
        assert!(!service.is_alive(&session.access).await, "{hint}");
        is_done(&WEB.post(&service, "revoke", &form(&session.refresh)).await.named(hint));
        session.refreshed(&service).await.named(hint).is_json(400, "invalid_grant");
    }
    let session = WEB.session(&service, "profile").await;
    for second in ["access_token", "refresh_token", ""] {
        let form = fields([("token", &session.access), ("token_type_hint", "access_token")]).and("token_type_hint", second);
        WEB.post(&service, "revoke", &form).await.named(second).is_json(400, "invalid_request");
    }
    assert!(service.is_alive(&session.access).await);
}

/// RV-02, RV-05
async fn whatever_the_token_was_the_answer_is_the_same(door: Door) {
    let service = Service::start(door);
    let (own, foreign) = (WEB.session(&service, "profile").await, SHOP.session(&service, "profile").await);
    let unredeemed = grantor_tests::Browser::new(&service).code(&WEB.asks("profile")).await;
    let long = "a".repeat(10_000);
    let padded = format!("{}=", foreign.access);
    let done = essence(&WEB.revoke(&service, &own.access).await);
    for (case, token) in [
        ("revoked before", own.access.as_str()),
        ("another client's access token", &foreign.access),
        ("another client's refresh token", &foreign.refresh),
        ("garbage", "garbage"),
        ("a spent code", &own.code),
        ("a code", &unredeemed),
        ("a JWT", "eyJhbGciOiJub25lIn0.e30."),
        ("padded", &padded),
        ("very long", &long),
        ("not ASCII", "é\u{1f600}"),
        ("markup", "<script>\"'%00\r\nSet-Cookie: a=b"),
        ("its own refresh token", &own.refresh),
        ("and again", &own.refresh),
    ] {
        assert_eq!(essence(&WEB.revoke(&service, token).await), done, "{case}");
    }
}

/// RV-05, RV-02
async fn what_is_another_clients_lives_on(door: Door) {
    let service = Service::start(door);
    for (holder, other) in [(SHOP, WEB), (WEB, SHOP), (POST, SHOP)] {
        let session = holder.session(&service, "profile").await;
        is_done(&other.revoke(&service, &session.access).await);
        is_done(&other.revoke(&service, &session.refresh).await);
        assert!(service.is_alive(&session.access).await, "{} of {}", other.id, holder.id);
        session.refreshed(&service).await.named(other.id).has_status(200);
    }
    let attempt = WEB.asks("profile");
    let code = grantor_tests::Browser::new(&service).code(&attempt).await;
    is_done(&WEB.revoke(&service, &code).await);
    attempt.redeem(&service, &code).await;
}

/// RV-02, ST-21
async fn an_expired_token_is_answered_as_every_other(door: Door) {
    let service = Service::with(door, &["--access-lifetime", "1"]);
    let session = WEB.session(&service, "profile").await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    is_done(&WEB.revoke(&service, &session.access).await);
    session.refreshed(&service).await.has_status(200);
}

/// RV-03
async fn a_request_without_one_token_is_refused(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let token = session.access.as_str();
    let none = fields([]);
    for (case, form) in [
        ("none", none.clone()),
        ("an empty one", none.with("token", "")),
        ("another name", none.with("access_token", token).with("Token", token)),
        ("the same twice", none.with("token", token).and("token", token)),
        ("two", none.with("token", token).and("token", "x")),
        ("one and an empty one", none.with("token", token).and("token", "")),
    ] {
        for client in [SHOP, POST, WEB] {
            client.post(&service, "revoke", &form).await.named(case).is_json(400, "invalid_request");
        }
    }
    assert!(service.is_alive(token).await);
}

/// RV-04, CA-06, CA-07, CA-08, CA-10, CA-11
async fn a_client_that_is_not_authenticated_revokes_nothing(door: Door) {
    let service = Service::start(door);
    let (of_shop, of_web) = (SHOP.session(&service, "profile").await, WEB.session(&service, "profile").await);
    let Auth::Basic(secret) = SHOP.auth else { unreachable!() };
    let wrong = Auth::basic(SHOP.id, "wrong");
    let form = fields([("token", &of_shop.refresh)]);
    for (case, header, form) in [
        ("nobody", None, form.clone()),
        ("a wrong secret", Some(wrong.as_str()), form.clone()),
        ("a wrong secret in the form", None, form.with("client_id", POST.id).with("client_secret", "wrong")),
        ("another method than the registered one", None, form.with("client_id", SHOP.id).with("client_secret", secret)),
        ("a confidential client by its name alone", None, form.with("client_id", SHOP.id)),
        ("unknown", None, form.with("client_id", "nobody")),
        ("disabled", None, form.with("client_id", "disabled")),
        ("a bearer", Some("Bearer x"), form.clone()),
        ("a public client with a secret", None, form.with("client_id", WEB.id).with("client_secret", "x")),
        ("nobody, and no token either", None, fields([])),
    ] {
        service.post("revoke", header, &form.encode()).await.named(case).is_json(401, "invalid_client");
    }
    let both = form.with("client_id", SHOP.id).with("client_secret", secret);
    let answer = service.post("revoke", Some(&Auth::basic(SHOP.id, secret)), &both.encode()).await;
    answer.named("two methods").is_json(400, "invalid_request");
    let bearer = format!("Bearer {}", of_web.access);
    let answer = service.post("revoke", Some(&bearer), &fields([("token", &of_web.access)]).encode()).await;
    answer.named("a token is no client authentication").is_json(401, "invalid_client");
    assert!(service.is_alive(&of_shop.access).await && service.is_alive(&of_web.access).await);
    of_shop.refreshed(&service).await.has_status(200);
}

/// RV-10, RV-01
async fn only_a_form_by_post_is_read(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let form = fields([("token", &session.access), ("client_id", WEB.id)]).encode();
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        for (path, body) in [(format!("/revoke?{form}"), ""), ("/revoke".to_owned(), form.as_str())] {
            let answer = service.send(method, &path, &[form_type], body).await.named(method);
            assert_eq!(answer.is_json(405, "invalid_request").header("allow"), "POST", "{method}");
        }
    }
    let head = service.send("HEAD", &format!("/revoke?{form}"), &[], "").await;
    assert_eq!((head.has_status(405).header("allow"), head.body.as_str()), ("POST", ""));
    let json = format!(r#"{{"token":"{}","client_id":"web"}}"#, session.access);
    for (media, body) in [("application/json", json.as_str()), ("text/plain", &form), ("", &form)] {
        let answer = service.send("POST", "/revoke", &[("content-type", media)], body).await.named(media);
        answer.is_json(400, "invalid_request");
    }
    for query in [format!("?token={}", session.access), "?client_id=web".to_owned(), "?token_type_hint=x".to_owned()] {
        let answer = service.send("POST", &format!("/revoke{query}"), &[form_type], &form).await.named(&query);
        answer.is_json(400, "invalid_request");
    }
    assert!(service.is_alive(&session.access).await);
}

/// RV-10
async fn a_script_in_a_page_is_never_answered(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let form = fields([("token", &session.access), ("client_id", WEB.id), ("callback", "package.callback")]);
    let answer = service.get(&format!("/revoke?{}", form.encode())).await;
    assert!(!answer.has_status(405).body.contains("callback"), "{answer:?}");
    assert!(service.is_alive(&session.access).await);
    is_done(&service.post("revoke", None, &form.encode()).await);
}

/// RV-01, TK-06
async fn an_unknown_parameter_is_ignored(door: Door) {
    let service = Service::start(door);
    let session = WEB.session(&service, "profile").await;
    let form = fields([("token", &session.access), ("extra", "1"), ("scope", "x")]).and("extra", "2");
    is_done(&WEB.post(&service, "revoke", &form).await);
    assert!(!service.is_alive(&session.access).await);
}

/// TH-01, TH-02
async fn a_revocation_is_read_up_to_64_kib(door: Door) {
    let service = Service::start(door);
    for endpoint in ["revoke", "introspect"] {
        let form = fields([("token", "x"), ("client_id", "post"), ("client_secret", "correct battery staple"), ("filler", "")]);
        let form = form.encode();
        let fits = format!("{form}{}", "f".repeat(64 * 1024 - form.len()));
        service.post(endpoint, None, &fits).await.named(endpoint).has_status(200);
        service.post(endpoint, None, &format!("{fits}f")).await.named(endpoint).is_json(413, "invalid_request");
        let many = (0..64).map(|n| format!("&x{n}=")).collect::<String>();
        service.post(endpoint, None, &format!("{form}{many}")).await.named(endpoint).is_json(400, "invalid_request");
        let mut wire = Wire::connect(&service).await;
        let octets = post(&format!("/{endpoint}"), &["Authorization: Basic eDp5", "Authorization: Basic eDp5"], "token=x");
        wire.write(&octets).await;
        wire.answer("two headers").await.is_json(400, "invalid_request");
    }
}
