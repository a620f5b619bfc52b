use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use grantor_core::{
    AuthorizationServer, Call, Client, ClientSecret, Login, MemoryClients, MemoryStore, Next, Payload,
    server::{Builder, Random, RandomUnavailable},
    types::Clock,
};
use time::{Duration, OffsetDateTime};

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const SECRET: &str = "a-generated-secret-of-many-random-bits";
pub(crate) const FORM: &[u8] = b"application/x-www-form-urlencoded";
pub(crate) const ORIGIN: &str = "https://pages.example";

/// A server, and the clock and the store that it was given.
pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) clock: Arc<Hands>,
    pub(crate) store: Arc<MemoryStore>,
}

/// How the server is configured; a script says it with its first character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `0`: as little as it takes.
    Plain,
    /// `1`: with resources, default scopes, and an origin that may call.
    Rich,
    /// `2`: it explains refusals.
    Explaining,
}

impl Setting {
    pub(crate) fn read(byte: u8) -> Self {
        match byte % 3 {
            0 => Self::Plain,
            1 => Self::Rich,
            _ => Self::Explaining,
        }
    }

    fn issuer(self) -> &'static str {
        match self {
            Self::Plain => "https://id.example",
            Self::Rich => "https://rich.example/tenant",
            Self::Explaining => "http://127.0.0.1:4000",
        }
    }

    fn configure(self, builder: Builder) -> Builder {
        match self {
            Self::Plain => builder,
            Self::Rich => {
                let builder = builder.resource("https://api.example/").resource("https://files.example/");
                builder.default_scopes(["profile"]).allow_origin(ORIGIN)
            }
            Self::Explaining => builder.explain(),
        }
    }
}

impl World {
    /// A world that throws its dice in an order of its own.
    pub(crate) fn new(setting: Setting, dice: u64) -> Self {
        let clock = Arc::new(Hands::default());
        let store = Arc::new(MemoryStore::with_limit(10_000).with_clock(clock.clone()));
        let builder = AuthorizationServer::builder(setting.issuer()).clients(clients()).grants(store.clone());
        let builder = builder.scope("profile", "Your name").scope("mail", "Your mail").scope("openid", "Who you are");
        let builder = builder.clock(clock.clone()).random(Arc::new(Dice(AtomicU64::new(dice << 40)))).without_rate_limits();
        let server = setting.configure(builder).build().expect("the configuration is right");
        Self { server, clock, store }
    }

    /// The code of a request that Ann allows whole.
    pub(crate) fn code(&self, query: &str) -> String {
        let pending = at_once(self.server.authorize(get(query))).expect("a good request");
        let Ok(Next::Ask(question)) = at_once(pending.next(Some(ann()))) else { unreachable!("Ann is asked") };
        let reply = at_once(question.approve_all());
        let location = reply.headers()["location"].to_str().expect("ASCII");
        let (_, answer) = location.split_once("code=").expect("a code");
        answer.split('&').next().unwrap_or_default().to_owned()
    }
}

/// The clients of all worlds.
fn clients() -> Arc<MemoryClients> {
    static CLIENTS: OnceLock<Arc<MemoryClients>> = OnceLock::new();
    let make = || Arc::new(MemoryClients::new(list().map(Clone::clone)));
    CLIENTS.get_or_init(make).clone()
}

/// The client of this identifier, as it is registered.
pub(crate) fn registered(id: &str) -> Option<&'static Client> {
    list().find(|client| client.id().as_str() == id)
}

fn list() -> impl Iterator<Item = &'static Client> {
    static LIST: OnceLock<Vec<Client>> = OnceLock::new();
    let make = || {
        let secret = || ClientSecret::sha256_of(SECRET);
        let builders = [
            Client::public("app").redirect_uri("https://app.example/cb").refresh_tokens(),
            Client::confidential("web", secret())
                .redirect_uri("https://web.example/cb?own=%7E&x")
                .redirect_uri("https://web.example/cb?")
                .refresh_tokens(),
            Client::public("phone")
                .redirect_uri("http://127.0.0.1/cb")
                .redirect_uri("http://[::1]:80/cb?own=1")
                .redirect_uri("http://localhost/cb")
                .redirect_uri("com.example.app:/cb"),
            Client::public("careful")
                .redirect_uri("http://localhost:4000/cb")
                .exact_localhost_port()
                .require_state()
                .scopes(["profile"])
                .resources(["https://files.example/"])
                .may_skip_consent(),
            Client::public("stranger").redirect_uri("https://stranger.example/'cb'").untrusted(),
            Client::public("off").redirect_uri("https://off.example/cb").disabled(),
            Client::confidential("api", secret()).without_authorization_code().introspects(),
            Client::confidential("bot", secret()).without_authorization_code().client_credentials(["mail"]),
        ];
        builders.into_iter().map(|client| client.build().expect("a good client")).collect()
    };
    LIST.get_or_init(make).iter()
}

/// Ann, who logged in a minute before the beginning.
pub(crate) fn ann() -> Login {
    Login::new("ann", "ann's session", at(-60_000))
}

/// So many milliseconds after the beginning.
pub(crate) fn at(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_800_000_000) + Duration::milliseconds(milliseconds)
}

/// A GET with this query.
pub(crate) fn get(query: &str) -> Call<'_> {
    Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None }
}

/// A POST with this form.
pub(crate) fn post(body: &[u8]) -> Call<'_> {
    Call { method: "POST", query: None, headers: &[("content-type", FORM)], body: Payload::Whole(body), peer: None }
}

/// What comes of a future that has nothing to wait for.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a server in memory waits for nothing"),
    }
}

/// A clock that stands still until the target moves it, in milliseconds since the beginning.
#[derive(Default)]
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn forward(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        at(self.read())
    }
}

/// Bytes that differ at each throw.
struct Dice(AtomicU64);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        for word in bytes.chunks_mut(8) {
            // SplitMix64: a test needs bytes that differ, not secret ones.
            let mut mixed = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            word.copy_from_slice(&mixed.to_le_bytes()[..word.len()]);
        }
        Ok(())
    }
}
