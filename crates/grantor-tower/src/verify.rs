use grantor_core::{Access, AuthorizationServer, Call, Needed, Payload, Reply};
use http::HeaderMap;

use crate::call::headers;

/// Checks the access token of a request to an API of this process; see [`AuthorizationServer::verify`].
///
/// # Errors
/// The finished challenge (RFC 6750 §3).
pub async fn verify(server: &AuthorizationServer, map: &HeaderMap, needed: &Needed) -> Result<Access, Reply> {
    let headers = headers(map);
    let call = Call { method: "", query: None, headers: &headers, body: Payload::Whole(&[]), peer: None };
    server.verify(call, needed).await
}
