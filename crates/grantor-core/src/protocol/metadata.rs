//! The metadata document (RFC 8414 §2), made once from the configuration and never from a request.

use bytes::Bytes;
use serde::Serialize;

use super::{Endpoint, GrantType};
use crate::types::{AuthMethod, Issuer, Resource, Settings};

/// Where the endpoints are, relative to the mount. Change what you like: mounts and metadata follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The authorization endpoint, which the host mounts itself.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
    /// The revocation endpoint.
    pub revocation: String,
    /// The introspection endpoint.
    pub introspection: String,
}

impl Default for Paths {
    fn default() -> Self {
        let [authorize, token, revocation, introspection] = ["/authorize", "/token", "/revoke", "/introspect"].map(str::to_owned);
        Self { authorize, token, revocation, introspection }
    }
}

impl Paths {
    /// Where an endpoint is, of those behind the mount.
    pub(crate) fn of(&self, endpoint: Endpoint) -> &str {
        match endpoint {
            Endpoint::Token => &self.token,
            Endpoint::Revocation => &self.revocation,
            Endpoint::Introspection => &self.introspection,
            Endpoint::Metadata => "",
        }
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
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<&'a str>,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    protected_resources: Vec<&'a str>,
    code_challenge_methods_supported: [&'a str; 1],
    authorization_response_iss_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    prompt_values_supported: [&'a str; 4],
}

/// The document of a server whose endpoints stand behind `prefix` on the issuer's origin.
pub(crate) fn document(settings: &Settings, prefix: &str, paths: &Paths) -> Bytes {
    let issuer = settings.issuer();
    let url = |path: &str| format!("{}{prefix}{path}", issuer.origin());
    let methods = |methods: &[AuthMethod]| methods.iter().map(|method| method.as_str()).collect::<Vec<_>>();
    let (secret, any) = ([AuthMethod::Basic, AuthMethod::Post], [AuthMethod::None, AuthMethod::Basic, AuthMethod::Post]);
    let document = Document {
        issuer: issuer.as_str(),
        authorization_endpoint: url(&paths.authorize),
        token_endpoint: url(&paths.token),
        scopes_supported: settings.scopes().map(|scope| scope.as_str()).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: GrantType::ALL.map(GrantType::as_str).to_vec(),
        token_endpoint_auth_methods_supported: methods(&any),
        revocation_endpoint: url(&paths.revocation),
        revocation_endpoint_auth_methods_supported: methods(&any),
        introspection_endpoint: url(&paths.introspection),
        introspection_endpoint_auth_methods_supported: methods(&secret),
        protected_resources: settings.resources().map(Resource::as_str).collect(),
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        prompt_values_supported: ["none", "login", "consent", "select_account"],
    };
    serde_json::to_vec(&document).unwrap_or_default().into()
}
