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
mod refusal;
mod report;
mod return_to;
mod revoke;
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
pub use report::{Report, ReportLine, Verdict};
pub use return_to::ReturnTo;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tracing::Instrument as _;

use self::{
    observer::{Observers, Retries},
    report::Live,
    visit::Visit,
};
use crate::{
    grant::{Terms, whole_milliseconds},
    protocol::{Call, Endpoint, Paths, Reply, reply},
    store::{ClientStore, GrantStore},
    types::{Client, Clock, Issuer, Pepper, Settings},
};

/// An OAuth 2.1 authorization server for a service to mount. Cheap to clone; all clones are one.
///
/// All state is in its two stores, so that any number of servers on the same stores are one server.
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Inner>);

struct Inner {
    settings: Settings,
    clients: Arc<dyn ClientStore>,
    /// The clients that were listed, if they are not in a store of the host's.
    listed: Option<Vec<Client>>,
    grants: Arc<dyn GrantStore>,
    in_memory: bool,
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
    random: Arc<dyn Random>,
    secret_hashes: Option<Arc<dyn SecretHashes>>,
    still_welcome: Option<Arc<dyn StillWelcome>>,
    render: Option<Box<reply::RenderPage>>,
    mounted: Mounted,
    metadata: Bytes,
    observers: Observers,
    retries: Retries,
    explains: bool,
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

    /// The metadata document (RFC 8414 §3.2), the same bytes whatever the request says.
    #[must_use]
    pub fn metadata(&self, call: &Call<'_>) -> Reply {
        let visit = self.visit(Place::Metadata, call);
        visit.span().in_scope(|| self.answer_metadata(call, &visit))
    }

    /// The token endpoint (RFC 6749 §3.2); see [`serve`](Self::serve).
    pub async fn token(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Token, call).await
    }

    /// The revocation endpoint (RFC 7009 §2): 200 whatever the token was, if the client is itself.
    pub async fn revoke(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Revocation, call).await
    }

    /// The introspection endpoint (RFC 7662 §2), for clients with a secret.
    pub async fn introspect(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Introspection, call).await
    }

    /// Answers at one of the endpoints that the library serves alone: what was asked for, or the error that the RFC allows.
    ///
    /// Other methods than the endpoint's get 405; a store that fails is 503 with `Retry-After`, never a success and never
    /// `invalid_grant`.
    pub async fn serve(&self, endpoint: Endpoint, call: Call<'_>) -> Reply {
        let visit = self.visit(endpoint.into(), &call);
        let span = visit.span().clone();
        self.answer(endpoint, &call, &visit).instrument(span).await
    }

    async fn answer(&self, endpoint: Endpoint, call: &Call<'_>, visit: &Visit) -> Reply {
        if endpoint != Endpoint::Metadata && call.method != Method::POST.as_str() {
            return self.refuse_method(visit, "POST");
        }
        let now = self.now();
        let answer = match endpoint {
            Endpoint::Token => self.answer_token(call, now).await,
            Endpoint::Revocation => self.answer_revocation(call, now).await,
            Endpoint::Introspection => self.answer_introspection(call, now).await,
            Endpoint::Metadata => return self.answer_metadata(call, visit),
        };
        match answer {
            Ok(reply) => {
                visit.ended("answered");
                reply
            }
            Err(refusal) => self.refuse_in_json(visit, &refusal),
        }
    }

    fn answer_metadata(&self, call: &Call<'_>, visit: &Visit) -> Reply {
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD]) {
            return self.refuse_method(visit, "GET, HEAD");
        }
        visit.ended("answered");
        reply::metadata(self.0.metadata.clone())
    }

    /// The configuration against the demands of OAuth 2.1, RFC 9700 and MCP: each met, not met, or the host's duty.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::of(&Live {
            settings: self.settings(),
            clients: self.0.listed.as_deref(),
            in_memory: self.0.in_memory,
            hashes: self.0.secret_hashes.is_some(),
            welcomes: self.0.still_welcome.is_some(),
            explains: self.0.explains,
            well_known: self.well_known_paths(),
            revocation: self.path(Endpoint::Revocation),
            introspection: self.path(Endpoint::Introspection),
        })
    }

    /// A request begins.
    fn visit(&self, at: Place, call: &Call<'_>) -> Visit {
        Visit::new(at).saying(self.0.explains, call)
    }

    /// Tells whoever watches.
    fn tell(&self, event: &Event<'_>) {
        self.0.observers.tell(event);
    }

    /// The time of this request: whole milliseconds, and never earlier than a time this process has seen.
    fn now(&self) -> OffsetDateTime {
        let now = whole_milliseconds(self.0.clock.now());
        let milliseconds = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        let latest = self.0.latest.fetch_max(milliseconds, Ordering::Relaxed).max(milliseconds);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(latest) * 1_000_000).unwrap_or(now)
    }

    /// How long what lives for this client.
    fn terms(&self, client: Option<&Client>) -> Terms<'_> {
        let mut lifetimes = *self.0.settings.lifetimes();
        lifetimes.access = client.and_then(Client::access_lifetime).unwrap_or(lifetimes.access);
        Terms { lifetimes, pepper: self.pepper(), issuer: self.issuer() }
    }

    fn pepper(&self) -> &Pepper {
        &self.0.settings.pepper
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
