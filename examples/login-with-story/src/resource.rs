//! The resource server: two protected paths, open to the single-page app's origin (CORS) and to no other.

use std::sync::Arc;

use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use grantor::Needed;
use grantor::tower::{Access, RequireToken};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::capture::captured;
use crate::story::{Fault, Story};
use crate::traffic::Role;

/// The scope of `/userinfo`.
pub(crate) const PROFILE: &str = "profile";
/// The scope of `/messages`.
pub(crate) const MAIL: &str = "mail.read";

pub(crate) fn router(story: &Arc<Story>) -> Result<Router, Fault> {
    let guarded = |scope| Ok::<_, Fault>(RequireToken::new(&story.config.guard, Needed::all_of([scope])?));
    let cors = CorsLayer::new().allow_methods([Method::GET]).allow_headers([header::AUTHORIZATION]);
    // Outside of the guard, since the browser's question before the call brings no token.
    let cors = cors.allow_origin(HeaderValue::from_str(&story.places.spa)?);
    let router = Router::new()
        .route("/userinfo", get(userinfo).layer(guarded(PROFILE)?))
        .route("/messages", get(messages).layer(guarded(MAIL)?))
        .layer(cors);
    // Outside of CORS, so that this question is seen as well.
    Ok(captured(router, &story.config.traffic, Role::Resource))
}

async fn userinfo(access: Access) -> Response {
    told(&access, "name", json!(access.sub()))
}

async fn messages(access: Access) -> Response {
    told(&access, "messages", mails(access.sub()))
}

fn told(access: &Access, name: &str, value: Value) -> Response {
    let (sub, client_id, scope) = (access.sub(), access.client_id().as_str(), access.scopes().as_str());
    let body = json!({ "sub": sub, "client_id": client_id, "scope": scope, name: value });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn mails(subject: &str) -> Value {
    json!([
        { "from": "bob@example.com", "to": subject, "subject": "Lunch?", "text": "At noon, the usual place." },
        { "from": "carol@example.com", "to": subject, "subject": "The report", "text": "Is in the folder." },
    ])
}
