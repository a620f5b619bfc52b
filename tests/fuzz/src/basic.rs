use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Call, Client, ClientId, ClientSecret, ClientStore, Payload, StoreError, server::SecretHashes,
};

use crate::{
    answer::Seen,
    reading,
    world::{FORM, at_once},
};

/// The `Authorization` header at the token endpoint, by which client is looked up and which secret is checked, against the
/// second reading.
///
/// `<header>`, or two of them with `\n` between
pub fn basic(data: &[u8]) {
    static WORLD: OnceLock<(AuthorizationServer, Arc<Heard>)> = OnceLock::new();
    let (server, heard) = WORLD.get_or_init(world);
    heard.take();
    let mut headers: Vec<(&'static str, &[u8])> = vec![("content-type", FORM)];
    headers.extend(data.split(|byte| *byte == b'\n').map(|value| ("authorization", value)));
    let body = Payload::Whole(b"grant_type=authorization_code&code=x");
    let seen = Seen::from(at_once(server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None })));
    seen.assert_error();
    let said = (seen.status, seen.json()["error"].as_str().unwrap_or_default().to_owned());
    let heard = heard.take();
    if headers.len() > 2 {
        assert_eq!((said, heard), ((400, "invalid_request".to_owned()), (None, None)));
        return;
    }
    let Some((id, secret)) = reading::basic(data) else {
        assert_eq!((said, heard), ((401, "invalid_client".to_owned()), (None, None)));
        return;
    };
    let could_be_one = (1..=255).contains(&id.len()) && reading::is_vschar(&id);
    assert_eq!(heard, (could_be_one.then_some(id), Some(secret)));
    let expected = if could_be_one { (400, "invalid_grant") } else { (401, "invalid_client") };
    assert_eq!(said, (expected.0, expected.1.to_owned()));
}

/// A server for which every name is a client, and every secret is right.
fn world() -> (AuthorizationServer, Arc<Heard>) {
    let heard = Arc::new(Heard::default());
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").without_rate_limits();
    let server = builder.clients(heard.clone()).secret_hashes(heard.clone()).build().expect("the configuration is right");
    (server, heard)
}

/// Which name was looked up, and which secret was checked.
#[derive(Default)]
struct Heard(Mutex<(Option<String>, Option<String>)>);

impl Heard {
    fn take(&self) -> (Option<String>, Option<String>) {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl ClientStore for Heard {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(id.as_str().to_owned());
        let client = Client::confidential(id.as_str(), ClientSecret::hashed("$some$hash")).redirect_uri("https://a.example/cb");
        client.build().map(Some).map_err(StoreError::unavailable)
    }
}

#[async_trait]
impl SecretHashes for Heard {
    async fn verify(&self, presented: &str, _: Option<&str>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(presented.to_owned());
        true
    }
}
