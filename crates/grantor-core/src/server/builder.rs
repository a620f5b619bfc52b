mod faults;

pub use faults::{ConfigError, ConfigFault};

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use super::{
    AuthorizationServer, Clients, Inner, Mounted, Observer, Observers, Random, RateLimit, RateLimits, Retries, SecretHashes,
    StillWelcome, SystemRandom, rate_limit::Wanted,
};
use crate::{
    protocol::{HostPage, PageFacts, Paths, metadata, reply::RenderPage},
    store::{ClientStore, GrantStore, MemoryStore},
    types::{Client, Clock, Issuer, Lifetimes, Origin, Pepper, Resource, Scope, ScopeSet, Settings, SystemClock},
};

/// Collects a server's configuration; [`build`](Self::build) tells every fault at once.
pub struct Builder {
    issuer: String,
    own_clients: Vec<Client>,
    clients: Option<Arc<dyn ClientStore>>,
    grants: Option<Arc<dyn GrantStore>>,
    scopes: Vec<(String, String)>,
    default_scopes: Vec<String>,
    resources: Vec<String>,
    origins: Vec<String>,
    lifetimes: Lifetimes,
    pepper: Option<Pepper>,
    mount: Option<String>,
    paths: Paths,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    secret_hashes: Option<Arc<dyn SecretHashes>>,
    still_welcome: Option<Arc<dyn StillWelcome>>,
    rate_limits: Wanted,
    render: Option<Box<RenderPage>>,
    observers: Observers,
    explains: bool,
}

impl Builder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            own_clients: Vec::new(),
            clients: None,
            grants: None,
            scopes: Vec::new(),
            default_scopes: Vec::new(),
            resources: Vec::new(),
            origins: Vec::new(),
            lifetimes: Lifetimes::default(),
            pepper: None,
            mount: None,
            paths: Paths::default(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            secret_hashes: None,
            still_welcome: None,
            rate_limits: Wanted::Own(RateLimits::default()),
            render: None,
            observers: Observers::default(),
            explains: false,
        }
    }

    /// One more client in a fixed list, for hosts without a client store.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.own_clients.push(client);
        self
    }

    /// Where clients are registered.
    #[must_use]
    pub fn clients(mut self, clients: Arc<dyn ClientStore>) -> Self {
        self.clients = Some(clients);
        self
    }

    /// Where grants live; in memory by default.
    #[must_use]
    pub fn grants(mut self, grants: Arc<dyn GrantStore>) -> Self {
        self.grants = Some(grants);
        self
    }

    /// One more scope, and what it means to a person.
    #[must_use]
    pub fn scope(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.scopes.push((name.into(), description.into()));
        self
    }

    /// The scopes of a request that names none; without this call such a request is refused.
    #[must_use]
    pub fn default_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.default_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// One more resource that tokens may be for (RFC 8707); the first is what a request without `resource` gets.
    /// Without any the parameter is ignored.
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.resources.push(uri.into());
        self
    }

    /// One more origin whose pages may call token, revocation and introspection from a browser, such as
    /// `https://app.example.com`; without any, none may. Never with cookies, and never the authorization endpoint.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// How long a code lives: 60 seconds by default, 600 at most.
    #[must_use]
    pub fn code_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.code = lifetime;
        self
    }

    /// How long an access token lives: 600 seconds by default.
    #[must_use]
    pub fn access_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetimes.access = lifetime;
        self
    }

    /// How long refresh tokens live: a whole line of them (90 days by default), and one that is not used (30 days).
    #[must_use]
    pub fn refresh_lifetime(mut self, absolute: Duration, idle: Duration) -> Self {
        (self.lifetimes.refresh_absolute, self.lifetimes.refresh_idle) = (absolute, idle);
        self
    }

    /// How long a lost answer may be asked for again: 10 seconds by default, 60 at most; zero switches it off.
    #[must_use]
    pub fn retry_window(mut self, window: Duration) -> Self {
        self.lifetimes.retry_window = window;
        self
    }

    /// A secret outside the store, for hosts that fear dumps of the store together with old tokens.
    #[must_use]
    pub fn pepper(mut self, pepper: Pepper) -> Self {
        self.pepper = Some(pepper);
        self
    }

    /// The prefix of all endpoints, such as `/oauth`; the issuer's own path by default.
    #[must_use]
    pub fn mount(mut self, prefix: impl Into<String>) -> Self {
        self.mount = Some(prefix.into());
        self
    }

    /// Other paths behind the prefix.
    #[must_use]
    pub fn paths(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// How client secrets that are kept as slow hashes are checked.
    #[must_use]
    pub fn secret_hashes(mut self, hashes: Arc<dyn SecretHashes>) -> Self {
        self.secret_hashes = Some(hashes);
        self
    }

    /// The host's word on whether a grant may still be used.
    #[must_use]
    pub fn still_welcome(mut self, hook: Arc<dyn StillWelcome>) -> Self {
        self.still_welcome = Some(hook);
        self
    }

    /// How often strangers may ask and anyone may guess, counted by this process; [`RateLimits::default`] unless this says
    /// otherwise. What is refused is 429 with `Retry-After`.
    #[must_use]
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.rate_limits = Wanted::Own(limits);
        self
    }

    /// The host's own throttle, in the place of [`rate_limits`](Self::rate_limits).
    #[must_use]
    pub fn rate_limit(mut self, hook: Arc<dyn RateLimit>) -> Self {
        self.rate_limits = Wanted::Host(hook);
        self
    }

    /// No throttle at all, for hosts that have one in front. It must tell wrong secrets from right ones: servers must
    /// protect what takes secrets against guessing (RFC 6749 §2.3.1).
    #[must_use]
    pub fn without_rate_limits(mut self) -> Self {
        self.rate_limits = Wanted::Nobody;
        self
    }

    /// The host's own error page, in the place of the library's plain one.
    #[must_use]
    pub fn error_page(mut self, render: impl Fn(&PageFacts<'_>) -> HostPage + Send + Sync + 'static) -> Self {
        self.render = Some(Box::new(render));
        self
    }

    /// One more that is told what happens, beside the log: an audit log, an alarm, counters.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Explains refusals, for development: the page or the JSON names the rule, what was sent, what was expected, the
    /// source and the fix. Only a server whose issuer is on loopback is built with it, so that it cannot reach production.
    #[must_use]
    pub fn explain(mut self) -> Self {
        self.explains = true;
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of randomness, for tests.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Checks everything and makes the server.
    ///
    /// # Errors
    /// [`ConfigError`] with every [`ConfigFault`] that was found.
    pub fn build(self) -> Result<AuthorizationServer, ConfigError> {
        let mut faults = Vec::new();
        let issuer = Issuer::parse(&self.issuer).map_err(|why| faults.push(ConfigFault::Issuer(self.issuer.clone(), why))).ok();
        faults::paths(issuer.as_ref(), self.mount.as_deref(), &self.paths, &mut faults);
        faults::lifetimes(&self.lifetimes, &mut faults);
        if let Some(issuer) = issuer.as_ref().filter(|issuer| self.explains && !issuer.is_loopback()) {
            faults.push(ConfigFault::Explain(issuer.to_string()));
        }
        let settings = self.settings(issuer, &mut faults);
        if let Some(settings) = &settings {
            faults::clients(&self.own_clients, settings, self.secret_hashes.is_some(), &mut faults);
        }
        match (&self.clients, self.own_clients.is_empty()) {
            (Some(_), false) => faults.push(ConfigFault::TwoClientStores),
            (None, true) => faults.push(ConfigFault::NoClient),
            _ => {}
        }
        let throttle = self.rate_limits.checked(&mut faults);
        let (Some(settings), Some(throttle), true) = (settings, throttle, faults.is_empty()) else {
            return Err(ConfigError::new(faults));
        };

        let prefix = self.mount.as_deref().unwrap_or(settings.issuer().path());
        let (authorize, authorize_query) = self.paths.authorize.split_once('?').unwrap_or((&self.paths.authorize, ""));
        let mounted = Mounted {
            authorize: format!("{prefix}{authorize}"),
            authorize_in_mount: authorize.to_owned(),
            authorize_query: authorize_query.to_owned(),
            prefix: prefix.to_owned(),
            well_known: metadata::well_known(settings.issuer()),
            paths: self.paths.clone(),
        };
        let clock = self.clock;
        let in_memory = || Arc::new(MemoryStore::new().with_clock(Arc::clone(&clock)));
        Ok(AuthorizationServer(Arc::new(Inner {
            metadata: metadata::document(&settings, &mounted.prefix, &mounted.paths),
            settings,
            in_memory: self.grants.is_none(),
            clients: self.clients.map_or_else(|| Clients::of(self.own_clients), Clients::Store),
            grants: self.grants.unwrap_or_else(|| in_memory()),
            clock,
            latest: AtomicI64::new(i64::MIN),
            random: self.random,
            secret_hashes: self.secret_hashes,
            still_welcome: self.still_welcome,
            throttle,
            peers: AtomicBool::new(false),
            render: self.render,
            mounted,
            observers: self.observers,
            retries: Retries::default(),
            explains: self.explains,
        })))
    }

    /// What can be read of the settings, as far as it can; `None` without an issuer to stand under.
    fn settings(&self, issuer: Option<Issuer>, faults: &mut Vec<ConfigFault>) -> Option<Settings> {
        let mut scopes: Vec<(Scope, Box<str>)> = Vec::new();
        for (name, description) in &self.scopes {
            match Scope::parse(name) {
                Err(why) => faults.push(ConfigFault::Scope(name.clone(), why)),
                Ok(scope) if scopes.iter().any(|(known, _)| *known == scope) => {
                    faults.push(ConfigFault::ScopeTwice(name.clone()))
                }
                Ok(scope) => scopes.push((scope, description.as_str().into())),
            }
        }
        if self.scopes.is_empty() {
            faults.push(ConfigFault::NoScope);
        }
        let mut default_scopes: Vec<&Scope> = Vec::new();
        for name in &self.default_scopes {
            match scopes.iter().find(|(known, _)| known.as_str() == name) {
                Some((scope, _)) => default_scopes.push(scope),
                None => faults.push(ConfigFault::DefaultScope(name.clone())),
            }
        }
        let default_scopes: ScopeSet = default_scopes.into_iter().collect();
        let mut resources: Vec<Resource> = Vec::new();
        for text in &self.resources {
            match Resource::parse(text) {
                Err(why) => faults.push(ConfigFault::Resource(text.clone(), why)),
                Ok(resource) if resources.contains(&resource) => faults.push(ConfigFault::ResourceTwice(text.clone())),
                Ok(resource) => resources.push(resource),
            }
        }
        let mut origins: Vec<Origin> = Vec::new();
        for text in &self.origins {
            match Origin::parse(text) {
                Err(why) => faults.push(ConfigFault::Origin(text.clone(), why)),
                Ok(origin) if origins.contains(&origin) => faults.push(ConfigFault::OriginTwice(text.clone())),
                Ok(origin) => origins.push(origin),
            }
        }
        if self.pepper.as_ref().is_some_and(|pepper| pepper.expose().len() < 16) {
            faults.push(ConfigFault::Pepper);
        }
        let pepper = self.pepper.clone().unwrap_or_else(Pepper::none);
        let (issuer, lifetimes) = (issuer?, self.lifetimes);
        Some(Settings { issuer, scopes, default_scopes, resources, origins, lifetimes, pepper })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
