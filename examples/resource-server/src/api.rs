//! What is served: the protected paths, and the document that tells clients whom to ask for a token.

use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use grantor::tower::{Access, RequireToken, resource_metadata};
use grantor::{Guard, Subject};
use serde_json::{Value, json};
use tower_http::timeout::TimeoutLayer;

use crate::flags::Api;

/// How long a request may take, the question to the authorization server included.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole service. No handler checks a token: the guard stands before it.
pub(crate) fn routes(guard: &Guard, apis: &[Api]) -> Router {
    let mut router = Router::new();
    for Api { path, needed } in apis {
        let place = path.clone();
        let answer = get(move |access: Access| async move { answer(&place, &access) });
        router = router.route(path, answer.layer(RequireToken::new(guard, needed.clone())));
    }
    let router = resource_metadata(guard).fold(router, |router, (path, service)| router.route_service(&path, service));
    router.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE))
}

/// The same as `login-with` tells: the subject, the client and the scopes, and what the path is about.
fn answer(path: &str, access: &Access) -> impl IntoResponse + use<> {
    // A client that acts for itself may be called as a person is: it has neither their name nor their mail.
    let person = access.subject().map(Subject::as_str);
    let mut body = json!({ "sub": access.sub(), "client_id": access.client_id().as_str(), "scope": access.scopes().as_str() });
    let more = match path {
        "/userinfo" => Some(("name", json!(person))),
        "/messages" => Some(("messages", json!(person.map(mails)))),
        _ => None,
    };
    if let (Some((name, value)), Some(members)) = (more, body.as_object_mut()) {
        members.insert(name.to_owned(), value);
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

fn mails(subject: &str) -> Value {
    json!([
        { "from": "bob@example.com", "to": subject, "subject": "Lunch?", "text": "At noon, the usual place." },
        { "from": "carol@example.com", "to": subject, "subject": "The report", "text": "Is in the folder." },
    ])
}
