use axum_core::extract::{FromRef, FromRequest, Request};
use grantor_core::{AUTHORIZE_BODY_LIMIT, AuthorizationServer, Pending, Reply};

use crate::call::Read;

/// Extracts a checked authorization request for the host's own handler, which decides it.
///
/// Mount the handler for every method at [`AuthorizationServer::authorize_path`]: HEAD and what is not allowed are answered
/// here, and no handler sees them. The state must hold the server ([`FromRef`]).
///
/// # Rejection
/// The finished answer to a request that cannot go on.
#[derive(Debug)]
pub struct Authorize(pub Pending);

impl<S> FromRequest<S> for Authorize
where
    S: Send + Sync,
    AuthorizationServer: FromRef<S>,
{
    type Rejection = Reply;

    async fn from_request(request: Request, state: &S) -> Result<Self, Reply> {
        let server = AuthorizationServer::from_ref(state);
        let read = Read::new(request, AUTHORIZE_BODY_LIMIT).await;
        let headers = read.headers();
        server.authorize(read.call(&headers)).await.map(Self)
    }
}
