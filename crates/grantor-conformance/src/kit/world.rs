use std::{collections::BTreeMap, sync::Arc, time::Duration};

use grantor_core::{
    AuthorizationServer, Call, Client, Login, MemoryClients, Needed, Next, Parked, Payload, Question, Reply,
    protocol::CodeChallenge, server::Builder, types::Clock,
};

use super::Hands;
use crate::{Broken, Handles, broken::ensure};

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";

/// Servers on every handle of a store under test, under one clock: they are one server, if the store keeps its promises.
pub(crate) struct World {
    servers: Vec<AuthorizationServer>,
    pub(crate) clock: Arc<Hands>,
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    fields: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn new(handles: &Handles) -> Result<Self, Broken> {
        Self::with(handles, |builder| builder)
    }

    /// Servers that are configured further, and know the clients `app` and `other`.
    pub(crate) fn with(handles: &Handles, configure: impl Fn(Builder) -> Builder) -> Result<Self, Broken> {
        let client = |id: &str| Client::public(id).redirect_uri(REDIRECT_URI).refresh_tokens().build();
        let clients: Result<Vec<_>, _> = ["app", "other"].into_iter().map(client).collect();
        let clients = Arc::new(MemoryClients::new(clients.map_err(failed)?));
        let configure = |builder: Builder| {
            let builder = builder.scope("profile", "Your name").scope("mail", "Your mail").clients(clients.clone());
            configure(builder)
        };
        Self::bare(handles, Arc::new(Hands::now_real()), "https://id.example", configure)
    }

    /// Servers with no more than a clock and the store.
    pub(crate) fn bare(
        handles: &Handles,
        clock: Arc<Hands>,
        issuer: &str,
        configure: impl Fn(Builder) -> Builder,
    ) -> Result<Self, Broken> {
        let server = |store: &Arc<dyn grantor_core::GrantStore>| {
            let builder = AuthorizationServer::builder(issuer).clock(clock.clone()).grants(store.clone());
            configure(builder).build().map_err(failed)
        };
        Ok(Self { servers: handles.iter().map(server).collect::<Result<_, _>>()?, clock })
    }

    /// A server; the numbers go round.
    pub(crate) fn server(&self, number: usize) -> &AuthorizationServer {
        let [first, ..] = self.servers.as_slice() else { unreachable!("there is a server for each handle") };
        self.servers.get(number % self.servers.len()).unwrap_or(first)
    }

    pub(crate) fn login(&self) -> Login {
        login("ann", self.clock.as_ref())
    }

    pub(crate) async fn question(&self, number: usize) -> Result<Question, Broken> {
        asked(self.server(number), &query(&[]), self.login()).await
    }

    pub(crate) async fn parked(&self) -> Result<Parked, Broken> {
        self.question(0).await?.park().await.map_err(refused)
    }

    /// The code of a request that the person allows whole.
    pub(crate) async fn code(&self) -> Result<String, Broken> {
        Answer::from(self.question(0).await?.approve_all().await).good("code")
    }

    /// What a redeemed code brings.
    pub(crate) async fn tokens(&self) -> Result<Answer, Broken> {
        let tokens = redeem(self.server(0), &self.code().await?).await;
        ensure!(tokens.status == 200, "a good code was answered {tokens:?}");
        Ok(tokens)
    }

    pub(crate) async fn tokens_of(&self, subject: &str) -> Result<Answer, Broken> {
        let question = asked(self.server(0), &query(&[]), login(subject, self.clock.as_ref())).await?;
        let code = Answer::from(question.approve_all().await).good("code")?;
        Ok(redeem(self.server(0), &code).await)
    }

    pub(crate) async fn redeem(&self, number: usize, code: &str) -> Answer {
        redeem(self.server(number), code).await
    }

    pub(crate) async fn refresh(&self, number: usize, token: &str) -> Answer {
        refresh(self.server(number), token).await
    }

    /// Whether an API takes the token, at every server.
    pub(crate) async fn is_alive(&self, token: &str) -> Result<bool, Broken> {
        let mut lives = Vec::new();
        for server in &self.servers {
            lives.push(is_alive(server, token).await?);
        }
        ensure!(lives.iter().all(|one| Some(one) == lives.first()), "servers on one store disagree on a token");
        Ok(lives.contains(&true))
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.clock.forward(by);
    }
}

/// A person who has been logged in for a minute.
fn login(subject: &str, clock: &dyn Clock) -> Login {
    Login::new(subject, "a session", clock.now() - Duration::from_secs(60))
}

/// The query of a good request of `app`, with some parameters set to another value.
pub(crate) fn query(changes: &[(&str, &str)]) -> String {
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

pub(crate) fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn get(query: &str) -> Call<'_> {
    Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None }
}

fn form(body: &str) -> Call<'_> {
    const HEADERS: &[(&str, &[u8])] = &[("content-type", b"application/x-www-form-urlencoded")];
    Call { method: "POST", query: None, headers: HEADERS, body: Payload::Whole(body.as_bytes()), peer: None }
}

/// What comes next for a request and a login.
pub(crate) async fn next(server: &AuthorizationServer, query: &str, login: Option<Login>) -> Result<Next, Broken> {
    server.authorize(get(query)).await.map_err(refused)?.next(login).await.map_err(refused)
}

pub(crate) async fn asked(server: &AuthorizationServer, query: &str, login: Login) -> Result<Question, Broken> {
    match next(server, query, Some(login)).await? {
        Next::Ask(question) => Ok(question),
        other => Err(Broken::because(format!("a good request led to {other:?}"))),
    }
}

pub(crate) async fn token(server: &AuthorizationServer, fields: &[(&str, &str)]) -> Answer {
    server.token(form(&encoded(fields.iter().copied()))).await.into()
}

pub(crate) async fn redeem(server: &AuthorizationServer, code: &str) -> Answer {
    let fields = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", code), ("code_verifier", VERIFIER)];
    token(server, &fields).await
}

pub(crate) async fn refresh(server: &AuthorizationServer, refresh_token: &str) -> Answer {
    token(server, &[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh_token)]).await
}

async fn is_alive(server: &AuthorizationServer, token: &str) -> Result<bool, Broken> {
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_bytes())];
    let call = Call { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
    match server.guard().verify(&call, &Needed::token()).await {
        Ok(_) => Ok(true),
        Err(reply) if reply.status() == http::StatusCode::UNAUTHORIZED => Ok(false),
        Err(reply) => Err(refused(reply)),
    }
}

pub(crate) fn refused(reply: Reply) -> Broken {
    Broken::because(format!("a good request was answered {:?}", Answer::from(reply)))
}

/// Configuration of the suite's own that cannot be used.
pub(crate) fn failed(error: impl std::error::Error) -> Broken {
    Broken::because(error.to_string())
}

impl Answer {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// A field that a good answer has.
    pub(crate) fn good(&self, name: &str) -> Result<String, Broken> {
        let value = self.fields.get(name).cloned();
        value.ok_or_else(|| Broken::because(format!("no {name} in an answer that should be good: {self:?}")))
    }

    pub(crate) fn is_invalid_grant(&self) -> bool {
        self.status == 400 && self.get("error") == "invalid_grant"
    }

    /// 503 for a moment, with an error and no token.
    pub(crate) fn is_busy(&self) -> bool {
        self.status == 503 && self.get("error") == "server_error" && self.get("retry-after") == "1"
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        if let Some((_, query)) = text("location").and_then(|location| location.split_once('?')) {
            fields.extend(form_urlencoded::parse(query.as_bytes()).into_owned());
        }
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(&body.into_bytes()) {
            let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            fields.extend(members.into_iter().map(|(name, value)| (name, text(value))));
        }
        fields.extend(text("retry-after").map(|value| ("retry-after".to_owned(), value.to_owned())));
        Self { status: head.status.as_u16(), fields }
    }
}
