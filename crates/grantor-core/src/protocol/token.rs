//! The token request (RFC 6749 §4.1.3, §6): which grant type, and its parameters, typed.

use super::{
    Call, ErrorCode, Payload, Reason,
    authorize::read_resources,
    params::{ParamFault, Params},
};
use crate::types::{Client, Resource, ScopeSet, SecretText, Settings};

/// The parameters that are read; all others are ignored (RFC 6749 §3.2).
const NAMES: &[&str] = &[
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// The grant types that the token endpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
}

/// A typed token request of a client that may make it.
#[derive(Debug)]
pub enum TokenRequest {
    /// A code and its proof.
    AuthorizationCode {
        /// The code.
        code: SecretText,
        /// The redirect URI, if the client says it again.
        redirect_uri: Option<String>,
        /// The PKCE verifier.
        verifier: Option<SecretText>,
        /// The resources the access token is for; none means all that were granted.
        resources: Vec<Resource>,
    },
    /// A refresh token.
    RefreshToken {
        /// The token.
        token: SecretText,
        /// Fewer scopes than were granted, perhaps.
        scopes: Option<ScopeSet>,
        /// The resources the access token is for; none means all that were granted.
        resources: Vec<Resource>,
    },
}

/// Why the request was refused.
pub(crate) type Fault = (ErrorCode, Reason);

fn invalid_request(reason: Reason) -> Fault {
    (ErrorCode::InvalidRequest, reason)
}

/// Media type, size and form of a body: what every endpoint of this kind reads first.
pub(crate) fn read_form<'a>(call: &Call<'a>) -> Result<Params<'a>, Fault> {
    let body = match call.body {
        Payload::TooLarge => return Err(invalid_request(Reason::TooLarge)),
        Payload::Broken => return Err(invalid_request(Reason::BodyBroken)),
        Payload::Whole(_) if !call.has_form() => return Err(invalid_request(Reason::MediaType)),
        Payload::Whole(body) => body,
    };
    let in_query = Params::parse(&[call.query.unwrap_or_default().as_bytes()], NAMES);
    if !in_query.is_ok_and(|params| params.is_empty()) {
        return Err(invalid_request(Reason::QueryParameter));
    }
    let params = Params::parse(&[body], NAMES).map_err(|_| invalid_request(Reason::ParameterCount))?;
    match params.fault_beside(&[]) {
        Some(fault) => Err(invalid_request(fault.reason())),
        None => Ok(params),
    }
}

impl GrantType {
    /// The grant types in the order the metadata lists them.
    pub(crate) const ALL: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The grant type as the wire spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }

    /// The grant type a request names.
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, Fault> {
        let named = params.get("grant_type").map_err(|fault| invalid_request(fault.reason()))?;
        let named = named.ok_or(invalid_request(Reason::GrantTypeMissing))?;
        let known = Self::ALL.into_iter().find(|grant_type| grant_type.as_str() == named);
        known.ok_or((ErrorCode::UnsupportedGrantType, Reason::GrantTypeUnknown))
    }

    fn allowed_to(self, client: &Client) -> bool {
        match self {
            Self::AuthorizationCode => client.uses_authorization_code(),
            Self::RefreshToken => client.uses_refresh_token(),
        }
    }
}

impl TokenRequest {
    /// The request of an authenticated client, once its grant type is known.
    pub(crate) fn read(grant_type: GrantType, params: &Params<'_>, client: &Client, settings: &Settings) -> Result<Self, Fault> {
        if !grant_type.allowed_to(client) {
            return Err((ErrorCode::UnauthorizedClient, Reason::ClientGrantType));
        }
        let text = |name| params.get(name).map_err(|fault: ParamFault| invalid_request(fault.reason()));
        let secret = |name| Ok::<_, Fault>(text(name)?.map(|text| SecretText::new(text.to_owned())));
        let missing = invalid_request(Reason::ParameterMissing);
        let resources = || match settings.default_resource() {
            Some(_) => read_resources(params).map_err(|reason| (ErrorCode::InvalidTarget, reason)),
            None => Ok(Vec::new()),
        };
        match grant_type {
            GrantType::AuthorizationCode => Ok(Self::AuthorizationCode {
                code: secret("code")?.ok_or(missing)?,
                redirect_uri: text("redirect_uri")?.map(str::to_owned),
                verifier: secret("code_verifier")?,
                resources: resources()?,
            }),
            GrantType::RefreshToken => Ok(Self::RefreshToken {
                token: secret("refresh_token")?.ok_or(missing)?,
                scopes: match text("scope")? {
                    None => None,
                    Some(text) => Some(ScopeSet::parse(text).map_err(|_| (ErrorCode::InvalidScope, Reason::ScopeMalformed))?),
                },
                resources: resources()?,
            }),
        }
    }
}
