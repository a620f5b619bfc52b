use std::{collections::HashSet, fmt, time::Duration};

use crate::{
    protocol::Paths,
    types::{
        ACCESS_LIFETIMES, Allowed, Client, ClientSecret, InvalidIssuer, InvalidOrigin, InvalidResource, InvalidScope, Issuer,
        Lifetimes, Settings,
    },
};

/// A configuration that was refused, with all its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<ConfigFault>,
}

/// One fault of a configuration, with its fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFault {
    /// The issuer leaves its rules.
    #[error("issuer {0:?}: {1}")]
    Issuer(String, InvalidIssuer),
    /// A scope leaves its grammar.
    #[error("scope {0:?}: {1}")]
    Scope(String, InvalidScope),
    /// A scope stands twice.
    #[error("scope {0:?} is configured twice; keep one description")]
    ScopeTwice(String),
    /// No request could ever name a scope that is known.
    #[error("no scope is configured, so every request would be refused; add scope(name, description)")]
    NoScope,
    /// A default scope that is not configured.
    #[error("default scope {0:?} is not a scope of this server; add scope({0:?}, description)")]
    DefaultScope(String),
    /// A resource leaves its grammar.
    #[error("resource {0:?}: {1}")]
    Resource(String, InvalidResource),
    /// Two resources are the same.
    #[error("resource {0:?} is configured twice")]
    ResourceTwice(String),
    /// An origin that no browser sends.
    #[error("origin {0:?}: {1}")]
    Origin(String, InvalidOrigin),
    /// Two origins are the same.
    #[error("origin {0:?} is configured twice")]
    OriginTwice(String),
    /// A lifetime is out of its bounds.
    #[error("{0} is {1:?}; it must be from {2:?} to {3:?}")]
    Lifetime(&'static str, Duration, Duration, Duration),
    /// A rate limit lets nothing through, or takes too long to come back.
    #[error(
        "{0}({1}, {2:?}): neither is zero, and the whole burst comes back within 30 days; without_rate_limits() switches all off"
    )]
    RateLimit(&'static str, u32, Duration),
    /// The issuer's path cannot be mounted everywhere.
    #[error(
        "issuer {0:?}: its path has letters, digits and -._~ between single slashes only, so that every router takes it literally"
    )]
    IssuerPath(String),
    /// The prefix is no path.
    #[error("mount {0:?}: a prefix is empty, or / and segments of letters, digits and -._~, such as /oauth")]
    Mount(String),
    /// A path is no path.
    #[error("{0} path {1:?}: a path is / and segments of letters, digits and -._~, such as /oauth/token")]
    Path(&'static str, String),
    /// Two endpoints at one path.
    #[error("two endpoints have the path {0:?}")]
    PathTwice(String),
    /// Clients in a list and in a store.
    #[error("client(..) and clients(..) exclude each other; put all clients into one place")]
    TwoClientStores,
    /// No clients at all.
    #[error("there is no client; add client(..) or clients(..)")]
    NoClient,
    /// Two clients with one identifier.
    #[error("client {0:?} is configured twice")]
    ClientTwice(String),
    /// A client may ask for what the server does not know.
    #[error("client {0:?} may ask for {1:?}, which this server does not know")]
    ClientAllowance(String, String),
    /// A client's secret is kept as a slow hash that nobody can check.
    #[error("client {0:?} has a hashed secret; add secret_hashes(..) to check it")]
    SecretHashes(String),
    /// Requests would be shown to whoever sends them, on a server that strangers reach.
    #[error(
        "explain() is for development, with an issuer such as http://127.0.0.1:4000; {0:?} is reached by others: leave it out"
    )]
    Explain(String),
    /// The pepper is too short.
    #[error("the pepper has fewer than 16 bytes; 32 random ones are right")]
    Pepper,
}

impl ConfigError {
    pub(super) fn new(faults: Vec<ConfigFault>) -> Self {
        Self { faults }
    }

    /// Every fault that was found.
    #[must_use]
    pub fn faults(&self) -> &[ConfigFault] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the authorization server cannot be built:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for ConfigError {}

pub(super) fn lifetimes(lifetimes: &Lifetimes, faults: &mut Vec<ConfigFault>) {
    const SECOND: Duration = Duration::from_secs(1);
    const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);
    let table = [
        ("code_lifetime", lifetimes.code, SECOND, Duration::from_secs(600)),
        ("access_lifetime", lifetimes.access, *ACCESS_LIFETIMES.start(), *ACCESS_LIFETIMES.end()),
        ("the absolute refresh_lifetime", lifetimes.refresh_absolute, SECOND, YEARS),
        ("the idle refresh_lifetime", lifetimes.refresh_idle, SECOND, lifetimes.refresh_absolute.max(SECOND)),
        ("retry_window", lifetimes.retry_window, Duration::ZERO, Duration::from_secs(60)),
    ];
    let outside = |&(_, is, least, most): &(_, Duration, Duration, Duration)| !(least..=most).contains(&is);
    faults.extend(table.into_iter().filter(outside).map(|(name, is, least, most)| ConfigFault::Lifetime(name, is, least, most)));
}

pub(super) fn paths(issuer: Option<&Issuer>, mount: Option<&str>, paths: &Paths, faults: &mut Vec<ConfigFault>) {
    if let Some(issuer) = issuer.filter(|issuer| !issuer.path().is_empty() && !is_path(issuer.path())) {
        faults.push(ConfigFault::IssuerPath(issuer.to_string()));
    }
    if let Some(mount) = mount.filter(|mount| !mount.is_empty() && !is_path(mount)) {
        faults.push(ConfigFault::Mount(mount.to_owned()));
    }
    // The authorization endpoint may have a query of its own, which is kept (RFC 6749 section 3.1).
    let (authorize, query) = paths.authorize.split_once('?').unwrap_or((&paths.authorize, ""));
    if !is_path(authorize) || !query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        faults.push(ConfigFault::Path("authorize", paths.authorize.clone()));
    }
    let mut taken = vec![authorize];
    let rest = [("token", &paths.token), ("revocation", &paths.revocation), ("introspection", &paths.introspection)];
    for (name, path) in rest {
        if !is_path(path) {
            faults.push(ConfigFault::Path(name, path.clone()));
        }
        if taken.contains(&path.as_str()) {
            faults.push(ConfigFault::PathTwice(path.clone()));
        }
        taken.push(path);
    }
}

/// Segments that every router takes literally and no client rewrites.
fn is_path(text: &str) -> bool {
    let literal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(literal);
    text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
}

pub(super) fn clients(clients: &[Client], settings: &Settings, has_hashes: bool, faults: &mut Vec<ConfigFault>) {
    let mut seen = HashSet::new();
    for client in clients {
        let id = client.id().to_string();
        if let Allowed::Only(scopes) = client.scopes() {
            let unknown = scopes.iter().filter(|scope| settings.describe(scope).is_none());
            faults.extend(unknown.map(|scope| ConfigFault::ClientAllowance(id.clone(), scope.to_owned())));
        }
        if let Some(scopes) = client.own_scopes() {
            let unknown = scopes.iter().filter(|scope| settings.describe(scope).is_none());
            faults.extend(unknown.map(|scope| ConfigFault::ClientAllowance(id.clone(), scope.to_owned())));
        }
        if let Allowed::Only(resources) = client.resources() {
            let unknown = resources.iter().filter(|resource| settings.resource(resource).is_none());
            faults.extend(unknown.map(|resource| ConfigFault::ClientAllowance(id.clone(), resource.to_string())));
        }
        let hashed = client.secrets().iter().any(|secret| matches!(secret, ClientSecret::Hashed(_)));
        if hashed && !has_hashes {
            faults.push(ConfigFault::SecretHashes(id.clone()));
        }
        if !seen.insert(client.id()) {
            faults.push(ConfigFault::ClientTwice(id));
        }
    }
}
