//! The engine: load, decide, swap, answer. It has no framework; a door hands it borrowed requests.

mod authorize;
mod builder;
mod client_auth;
mod connections;
mod end;
mod guard;
mod hooks;
mod introspect;
mod observe;
mod pending;
mod question;
mod rate_limit;
mod refusal;
mod return_to;
mod revoke;
mod settle;
mod token;

pub use builder::{Builder, ConfigError, ConfigFault};
pub use connections::Connection;
pub use guard::{Guard, GuardBuilder, GuardError, GuardFault, TokenSource, unguarded};
pub use hooks::{Random, RandomUnavailable, SecretHashes, StillWelcome, SystemRandom};
pub use pending::{Next, Pending};
pub use question::{Facts, Parked, Question, ScopeFact};
pub use rate_limit::{Attempt, Guess, Place, RateLimit, RateLimits};
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

use rate_limit::Throttle;
use refusal::Refusal;

use crate::{
    grant::{Terms, whole_milliseconds},
    protocol::{Call, Endpoint, ErrorCode, PageError, PageFacts, Paths, Reason, Reply, cors::Cors, reply},
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
    grants: Arc<dyn GrantStore>,
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
    random: Arc<dyn Random>,
    secret_hashes: Option<Arc<dyn SecretHashes>>,
    still_welcome: Option<Arc<dyn StillWelcome>>,
    throttle: Throttle,
    render: Option<Box<reply::RenderPage>>,
    mounted: Mounted,
    metadata: Bytes,
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

    /// The metadata document (RFC 8414 §3.2), the same bytes whatever the request says.
    #[must_use]
    pub fn metadata(&self, call: &Call<'_>) -> Reply {
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD]) {
            return reply::method_not_allowed("GET, HEAD");
        }
        reply::metadata(self.0.metadata.clone())
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
    /// Other methods than the endpoint's get 405; OPTIONS gets 204 where pages of other origins may call; a store that fails is 503 with `Retry-After`, never a success and never
    /// `invalid_grant`.
    pub async fn serve(&self, endpoint: Endpoint, call: Call<'_>) -> Reply {
        let Some(at) = Place::of(endpoint) else { return self.metadata(&call) };
        let cors = Cors::judge(self.settings().origins(), endpoint, &call);
        if let Some(reply) = cors.options() {
            return reply;
        }
        let mut reply = match call.method == Method::POST.as_str() {
            true => self.answer(at, &call).await,
            false => reply::method_not_allowed(cors.methods()),
        };
        cors.mark(&mut reply);
        reply
    }

    async fn answer(&self, at: Place, call: &Call<'_>) -> Reply {
        let attempt = Attempt { at, peer: call.peer, client: None };
        let answer = match self.admit(&attempt).await {
            Ok(()) => self.answer_admitted(at, call).await,
            Err(refusal) => Err(refusal),
        };
        match answer {
            Ok(reply) => reply,
            Err(refusal) => {
                if let Some((guess, client)) = refusal.guess() {
                    self.0.throttle.failed(&Attempt { client, ..attempt }, guess).await;
                }
                refusal.tell()
            }
        }
    }

    async fn answer_admitted(&self, at: Place, call: &Call<'_>) -> Result<Reply, Refusal> {
        let now = self.now();
        match at {
            Place::Token => self.answer_token(call, now).await,
            Place::Revocation => self.answer_revocation(call, now).await,
            Place::Introspection | Place::Authorize => self.answer_introspection(call, now).await,
        }
    }

    /// Whether the attempt may go on; 429 if not.
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        self.0.throttle.admit(attempt).await.map_err(Refusal::too_many)
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

    /// A page for the person, and no redirect.
    fn page(&self, error: PageError) -> Reply {
        observe::refused(error.code, error.reason);
        self.page_with(error, None)
    }

    fn page_with(&self, error: PageError, link: Option<&str>) -> Reply {
        reply::page(&PageFacts { code: error.code, reason: error.reason, link }, self.0.render.as_deref())
    }

    fn invalid_page(&self, reason: Reason) -> Reply {
        self.page(PageError { code: ErrorCode::InvalidRequest, reason })
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
