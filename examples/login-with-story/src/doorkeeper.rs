//! Who checks a token for the resource server: the library's `verify`, or whatever stands in for it.

use async_trait::async_trait;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use grantor::AuthorizationServer;
use grantor::Needed;

/// What a good token says.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The person.
    pub subject: String,
    /// The client that the person let in.
    pub client_id: String,
    /// The scopes, separated by spaces.
    pub scope: String,
}

/// Checks the bearer token of a request.
#[async_trait]
pub trait Doorkeeper: Send + Sync {
    /// What the token says, if it is good and has this scope.
    ///
    /// # Errors
    /// The finished refusal (RFC 6750 §3).
    async fn check(&self, headers: &HeaderMap, scope: &str) -> Result<Bearer, Response>;
}

/// The authorization server of the same process.
#[async_trait]
impl Doorkeeper for AuthorizationServer {
    async fn check(&self, headers: &HeaderMap, scope: &str) -> Result<Bearer, Response> {
        let needed = Needed::scopes([scope]).unwrap_or_default();
        let access = grantor::tower::verify(self, headers, &needed).await.map_err(IntoResponse::into_response)?;
        Ok(Bearer {
            subject: access.subject().as_str().to_owned(),
            client_id: access.client_id().as_str().to_owned(),
            scope: access.scopes().as_str().to_owned(),
        })
    }
}
