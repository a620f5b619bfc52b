//! The least that could answer: the framework's extractors, one random code, one map, one SHA-256 and one comparison.
//! It validates nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRng, rngs::SysRng};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Tower;
use crate::flow::{OFFLINE, Paths};

pub(super) const TOKENS: &str = r#"{"access_token":"Jx0Zp9GmEwVbC3h1YkqTtq1OJdU1bS5fXb8ZkX3pQnE","token_type":"Bearer","expires_in":600,"scope":"profile mail"}"#;
pub(super) const REFUSED: &str = r#"{"error":"invalid_grant","error_description":"the code is unknown"}"#;
pub(super) const ACTIVE: &str =
    r#"{"active":true,"scope":"profile mail","client_id":"app","token_type":"Bearer","exp":1800000000,"sub":"ann"}"#;
pub(super) const METADATA: &str = concat!(
    r#"{"issuer":"https://id.example","authorization_endpoint":"https://id.example/authorize","#,
    r#""token_endpoint":"https://id.example/token","introspection_endpoint":"https://id.example/introspect","#,
    r#""scopes_supported":["profile","mail"],"response_types_supported":["code"],"response_modes_supported":["query"],"#,
    r#""grant_types_supported":["authorization_code","refresh_token"],"code_challenge_methods_supported":["S256"],"#,
    r#""token_endpoint_auth_methods_supported":["none","client_secret_basic","client_secret_post"]}"#
);

pub(super) fn paths() -> Paths {
    Paths {
        authorize: "/authorize".to_owned(),
        token: "/token".to_owned(),
        introspection: "/introspect".to_owned(),
        metadata: "/.well-known/oauth-authorization-server".to_owned(),
    }
}

pub(super) fn tower() -> Tower {
    let paths = paths();
    let router = Router::new()
        .route(&paths.authorize, get(authorize))
        .route(&paths.token, post(token))
        .route(&paths.introspection, post(introspect))
        .route(&paths.metadata, get(|| async { json(StatusCode::OK, METADATA) }))
        .with_state(Floor::default());
    Tower { paths, router }
}

#[derive(Clone, Default)]
pub(super) struct Floor(Arc<Mutex<HashMap<String, String>>>);

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading it is the point")]
pub(super) struct Request {
    response_type: String,
    client_id: String,
    pub(super) redirect_uri: String,
    scope: String,
    pub(super) state: String,
    pub(super) code_challenge: String,
    code_challenge_method: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading it is the point")]
pub(super) struct Redemption {
    grant_type: String,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Question {
    pub(super) token: String,
}

impl Floor {
    pub(super) fn authorize(&self, request: Request) -> String {
        let code = random();
        let location = format!("{}?code={code}&state={}", request.redirect_uri, request.state);
        self.with(|map| map.insert(code, request.code_challenge));
        location
    }

    /// The JSON of an answer, or nothing to refuse.
    pub(super) fn token(&self, form: &Redemption) -> Option<String> {
        if let Some(token) = &form.refresh_token {
            return self.refresh(token);
        }
        let challenge = self.with(|map| map.remove(form.code.as_deref()?))?;
        let proof = digest(form.code_verifier.as_deref()?);
        if !bool::from(proof.as_bytes().ct_eq(challenge.as_bytes())) {
            return None;
        }
        if form.client_id.as_deref() == Some(OFFLINE) { Some(self.offline()) } else { Some(TOKENS.to_owned()) }
    }

    fn refresh(&self, token: &str) -> Option<String> {
        let kept = self.with(|map| map.remove(token))?;
        bool::from(digest(token).as_bytes().ct_eq(kept.as_bytes())).then(|| self.offline())
    }

    fn offline(&self) -> String {
        let token = random();
        let (begin, digest) = (TOKENS.trim_end_matches('}'), digest(&token));
        let json = format!(r#"{begin},"refresh_token":"{token}"}}"#);
        self.with(|map| map.insert(token, digest));
        json
    }

    /// One look-up; the answer is the same whatever it found.
    pub(super) fn introspect(&self, token: &str) -> &'static str {
        let known = self.with(|map| map.contains_key(&digest(token)));
        std::hint::black_box(known);
        ACTIVE
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, String>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn authorize(State(floor): State<Floor>, Query(request): Query<Request>) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, floor.authorize(request))]).into_response()
}

async fn token(State(floor): State<Floor>, Form(form): Form<Redemption>) -> Response {
    match floor.token(&form) {
        Some(tokens) => ([(header::CONTENT_TYPE, "application/json")], tokens).into_response(),
        None => json(StatusCode::BAD_REQUEST, REFUSED),
    }
}

async fn introspect(State(floor): State<Floor>, Form(form): Form<Question>) -> Response {
    json(StatusCode::OK, floor.introspect(&form.token))
}

fn json(status: StatusCode, body: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn random() -> String {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).expect("random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}
