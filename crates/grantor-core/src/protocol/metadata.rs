//! The metadata document (RFC 8414 §2), made once from the configuration and never from a request.

use bytes::Bytes;
use serde::Serialize;

use super::GrantType;
use crate::types::{AuthMethod, Issuer, Settings};

/// Where the endpoints are, relative to the mount. Change what you like: mounts and metadata follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The authorization endpoint, which the host mounts itself.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self { authorize: "/authorize".to_owned(), token: "/token".to_owned() }
    }
}

/// Where the document is: inserted before the issuer's path (RFC 8414 §3.1), and for an issuer with a path appended too.
pub(crate) fn well_known(issuer: &Issuer) -> Vec<String> {
    const NAME: &str = "/.well-known/oauth-authorization-server";
    match issuer.path() {
        "" => vec![NAME.to_owned()],
        path => vec![format!("{NAME}{path}"), format!("{path}{NAME}")],
    }
}

#[derive(Serialize)]
struct Document<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    response_types_supported: [&'a str; 1],
    response_modes_supported: [&'a str; 1],
    grant_types_supported: Vec<&'a str>,
    token_endpoint_auth_methods_supported: Vec<&'a str>,
    code_challenge_methods_supported: [&'a str; 1],
    authorization_response_iss_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    prompt_values_supported: [&'a str; 4],
}

/// The document of a server whose endpoints stand at `authorize` and `token` on the issuer's origin.
pub(crate) fn document(settings: &Settings, authorize: &str, token: &str) -> Bytes {
    let issuer = settings.issuer();
    let url = |path: &str| format!("{}{path}", issuer.origin());
    let document = Document {
        issuer: issuer.as_str(),
        authorization_endpoint: url(authorize),
        token_endpoint: url(token),
        scopes_supported: settings.scopes().map(|scope| scope.as_str()).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: GrantType::ALL.map(GrantType::as_str).to_vec(),
        token_endpoint_auth_methods_supported: [AuthMethod::None, AuthMethod::Basic, AuthMethod::Post]
            .map(AuthMethod::as_str)
            .to_vec(),
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        prompt_values_supported: ["none", "login", "consent", "select_account"],
    };
    serde_json::to_vec(&document).unwrap_or_default().into()
}
