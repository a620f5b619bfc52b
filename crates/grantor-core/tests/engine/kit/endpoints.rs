use grantor_core::{Access, Call, Client, ClientSecret, Endpoint, Guard, Needed, StoreError, grant::Grant, types::GrantId};
use serde_json::Value;

use super::{SECRET, Seen, World, app, form, get, web, world::encoded};

/// A resource server: it may ask about every token, and gets none.
pub(crate) fn api() -> Client {
    let api = Client::confidential("api", ClientSecret::sha256_of(SECRET));
    api.without_authorization_code().introspects().build().unwrap()
}

/// A client that acts for itself, and may read mail.
pub(crate) fn bot() -> Client {
    let bot = Client::confidential("bot", ClientSecret::sha256_of(SECRET));
    bot.without_authorization_code().client_credentials(["mail"]).build().unwrap()
}

impl World {
    /// A world with every kind of client.
    pub(crate) fn whole() -> Self {
        Self::with(|builder| builder.client(app()).client(web()).client(api()).client(bot()))
    }

    /// A form that a client with the kit's secret sends to an endpoint; one without a secret is `app`.
    pub(crate) async fn ask(&self, endpoint: Endpoint, client: &str, fields: &[(&str, &str)]) -> Seen {
        let own = [("client_id", client), ("client_secret", SECRET)];
        let own = if client == "app" { &own[..1] } else { &own };
        self.server.serve(endpoint, form(&encoded([own, fields].concat()))).await.into()
    }

    /// `app` revokes.
    pub(crate) async fn revoke(&self, token: &str) -> Seen {
        self.ask(Endpoint::Revocation, "app", &[("token", token)]).await
    }

    /// What the resource server is told.
    pub(crate) async fn told(&self, token: &str) -> Value {
        self.told_to("api", token).await
    }

    pub(crate) async fn told_to(&self, client: &str, token: &str) -> Value {
        let seen = self.ask(Endpoint::Introspection, client, &[("token", token)]).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        serde_json::from_str(&seen.body).unwrap()
    }

    /// Whether a token is alive, by the guard and by introspection, which must agree.
    pub(crate) async fn is_alive(&self, token: &str) -> bool {
        let (verified, told) = (self.verify(token).await, self.told(token).await);
        if let Err(refused) = &verified {
            assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_token"));
        }
        assert_eq!(told["active"], verified.is_ok(), "the guard and introspection disagree: {told}");
        verified.is_ok()
    }

    /// What `bot` gets for itself.
    pub(crate) async fn own_token(&self, fields: &[(&str, &str)]) -> Seen {
        self.ask(Endpoint::Token, "bot", &[&[("grant_type", "client_credentials")], fields].concat()).await
    }

    /// The grant behind a code or a token.
    pub(crate) async fn stored(&self, credential: &str) -> Result<Option<Grant>, StoreError> {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        use grantor_core::GrantStore as _;
        let bytes = URL_SAFE_NO_PAD.decode(&credential[5..]).unwrap();
        self.store.memory.load(&GrantId::from_bytes(bytes[..16].try_into().unwrap())).await
    }
}

/// Shows a guard a token.
pub(crate) async fn shown(guard: &Guard, token: &str, needed: &Needed) -> Result<Access, Seen> {
    let header = format!("Bearer {token}");
    guarded(guard, None, &[("authorization", header.as_bytes())], needed).await
}

/// Shows a guard a request.
pub(crate) async fn guarded(
    guard: &Guard,
    query: Option<&str>,
    headers: &[(&'static str, &[u8])],
    needed: &Needed,
) -> Result<Access, Seen> {
    guard.verify(&Call { headers, query, ..get("") }, needed).await.map_err(Seen::from)
}
