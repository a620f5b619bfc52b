//! The authorization request (RFC 6749 §4.1.1, OAuth 2.1 §4.1.1): parameters and client in, a checked request or an
//! error out that knows where it may go.
//!
//! The order of checks is part of the promise: nothing is redirected before client and redirect URI were proven, and no
//! fault of another parameter hides one of these two.

mod request;

pub use request::AuthorizationRequest;
pub(crate) use request::{read_resources, resources_of};

use std::fmt;

use super::{
    CodeChallenge, ErrorCode, Reason,
    params::{Name, Names, Params},
};
use crate::types::{Client, FORM, Issuer, Resource, ScopeSet, Text};

/// The parameters that are read; all others are ignored (RFC 6749 §3.1).
pub(crate) const NAMES: Names = Names::of(&[
    Name::ClientId,
    Name::RedirectUri,
    Name::ResponseType,
    Name::ResponseMode,
    Name::Scope,
    Name::State,
    Name::Nonce,
    Name::CodeChallenge,
    Name::CodeChallengeMethod,
    Name::Resource,
    Name::Prompt,
    Name::MaxAge,
    Name::LoginHint,
    Name::IdTokenHint,
    Name::Display,
    Name::UiLocales,
    Name::ClaimsLocales,
    Name::AcrValues,
    Name::Request,
    Name::RequestUri,
    Name::Registration,
]);

/// What was asked for, in the form that is kept with the grant. Only a validated request makes one.
#[derive(Clone)]
pub struct Asked {
    pub(crate) redirect_uri: Text,
    pub(crate) state: Option<Text>,
    pub(crate) scopes: ScopeSet,
    pub(crate) resources: Vec<Resource>,
    pub(crate) challenge: CodeChallenge,
    pub(crate) nonce: Option<Text>,
    pub(crate) prompt: Prompt,
    pub(crate) max_age: Option<u32>,
}

impl Asked {
    /// The redirect URI of the request: the one that was sent, or the only one there is.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The scopes that were asked for.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The resources that were asked for, or the server's default.
    #[must_use]
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Where the answer goes.
    pub(crate) fn target(&self, issuer: &Issuer) -> Target {
        Target { redirect_uri: self.redirect_uri.clone(), state: self.state.clone(), issuer: issuer.encoded().clone() }
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("scopes", &self.scopes).field("resources", &self.resources).finish_non_exhaustive()
    }
}

/// `prompt` (OpenID Connect Core §3.1.2.1) as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prompt {
    pub(crate) none: bool,
    pub(crate) login: bool,
    pub(crate) consent: bool,
    pub(crate) select_account: bool,
}

impl Prompt {
    fn parse(text: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in text.split(' ') {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => return None,
            }
        }
        let alone = !(prompt.login || prompt.consent || prompt.select_account);
        (!prompt.none || alone).then_some(prompt)
    }
}

/// What the client would like the login page to know (OpenID Connect Core §3.1.2.1). A stranger's text: show it escaped,
/// believe none of it, log none of it.
#[derive(Clone, Default)]
pub struct Hints {
    pub(crate) login_hint: Option<String>,
    pub(crate) display: Option<String>,
    pub(crate) ui_locales: Option<String>,
    pub(crate) acr_values: Option<String>,
}

impl Hints {
    /// Whom the client expects to log in.
    #[must_use]
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// How the client would like pages to be shown.
    #[must_use]
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// The languages the client prefers for pages.
    #[must_use]
    pub fn ui_locales(&self) -> Option<&str> {
        self.ui_locales.as_deref()
    }

    /// The authentication context classes the client would like.
    #[must_use]
    pub fn acr_values(&self) -> Option<&str> {
        self.acr_values.as_deref()
    }
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// A proven place for an answer: a registered redirect URI, the request's `state`, and our `iss`.
///
/// There is no way to make one but from a request whose client and redirect URI were checked:
///
/// ```compile_fail
/// let forged = grantor_core::protocol::Target { redirect_uri: "https://evil.test".into(), state: None, issuer: "".into() };
/// ```
#[derive(Clone)]
pub struct Target {
    redirect_uri: Text,
    state: Option<Text>,
    /// Ours, encoded.
    issuer: Text,
}

impl Target {
    /// The redirect URI with the answer appended, its own query kept as it is (RFC 6749 §4.1.2, RFC 9207 §2).
    pub(crate) fn location(&self, answer: &[(&str, &str)]) -> String {
        let state = self.state.iter().map(|state| ("state", &**state));
        let pairs = || answer.iter().copied().chain(state.clone());
        // Codes and most states have nothing to escape: then it fits.
        let length: usize = pairs().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut location = String::with_capacity(self.redirect_uri.len() + length + "&iss=".len() + self.issuer.len());
        location.push_str(&self.redirect_uri);
        location.push_str(match self.redirect_uri.contains('?') {
            true if self.redirect_uri.ends_with(['?', '&']) => "",
            true => "&",
            false => "?",
        });
        for (name, value) in pairs() {
            location.extend([name, "="]);
            location.extend(percent_encoding::utf8_percent_encode(value, FORM));
            location.push('&');
        }
        location.extend(["iss=", &*self.issuer]);
        location
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// A refused authorization request, by where its answer may go (RFC 6749 §4.1.2.1).
#[derive(Debug, Clone)]
pub enum AuthorizeError {
    /// Client or redirect URI are not proven: a page, and no redirect of any kind.
    Page(PageError),
    /// Both are proven, and the host trusts the client: an automatic redirect.
    Redirect(RedirectError),
    /// Both are proven, but nobody vouches for the client: a page with a link (RFC 9700 §4.11.2).
    RedirectAfterLogin(RedirectError),
}

impl AuthorizeError {
    /// An error for a client that is proven, as is the place: told by a redirect, unless nobody vouches for the client and
    /// a person is there to see a page.
    fn to_client(client: &Client, quiet: bool, target: Target, code: ErrorCode, reason: Reason) -> Self {
        let error = RedirectError { target, code, reason };
        if client.is_trusted() || quiet { Self::Redirect(error) } else { Self::RedirectAfterLogin(error) }
    }
}

/// An error that is shown to the person.
#[derive(Debug, Clone, Copy)]
pub struct PageError {
    pub(crate) code: ErrorCode,
    pub(crate) reason: Reason,
}

/// An error that is told to the client.
#[derive(Debug, Clone)]
pub struct RedirectError {
    pub(crate) target: Target,
    pub(crate) code: ErrorCode,
    pub(crate) reason: Reason,
}

/// The client a request names, before anything was looked up.
pub(crate) fn client_id<'p>(params: &'p Params<'_>) -> Result<&'p str, PageError> {
    let page = |code, reason| PageError { code, reason };
    match params.get(Name::ClientId) {
        Ok(Some(id)) => Ok(id),
        Ok(None) => Err(page(ErrorCode::InvalidRequest, Reason::ClientIdMissing)),
        Err(fault) => Err(page(ErrorCode::InvalidRequest, fault.reason())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_nothing_to_escape_is_written_without_growing() {
        let (redirect_uri, state) = ("https://app.example/cb".into(), Some("mPbL".into()));
        let target = Target { redirect_uri, state, issuer: "https%3A%2F%2Fid".into() };
        let location = target.location(&[("code", "gr_c_x"), ("error", "")]);
        assert_eq!(location, "https://app.example/cb?code=gr_c_x&error=&state=mPbL&iss=https%3A%2F%2Fid");
        assert_eq!(location.capacity(), location.len());
    }

    /// TH-07, TH-08
    #[test]
    fn where_an_answer_goes_is_not_printed() {
        let target = Target { redirect_uri: "https://app.example/cb".into(), state: Some("state".into()), issuer: "".into() };
        let error = RedirectError { target, code: ErrorCode::InvalidScope, reason: Reason::ScopeUnknown };
        let printed = format!("{:?}", AuthorizeError::Redirect(error));
        assert!(printed.contains("InvalidScope") && printed.contains("[REDACTED]"), "{printed}");
        assert!(!printed.contains("app.example") && !printed.contains("state"), "{printed}");
    }
}
