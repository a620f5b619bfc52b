//! The promises of [`ClientStore`].
//!
//! Each is given a store in which [`sample`] was kept, and nothing else.

use std::time::Duration;

use grantor_core::{AuthMethod, Client, ClientSecret, ClientStore, types::ClientId};
use time::OffsetDateTime;

use crate::{Broken, Verdict, broken::ensure, kit::failed};

/// Clients of every kind, for a store to keep before it is tried.
///
/// # Errors
/// [`Broken`], if the suite does not fit this release of the core.
pub fn sample() -> Result<Vec<Client>, Broken> {
    let secret = || ClientSecret::sha256_of("0b9d7c9f8e1c4b55a2f0c6a3d7e8f901");
    let public = |id: &str| Client::public(id).redirect_uri("https://app.example/cb");
    let web = Client::confidential("web", secret()).redirect_uri("https://web.example/cb?tenant=1").refresh_tokens();
    let web = web
        .also_secret(ClientSecret::hashed("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA"))
        .auth_methods([AuthMethod::Basic]);
    let web = web.scopes(["profile", "mail.read"]).resources(["https://api.example/", "urn:files"]).require_state();
    let instant = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_001);
    let phone =
        Client::public("com.example.phone").redirect_uri("com.example.phone:/cb").redirect_uri("http://127.0.0.1/cb").native();
    let phone = phone.name("Zoë’s 📱 \"app\" \\ %").logo_uri("https://app.example/l.png").untrusted().exact_localhost_port();
    let builders = [
        public("app"),
        public("APP"),
        public("app "),
        public("a%"),
        public("https://client.example/metadata.json"),
        public(&"x".repeat(255)),
        public("off").disabled(),
        public("bare").scopes([""; 0]).resources([""; 0]).without_authorization_code(),
        web.access_lifetime(Duration::from_millis(90_500)).not_before(instant),
        phone.allow_scheme_without_period().redirect_uri("phone:/cb").may_skip_consent(),
    ];
    builders.into_iter().map(|builder| builder.build().map_err(failed)).collect()
}

/// Every client comes back equal in every property, disabled ones included.
///
/// ST-11
///
/// # Errors
/// [`Broken`].
pub async fn a_client_comes_back_equal_in_every_property(store: &dyn ClientStore) -> Verdict {
    for client in sample()? {
        let found = store.find(client.id()).await?;
        let Some(found) = found else { return Err(Broken::because(format!("the client {:?} is not found", client.id()))) };
        ensure!(found.encode() == client.encode(), "the client {:?} came back as another", client.id());
    }
    Ok(())
}

/// A client that is not there is `None`, however near its identifier comes to one that is: other case, a space more, a
/// wildcard, a part.
///
/// # Errors
/// [`Broken`].
pub async fn an_unknown_client_is_none(store: &dyn ClientStore) -> Verdict {
    for id in ["App", "ap", "app  ", " app", "a_p", "%", "a", "web'--", "*", "x", "nobody"] {
        let id = ClientId::parse(id).map_err(failed)?;
        ensure!(store.find(&id).await?.is_none(), "the unknown client {id:?} was found");
    }
    Ok(())
}
