use std::{fmt, sync::Arc, time::Duration};

use grantor_core::types::{Clock, Issuer, SecretText, SystemClock};
use reqwest::{Client, ClientBuilder, Url, header::HeaderValue, redirect::Policy};

use crate::{
    Introspection, IntrospectionError, IntrospectionFault,
    discovery::discovered,
    question::{Question, basic},
    source::Kept,
};

/// The longest that an answer may be kept.
pub(crate) const LONGEST_KEEP: Duration = Duration::from_secs(60);
/// The longest that a request may wait for an answer.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Collects the configuration of an [`Introspection`]; [`build`](Self::build) and [`discover`](Self::discover) tell every fault
/// at once.
pub struct IntrospectionBuilder {
    issuer: String,
    endpoint: Option<String>,
    client: Option<(String, SecretText)>,
    keep_for: Duration,
    capacity: u64,
    timeout: Duration,
    takes_untyped: bool,
    http: Option<ClientBuilder>,
    clock: Arc<dyn Clock>,
}

/// What needs no network to be checked.
struct Checked {
    issuer: Issuer,
    http: Client,
    authorization: HeaderValue,
    kept: Option<Kept>,
    timeout: Duration,
    takes_untyped: bool,
    clock: Arc<dyn Clock>,
}

impl IntrospectionBuilder {
    pub(crate) fn new(issuer: String) -> Self {
        let seconds = Duration::from_secs;
        Self {
            issuer,
            endpoint: None,
            client: None,
            keep_for: seconds(5),
            capacity: 10_000,
            timeout: seconds(5),
            takes_untyped: false,
            http: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Whom to ask (RFC 7662 §2). Plain http is for 127.0.0.1, `[::1]` and localhost only. [`discover`](Self::discover) finds it
    /// out instead.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Who asks: a client of that server, by `client_secret_basic`. At grantor's own it needs `ClientBuilder::introspects`.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.client = Some((id.into(), SecretText::new(secret.into())));
        self
    }

    /// How long an answer is believed: 5 seconds by default, at most 60, never beyond the token's `exp`. A token that is
    /// revoked passes for so long (RFC 7662 §4). With zero nothing is kept, and every request asks for itself.
    #[must_use]
    pub fn keep_for(mut self, time: Duration) -> Self {
        self.keep_for = time;
        self
    }

    /// How many answers are kept, 10 000 by default. Those that nobody asks for give way first.
    #[must_use]
    pub fn capacity(mut self, answers: u64) -> Self {
        self.capacity = answers;
        self
    }

    /// How long a request waits for an answer, connecting included: 5 seconds by default, at most 60. Then it gets 503.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Lets tokens through of which the server does not say that they are bearer tokens (`token_type`, RFC 7662 §2.2), because
    /// it says so of none.
    ///
    /// It is weaker: a client that asks about its own refresh token is told that it is active, and only `token_type` tells
    /// it from an access token.
    #[must_use]
    pub fn tokens_without_type(mut self) -> Self {
        self.takes_untyped = true;
        self
    }

    /// The HTTP client to build on: roots of trust, a proxy, limits of connections. A builder and not a client, because
    /// redirects are switched off whatever it says, and proxies too where the server is asked by plain http.
    #[must_use]
    pub fn http(mut self, client: ClientBuilder) -> Self {
        self.http = Some(client);
        self
    }

    /// Another clock, for tests. It judges `exp` and how long answers are kept; the timeout goes by real time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks everything; nothing is asked yet.
    ///
    /// # Errors
    /// [`IntrospectionError`] with every [`IntrospectionFault`] that was found.
    pub fn build(self) -> Result<Introspection, IntrospectionError> {
        let mut faults = Vec::new();
        let endpoint = match self.endpoint.as_deref() {
            None => Err(IntrospectionFault::NoEndpoint),
            Some(text) => endpoint(text).ok_or(IntrospectionFault::Endpoint),
        };
        let endpoint = endpoint.map_err(|fault| faults.push(fault)).ok();
        let plain = endpoint.as_ref().is_some_and(|url| url.scheme() == "http");
        let checked = self.checked(plain, &mut faults);
        match (checked, endpoint) {
            (Some(checked), Some(endpoint)) if faults.is_empty() => Ok(checked.asking(endpoint)),
            _ => Err(IntrospectionError::new(faults)),
        }
    }

    /// Checks everything, and asks the server's metadata for its `introspection_endpoint` (RFC 8414 §3). A configured
    /// [`endpoint`](Self::endpoint) is passed over.
    ///
    /// The document must name exactly the configured issuer, and for an issuer with https an endpoint with https.
    ///
    /// # Errors
    /// [`IntrospectionError`] with every [`IntrospectionFault`] that was found; [`IntrospectionFault::Metadata`] if the document
    /// cannot be read now, so that a host may try again.
    pub async fn discover(self) -> Result<Introspection, IntrospectionError> {
        let mut faults = Vec::new();
        let plain = self.issuer.starts_with("http://");
        let Some(checked) = self.checked(plain, &mut faults).filter(|_| faults.is_empty()) else {
            return Err(IntrospectionError::new(faults));
        };
        let endpoint = discovered(&checked.http, &checked.issuer, checked.timeout).await?;
        Ok(checked.asking(endpoint))
    }

    fn checked(self, plain: bool, faults: &mut Vec<IntrospectionFault>) -> Option<Checked> {
        let Self { keep_for, capacity, timeout, takes_untyped, clock, .. } = self;
        let issuer = Issuer::parse(&self.issuer).map_err(|why| faults.push(IntrospectionFault::Issuer(self.issuer, why)));
        let client = self.client.filter(|(id, secret)| !id.is_empty() && !secret.expose().is_empty());
        let authorization = client.and_then(|(id, secret)| basic(&id, &secret));
        if authorization.is_none() {
            faults.push(IntrospectionFault::NoClient);
        }
        if keep_for > LONGEST_KEEP {
            faults.push(IntrospectionFault::KeepFor(keep_for));
        }
        if timeout.is_zero() || timeout > LONGEST_WAIT {
            faults.push(IntrospectionFault::Timeout(timeout));
        }
        if capacity == 0 {
            faults.push(IntrospectionFault::Capacity);
        }
        if !plain && self.http.is_none() && cfg!(not(feature = "rustls")) {
            faults.push(IntrospectionFault::NoTls);
        }
        let http = client_of(self.http, plain).map_err(|fault| faults.push(IntrospectionFault::Http(fault.to_string())));
        let kept = (!keep_for.is_zero()).then(|| Kept::new(keep_for, capacity, Arc::clone(&clock)));
        let (issuer, http, authorization) = (issuer.ok()?, http.ok()?, authorization?);
        Some(Checked { issuer, http, authorization, kept, timeout, takes_untyped, clock })
    }
}

impl Checked {
    fn asking(self, endpoint: Url) -> Introspection {
        let Self { issuer, http, authorization, kept, timeout, takes_untyped, clock } = self;
        let question = Question { http, endpoint, authorization, timeout, takes_untyped };
        Introspection::new(issuer, question, kept, clock)
    }
}

fn client_of(own: Option<ClientBuilder>, plain: bool) -> reqwest::Result<Client> {
    let client = match own {
        Some(own) => own,
        // Who speaks no TLS needs no roots of trust, and a machine may have none.
        #[cfg(feature = "rustls")]
        None if plain => Client::builder().tls_certs_only([]),
        None => Client::builder(),
    };
    // A proxy would see the secret that plain http carries.
    let client = if plain { client.no_proxy() } else { client };
    client.redirect(Policy::none()).build()
}

/// An endpoint that a secret may be sent to.
pub(crate) fn endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_safe && is_bare).then_some(url)
}

impl fmt::Debug for IntrospectionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionBuilder").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
