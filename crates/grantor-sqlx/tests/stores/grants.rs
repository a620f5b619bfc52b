//! Grants as the engine makes them, and the means to change their marks.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Call, Client, GrantStore, Login, Next, Payload, Reply, StoreError, Swap,
    grant::Grant,
    protocol::CodeChallenge,
    types::{Clock, GrantId, Version},
};
use time::{Duration, OffsetDateTime};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The instant at which all grants of the tests begin, and the one after which a parked one is forgotten.
pub(crate) fn began() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

pub(crate) fn parked_until() -> OffsetDateTime {
    began() + Duration::minutes(10)
}

struct Fixed(OffsetDateTime);

impl Clock for Fixed {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// Notes what it is given, and keeps the last.
#[derive(Default)]
struct Last(Mutex<Option<Grant>>);

#[async_trait]
impl GrantStore for Last {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(grant);
        Ok(())
    }

    async fn load(&self, _: &GrantId) -> Result<Option<Grant>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn replace(&self, _: Version, next: Grant) -> Result<Swap, StoreError> {
        *self.0.lock().unwrap() = Some(next);
        Ok(Swap::Done)
    }

    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

/// Which grant to make.
#[derive(Clone, Copy)]
pub(crate) struct Recipe<'a> {
    pub(crate) client: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) state: &'a str,
    pub(crate) began: OffsetDateTime,
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self { client: "app", subject: "ann", state: "xyz", began: began() }
    }
}

impl Recipe<'_> {
    /// Waits for its person's answer.
    pub(crate) async fn parked(self) -> Grant {
        let (server, last) = self.server();
        ask(&server, self).await.park().await.unwrap();
        last.0.lock().unwrap().take().unwrap()
    }

    /// Waits for a login, and is bound to nobody.
    pub(crate) async fn unbound(self) -> Grant {
        let (server, last) = self.server();
        let query = format!("{}&prompt=login", query(self));
        let Next::LogIn(_) = server.authorize(get(&query)).await.unwrap().next(None).await.unwrap() else { panic!("no login") };
        last.0.lock().unwrap().take().unwrap()
    }

    pub(crate) async fn approved(self) -> Grant {
        let (server, last) = self.server();
        ask(&server, self).await.approve_all().await;
        last.0.lock().unwrap().take().unwrap()
    }

    pub(crate) async fn active(self) -> Grant {
        let (server, last) = self.server();
        let code = code_of(&ask(&server, self).await.approve_all().await);
        assert_eq!(redeem(&server, self.client, &code).await.status(), 200);
        last.0.lock().unwrap().take().unwrap()
    }

    pub(crate) async fn ended(self) -> Grant {
        let (server, last) = self.server();
        let code = code_of(&ask(&server, self).await.approve_all().await);
        for status in [200, 400] {
            assert_eq!(redeem(&server, self.client, &code).await.status(), status);
        }
        last.0.lock().unwrap().take().unwrap()
    }

    fn server(&self) -> (AuthorizationServer, Arc<Last>) {
        let last = Arc::new(Last::default());
        let builder = builder(self.client).grants(last.clone()).clock(Arc::new(Fixed(self.began)));
        (builder.build().unwrap(), last)
    }
}

/// A server with one public client.
pub(crate) fn builder(client: &str) -> grantor_core::Builder {
    let client = Client::public(client).redirect_uri("https://app.example/cb").refresh_tokens().build().unwrap();
    AuthorizationServer::builder("https://id.example").scope("profile", "Your name").client(client)
}

/// The question of a flow that began with this recipe.
pub(crate) async fn ask(server: &AuthorizationServer, recipe: Recipe<'_>) -> grantor_core::Question {
    let login = Login::new(recipe.subject, "session", recipe.began);
    let query = query(recipe);
    let Next::Ask(question) = server.authorize(get(&query)).await.unwrap().next(Some(login)).await.unwrap() else {
        panic!("no question")
    };
    question
}

fn query(recipe: Recipe<'_>) -> String {
    let challenge = CodeChallenge::of(VERIFIER);
    let Recipe { client, state, .. } = recipe;
    format!(
        "response_type=code&client_id={client}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=profile&state={state}\
         &code_challenge={}&code_challenge_method=S256",
        challenge.as_str()
    )
}

fn get(query: &str) -> Call<'_> {
    Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None }
}

pub(crate) fn code_of(reply: &Reply) -> String {
    let location = reply.headers()["location"].to_str().unwrap();
    let (_, code) = location.split_once("code=").unwrap();
    code.split('&').next().unwrap().to_owned()
}

pub(crate) async fn redeem(server: &AuthorizationServer, client: &str, code: &str) -> Reply {
    token(server, &format!("grant_type=authorization_code&client_id={client}&code={code}&code_verifier={VERIFIER}")).await
}

pub(crate) async fn refresh(server: &AuthorizationServer, client: &str, token_text: &str) -> Reply {
    token(server, &format!("grant_type=refresh_token&client_id={client}&refresh_token={token_text}")).await
}

async fn token(server: &AuthorizationServer, body: &str) -> Reply {
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let body = Payload::Whole(body.as_bytes());
    server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await
}

/// The same grant under another version, as the next write would have one.
pub(crate) fn marked(grant: &Grant, version: u8) -> Grant {
    rewritten(grant, grant.version().as_bytes(), version)
}

/// The same grant under another id.
pub(crate) fn twin(grant: &Grant, id: u8) -> Grant {
    rewritten(grant, grant.id().as_bytes(), id)
}

/// The same grant with other bytes in the place of these, which stand in its stored form as they are.
fn rewritten(grant: &Grant, own: &[u8; 16], byte: u8) -> Grant {
    let mut bytes = grant.encode();
    let from = bytes.windows(16).position(|bytes| bytes == own).unwrap();
    bytes[from..from + 16].fill(byte);
    Grant::decode(&bytes).unwrap()
}

pub(crate) async fn kept(store: &dyn GrantStore, grant: &Grant) -> Option<Vec<u8>> {
    store.load(grant.id()).await.unwrap().map(|grant| grant.encode())
}
