//! What all sites of the story share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use grantor::{AuthorizationServer, Endpoint, Guard};
use rand::{TryRng, rngs::SysRng};
use reqwest::redirect::Policy;

use crate::traffic::Traffic;

/// How long any of the sites waits for another.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What the host tells the story.
#[derive(Clone)]
pub struct Config {
    /// The provider's issuer identifier, as it stands in `iss`.
    pub issuer: String,
    /// Its authorization endpoint, whole.
    pub authorization_endpoint: String,
    /// Its token endpoint, whole.
    pub token_endpoint: String,
    /// Where its consent form goes, whole.
    pub consent_endpoint: String,
    /// The confidential client: its id and its secret.
    pub web_app: (String, String),
    /// The public client: its id.
    pub spa: String,
    /// Who logs in, by name and password: the thief's scripted browser plays this person.
    pub person: (String, String),
    /// How long the provider gives the same answer again to a client that lost it.
    pub retry_window: Duration,
    /// Where the host's middleware and the story write down what they receive.
    pub traffic: Traffic,
    /// Who checks the tokens that the resource server is shown.
    pub guard: Guard,
}

impl Config {
    /// A story about this server, which checks the tokens as well. Its consent form goes to `/consent`.
    pub fn new(server: &AuthorizationServer, web_app: (&str, &str), spa: &str, person: (&str, &str), traffic: &Traffic) -> Self {
        let issuer = server.issuer().as_str();
        let at = |path: &str| format!("{}{path}", origin(issuer));
        let pair = |(name, secret): (&str, &str)| (name.to_owned(), secret.to_owned());
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at(server.authorize_path()),
            token_endpoint: at(&server.path(Endpoint::Token)),
            consent_endpoint: at("/consent"),
            web_app: pair(web_app),
            spa: spa.to_owned(),
            person: pair(person),
            retry_window: server.settings().lifetimes().retry_window,
            traffic: traffic.clone(),
            guard: server.guard(),
        }
    }
}

/// The origins of the story's sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The confidential client, and the walk.
    pub web_app: String,
    /// The public client.
    pub spa: String,
    /// The API.
    pub resource: String,
    /// The thief, by another host name than the others, so that no cookie is shared.
    pub thief: String,
}

/// The story: what is known to every site.
pub(crate) struct Story {
    pub(crate) config: Config,
    pub(crate) places: Places,
    pub(crate) intercepted: Intercepted,
    pub(crate) web: reqwest::Client,
}

impl Story {
    pub(crate) fn new(config: Config, places: Places) -> Result<Self, Fault> {
        // A redirect of the token endpoint would carry the code to who knows where: none is followed.
        let web = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { config, places, intercepted: Intercepted::default(), web })
    }

    /// The provider's origin.
    pub(crate) fn provider(&self) -> String {
        origin(&self.config.issuer)
    }
}

/// What the thief sees of the person's own redirects, while the person lets them.
#[derive(Default)]
pub(crate) struct Intercepted(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    on: bool,
    loot: Option<(Loot, Instant)>,
}

/// An answer that was meant for a client.
#[derive(Clone)]
pub(crate) struct Loot {
    pub(crate) code: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
}

impl Intercepted {
    pub(crate) fn is_on(&self) -> bool {
        self.seen().on
    }

    pub(crate) fn switch(&self, on: bool) {
        *self.seen() = Seen { on, loot: None };
    }

    /// Shows the thief an answer, if that was switched on.
    pub(crate) fn offer(&self, loot: Loot) -> bool {
        let mut seen = self.seen();
        if seen.on {
            seen.loot = Some((loot, Instant::now()));
        }
        seen.on
    }

    /// The code, as long as it is worth a try.
    pub(crate) fn loot(&self) -> Option<Loot> {
        let seen = self.seen();
        seen.loot.as_ref().filter(|(_, at)| at.elapsed() < Duration::from_secs(55)).map(|(loot, _)| loot.clone())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Scheme, host and port of a URL.
pub(crate) fn origin(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// 256 random bits as text.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Any fault, in words for a person.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
