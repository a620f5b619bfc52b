//! What is believed, and what is not.

use std::time::{Duration, Instant};

use crate::kit::{Fake, Hand, ISSUER, Said, TOKEN, is_good, look_up};

/// RS-03, CA-02
#[tokio::test]
async fn the_question_is_a_form_of_a_client_that_says_who_it_is() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(60))).await;
    let source = fake.builder(&clock).client("my client+1", "p@ss:w%rd/é").build().unwrap();
    let access = look_up(&source).await.unwrap().unwrap();
    assert_eq!((access.sub(), access.client_id().as_str(), access.scopes().as_str()), ("ann", "app", "profile"));
    assert_eq!(access.expires_at().unix_timestamp(), clock.in_seconds(60));
    let (line, headers) = fake.last();
    assert_eq!(line, format!("POST /introspect token={TOKEN}&token_type_hint=access_token"));
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(headers["accept"], "application/json");
    assert_eq!(headers["authorization"], "Basic bXkrY2xpZW50JTJCMTpwJTQwc3MlM0F3JTI1cmQlMkYlQzMlQTk=");
}

/// RS-03, PV-23, IN-04
#[tokio::test]
async fn what_cannot_be_believed_is_a_failure_and_no_answer() {
    let clock = Hand::new();
    let fake = Fake::start(Said::inactive()).await;
    let source = fake.asking(&clock);
    let good = Said::active(clock.in_seconds(60));
    let with = |name, value: &str| Said { headers: vec![(name, value.to_owned())], ..good.clone() };
    let long = format!(r#"{{"active":false,"x":"{}"}}"#, "x".repeat(65_536));
    for (case, said) in [
        ("a page", with("content-type", "text/html")),
        ("a signed answer", with("content-type", "application/token-introspection+jwt")),
        ("no type at all", Said { headers: Vec::new(), ..good.clone() }),
        ("too long", Said::json(long)),
        ("another issuer", Said::json(good.body.replace(ISSUER, "https://evil.example"))),
        ("a string for a boolean", Said::json(good.body.replace("true", "\"true\""))),
        ("no JSON", Said::json("active")),
        ("no exp", Said::json(good.body.replace("exp", "x"))),
        ("created", good.clone().status(201)),
        ("bad request", good.clone().status(400)),
        ("wrong secret", good.clone().status(401)),
        ("forbidden", good.clone().status(403)),
        ("no such place", good.clone().status(404)),
        ("too many", good.clone().status(429)),
        ("broken", good.clone().status(500)),
        ("busy", good.clone().status(503)),
    ] {
        fake.says(said);
        let error = look_up(&source).await.expect_err(case).to_string();
        assert!(error.starts_with("the store is unavailable: the "), "{case}: {error}");
    }
    fake.says(with("content-type", "Application/JSON; charset=utf-8"));
    assert!(is_good(&source).await);
}

/// RS-02, RS-03
#[tokio::test]
async fn what_is_not_said_to_be_a_bearer_token_is_none() {
    let clock = Hand::new();
    let good = Said::active(clock.in_seconds(60));
    let fake = Fake::start(good.clone()).await;
    for (token_type, strict, lenient) in [("\"bearer\"", true, true), ("null", false, true), ("\"DPoP\"", false, false)] {
        fake.says(Said::json(good.body.replace("\"Bearer\"", token_type)));
        assert_eq!(is_good(&fake.asking(&clock)).await, strict, "{token_type}");
        let asking = fake.builder(&clock).tokens_without_type().build().unwrap();
        assert_eq!(is_good(&asking).await, lenient, "{token_type}");
    }
}

/// RS-03, TH-22
#[tokio::test]
async fn a_redirect_is_not_followed_whatever_client_is_brought() {
    let clock = Hand::new();
    let elsewhere = Fake::start(Said::active(clock.in_seconds(60))).await;
    let fake = Fake::start(Said::inactive()).await;
    let eager = reqwest::Client::builder().redirect(reqwest::redirect::Policy::limited(5));
    let source = fake.builder(&clock).http(eager).build().unwrap();
    for status in [301, 302, 303, 307, 308] {
        fake.says(Said { status, headers: vec![("location", elsewhere.base.clone())], body: String::new() });
        assert!(look_up(&source).await.is_err(), "{status}");
    }
    assert_eq!(elsewhere.asked(), 0, "nobody else gets the token");
}

/// RS-03, PV-23
#[tokio::test]
async fn a_silent_server_is_given_up_in_time() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(60))).await;
    let source = fake.builder(&clock).timeout(Duration::from_millis(200)).build().unwrap();
    fake.open(false);
    let start = Instant::now();
    let error = look_up(&source).await.unwrap_err().to_string();
    assert!(error.contains("in time"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "after {:?}", start.elapsed());
    fake.open(true);
    let patient = fake.asking(&clock);
    assert!(is_good(&patient).await);
}

/// RS-03, PV-23
#[tokio::test]
async fn a_server_that_is_gone_is_a_failure() {
    let clock = Hand::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fake = Fake::start(Said::inactive()).await;
    let error = look_up(&fake.builder(&clock).endpoint(gone).build().unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("cannot be reached"), "{error}");
}
