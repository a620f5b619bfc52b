//! The stored form of a client: one JSON document with a version, under the names of RFC 7591 §2 where it has one.
//!
//! A later version reads all earlier ones. What is read passes through the builder, so that no client comes out of a store
//! that could not have been registered.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Allowed, AuthMethod, Client, ClientBuilder, ClientError};
use crate::types::{ClientSecret, Digest, RedirectKind, Resource};

const VERSION: u32 = 1;

const WITHOUT_PERIOD: RedirectKind = RedirectKind::PrivateUse { period: false };

/// The bytes are no client that this release reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidClient {
    /// They are damaged, or of a version that is not known here.
    #[error("these bytes are not a stored client of a known version")]
    Form,
    /// They can be read, and nobody could register such a client.
    #[error(transparent)]
    Registration(#[from] ClientError),
}

/// A field that is not known here may restrict the client, so that no reader may pass it over.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredClient {
    version: u32,
    client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    logo_uri: Option<String>,
    redirect_uris: Vec<String>,
    grant_types: Vec<GrantType>,
    token_endpoint_auth_methods: Vec<Method>,
    client_secrets: Vec<Secret>,
    /// Absent: all that the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Absent: all that the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<String>>,
    /// Absent: it may not act for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_lifetime: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Instant>,
    trusted: bool,
    enabled: bool,
    native: bool,
    skips_consent: bool,
    requires_state: bool,
    exact_localhost_port: bool,
    scheme_without_period: bool,
    introspects: bool,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum GrantType {
    AuthorizationCode,
    RefreshToken,
}

#[derive(Serialize, Deserialize)]
enum Method {
    #[serde(rename = "none")]
    None,
    #[serde(rename = "client_secret_basic")]
    Basic,
    #[serde(rename = "client_secret_post")]
    Post,
}

/// What is kept of a secret: base64url of its SHA-256, or a PHC string.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Secret {
    Sha256(String),
    Phc(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instant {
    secs: i64,
    nanos: u32,
}

impl Client {
    /// The bytes to store: JSON in UTF-8. Of secrets they hold what [`ClientSecret`] holds: never the secret itself.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // Serializing to memory fails for no value of these types.
        serde_json::to_vec(&StoredClient::of(self)).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote, white space and another order of its members included.
    ///
    /// # Errors
    /// [`InvalidClient`] when the bytes are damaged, of no version that is known here, or of a client that cannot be.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidClient> {
        let stored: StoredClient = serde_json::from_slice(bytes).map_err(|_| InvalidClient::Form)?;
        if stored.version != VERSION {
            return Err(InvalidClient::Form);
        }
        Ok(stored.restore()?.build()?)
    }
}

impl StoredClient {
    fn of(client: &Client) -> Self {
        let (registration, is) = (&client.0, client.0.is);
        let grant_types =
            [is.authorization_code.then_some(GrantType::AuthorizationCode), is.refresh_token.then_some(GrantType::RefreshToken)];
        Self {
            version: VERSION,
            client_id: registration.id.as_str().to_owned(),
            client_name: client.name().map(Into::into),
            logo_uri: client.logo_uri().map(Into::into),
            redirect_uris: client.redirect_uris().iter().map(|uri| uri.as_str().to_owned()).collect(),
            grant_types: grant_types.into_iter().flatten().collect(),
            token_endpoint_auth_methods: client.auth_methods().iter().map(Method::of).collect(),
            client_secrets: client.secrets().iter().map(Secret::of).collect(),
            scope: only(client.scopes()).map(|scopes| scopes.as_str().to_owned()),
            resources: only(client.resources()).map(|list| list.iter().map(Resource::to_string).collect()),
            own_scope: client.own_scopes().map(|scopes| scopes.as_str().to_owned()),
            access_lifetime: client.access_lifetime(),
            not_before: client.not_before().map(Instant::of),
            trusted: is.trusted,
            enabled: is.enabled,
            native: is.native,
            skips_consent: is.skips_consent,
            requires_state: is.requires_state,
            exact_localhost_port: is.exact_localhost_port,
            scheme_without_period: client.redirect_uris().iter().any(|uri| uri.kind() == WITHOUT_PERIOD),
            introspects: is.introspects,
        }
    }

    fn restore(self) -> Result<ClientBuilder, InvalidClient> {
        let methods = self.token_endpoint_auth_methods.iter().map(Method::restore).collect();
        let secrets = self.client_secrets.into_iter().map(Secret::restore).collect::<Result<_, _>>()?;
        let switches: [(bool, Turn); 10] = [
            (!self.grant_types.contains(&GrantType::AuthorizationCode), ClientBuilder::without_authorization_code),
            (self.grant_types.contains(&GrantType::RefreshToken), ClientBuilder::refresh_tokens),
            (!self.trusted, ClientBuilder::untrusted),
            (!self.enabled, ClientBuilder::disabled),
            (self.native, ClientBuilder::native),
            (self.skips_consent, ClientBuilder::may_skip_consent),
            (self.requires_state, ClientBuilder::require_state),
            (self.exact_localhost_port, ClientBuilder::exact_localhost_port),
            (self.scheme_without_period, ClientBuilder::allow_scheme_without_period),
            (self.introspects, ClientBuilder::introspects),
        ];
        let builder = ClientBuilder::new(self.client_id, methods, secrets);
        let builder = switches.iter().filter(|(on, _)| *on).fold(builder, |builder, (_, turn)| turn(builder));
        let builder = self.redirect_uris.into_iter().fold(builder, ClientBuilder::redirect_uri);
        let builder = with(builder, self.client_name, ClientBuilder::name);
        let builder = with(builder, self.logo_uri, ClientBuilder::logo_uri);
        let builder = with(builder, self.scope.as_deref().map(names), ClientBuilder::scopes);
        let builder = with(builder, self.resources, ClientBuilder::resources);
        let builder = with(builder, self.own_scope.as_deref().map(names), ClientBuilder::client_credentials);
        let builder = with(builder, self.access_lifetime, ClientBuilder::access_lifetime);
        let not_before = self.not_before.map(Instant::restore).transpose()?;
        Ok(with(builder, not_before, ClientBuilder::not_before))
    }
}

/// A yes-or-no property that the builder turns.
type Turn = fn(ClientBuilder) -> ClientBuilder;

fn only<T>(allowed: &Allowed<T>) -> Option<&T> {
    match allowed {
        Allowed::All => None,
        Allowed::Only(some) => Some(some),
    }
}

fn with<T>(builder: ClientBuilder, value: Option<T>, set: impl FnOnce(ClientBuilder, T) -> ClientBuilder) -> ClientBuilder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// The tokens of a `scope` member. An empty one is an empty list: the client may ask for none.
fn names(scope: &str) -> Vec<String> {
    if scope.is_empty() { Vec::new() } else { scope.split(' ').map(Into::into).collect() }
}

impl Method {
    fn of(method: &AuthMethod) -> Self {
        match method {
            AuthMethod::None => Self::None,
            AuthMethod::Basic => Self::Basic,
            AuthMethod::Post => Self::Post,
        }
    }

    fn restore(&self) -> AuthMethod {
        match self {
            Self::None => AuthMethod::None,
            Self::Basic => AuthMethod::Basic,
            Self::Post => AuthMethod::Post,
        }
    }
}

impl Secret {
    fn of(secret: &ClientSecret) -> Self {
        match secret {
            ClientSecret::Sha256(digest) => Self::Sha256(URL_SAFE_NO_PAD.encode(digest.as_bytes())),
            ClientSecret::Hashed(phc) => Self::Phc(phc.to_string()),
        }
    }

    fn restore(self) -> Result<ClientSecret, InvalidClient> {
        match self {
            Self::Phc(phc) => Ok(ClientSecret::hashed(phc)),
            Self::Sha256(text) => {
                let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                bytes.map(|bytes| ClientSecret::Sha256(Digest::from_bytes(bytes))).ok_or(InvalidClient::Form)
            }
        }
    }
}

impl Instant {
    fn of(instant: OffsetDateTime) -> Self {
        Self { secs: instant.unix_timestamp(), nanos: instant.nanosecond() }
    }

    fn restore(self) -> Result<OffsetDateTime, InvalidClient> {
        let instant = OffsetDateTime::from_unix_timestamp(self.secs).ok();
        instant.and_then(|instant| instant.replace_nanosecond(self.nanos).ok()).ok_or(InvalidClient::Form)
    }
}

#[cfg(test)]
mod tests;
