use std::collections::BTreeSet;

use async_trait::async_trait;
use grantor_core::{Client, ClientStore, StoreError, types::ClientId};

/// A list of clients with one thing wrong.
struct Listed {
    clients: Vec<Client>,
    finds: fn(&Client, &ClientId) -> bool,
    gives: fn(&Client) -> Option<Client>,
}

#[async_trait]
impl ClientStore for Listed {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.clients.iter().find(|client| (self.finds)(client, id)).and_then(self.gives))
    }
}

macro_rules! try_clients {
    (($store:expr, $broken:ident) $part:ident: $($promise:ident,)+) => {$(
        let verdict = grantor_conformance::run(stringify!($promise), async {
            grantor_conformance::$part::$promise(&$store).await
        });
        if verdict.is_err() {
            $broken.insert(stringify!($promise));
        }
    )+};
}

fn is(client: &Client, id: &ClientId) -> bool {
    client.id() == id
}

#[test]
fn a_client_store_with_one_thing_wrong_is_found_out() {
    let (equal, none) = ("a_client_comes_back_equal_in_every_property", "an_unknown_client_is_none");
    let folded: fn(&Client, &ClientId) -> bool = |client, id| client.id().as_str().eq_ignore_ascii_case(id.as_str());
    let trimmed: fn(&Client, &ClientId) -> bool = |client, id| client.id().as_str().trim() == id.as_str().trim();
    let parts: fn(&Client, &ClientId) -> bool = |client, id| client.id().as_str().starts_with(id.as_str());
    let whole: fn(&Client) -> Option<Client> = |client| Some(client.clone());
    let enabled: fn(&Client) -> Option<Client> = |client| Some(client.clone()).filter(Client::is_enabled);
    let bare: fn(&Client) -> Option<Client> = |client| {
        let uris = client.redirect_uris().iter().map(|uri| uri.as_str());
        let builder = Client::public(client.id().as_str()).native().allow_scheme_without_period();
        uris.fold(builder, |builder, uri| builder.redirect_uri(uri)).build().ok()
    };
    type Case<'a> = (fn(&Client, &ClientId) -> bool, fn(&Client) -> Option<Client>, &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (is, whole, &[]),
        (folded, whole, &[equal, none]),
        (trimmed, whole, &[equal, none]),
        (parts, whole, &[none]),
        (is, enabled, &[equal]),
        (is, bare, &[equal]),
    ];
    for (finds, gives, expected) in cases {
        let mut broken = BTreeSet::new();
        let store = || Listed { clients: grantor_conformance::clients::sample().unwrap(), finds, gives };
        grantor_conformance::promises! { clients { try_clients! } (store(), broken) }
        assert_eq!(broken, expected.iter().copied().collect());
    }
}
