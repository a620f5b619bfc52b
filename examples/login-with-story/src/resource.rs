//! The resource server: two protected paths, open to the single-page app's origin (CORS) and to no other.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::capture::captured;
use crate::doorkeeper::Bearer;
use crate::story::Story;
use crate::traffic::Role;

/// The scope of `/userinfo`.
pub(crate) const PROFILE: &str = "profile";
/// The scope of `/messages`.
pub(crate) const MAIL: &str = "mail.read";

pub(crate) fn router(story: &Arc<Story>) -> Router {
    let origin = HeaderValue::from_str(&story.places.spa);
    let cors = CorsLayer::new().allow_methods([Method::GET]).allow_headers([header::AUTHORIZATION]);
    let cors = match origin {
        Ok(origin) => cors.allow_origin(origin),
        Err(_) => cors,
    };
    let router =
        Router::new().route("/userinfo", get(userinfo)).route("/messages", get(messages)).layer(cors).with_state(story.clone());
    // Outside of CORS, so that the browser's question before the call is seen as well.
    captured(router, &story.config.traffic, Role::Resource)
}

async fn userinfo(State(story): State<Arc<Story>>, headers: HeaderMap) -> Response {
    guarded(&story, &headers, PROFILE, |bearer| json!({ "name": bearer.subject })).await
}

async fn messages(State(story): State<Arc<Story>>, headers: HeaderMap) -> Response {
    guarded(&story, &headers, MAIL, |bearer| json!({ "messages": mails(&bearer.subject) })).await
}

async fn guarded(story: &Story, headers: &HeaderMap, scope: &str, tell: impl FnOnce(&Bearer) -> Value) -> Response {
    let bearer = match story.config.doorkeeper.check(headers, scope).await {
        Ok(bearer) => bearer,
        Err(refusal) => return refusal,
    };
    let mut body = json!({ "sub": bearer.subject, "client_id": bearer.client_id, "scope": bearer.scope });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), tell(&bearer)) {
        body.extend(more);
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn mails(subject: &str) -> Value {
    json!([
        { "from": "bob@example.com", "to": subject, "subject": "Lunch?", "text": "At noon, the usual place." },
        { "from": "carol@example.com", "to": subject, "subject": "The report", "text": "Is in the folder." },
    ])
}
