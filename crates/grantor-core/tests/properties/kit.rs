//! One server, and its answers as they are.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_core::{AuthorizationServer, Call, Client, ClientSecret, Login, Next, Payload, Reply};
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb?own=1";
pub(crate) const ID: &str = "my client+1";
pub(crate) const SECRET: &str = "p@ss:w%rd/é and 32 characters more";
pub(crate) const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).build().unwrap());
static SERVER: LazyLock<AuthorizationServer> = LazyLock::new(|| {
    let app = Client::public("app").redirect_uri(REDIRECT_URI).refresh_tokens().build().unwrap();
    server([app, confidential(ID, SECRET)])
});

/// What an answer is made of.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// What a person does with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Person {
    Away,
    Allows,
    Denies,
}

pub(crate) fn run<T>(body: impl Future<Output = T>) -> T {
    RUNTIME.block_on(body)
}

pub(crate) fn usual() -> &'static AuthorizationServer {
    &SERVER
}

pub(crate) fn server(clients: impl IntoIterator<Item = Client>) -> AuthorizationServer {
    let builder = AuthorizationServer::builder(ISSUER).scope("profile", "Your name").scope("mail", "Your mail");
    let builder = clients.into_iter().fold(builder.without_rate_limits(), |builder, client| builder.client(client));
    builder.build().unwrap()
}

pub(crate) fn confidential(id: &str, secret: &str) -> Client {
    let client = Client::confidential(id, ClientSecret::sha256_of(secret)).redirect_uri("https://web.example/cb");
    client.build().unwrap()
}

/// The parameters of a good request.
pub(crate) fn good_request() -> Vec<(String, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("v".repeat(43)));
    let pairs = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "profile mail"),
        ("state", "the state"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

pub(crate) fn encoded(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The answer to an authorization request, or where the person is sent to log in.
pub(crate) async fn authorize(call: Call<'_>, person: Person) -> Result<Answer, String> {
    let pending = match usual().authorize(call).await {
        Ok(pending) => pending,
        Err(reply) => return Ok(reply.into()),
    };
    let login = match person {
        Person::Away => None,
        Person::Allows | Person::Denies => Some(Login::new("ann", "session", OffsetDateTime::now_utc())),
    };
    match pending.next(login).await {
        Ok(Next::LogIn(place)) => Err(place.as_str().to_owned()),
        Ok(Next::Answer(reply)) | Err(reply) => Ok(reply.into()),
        Ok(Next::Ask(question)) => match person {
            Person::Denies => Ok(question.deny().await.into()),
            Person::Allows | Person::Away => Ok(question.approve_all().await.into()),
        },
    }
}

pub(crate) fn get(query: &str) -> Call<'_> {
    Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let body = String::from_utf8(body.into_bytes().to_vec()).unwrap();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What the redirect adds to the redirect URI.
    pub(crate) fn added(&self) -> Option<Vec<(String, String)>> {
        let added = self.header("location")?.strip_prefix(REDIRECT_URI)?.strip_prefix('&')?;
        Some(form_urlencoded::parse(added.as_bytes()).into_owned().collect())
    }

    /// Every value of one added parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let added = self.added().unwrap_or_default();
        added.into_iter().filter(|(own, _)| own == name).map(|(_, value)| value).collect()
    }

    /// The `error` of a JSON body.
    pub(crate) fn error(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["error"].as_str().unwrap_or_default().to_owned()
    }
}
