//! The token request (RFC 6749 §4.1.3, §4.4.2, §6): which grant type, and its parameters, typed.

use std::fmt;

use super::{
    ErrorCode, Reason,
    authorize::{read_resources, resources_of},
    form::{Fault, invalid_request},
    params::{Name, Names, ParamFault, Params},
};
use crate::types::{Client, Resource, ScopeSet, Settings};

/// The parameters that are read; all others are ignored (RFC 6749 §3.2).
pub(crate) const NAMES: Names = Names::of(&[
    Name::GrantType,
    Name::Code,
    Name::RedirectUri,
    Name::CodeVerifier,
    Name::RefreshToken,
    Name::Scope,
    Name::Resource,
    Name::ClientId,
    Name::ClientSecret,
    Name::ClientAssertion,
    Name::ClientAssertionType,
]);

/// The grant types that the token endpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
}

/// A typed token request of a client that may make it. It holds no copy of what it presents.
pub enum TokenRequest<'p> {
    /// A code and its proof.
    AuthorizationCode {
        /// The code.
        code: &'p str,
        /// The redirect URI, if the client says it again.
        redirect_uri: Option<&'p str>,
        /// The PKCE verifier.
        verifier: Option<&'p str>,
        /// The resources the access token is for; none means all that were granted.
        resources: Vec<Resource>,
    },
    /// A refresh token.
    RefreshToken {
        /// The token.
        token: &'p str,
        /// Fewer scopes than were granted, perhaps.
        scopes: Option<ScopeSet>,
        /// The resources the access token is for; none means all that were granted.
        resources: Vec<Resource>,
    },
    /// The client acts for itself.
    ClientCredentials {
        /// What it wants to do: some of what it may, all of it if it does not say.
        scopes: ScopeSet,
        /// The resources the access token is for.
        resources: Vec<Resource>,
    },
}

impl GrantType {
    /// The grant types in the order the metadata lists them.
    pub(crate) const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The grant type as the wire spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant type a request names.
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, Fault> {
        let named = params.get(Name::GrantType).map_err(|fault| invalid_request(fault.reason()))?;
        let named = named.ok_or(invalid_request(Reason::GrantTypeMissing))?;
        let known = Self::ALL.into_iter().find(|grant_type| grant_type.as_str() == named);
        known.ok_or((ErrorCode::UnsupportedGrantType, Reason::GrantTypeUnknown))
    }

    fn allowed_to(self, client: &Client) -> bool {
        match self {
            Self::AuthorizationCode => client.uses_authorization_code(),
            Self::RefreshToken => client.uses_refresh_token(),
            Self::ClientCredentials => client.own_scopes().is_some(),
        }
    }
}

impl<'p> TokenRequest<'p> {
    /// The request of an authenticated client, once its grant type is known.
    pub(crate) fn read(
        grant_type: GrantType,
        params: &'p Params<'_>,
        client: &Client,
        settings: &Settings,
    ) -> Result<Self, Fault> {
        if !grant_type.allowed_to(client) {
            return Err((ErrorCode::UnauthorizedClient, Reason::ClientGrantType));
        }
        let text = |name| params.get(name).map_err(|fault: ParamFault| invalid_request(fault.reason()));
        let missing = invalid_request(Reason::ParameterMissing);
        let resources = || match settings.default_resource() {
            Some(_) => read_resources(params).map_err(|reason| (ErrorCode::InvalidTarget, reason)),
            None => Ok(Vec::new()),
        };
        match grant_type {
            GrantType::AuthorizationCode => Ok(Self::AuthorizationCode {
                code: text(Name::Code)?.ok_or(missing)?,
                redirect_uri: text(Name::RedirectUri)?,
                verifier: text(Name::CodeVerifier)?,
                resources: resources()?,
            }),
            GrantType::RefreshToken => Ok(Self::RefreshToken {
                token: text(Name::RefreshToken)?.ok_or(missing)?,
                scopes: named_scopes(text(Name::Scope)?)?,
                resources: resources()?,
            }),
            GrantType::ClientCredentials => Ok(Self::ClientCredentials {
                scopes: own_scopes(named_scopes(text(Name::Scope)?)?, client, settings)?,
                resources: resources_of(params, client, settings)?,
            }),
        }
    }
}

impl fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

fn named_scopes(text: Option<&str>) -> Result<Option<ScopeSet>, Fault> {
    let read = |text| ScopeSet::parse(text).map_err(|_| (ErrorCode::InvalidScope, Reason::ScopeMalformed));
    text.map(read).transpose()
}

/// What a client may do for itself: what it asks for, within what it was given. Who was given nothing gets nothing.
fn own_scopes(named: Option<ScopeSet>, client: &Client, settings: &Settings) -> Result<ScopeSet, Fault> {
    let known = |scope: &str| settings.describe(scope).is_some();
    let fault = |reason| Err((ErrorCode::InvalidScope, reason));
    let own = client.own_scopes().unwrap_or(ScopeSet::none()).filter(known);
    match named {
        Some(named) if own.covers(&named) => Ok(named),
        Some(named) if named.iter().all(known) => fault(Reason::ScopeNotAllowed),
        Some(_) => fault(Reason::ScopeUnknown),
        None if own.is_empty() => fault(Reason::ScopeMissing),
        None => Ok(own),
    }
}
