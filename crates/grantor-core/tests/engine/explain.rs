//! Explained refusals: on this machine only, with no secret, and with nothing that breaks out of its place.

use grantor_core::{AuthorizationServer, Call, Client, ConfigFault, Endpoint, HostPage, Login, Needed, Payload, server::Builder};
use serde_json::Value;

use crate::kit::{REDIRECT_URI, SECRET, Seen, VERIFIER, World, app, at, form, get, request, request_with, web};

fn explained() -> World {
    World::local(|builder| builder.client(app()).client(web()).explain())
}

fn explanation(seen: &Seen) -> Value {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    body["explain"].clone()
}

fn sent(explanation: &Value, name: &str) -> Vec<String> {
    let sent = explanation["sent"].as_array().unwrap().iter();
    sent.filter(|sent| sent["name"] == name).map(|sent| sent["value"].as_str().unwrap().to_owned()).collect()
}

/// TH-09, TH-21
#[test]
fn no_server_that_others_reach_is_built_with_it() {
    let server = |issuer: &str| AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app()).explain();
    for issuer in ["https://id.example", "https://localhost", "https://127.0.0.1:4000"] {
        let faults = server(issuer).build().unwrap_err().faults().to_vec();
        assert_eq!(faults, [ConfigFault::Explain(issuer.to_owned())]);
        assert!(faults[0].to_string().contains("leave it out"));
    }
    for issuer in ["http://127.0.0.1:4000", "http://[::1]", "http://localhost:8080"] {
        assert!(server(issuer).build().is_ok(), "{issuer}");
    }
}

/// TH-09
#[tokio::test]
async fn json_names_the_rule_what_was_sent_what_was_expected_and_the_fix() {
    let world = explained();
    let code = world.code().await;
    let wrong = "WRONG-verifier-wrong-verifier-wrong-verifier";
    let fields = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &*code), ("code_verifier", wrong)];
    let refused = world.token(&fields).await;
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_grant"));
    let why = explanation(&refused);
    assert_eq!((&why["reason"], &why["section"]), (&"code.verifier".into(), &"RFC 7636 4.6".into()));
    assert_eq!(why["rule"], "the code is not valid");
    assert!(why["expected"].as_str().unwrap().contains("SHA-256") && why["fix"].as_str().unwrap().contains("verifier"));
    assert_eq!(sent(&why, "method"), ["POST"]);
    assert_eq!(sent(&why, "client_id"), ["app"]);
    assert_eq!(sent(&why, "code"), [format!("[{} characters]", code.len())]);
    assert_eq!(sent(&why, "code_verifier"), ["[44 characters]"]);

    let json = Call { headers: &[("content-type", b"application/json")], ..form("{}") };
    let why = explanation(&world.server.token(json).await.into());
    assert_eq!(sent(&why, "content-type"), ["application/json"]);
    assert_eq!(sent(&why, "body"), ["[2 bytes]"]);
    let why = explanation(&world.server.serve(Endpoint::Introspection, get("token=x")).await.into());
    assert_eq!((&why["reason"], sent(&why, "token")), (&"request.method".into(), vec!["[1 characters]".to_owned()]));
    let bearer = [("authorization", &b"Bearer gr_a_nothing"[..])];
    let guard = world.server.guard();
    let denied: Seen = guard.verify(&Call { headers: &bearer, ..get("") }, &Needed::token()).await.unwrap_err().into();
    assert!(denied.header("www-authenticate").unwrap().contains("invalid_token"));
    assert_eq!(sent(&explanation(&denied), "authorization"), ["Bearer [12 characters]"]);
}

/// TH-09, TH-16
#[tokio::test]
async fn a_page_explains_below_and_escapes_what_was_sent() {
    let world = explained();
    let page = world.refused(&request_with(&[("redirect_uri", "https://evil.example/<script>&\"'\u{202e}\0")])).await;
    page.assert_page(400);
    assert!(page.body.contains("redirect_uri = https://evil.example/&#60;script&#62;&#38;&#34;&#39;</code>"), "{}", page.body);
    assert!(
        page.body.contains("<dt>Section</dt><dd>OAuth 2.1 2.3.1</dd>") && page.body.contains("<dt>Fix</dt><dd>register exactly")
    );
    assert!(!page.body.contains("<script"));
    let page = world.refused(&"x".repeat(9_000)).await;
    page.assert_page(414);
    assert!(page.body.contains("method = GET"), "{}", page.body);
    let page = world.resumed("gr_t_of-somebody-else").await.err().unwrap();
    assert!(page.body.contains("ticket = [21 characters]"), "{}", page.body);
    let question = world.question(&request()).await;
    let page = Seen::from(question.approve(["profile", "other"]).await);
    assert!(page.body.contains("<dt>Expected</dt><dd>scopes that were asked for, or fewer</dd>"), "{}", page.body);
    assert!(page.body.contains("scope = profile mail"), "{}", page.body);
}

/// TH-09, AZ-36
#[tokio::test]
async fn a_redirect_is_the_same_with_it_and_without_and_so_is_a_good_answer() {
    let world = explained();
    let location = world.refused(&request_with(&[("scope", "unknown")])).await.location().to_owned();
    let plain = World::local(|builder| builder.client(app())).refused(&request_with(&[("scope", "unknown")])).await;
    assert_eq!(location, plain.location());
    assert!(!world.tokens().await.body.contains("explain"));
}

/// TH-09
#[tokio::test]
async fn without_it_nothing_of_a_request_comes_back() {
    for world in [World::new(), World::local(|builder| builder.client(app()))] {
        let page = world.refused(&request_with(&[("redirect_uri", "https://evil.example/MARK")])).await;
        assert!(!page.body.contains("MARK") && !page.body.contains("<dl>"), "{}", page.body);
        let refused = world.token(&[("grant_type", "MARK"), ("client_id", "app")]).await;
        assert!(!refused.body.contains("MARK") && !refused.body.contains("explain"), "{}", refused.body);
    }
}

/// TH-09
#[tokio::test]
async fn the_hosts_own_page_may_show_it_and_gets_none_without_it() {
    let own = |builder: Builder| {
        builder.client(app()).error_page(|facts| {
            let shown = facts.explanation().map(|why| {
                let sent = why.sent().iter().map(|sent| format!("{}={}", sent.name(), sent.value()));
                format!("{} | {} | {}", why.section(), why.fix(), sent.collect::<Vec<_>>().join(" "))
            });
            let html = shown.unwrap_or_else(|| "nothing to show".to_owned());
            HostPage { html, content_security_policy: "default-src 'none'".to_owned() }
        })
    };
    let without = World::with(own).refused("client_id=nobody").await;
    assert_eq!(without.body, "nothing to show");
    let with = World::local(|builder| own(builder).explain()).refused("client_id=nobody").await;
    assert!(with.body.starts_with("RFC 6749 4.1.2.1 | ") && with.body.ends_with("method=GET client_id=nobody"), "{}", with.body);
}

/// TH-07, TH-09
#[tokio::test]
async fn no_explanation_holds_a_secret() {
    let stranger = Client::public("stranger").redirect_uri("https://stranger.example/cb").untrusted().build().unwrap();
    let world = World::local(|builder| builder.client(app()).client(web()).client(stranger).explain());
    let tokens = world.tokens().await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let code = world.code().await;
    let ticket = world.parked(&request()).await.ticket().to_owned();
    let back = world.log_in(&request_with(&[("prompt", "login")]), None).await.as_str().to_owned();
    let handle = back.split("request_uri=").nth(1).unwrap().to_owned();
    let mut answers = Vec::new();

    let everything = [
        ("grant_type", "authorization_code"),
        ("client_id", "web"),
        ("client_secret", SECRET),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("refresh_token", &refresh),
        ("token", &access),
        ("client_assertion", "ASSERTION-of-the-client"),
    ];
    answers.push(world.token(&everything).await);
    let query = everything.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let headers = [("authorization", format!("Bearer {access}"))];
    let headers = [("authorization", headers[0].1.as_bytes()), ("content-type", b"application/x-www-form-urlencoded")];
    for endpoint in Endpoint::MOUNTED {
        answers.push(world.server.serve(endpoint, Call { query: Some(&query), headers: &headers, ..form(&query) }).await.into());
        answers.push(world.server.serve(endpoint, Call { headers: &headers, ..get(&query) }).await.into());
    }
    let in_query = format!("access_token={access}");
    let in_two = Call { headers: &headers, ..get(&in_query) };
    answers.push(world.server.guard().verify(&in_two, &Needed::token()).await.unwrap_err().into());
    for changes in [("request_uri", &*handle), ("id_token_hint", "HINT-of-the-client"), ("request", "OBJECT-of-the-client")] {
        answers.push(world.refused(&request_with(&[("client_id", "stranger"), changes])).await);
        answers.push(world.refused(&request_with(&[("redirect_uri", "x:y"), changes])).await);
    }
    answers.push(world.refused(&format!("scope={access}&redirect_uri={code}&client_id=app")).await);
    answers.push(world.server.resume(&ticket, &Login::new("bob", "SESSION", at(0))).await.err().unwrap().into());

    let explains = |answer: &Seen| answer.body.contains("<dl>") || !explanation(answer).is_null();
    for answer in &answers {
        assert!(explains(answer), "{answer:?}");
        for secret in
            [SECRET, VERIFIER, &code, &access, &refresh, &ticket, &handle, "ASSERTION", "HINT-of", "OBJECT-of", "SESSION"]
        {
            assert!(!answer.body.contains(secret), "{secret} in {}", answer.body);
            assert!(secret.len() < 60 || !answer.body.contains(&secret[30..]), "{secret} in {}", answer.body);
        }
    }
    assert!(answers.iter().any(|answer| answer.body.contains("request_uri = [") && !answer.body.contains(REDIRECT_URI)));
}

/// TH-09, TK-09
#[tokio::test]
async fn of_a_body_that_was_not_read_it_tells_what_became_of_it() {
    let world = explained();
    for (body, reason, told) in [
        (Payload::TooLarge, "request.too_large", "[more than is read]"),
        (Payload::Broken, "request.body_broken", "[it ended early]"),
    ] {
        let headers = [("origin", &b"https://app.example"[..]), ("content-type", b"application/x-www-form-urlencoded")];
        let seen = Seen::from(world.server.token(Call { headers: &headers, body, ..form("") }).await);
        let why = explanation(&seen);
        assert_eq!((&why["reason"], sent(&why, "body")), (&reason.into(), vec![told.to_owned()]));
        assert_eq!(sent(&why, "content-type"), ["application/x-www-form-urlencoded"]);
        assert!(!seen.body.contains("https://app.example"), "other headers are not shown: {}", seen.body);
        let page = Seen::from(world.server.authorize(Call { query: None, body, ..form("") }).await.unwrap_err());
        assert!(page.body.contains(&format!("body = {told}")), "{}", page.body);
    }
}

/// TH-09, TH-18
#[tokio::test]
async fn no_mark_that_turns_text_around_is_shown() {
    let world = explained();
    for mark in ['\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{7f}', '\u{9f}'] {
        let seen = world.token(&[("grant_type", &format!("a{mark}b")), ("client_id", "app")]).await;
        assert_eq!(sent(&explanation(&seen), "grant_type"), ["ab"], "{mark:?}");
    }
}
