//! A case that nothing can fail proves nothing: here is a server that says yes to everything.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;

use axum::Router;
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::any;
use serde_json::json;

/// What a server that says yes does well: it works, and it has nothing to hide.
const YES_IS_RIGHT: [&str; 26] = [
    "a registered redirect URI is taken as it is",
    "another loopback port is allowed",
    "array names are not the parameter",
    "an expression in a request is not evaluated",
    "state comes back as it was sent, once",
    "a line break in a parameter reaches no header",
    "markup in a parameter stays text",
    "a host name from outside changes no answer",
    "broken octets do not break it",
    "a code is redeemed",
    "a thief's replay ends nothing",
    "two codes of one person are two",
    "a wider scope at the redemption widens nothing",
    "a refresh token is used",
    "a public client's refresh token is new each time",
    "a refresh token many times at once leaves one lineage",
    "another client gives the token back, and it lives",
    "an answer names its issuer, once",
    "an answer with tokens is not stored",
    "an issuer in the request is not the server's",
    "no page of another site reads the token endpoint with cookies",
    "the metadata name the issuer they were asked for",
    "the metadata say that S256 is there",
    "a host name from outside changes no metadata",
    "no script of another site plants an answer in the metadata",
    "a redirect with a code sends no form on",
];

async fn authorize(RawQuery(query): RawQuery, body: Bytes) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let text = format!("{}&{body}", query.unwrap_or_default());
    // The last of each name wins.
    let asked: BTreeMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let empty = String::new();
    let get = |name: &str| asked.get(name).unwrap_or(&empty).as_str();
    let params = [("code", "yes"), ("state", get("state")), ("iss", get("iss"))];
    let added = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let target: String = get("redirect_uri").chars().filter(|c| !c.is_control()).collect();
    let mark = if target.contains('?') { '&' } else { '?' };
    let location = ("location", format!("{target}{mark}{added}").into_bytes());
    (StatusCode::FOUND, [location, ("access-control-allow-origin", b"*".to_vec())], "").into_response()
}

async fn tokens() -> Response {
    let body = json!({ "access_token": "yes", "token_type": "Bearer", "refresh_token": "always", "active": true });
    ([("cache-control", "no-store")], Json(body)).into_response()
}

async fn everything(headers: HeaderMap) -> String {
    format!("yes {:?}", headers.get("authorization"))
}

fn attack(base: &str, client: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attack"));
    let endpoint = |name: &str| format!("{base}/{name}");
    for (flag, name) in [
        ("--authorization-endpoint", "authorize"),
        ("--token-endpoint", "token"),
        ("--revocation-endpoint", "revoke"),
        ("--introspection-endpoint", "token"),
        ("--api", "api"),
    ] {
        command.args([flag, &endpoint(name)]);
    }
    let output = command.args(client).args(["--strict", "--scope", "x", "--cookie", "session=1"]).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attack_succeeds_on_a_server_that_says_yes() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/authorize", any(authorize))
        .route("/token", any(tokens))
        .route("/token/", any(tokens))
        .fallback(any(everything));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let secret = ["--client-id", "a", "--client-secret", "s", "--redirect-uri", "https://a.example.test/cb"];
    let public = ["--client-id", "a", "--redirect-uri", "http://127.0.0.1/cb", "--other-client-secret", "s"];
    let other = ["--other-client-id", "b", "--other-redirect-uri", "https://b.example.test/cb"];
    for client in [secret, public] {
        let (base, client) = (base.clone(), [&client[..], &other].concat());
        let (code, text) = tokio::task::spawn_blocking(move || attack(&base, &client)).await.unwrap();
        assert_eq!(code, Some(1), "{text}");
        let unharmed: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("pass"))
            .filter(|line| !YES_IS_RIGHT.iter().any(|name| line.contains(name)))
            .collect();
        assert!(unharmed.is_empty(), "passed by a server that says yes to everything:\n{}", unharmed.join("\n"));
    }
}

#[tokio::test]
async fn a_target_that_cannot_be_asked_is_told_from_a_safe_one() {
    let client = ["--issuer", "http://127.0.0.1:9", "--client-id", "a", "--redirect-uri", "https://a.example.test/cb"];
    let output = Command::new(env!("CARGO_BIN_EXE_attack")).args(client).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}
