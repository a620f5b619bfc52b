use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

use super::{ClientId, ClientSecret, InvalidRedirectUri, RedirectKind, RedirectUri, Resource, Scope, ScopeSet};

/// A registered client (RFC 6749 §2). Immutable and cheap to clone; a change is a new `Client` in the store.
#[derive(Clone)]
pub struct Client(Arc<Registration>);

#[derive(Clone)]
pub(super) struct Registration {
    id: ClientId,
    name: Option<Box<str>>,
    logo_uri: Option<Box<str>>,
    redirect_uris: Vec<RedirectUri>,
    auth_methods: Vec<AuthMethod>,
    secrets: Vec<ClientSecret>,
    scopes: Allowed<ScopeSet>,
    resources: Allowed<Vec<Resource>>,
    /// What it may do for itself; nothing here means that it may not use the `client_credentials` grant.
    own_scopes: Option<ScopeSet>,
    access_lifetime: Option<Duration>,
    not_before: Option<OffsetDateTime>,
    is: Traits,
}

/// The yes-or-no properties of a client.
#[derive(Clone, Copy)]
struct Traits {
    authorization_code: bool,
    refresh_token: bool,
    trusted: bool,
    enabled: bool,
    native: bool,
    skips_consent: bool,
    requires_state: bool,
    exact_localhost_port: bool,
    introspects: bool,
}

/// How a client authenticates at the token endpoint (`token_endpoint_auth_method`, RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// `none`: a public client, which names itself and proves nothing.
    None,
    /// `client_secret_basic`: HTTP Basic with form-encoded halves (RFC 6749 §2.3.1).
    Basic,
    /// `client_secret_post`: id and secret in the form body.
    Post,
}

impl AuthMethod {
    /// The registered name of the method.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
        }
    }
}

/// All of what the server has, or only some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed<T> {
    /// Whatever the server knows.
    All,
    /// Only these.
    Only(T),
}

impl Client {
    /// Begins a public client (RFC 6749 §2.1): an app or a page that can keep no secret.
    #[must_use]
    pub fn public(id: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(id.into(), vec![AuthMethod::None], Vec::new())
    }

    /// Begins a confidential client, which authenticates by Basic or in the body unless `auth_methods` says otherwise.
    #[must_use]
    pub fn confidential(id: impl Into<String>, secret: ClientSecret) -> ClientBuilder {
        ClientBuilder::new(id.into(), vec![AuthMethod::Basic, AuthMethod::Post], vec![secret])
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        &self.0.id
    }

    /// The name to show to people, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Where its logo is, if it has one.
    #[must_use]
    pub fn logo_uri(&self) -> Option<&str> {
        self.0.logo_uri.as_deref()
    }

    /// Its registered redirect URIs.
    #[must_use]
    pub fn redirect_uris(&self) -> &[RedirectUri] {
        &self.0.redirect_uris
    }

    /// Whether it can keep no secret.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.0.auth_methods.contains(&AuthMethod::None)
    }

    /// The methods it may authenticate with.
    #[must_use]
    pub fn auth_methods(&self) -> &[AuthMethod] {
        &self.0.auth_methods
    }

    /// What is kept of its secrets; any of them is good.
    #[must_use]
    pub fn secrets(&self) -> &[ClientSecret] {
        &self.0.secrets
    }

    /// The scopes it may ask for.
    #[must_use]
    pub fn scopes(&self) -> &Allowed<ScopeSet> {
        &self.0.scopes
    }

    /// The resources it may ask for.
    #[must_use]
    pub fn resources(&self) -> &Allowed<Vec<Resource>> {
        &self.0.resources
    }

    /// The access token lifetime it has instead of the server's.
    #[must_use]
    pub fn access_lifetime(&self) -> Option<Duration> {
        self.0.access_lifetime
    }

    /// Grants that began before this instant belong to an earlier client of the same name.
    #[must_use]
    pub fn not_before(&self) -> Option<OffsetDateTime> {
        self.0.not_before
    }

    /// Whether it may use the `authorization_code` grant.
    #[must_use]
    pub fn uses_authorization_code(&self) -> bool {
        self.0.is.authorization_code
    }

    /// Whether it gets refresh tokens and may use them.
    #[must_use]
    pub fn uses_refresh_token(&self) -> bool {
        self.0.is.refresh_token
    }

    /// The scopes it may use for itself, with the `client_credentials` grant (RFC 6749 §4.4); nothing if it may not use it.
    #[must_use]
    pub fn own_scopes(&self) -> Option<&ScopeSet> {
        self.0.own_scopes.as_ref()
    }

    /// Whether it is a resource server: it may introspect the access tokens of others (RFC 7662) that are for a resource it
    /// is allowed.
    #[must_use]
    pub fn introspects(&self) -> bool {
        self.0.is.introspects
    }

    /// Whether the host vouches for it. One that registered itself is not trusted (RFC 9700 §4.11.2).
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.0.is.trusted
    }

    /// Whether it may be used at all.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.0.is.enabled
    }

    /// Whether the host lets it go without a consent page even where its identity is not certain (RFC 8252 §8.6).
    #[must_use]
    pub fn may_skip_consent(&self) -> bool {
        self.0.is.skips_consent
    }

    /// Whether its authorization requests must have a `state`.
    #[must_use]
    pub fn requires_state(&self) -> bool {
        self.0.is.requires_state
    }

    /// Whether it may ask for the scope.
    #[must_use]
    pub fn allows_scope(&self, scope: &str) -> bool {
        match &self.0.scopes {
            Allowed::All => true,
            Allowed::Only(scopes) => scopes.contains(scope),
        }
    }

    /// Whether it may ask for all of these scopes.
    pub(crate) fn allows_scopes(&self, scopes: &ScopeSet) -> bool {
        match &self.0.scopes {
            Allowed::All => true,
            Allowed::Only(own) => own.covers(scopes),
        }
    }

    /// Whether it may ask for the resource.
    #[must_use]
    pub fn allows_resource(&self, resource: &Resource) -> bool {
        match &self.0.resources {
            Allowed::All => true,
            Allowed::Only(resources) => resources.contains(resource),
        }
    }

    /// The registered redirect URI that the sent one is (OAuth 2.1 §2.3.1).
    #[must_use]
    pub fn redirect_uri(&self, sent: &str) -> Option<&RedirectUri> {
        self.redirect_uris().iter().find(|uri| uri.matches(sent, self.localhost_any_port()))
    }

    /// The redirect URI of a request that names none: the only one, if its port is fixed.
    #[must_use]
    pub fn sole_redirect_uri(&self) -> Option<&RedirectUri> {
        match self.redirect_uris() {
            [only] if only.is_fixed(self.localhost_any_port()) => Some(only),
            _ => None,
        }
    }

    fn localhost_any_port(&self) -> bool {
        !self.0.is.exact_localhost_port && (self.0.is.native || self.is_public())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.0.id).field("redirect_uris", &self.0.redirect_uris).finish_non_exhaustive()
    }
}

mod builder;
mod stored;

pub use builder::{ClientBuilder, ClientError, ClientFault};
pub use stored::InvalidClient;
