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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{grant::fixture::House, types::ClientSecret};

    fn client() -> Client {
        let client = Client::confidential("bot", ClientSecret::sha256_of("secret")).redirect_uri("https://bot.example/cb");
        client.refresh_tokens().client_credentials(["mail"]).build().unwrap()
    }

    /// The fault of a form, or the grant type that it was read as.
    fn read(form: &str) -> Result<GrantType, Fault> {
        let (house, parts) = (House::new(), [form.as_bytes()]);
        let params = Params::parse(&parts, NAMES).unwrap();
        let grant_type = GrantType::read(&params)?;
        let request = TokenRequest::read(grant_type, &params, &client(), house.settings())?;
        assert_eq!(format!("{request:?}"), "[REDACTED]");
        Ok(match request {
            TokenRequest::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            TokenRequest::RefreshToken { .. } => GrantType::RefreshToken,
            TokenRequest::ClientCredentials { .. } => GrantType::ClientCredentials,
        })
    }

    /// TK-05, TK-08, PK-23
    #[test]
    fn a_parameter_that_is_sent_twice_or_broken_is_refused_wherever_it_is_read() {
        let grant_types = [
            (GrantType::AuthorizationCode, "code=a", &["grant_type", "code", "redirect_uri", "code_verifier"][..]),
            (GrantType::RefreshToken, "refresh_token=a", &["grant_type", "refresh_token", "scope"]),
            (GrantType::ClientCredentials, "scope=mail", &["grant_type", "scope"]),
        ];
        for (grant_type, own, names) in grant_types {
            let good = format!("grant_type={}&{own}", grant_type.as_str());
            assert_eq!(read(&good), Ok(grant_type));
            for name in names {
                let twice = format!("{good}&{name}=mail&{name}=mail");
                assert_eq!(read(&twice), Err(invalid_request(Reason::Repeated)), "{twice}");
                let kept: Vec<_> = good.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
                let broken = format!("{}&{name}=%", kept.join("&"));
                assert_eq!(read(&broken), Err(invalid_request(Reason::Malformed)), "{broken}");
            }
            for (resource, reason) in [("%", Reason::Malformed), ("/api", Reason::ResourceMalformed)] {
                let fault = (ErrorCode::InvalidTarget, reason);
                assert_eq!(read(&format!("{good}&resource={resource}")), Err(fault), "{grant_type:?} {resource}");
            }
        }
    }

    /// CC-03
    #[test]
    fn of_a_scope_that_is_not_given_it_is_told_whether_there_is_such_a_scope() {
        for (scope, reason) in [("profile", Reason::ScopeNotAllowed), ("mail+nothing", Reason::ScopeUnknown)] {
            let fault = (ErrorCode::InvalidScope, reason);
            assert_eq!(read(&format!("grant_type=client_credentials&scope={scope}")), Err(fault), "{scope}");
        }
    }

    /// TK-07, TK-10
    #[test]
    fn what_a_grant_type_needs_is_missed_also_where_it_is_empty() {
        for form in ["grant_type=authorization_code", "grant_type=refresh_token", "grant_type=refresh_token&refresh_token="] {
            assert_eq!(read(form), Err(invalid_request(Reason::ParameterMissing)), "{form}");
        }
        for form in ["", "grant_type=", "code=a"] {
            assert_eq!(read(form), Err(invalid_request(Reason::GrantTypeMissing)), "{form}");
        }
    }
}
