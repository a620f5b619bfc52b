use std::sync::Arc;

use grantor_core::{
    AuthorizationServer, Call, Client, ClientStore, GrantStore, Login, Needed, Next, Payload, Reply, grant::Grant,
    protocol::CodeChallenge, types::GrantId,
};
use grantor_redis::RedisStore;
use serde_json::Value;
use time::OffsetDateTime;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An authorization server on a store, and the one client it has.
#[derive(Clone)]
pub(crate) struct House {
    server: AuthorizationServer,
    pub(crate) store: Arc<RedisStore>,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    location: String,
    body: String,
}

impl House {
    pub(crate) fn new(store: RedisStore) -> Self {
        let store = Arc::new(store);
        let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").client(client());
        Self { server: builder.grants(store.clone()).build().unwrap(), store }
    }

    /// The same with the clients in the store, too.
    pub(crate) fn with_stored_clients(store: RedisStore) -> Self {
        let store = Arc::new(store);
        let clients: Arc<dyn ClientStore> = store.clone();
        let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").clients(clients);
        Self { server: builder.grants(store.clone()).build().unwrap(), store }
    }

    /// The answer of an approval: a redirect with a code, if all goes well.
    pub(crate) async fn approve(&self) -> Seen {
        let challenge = CodeChallenge::of(VERIFIER);
        let query = format!(
            "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=profile&state=xyz&code_challenge={}&code_challenge_method=S256",
            challenge.as_str()
        );
        let call = Call { method: "GET", query: Some(&query), headers: &[], body: Payload::Whole(b""), peer: None };
        let login = Login::new("zoë", "session-of-zoe", OffsetDateTime::now_utc());
        let pending = match self.server.authorize(call).await {
            Ok(pending) => pending,
            Err(reply) => return reply.into(),
        };
        match pending.next(Some(login)).await {
            Ok(Next::Ask(question)) => question.approve_all().await.into(),
            Ok(Next::Answer(reply)) | Err(reply) => reply.into(),
            Ok(next) => panic!("{next:?}"),
        }
    }

    pub(crate) async fn code(&self) -> String {
        self.approve().await.code()
    }

    pub(crate) async fn redeem(&self, code: &str) -> Seen {
        let uri = "https%3A%2F%2Fapp.example%2Fcb";
        self.token(&format!(
            "grant_type=authorization_code&client_id=app&code={code}&redirect_uri={uri}&code_verifier={VERIFIER}"
        ))
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Seen {
        self.token(&format!("grant_type=refresh_token&client_id=app&refresh_token={token}")).await
    }

    async fn token(&self, body: &str) -> Seen {
        let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
        let body = Payload::Whole(body.as_bytes());
        self.server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await.into()
    }

    /// The status of a request with this access token: 200 if it is alive.
    pub(crate) async fn verify(&self, token: &str) -> u16 {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_bytes())];
        let call = Call { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
        self.server.guard().verify(&call, &Needed::token()).await.map_or_else(|reply| Seen::from(reply).status, |_| 200)
    }

    /// The grant behind an access token.
    pub(crate) async fn grant_id(&self, token: &str) -> GrantId {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_bytes())];
        let call = Call { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
        *self.server.guard().verify(&call, &Needed::token()).await.unwrap().grant_id().unwrap()
    }

    /// A grant with tokens out, as it is stored.
    pub(crate) async fn grant(&self) -> Grant {
        let tokens = self.redeem(&self.code().await).await;
        let id = self.grant_id(&tokens.member("access_token")).await;
        self.store.load(&id).await.unwrap().unwrap()
    }
}

pub(crate) fn client() -> Client {
    Client::public("app").redirect_uri("https://app.example/cb").refresh_tokens().build().unwrap()
}

impl Seen {
    pub(crate) fn code(&self) -> String {
        let (_, query) = self.location.split_once("code=").unwrap_or_else(|| panic!("no code: {self:?}"));
        query.split('&').next().unwrap().to_owned()
    }

    pub(crate) fn has_code(&self) -> bool {
        self.location.contains("code=")
    }

    /// A member of the JSON body, empty if it is not there.
    pub(crate) fn member(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"));
        body[name].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the server said that it cannot tell right now, and handed out nothing.
    pub(crate) fn is_busy(&self) -> bool {
        let says_so = self.body.contains("server_error") || self.location.contains("error=temporarily_unavailable");
        (self.status == 503 || self.status == 303 || self.status == 302) && says_so && !self.body.contains("access_token")
    }
}

impl From<Reply> for Seen {
    fn from(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let location = head.headers.get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Self { status: head.status.as_u16(), location, body: String::from_utf8(body.into_bytes().to_vec()).unwrap() }
    }
}

/// The same grant as if another write had made it, or under another id: both stand in front of the stored form.
pub(crate) fn remade(grant: &Grant, id: Option<[u8; 16]>, version: [u8; 16]) -> Grant {
    let mut bytes = grant.encode();
    if let Some(id) = id {
        bytes[2..18].copy_from_slice(&id);
    }
    bytes[19..35].copy_from_slice(&version);
    let remade = Grant::decode(&bytes).unwrap();
    assert_eq!(*remade.version().as_bytes(), version);
    remade
}
