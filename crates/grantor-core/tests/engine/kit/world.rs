use std::sync::Arc;

use grantor_core::{
    Access, AuthorizationServer, Call, Client, ClientSecret, Login, MemoryStore, Needed, Next, Parked, Payload, Pending,
    Question, ReturnTo, protocol::CodeChallenge, server::Builder,
};
use time::OffsetDateTime;

use super::{Dice, Hands, REDIRECT_URI, SECRET, Script, Seen, VERIFIER, log::listen};

/// A server, and everything it was given.
pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) clock: Arc<Hands>,
    pub(crate) dice: Arc<Dice>,
    pub(crate) store: Arc<Script>,
}

/// So many milliseconds after the beginning.
pub(crate) fn at(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap() + time::Duration::milliseconds(milliseconds)
}

/// Ann, who logged in a minute before the beginning.
pub(crate) fn ann() -> Login {
    Login::new("ann", "ann's session", at(-60_000))
}

/// The public client of most tests.
pub(crate) fn app() -> Client {
    Client::public("app").redirect_uri(REDIRECT_URI).refresh_tokens().build().unwrap()
}

/// A confidential one.
pub(crate) fn web() -> Client {
    let secret = ClientSecret::sha256_of(SECRET);
    Client::confidential("web", secret).redirect_uri("https://web.example/cb").refresh_tokens().build().unwrap()
}

pub(crate) fn get(query: &str) -> Call<'_> {
    listen();
    Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None }
}

pub(crate) fn form(body: &str) -> Call<'_> {
    listen();
    const HEADERS: &[(&str, &[u8])] = &[("content-type", b"application/x-www-form-urlencoded")];
    Call { method: "POST", query: None, headers: HEADERS, body: Payload::Whole(body.as_bytes()), peer: None }
}

pub(super) fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The query of a place to return to, as the server sees it when the browser comes back.
pub(crate) fn query_of(return_to: &ReturnTo) -> &str {
    return_to.as_str().split_once('?').unwrap().1
}

/// The query of a good request of `app`.
pub(crate) fn request() -> String {
    request_with(&[])
}

/// The same with some parameters added, or set to another value.
pub(crate) fn request_with(changes: &[(&str, &str)]) -> String {
    let challenge = CodeChallenge::of(VERIFIER);
    let good = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "profile mail"),
        ("state", "the state"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    encoded(kept.chain(changes).copied())
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder.client(app()).client(web()))
    }

    /// A world whose server is configured further; it has no client yet.
    pub(crate) fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self::keeping(MemoryStore::new(), configure)
    }

    pub(crate) fn keeping(memory: MemoryStore, configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self::at("https://id.example", memory, configure)
    }

    /// A world on this machine, for development.
    pub(crate) fn local(configure: impl FnOnce(Builder) -> Builder) -> Self {
        Self::at("http://127.0.0.1:4000", MemoryStore::new(), configure)
    }

    fn at(issuer: &str, memory: MemoryStore, configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (clock, dice) = (Arc::new(Hands::default()), Arc::new(Dice::default()));
        let store = Arc::new(Script::new(memory.with_clock(clock.clone())));
        Self::of(issuer, clock, dice, store, configure)
    }

    /// The same world after its server was configured anew: another process on the same store, by the same clock.
    pub(crate) fn later(&self, configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (clock, dice, store) = (self.clock.clone(), self.dice.clone(), self.store.clone());
        Self::of(self.server.issuer().as_str(), clock, dice, store, configure)
    }

    fn of(
        issuer: &str,
        clock: Arc<Hands>,
        dice: Arc<Dice>,
        store: Arc<Script>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let builder = AuthorizationServer::builder(issuer).scope("profile", "Your name").scope("mail", "Your mail");
        let builder = builder.clock(clock.clone()).random(dice.clone()).grants(store.clone());
        Self { server: configure(builder).build().unwrap(), clock, dice, store }
    }

    pub(crate) async fn pending(&self, query: &str) -> Pending {
        self.server.authorize(get(query)).await.unwrap_or_else(|reply| panic!("{:?}", Seen::from(reply)))
    }

    /// The answer to a request that is refused at once.
    pub(crate) async fn refused(&self, query: &str) -> Seen {
        Seen::from(self.server.authorize(get(query)).await.unwrap_err())
    }

    pub(crate) async fn next(&self, query: &str, login: Option<Login>) -> Next {
        let next = self.pending(query).await.next(login).await;
        next.unwrap_or_else(|reply| panic!("{:?}", Seen::from(reply)))
    }

    /// The question of a request, asked of Ann.
    pub(crate) async fn question(&self, query: &str) -> Question {
        self.question_of(query, ann()).await
    }

    pub(crate) async fn question_of(&self, query: &str, login: Login) -> Question {
        match self.next(query, Some(login)).await {
            Next::Ask(question) => question,
            other => panic!("{other:?}"),
        }
    }

    /// The answer to a request that wants no page.
    pub(crate) async fn answered(&self, query: &str, login: Option<Login>) -> Seen {
        match self.next(query, login).await {
            Next::Answer(reply) => reply.into(),
            other => panic!("{other:?}"),
        }
    }

    /// Where a request goes on after a login.
    pub(crate) async fn log_in(&self, query: &str, login: Option<Login>) -> ReturnTo {
        match self.next(query, login).await {
            Next::LogIn(return_to) => return_to,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn parked(&self, query: &str) -> Parked {
        self.question(query).await.park().await.unwrap()
    }

    /// A consent form comes back from Ann.
    pub(crate) async fn resumed(&self, ticket: &str) -> Result<Question, Seen> {
        self.server.resume(ticket, &ann()).await.map_err(Seen::from)
    }

    /// The code of a request that Ann allows whole.
    pub(crate) async fn code(&self) -> String {
        Seen::from(self.question(&request()).await.approve_all().await).code()
    }

    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Seen {
        self.server.token(form(&encoded(fields.iter().copied()))).await.into()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Seen {
        let verifier = ("code_verifier", VERIFIER);
        self.token(&[("grant_type", "authorization_code"), ("client_id", "app"), ("code", code), verifier]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Seen {
        self.token(&[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", token)]).await
    }

    /// An answer with tokens of a fresh grant.
    pub(crate) async fn tokens(&self) -> Seen {
        let tokens = self.redeem(&self.code().await).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        tokens
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<Access, Seen> {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_bytes())];
        let call = Call { headers: &headers, ..get("") };
        self.server.guard().verify(&call, &Needed::token()).await.map_err(Seen::from)
    }
}
