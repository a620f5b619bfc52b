//! The engine: load, decide, swap, answer. It has no framework; a door hands it borrowed requests.

mod authorize;
mod builder;
mod client_auth;
mod connections;
mod deed;
mod end;
mod guard;
mod hooks;
mod introspect;
mod observer;
mod pending;
mod question;
mod rate_limit;
mod refusal;
mod report;
mod return_to;
mod revoke;
mod serve;
mod settle;
mod token;
mod visit;

pub use builder::{Builder, ConfigError, ConfigFault};
pub use connections::Connection;
pub use guard::{Guard, GuardBuilder, GuardError, GuardFault, TokenSource, unguarded};
pub use hooks::{Random, RandomUnavailable, SecretHashes, StillWelcome, SystemRandom};
#[cfg(feature = "metrics")]
pub use observer::MetricsObserver;
pub use observer::{EndCause, Event, Observer, Place};
pub use pending::{Next, Pending};
pub use question::{Facts, Parked, Question, ScopeFact};
pub use rate_limit::{Attempt, Guess, RateLimit, RateLimits};
pub use report::{Report, ReportLine, Verdict};
pub use return_to::ReturnTo;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use time::{OffsetDateTime, UtcOffset};

use self::{
    observer::{Observers, Retries},
    rate_limit::Throttle,
    report::Live,
};
use crate::{
    grant::Terms,
    protocol::{Endpoint, Paths, reply},
    store::{ClientStore, GrantStore, StoreError},
    types::{Client, ClientId, Clock, Issuer, Pepper, Resource, Settings},
};

/// An OAuth 2.1 authorization server for a service to mount. Cheap to clone; all clones are one.
///
/// All state is in its two stores, so that any number of servers on the same stores are one server.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Inner>);

struct Inner {
    settings: Settings,
    clients: Clients,
    grants: Arc<dyn GrantStore>,
    in_memory: bool,
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
    random: Arc<dyn Random>,
    secret_hashes: Option<Arc<dyn SecretHashes>>,
    still_welcome: Option<Arc<dyn StillWelcome>>,
    throttle: Throttle,
    /// Whether a request ever came with the address that it came from.
    peers: AtomicBool,
    render: Option<Box<reply::RenderPage>>,
    mounted: Mounted,
    metadata: Bytes,
    observers: Observers,
    retries: Retries,
    explains: bool,
}

/// Where clients are found.
enum Clients {
    /// Here, in the order they were listed and by their identifiers.
    Listed(Vec<Client>, HashMap<ClientId, Client>),
    /// In a store of the host's.
    Store(Arc<dyn ClientStore>),
}

/// Where the endpoints stand, as absolute paths on the issuer's origin.
struct Mounted {
    /// The authorization endpoint, behind the prefix.
    authorize: String,
    authorize_in_mount: String,
    /// The query that the authorization endpoint has of its own; mostly none.
    authorize_query: String,
    prefix: String,
    paths: Paths,
    well_known: Vec<String>,
}

impl AuthorizationServer {
    /// Begins a server under this issuer identifier, such as `https://id.example.com`.
    #[must_use]
    pub fn builder(issuer: impl Into<String>) -> Builder {
        Builder::new(issuer.into())
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.0.settings.issuer()
    }

    /// What it was configured with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Which rate limits are on, a line for each.
    #[must_use]
    pub fn rate_limits(&self) -> Vec<String> {
        self.0.throttle.lines()
    }

    /// The absolute path at which the host mounts its own authorize handler, for every method.
    #[must_use]
    pub fn authorize_path(&self) -> &str {
        &self.0.mounted.authorize
    }

    /// The path of the authorize handler behind the mount's prefix, for routers that nest.
    #[must_use]
    pub fn authorize_path_in_mount(&self) -> &str {
        &self.0.mounted.authorize_in_mount
    }

    /// The query that the authorization endpoint was configured with (RFC 6749 §3.1).
    fn own_query(&self) -> &str {
        &self.0.mounted.authorize_query
    }

    /// The absolute path of an endpoint behind the mount.
    #[must_use]
    pub fn path(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.0.mounted.prefix, self.path_in_mount(endpoint))
    }

    /// The path of an endpoint without the mount's prefix, for routers that nest.
    #[must_use]
    pub fn path_in_mount(&self, endpoint: Endpoint) -> &str {
        self.0.mounted.paths.of(endpoint)
    }

    /// The absolute paths of the metadata document (RFC 8414 §3.1).
    #[must_use]
    pub fn well_known_paths(&self) -> &[String] {
        &self.0.mounted.well_known
    }

    /// The configuration against the demands of OAuth 2.1, RFC 9700 and MCP: each met, not met, or the host's duty.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(&Live {
            settings: self.settings(),
            clients: self.0.clients.listed(),
            in_memory: self.0.in_memory,
            hashes: self.0.secret_hashes.is_some(),
            welcomes: self.0.still_welcome.is_some(),
            throttle: &self.0.throttle,
            peers: self.0.peers.load(Ordering::Relaxed),
            explains: self.0.explains,
            well_known: self.well_known_paths(),
            revocation: self.path(Endpoint::Revocation),
            introspection: self.path(Endpoint::Introspection),
        })
    }

    /// Tells whoever watches.
    fn tell(&self, event: &Event<'_>) {
        self.0.observers.tell(event);
    }

    /// The time of this request: whole milliseconds, and never earlier than a time this process has seen.
    fn now(&self) -> OffsetDateTime {
        let now = self.0.clock.now().to_offset(UtcOffset::UTC).truncate_to_millisecond();
        let milliseconds = now.unix_timestamp() * 1_000 + i64::from(now.millisecond());
        let latest = self.0.latest.fetch_max(milliseconds, Ordering::Relaxed).max(milliseconds);
        if latest == milliseconds {
            return now;
        }
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(latest) * 1_000_000).unwrap_or(now)
    }

    /// How long what lives for this client, and what it is for.
    fn terms(&self, client: Option<&Client>) -> Terms<'_> {
        let mut lifetimes = *self.0.settings.lifetimes();
        lifetimes.access = client.and_then(Client::access_lifetime).unwrap_or(lifetimes.access);
        let may_have = |resource: &&Resource| client.is_some_and(|client| client.allows_resource(resource));
        let default_resource = self.settings().default_resource().filter(may_have);
        Terms { lifetimes, pepper: self.pepper(), issuer: self.issuer(), default_resource }
    }

    fn pepper(&self) -> &Pepper {
        &self.0.settings.pepper
    }
}

impl Clients {
    fn of(listed: Vec<Client>) -> Self {
        let by_id = listed.iter().map(|client| (client.id().clone(), client.clone())).collect();
        Self::Listed(listed, by_id)
    }

    fn listed(&self) -> Option<&[Client]> {
        if let Self::Listed(listed, _) = self { Some(listed) } else { None }
    }

    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        match self {
            Self::Listed(_, by_id) => Ok(by_id.get(id).cloned()),
            Self::Store(store) => store.find(id).await,
        }
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
