use super::*;
use crate::types::ACCESS_LIFETIMES;

/// Collects a client's registration; [`build`](Self::build) tells every fault at once.
#[derive(Clone)]
pub struct ClientBuilder {
    id: String,
    redirect_uris: Vec<String>,
    scopes: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    own_scopes: Option<Vec<String>>,
    scheme_without_period: bool,
    rest: Registration,
}

/// A registration that was refused, with all its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientError {
    client: String,
    faults: Vec<ClientFault>,
}

/// One fault of a registration, with its fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientFault {
    /// The identifier leaves its grammar.
    #[error(transparent)]
    Id(#[from] super::super::InvalidClientId),
    /// A redirect URI that can never be a target.
    #[error("redirect URI {0:?}: {1}")]
    RedirectUri(String, InvalidRedirectUri),
    /// A private-use scheme without a period.
    #[error(
        "redirect URI {0:?}: a private-use scheme is a reversed domain name such as com.example.app (RFC 8252 section 7.1); allow_scheme_without_period() accepts it"
    )]
    SchemeWithoutPeriod(String),
    /// A loopback URI of a client that is neither public nor native.
    #[error("redirect URI {0:?}: loopback is for public and native clients (RFC 8252 section 8.4); native() accepts it")]
    LoopbackOfWebClient(String),
    /// No redirect URI, and yet the code grant.
    #[error(
        "a client of the authorization code grant needs a redirect URI (OAuth 2.1 section 2.3.1); add redirect_uri(..) or without_authorization_code()"
    )]
    NoRedirectUri,
    /// Something in the list is no scope.
    #[error("{0:?} is not a scope: {1}")]
    Scope(String, super::super::InvalidScope),
    /// Something in the list is no resource.
    #[error("{0:?} is not a resource: {1}")]
    Resource(String, super::super::InvalidResource),
    /// `none` for a confidential client, or a secret's method for a public one, or no method at all.
    #[error(
        "auth_methods do not fit: a public client has none, a confidential one client_secret_basic, client_secret_post or both"
    )]
    AuthMethods,
    /// A public client that acts for itself, or that introspects: it can prove nothing.
    #[error(
        "a public client cannot act for itself or introspect tokens (RFC 6749 section 4.4, RFC 7662 section 2.1); give it a secret"
    )]
    PublicForItself,
    /// `openid` for a client that acts for itself.
    #[error("openid is about a person; a client that acts for itself has none (OpenID Connect Core section 3)")]
    OwnOpenid,
    /// An access token lifetime out of its bounds.
    #[error("an access token lives from a second to 30 days")]
    AccessLifetime,
}

impl ClientBuilder {
    pub(super) fn new(id: String, auth_methods: Vec<AuthMethod>, secrets: Vec<ClientSecret>) -> Self {
        let rest = Registration {
            id: ClientId::placeholder(),
            name: None,
            logo_uri: None,
            redirect_uris: Vec::new(),
            auth_methods,
            secrets,
            scopes: Allowed::All,
            resources: Allowed::All,
            own_scopes: None,
            access_lifetime: None,
            not_before: None,
            is: Traits {
                authorization_code: true,
                refresh_token: false,
                trusted: true,
                enabled: true,
                native: false,
                skips_consent: false,
                requires_state: false,
                exact_localhost_port: false,
                introspects: false,
            },
        };
        Self {
            id,
            redirect_uris: Vec::new(),
            scopes: None,
            resources: None,
            own_scopes: None,
            scheme_without_period: false,
            rest,
        }
    }

    /// The name to show to people.
    #[must_use]
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.rest.name = Some(name.into());
        self
    }

    /// Where its logo is. The library never fetches it.
    #[must_use]
    pub fn logo_uri(mut self, uri: impl Into<Box<str>>) -> Self {
        self.rest.logo_uri = Some(uri.into());
        self
    }

    /// One more redirect URI, matched octet for octet.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// The scopes it may ask for; without this call, all that the server knows.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// The resources it may ask for; without this call, all that the server knows.
    #[must_use]
    pub fn resources<S: Into<String>>(mut self, resources: impl IntoIterator<Item = S>) -> Self {
        self.resources = Some(resources.into_iter().map(Into::into).collect());
        self
    }

    /// Exactly these methods authenticate it.
    #[must_use]
    pub fn auth_methods(mut self, methods: impl IntoIterator<Item = AuthMethod>) -> Self {
        self.rest.auth_methods = methods.into_iter().collect();
        self
    }

    /// One more secret that is good as well, so that a client can change its secret without an outage. Each slow hash is
    /// checked in its turn, so keep two of them only while the change lasts.
    #[must_use]
    pub fn also_secret(mut self, secret: ClientSecret) -> Self {
        self.rest.secrets.push(secret);
        self
    }

    /// It gets refresh tokens: the `refresh_token` grant type.
    #[must_use]
    pub fn refresh_tokens(mut self) -> Self {
        self.rest.is.refresh_token = true;
        self
    }

    /// It may not use the `authorization_code` grant.
    #[must_use]
    pub fn without_authorization_code(mut self) -> Self {
        self.rest.is.authorization_code = false;
        self
    }

    /// It may act for itself with exactly these scopes: the `client_credentials` grant type (RFC 6749 §4.4). What it may ask
    /// persons for counts nothing here, and an empty list allows nothing.
    #[must_use]
    pub fn client_credentials<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.own_scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// It is a resource server: it may introspect the access tokens of others (RFC 7662 §2.1), as far as they are for one
    /// of its [`resources`](Self::resources). Its own tokens it may introspect without this. Tokens without audience it sees
    /// where the server has no resources, or it stands for none of them.
    #[must_use]
    pub fn introspects(mut self) -> Self {
        self.rest.is.introspects = true;
        self
    }

    /// It is installed on a person's device (RFC 8252): loopback redirects are its own.
    #[must_use]
    pub fn native(mut self) -> Self {
        self.rest.is.native = true;
        self
    }

    /// The host does not vouch for it: no automatic redirect of a stranger (RFC 9700 §4.11.2).
    #[must_use]
    pub fn untrusted(mut self) -> Self {
        self.rest.is.trusted = false;
        self
    }

    /// The host may approve without asking even where the client's identity is not certain (RFC 8252 §8.6).
    #[must_use]
    pub fn may_skip_consent(mut self) -> Self {
        self.rest.is.skips_consent = true;
        self
    }

    /// Its authorization requests must have a `state`.
    #[must_use]
    pub fn require_state(mut self) -> Self {
        self.rest.is.requires_state = true;
        self
    }

    /// The port of its `localhost` redirect URIs is compared as well.
    #[must_use]
    pub fn exact_localhost_port(mut self) -> Self {
        self.rest.is.exact_localhost_port = true;
        self
    }

    /// Private-use schemes such as `myapp` are accepted, though nothing tells whose they are.
    #[must_use]
    pub fn allow_scheme_without_period(mut self) -> Self {
        self.scheme_without_period = true;
        self
    }

    /// It is known, and refused like one that is not.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.rest.is.enabled = false;
        self
    }

    /// Its access tokens live this long instead of the server's default.
    #[must_use]
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.rest.access_lifetime = Some(lifetime);
        self
    }

    /// Grants that began before this instant are not its own.
    #[must_use]
    pub fn not_before(mut self, instant: OffsetDateTime) -> Self {
        self.rest.not_before = Some(instant);
        self
    }

    /// Checks everything and makes the client.
    ///
    /// # Errors
    /// [`ClientError`] with every [`ClientFault`] that was found.
    pub fn build(mut self) -> Result<Client, ClientError> {
        let mut faults = Vec::new();
        match ClientId::parse(&self.id) {
            Ok(id) => self.rest.id = id,
            Err(fault) => faults.push(fault.into()),
        }
        let public = self.rest.secrets.is_empty();
        let fits = |method: &AuthMethod| (*method == AuthMethod::None) == public;
        if self.rest.auth_methods.is_empty() || !self.rest.auth_methods.iter().all(fits) {
            faults.push(ClientFault::AuthMethods);
        }
        for text in &self.redirect_uris {
            match RedirectUri::parse(text) {
                Err(why) => faults.push(ClientFault::RedirectUri(text.clone(), why)),
                Ok(uri) => match uri.kind() {
                    RedirectKind::PrivateUse { period: false } if !self.scheme_without_period => {
                        faults.push(ClientFault::SchemeWithoutPeriod(text.clone()));
                    }
                    RedirectKind::Loopback if !public && !self.rest.is.native => {
                        faults.push(ClientFault::LoopbackOfWebClient(text.clone()));
                    }
                    _ => self.rest.redirect_uris.push(uri),
                },
            }
        }
        if self.rest.is.authorization_code && self.redirect_uris.is_empty() {
            faults.push(ClientFault::NoRedirectUri);
        }
        if let Some(scopes) = self.scopes {
            let own = read(scopes, Scope::parse, ClientFault::Scope, &mut faults);
            self.rest.scopes = Allowed::Only(own.iter().collect());
        }
        if let Some(resources) = self.resources {
            self.rest.resources = Allowed::Only(read(resources, Resource::parse, ClientFault::Resource, &mut faults));
        }
        if let Some(scopes) = self.own_scopes {
            let own = read(scopes, Scope::parse, ClientFault::Scope, &mut faults);
            self.rest.own_scopes = Some(own.iter().collect());
        }
        if public && (self.rest.own_scopes.is_some() || self.rest.is.introspects) {
            faults.push(ClientFault::PublicForItself);
        }
        if self.rest.own_scopes.as_ref().is_some_and(|scopes| scopes.contains("openid")) {
            faults.push(ClientFault::OwnOpenid);
        }
        if self.rest.access_lifetime.is_some_and(|lifetime| !ACCESS_LIFETIMES.contains(&lifetime)) {
            faults.push(ClientFault::AccessLifetime);
        }
        if faults.is_empty() { Ok(Client(Arc::new(self.rest))) } else { Err(ClientError { client: self.id, faults }) }
    }
}

/// Reads a list, and keeps a fault for each text that is none of it.
fn read<T, E>(
    texts: Vec<String>,
    parse: impl Fn(&str) -> Result<T, E>,
    fault: impl Fn(String, E) -> ClientFault,
    faults: &mut Vec<ClientFault>,
) -> Vec<T> {
    let mut good = Vec::with_capacity(texts.len());
    for text in texts {
        match parse(&text) {
            Ok(value) => good.push(value),
            Err(why) => faults.push(fault(text, why)),
        }
    }
    good
}

impl ClientError {
    /// Every fault that was found.
    #[must_use]
    pub fn faults(&self) -> &[ClientFault] {
        &self.faults
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {:?} cannot be registered:", self.client)?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for ClientError {}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("id", &self.id).field("redirect_uris", &self.redirect_uris).finish_non_exhaustive()
    }
}
