//! Client authentication: exactly the registered method, once.

use grantor_tests::{Answer, Auth, Door, Fields, POST, Relying, SHOP, Service, WEB, both_doors, fields, wire};

both_doors![
    basic_credentials_are_form_encoded_first,
    a_secret_in_the_body_is_a_method_of_its_own,
    two_methods_at_once_are_refused,
    the_client_id_may_accompany_basic_when_it_is_the_same,
    failed_basic_is_challenged,
    failed_authentication_without_a_header_is_challenged_too,
    a_client_that_does_not_say_who_it_is_gets_nothing,
    a_public_client_has_no_secret,
    only_the_registered_method_counts,
    an_unknown_client_looks_like_a_wrong_secret,
    the_scheme_is_case_insensitive_and_stands_once,
    other_schemes_are_challenged_with_basic,
];

const ODD: Relying = Relying {
    id: "my client+1",
    auth: Auth::Basic("p@ss:w%rd/&=+\"\\ ~ and 32 characters more"),
    redirect_uri: "https://odd.example.test/cb",
};

/// A request of an authenticated client that fails only for its code.
fn probe() -> Fields {
    fields([("grant_type", "authorization_code"), ("code", "unknown"), ("code_verifier", &"v".repeat(43))])
}

/// CA-01, CA-15
async fn basic_credentials_are_form_encoded_first(door: Door) {
    let service = Service::start(door);
    ODD.session(&service, "profile").await;
    SHOP.session(&service, "profile").await;
    let Auth::Basic(secret) = ODD.auth else { unreachable!() };
    let header = Auth::basic(ODD.id, secret);
    let encoded = "bXkrY2xpZW50JTJCMTpwJTQwc3MlM0F3JTI1cmQlMkYlMjYlM0QlMkIlMjIlNUMrJTdFK2FuZCszMitjaGFyYWN0ZXJzK21vcmU=";
    assert_eq!(header, format!("Basic {encoded}"));
    service.token(Some(&header), &probe()).await.is_json(400, "invalid_grant");
    let wrong = Auth::basic(ODD.id, &secret[1..]);
    service.token(Some(&wrong), &probe()).await.is_json(401, "invalid_client");
}

/// CA-02
async fn a_secret_in_the_body_is_a_method_of_its_own(door: Door) {
    let service = Service::start(door);
    POST.session(&service, "profile").await;
    let form = probe().with("client_id", POST.id);
    service.token(None, &form.with("client_secret", "wrong")).await.is_json(401, "invalid_client");
}

/// CA-03
async fn two_methods_at_once_are_refused(door: Door) {
    let service = Service::start(door);
    let Auth::Basic(secret) = SHOP.auth else { unreachable!() };
    let header = Auth::basic(SHOP.id, secret);
    let assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for (case, form) in [
        ("the same secret", probe().with("client_secret", secret)),
        ("another secret", probe().with("client_id", SHOP.id).with("client_secret", "wrong")),
        ("an assertion", probe().with("client_assertion", "a.b.c").with("client_assertion_type", assertion)),
    ] {
        service.token(Some(&header), &form).await.named(case).is_json(400, "invalid_request");
    }
    let both = probe().with("client_id", POST.id).with("client_secret", "correct battery staple");
    let both = both.with("client_assertion", "a.b.c").with("client_assertion_type", assertion);
    service.token(None, &both).await.named("secret and assertion").is_json(400, "invalid_request");
}

/// CA-04, CA-05
async fn the_client_id_may_accompany_basic_when_it_is_the_same(door: Door) {
    let service = Service::start(door);
    let Auth::Basic(secret) = SHOP.auth else { unreachable!() };
    let header = Auth::basic(SHOP.id, secret);
    service.token(Some(&header), &probe().with("client_id", SHOP.id)).await.is_json(400, "invalid_grant");
    for other in ["web", "Shop", "nobody"] {
        let form = probe().with("client_id", other);
        service.token(Some(&header), &form).await.named(other).is_json(400, "invalid_request");
    }
}

/// CA-06
async fn failed_basic_is_challenged(door: Door) {
    let service = Service::start(door);
    for (case, credentials) in [
        ("wrong secret", "c2hvcDp3cm9uZw=="),
        ("unknown id", "bm9ib2R5OndvbmRlcg=="),
        ("empty secret", "c2hvcDo="),
        ("no colon", "c2hvcA=="),
        ("bad base64", "c2hv*cDp3"),
        ("empty", ""),
        ("bad UTF-8", "/zr/"),
        ("bad percent", "c2hvcDolenp6"),
        ("encoded bad UTF-8", "c2hvcDolZmY="),
    ] {
        let header = format!("Basic {credentials}");
        service.token(Some(&header), &probe()).await.named(case).is_json(401, "invalid_client");
    }
}

/// CA-07, CA-09
async fn failed_authentication_without_a_header_is_challenged_too(door: Door) {
    let service = Service::start(door);
    for (case, id, secret) in [
        ("wrong secret", "post", Some("wrong")),
        ("empty secret", "post", Some("")),
        ("no secret", "post", None),
        ("no secret of a Basic client", "shop", None),
        ("unknown, public", "nobody", None),
        ("unknown, with a secret", "nobody", Some("wrong")),
        ("not visible ASCII", "pöst", Some("wrong")),
    ] {
        let form = secret.iter().fold(probe().with("client_id", id), |form, secret| form.with("client_secret", secret));
        service.token(None, &form).await.named(case).is_json(401, "invalid_client");
    }
}

/// CA-08, TK-26
async fn a_client_that_does_not_say_who_it_is_gets_nothing(door: Door) {
    let service = Service::start(door);
    service.token(None, &probe()).await.is_json(401, "invalid_client");
    let secret_alone = probe().with("client_secret", "correct battery staple");
    service.token(None, &secret_alone).await.is_json(401, "invalid_client");
}

/// CA-10
async fn a_public_client_has_no_secret(door: Door) {
    let service = Service::start(door);
    let form = probe().with("client_id", WEB.id);
    service.token(None, &form.with("client_secret", "any")).await.is_json(401, "invalid_client");
    service.token(Some(&Auth::basic(WEB.id, "any")), &probe()).await.is_json(401, "invalid_client");
    service.token(Some(&Auth::basic(WEB.id, "")), &probe()).await.is_json(401, "invalid_client");
    service.token(None, &form).await.is_json(400, "invalid_grant");
}

/// CA-11
async fn only_the_registered_method_counts(door: Door) {
    let service = Service::start(door);
    let Auth::Basic(secret) = SHOP.auth else { unreachable!() };
    let posted = probe().with("client_id", SHOP.id).with("client_secret", secret);
    service.token(None, &posted).await.is_json(401, "invalid_client");
    let header = Auth::basic(POST.id, "correct battery staple");
    service.token(Some(&header), &probe()).await.is_json(401, "invalid_client");
}

/// CA-12
async fn an_unknown_client_looks_like_a_wrong_secret(door: Door) {
    let service = Service::start(door);
    let by_header = |id| Auth::basic(id, "wrong");
    let wrong = service.token(Some(&by_header("shop")), &probe()).await;
    let unknown = service.token(Some(&by_header("nobody")), &probe()).await;
    let posted = |id| probe().with("client_id", id).with("client_secret", "wrong");
    let wrong_post = service.token(None, &posted("post")).await;
    let unknown_post = service.token(None, &posted("nobody")).await;
    for (one, other) in [(wrong, unknown), (wrong_post, unknown_post)] {
        assert_eq!((one.status, &one.body), (other.status, &other.body));
        let headers = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("date");
            headers
        };
        assert_eq!(headers(&one), headers(&other));
    }
}

/// CA-13
async fn the_scheme_is_case_insensitive_and_stands_once(door: Door) {
    let service = Service::start(door);
    let Auth::Basic(secret) = SHOP.auth else { unreachable!() };
    let header = Auth::basic(SHOP.id, secret);
    let credentials = header.strip_prefix("Basic ").unwrap();
    for scheme in ["basic ", "BASIC ", "Basic   "] {
        let answer = service.token(Some(&format!("{scheme}{credentials}")), &probe()).await.named(scheme);
        answer.is_json(400, "invalid_grant");
    }
    let line = format!("Authorization: {header}");
    for second in [line.as_str(), "Authorization: Bearer x", "Authorization: Basic eDp5"] {
        let mut wire = wire::Wire::connect(&service).await;
        wire.write(&wire::post("/token", &[&line, second], &probe().encode())).await;
        wire.answer(second).await.is_json(400, "invalid_request");
    }
}

/// CA-14
async fn other_schemes_are_challenged_with_basic(door: Door) {
    let service = Service::start(door);
    for header in ["Bearer x", "Digest username=\"shop\"", "Basic", "Basicc2hvcDp3cm9uZw==", "c2hvcA=="] {
        service.token(Some(header), &probe()).await.named(header).is_json(401, "invalid_client");
        let with_id = probe().with("client_id", WEB.id);
        service.token(Some(header), &with_id).await.named(header).is_json(401, "invalid_client");
    }
}
