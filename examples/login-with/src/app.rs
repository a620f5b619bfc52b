//! What every handler gets: the state, the visitor, and how a page becomes an answer of axum.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use grantor::AuthorizationServer;
use login_with_host::{Host, Page, Visitor};

/// The state of the service.
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Host>);

/// Who sent the request.
pub(crate) struct Sender(pub(crate) Visitor);

/// A page of the host.
pub(crate) struct Shown(pub(crate) Page);

/// This is all that the extractor `Authorize` wants of a host.
impl FromRef<App> for AuthorizationServer {
    fn from_ref(App(host): &App) -> Self {
        host.server().clone()
    }
}

impl FromRequestParts<App> for Sender {
    type Rejection = Shown;

    async fn from_request_parts(parts: &mut Parts, App(host): &App) -> Result<Self, Shown> {
        host.visitor(|name| parts.headers.get(name)?.to_str().ok()).await.map(Self).map_err(Shown)
    }
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        let Page { status, headers, body } = self.0;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(body.into()).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}
