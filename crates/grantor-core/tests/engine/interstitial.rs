//! Where an error may go: a page, a redirect, or, for a client that nobody vouches for, a page with a link.

use grantor_core::{Call, Client, HostPage, Reason};

use crate::kit::{Fault, Op, REDIRECT_URI, Seen, World, app, form, get, request, request_with};

const POLICY: &str = "frame-ancestors 'none'; default-src 'none'; base-uri 'none'; form-action 'none'";

fn stranger() -> Client {
    Client::public("app").redirect_uri(REDIRECT_URI).untrusted().build().unwrap()
}

fn assert_hardened(page: &Seen) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", POLICY),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
}

/// AZ-43, TH-11, TH-16, AR-12
#[tokio::test]
async fn an_error_of_a_client_nobody_vouches_for_is_a_page_with_an_escaped_link() {
    let world = World::with(|builder| builder.client(stranger()));
    let state = "\"><script>alert('&')</script>";
    for (name, value, error) in [
        ("scope", "unknown", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("request", "x", "request_not_supported"),
        ("max_age", "x", "invalid_request"),
    ] {
        let page = world.refused(&request_with(&[(name, value), ("state", state)])).await;
        page.assert_page(400);
        assert_hardened(&page);
        assert!(!page.body.contains("<script") && !page.body.contains("http-equiv") && !page.body.contains("<form"));
        let (_, link) = page.body.split_once("href=\"").unwrap();
        let link = link.split_once('"').unwrap().0.replace("&#38;", "&");
        assert!(link.starts_with(&format!("{REDIRECT_URI}?error={error}&")), "{link}");
        assert!(link.contains("state=%22%3E%3Cscript%3E") && link.ends_with("&iss=https%3A%2F%2Fid.example"), "{link}");
        assert!(page.body.contains(&format!(">{REDIRECT_URI}</a>")), "the person sees where it leads");
    }
}

/// AZ-43
#[tokio::test]
async fn a_trusted_client_and_one_that_wants_no_page_are_told_by_redirect() {
    let (trusted, untrusted) = (World::new(), World::with(|builder| builder.client(stranger())));
    let bad = request_with(&[("scope", "unknown")]);
    assert_eq!(trusted.refused(&bad).await.error(), "invalid_scope");
    let quiet = request_with(&[("scope", "unknown"), ("prompt", "none")]);
    assert_eq!(untrusted.refused(&quiet).await.error(), "invalid_scope");
    assert_eq!(untrusted.answered(&request_with(&[("prompt", "none")]), None).await.error(), "login_required");
    // A prompt that is sent twice says nothing.
    untrusted.refused(&format!("{quiet}&prompt=none")).await.assert_page(400);
    // After the login its answers go to it like any other's.
    assert_eq!(Seen::from(untrusted.question(&request()).await.deny().await).error(), "access_denied");
    assert_eq!(untrusted.redeem(&untrusted.code().await).await.status, 200);
}

/// AZ-43, AZ-34
#[tokio::test]
async fn a_store_that_fails_before_the_login_does_not_bounce_a_stranger_either() {
    let world = World::with(|builder| builder.client(stranger()));
    world.store.plan(Op::Insert, [Fault::FailBefore]);
    let reply = world.pending(&request_with(&[("prompt", "login")])).await.next(None).await.unwrap_err();
    let page = Seen::from(reply);
    page.assert_page(400);
    assert!(page.body.contains("temporarily_unavailable"), "{}", page.body);
}

/// RU-25, AZ-10, AZ-21, AZ-22, TH-11
#[tokio::test]
async fn what_is_not_proven_gets_no_link_whatever_else_is_wrong() {
    let world = World::with(|builder| builder.client(stranger()));
    let double = format!("{}&client_id=app", request());
    let uris = format!("{}&redirect_uri={REDIRECT_URI}", request());
    let queries = [
        request_with(&[("redirect_uri", "https://evil.example/")]),
        request_with(&[("redirect_uri", "https://evil.example/"), ("scope", "unknown"), ("prompt", "none")]),
        request_with(&[("client_id", "nobody")]),
        request_with(&[("client_id", "")]),
        double,
        uris,
        String::new(),
    ];
    for query in queries {
        let page = world.refused(&query).await;
        page.assert_page(400);
        assert_hardened(&page);
        assert!(!page.body.contains("href") && !page.body.contains("example"), "{query}: {}", page.body);
    }
}

/// TH-16, AR-12, TH-13
#[tokio::test]
async fn a_hosts_own_page_gets_the_facts_and_keeps_the_hardening() {
    let world = World::with(|builder| {
        builder.client(stranger()).error_page(|facts| HostPage {
            html: format!("<!doctype html>{} {} {}", facts.code(), facts.reason(), facts.link().unwrap_or("none")),
            content_security_policy: "default-src 'self'".to_owned(),
        })
    });
    let page = world.refused(&request_with(&[("scope", "unknown")])).await;
    page.assert_page(400);
    let link = format!("{REDIRECT_URI}?error=invalid_scope");
    assert!(page.body.contains(&format!("invalid_scope {} {link}", Reason::ScopeUnknown)), "{}", page.body);
    assert_eq!(page.header("content-security-policy"), Some("frame-ancestors 'none'; default-src 'self'"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert!(world.refused("").await.body.ends_with("none"));
}

/// AZ-03, AZ-04, AZ-16, TH-01, TH-03
#[tokio::test]
async fn what_is_not_even_a_request_is_a_page_or_405() {
    let world = World::with(|builder| builder.client(app()));
    let seen = async |call: Call<'_>| Seen::from(world.server.authorize(call).await.unwrap_err());
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "get", ""] {
        let reply = seen(Call { method, ..get("") }).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD, POST")), "{method}");
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
    let request = request();
    seen(Call { headers: &[], ..form(&request) }).await.assert_page(400);
    seen(Call { headers: &[("content-type", b"application/json")], ..form(&request) }).await.assert_page(400);
    seen(get(&"x".repeat(8_193))).await.assert_page(414);
    seen(form(&"x".repeat(8_193))).await.assert_page(413);
    seen(Call { query: Some(&"x".repeat(8_192)), ..form("x") }).await.assert_page(413);
    seen(Call { body: grantor_core::Payload::TooLarge, ..form("") }).await.assert_page(413);
    seen(Call { body: grantor_core::Payload::Broken, ..form("") }).await.assert_page(400);
    let mut many = request.clone();
    (0..64).for_each(|_| many.push_str("&a=b"));
    seen(get(&many)).await.assert_page(400);
    let head = seen(Call { method: "HEAD", ..get("") }).await;
    assert_eq!((head.status, head.header("content-security-policy")), (400, Some(POLICY)));
}

/// TH-13
#[tokio::test]
async fn a_head_of_a_good_request_shows_nothing_and_lets_nobody_frame_it() {
    let world = World::with(|builder| builder.client(app()));
    let request = request();
    let head = Seen::from(world.server.authorize(Call { method: "HEAD", ..get(&request) }).await.unwrap_err());
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("content-security-policy", "frame-ancestors 'none'"),
    ] {
        assert_eq!(head.header(name), Some(value), "{name}");
    }
}

/// TH-17, TH-13
#[tokio::test]
async fn a_policy_that_is_no_header_value_leaves_the_pages_own() {
    for (policy, sent) in [
        ("default-src 'self'\r\nset-cookie: a=b", "frame-ancestors 'none'; default-src 'self' set-cookie: a=b"),
        ("default-src 'self'\0", "frame-ancestors 'none'"),
        ("", "frame-ancestors 'none';"),
    ] {
        let own = HostPage { html: "page".to_owned(), content_security_policy: policy.to_owned() };
        let world = World::with(|builder| builder.client(stranger()).error_page(move |_| own.clone()));
        let page = world.refused("client_id=nobody").await;
        assert_eq!((page.status, page.header("content-security-policy")), (400, Some(sent)), "{policy:?}");
        assert_eq!((page.header("set-cookie"), page.header("x-frame-options")), (None, Some("DENY")));
    }
}
