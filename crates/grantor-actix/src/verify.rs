use actix_web::HttpRequest;
use grantor_core::{Access, AuthorizationServer, Call, Needed, Payload};

use crate::{Answer, call::headers};

/// Checks the access token of a request to an API of this process; see [`AuthorizationServer::verify`].
///
/// # Errors
/// The finished challenge (RFC 6750 §3).
pub async fn verify(server: &AuthorizationServer, request: &HttpRequest, needed: &Needed) -> Result<Access, Answer> {
    let headers = headers(request);
    let call = Call { method: request.method().as_str(), query: None, headers: &headers, body: Payload::Whole(&[]), peer: None };
    server.verify(call, needed).await.map_err(Answer)
}
