use grantor_core::{Client, GrantStore, MemoryStore, grant::Grant};
use serde_json::Value;

use crate::world::at_once;

/// The stored forms: what decodes is encoded to bytes that decode to the same.
///
/// `c<a client as JSON>` or `g<a grant>`
pub fn stored(data: &[u8]) {
    match data.split_first() {
        Some((b'c', bytes)) => client(bytes),
        Some((b'g', bytes)) => grant(bytes),
        _ => {}
    }
}

fn client(bytes: &[u8]) {
    let Ok(client) = Client::decode(bytes) else { return };
    let encoded = client.encode();
    let back = Client::decode(&encoded).expect("what was encoded can be decoded");
    assert_eq!(back.encode(), encoded);
    assert_eq!((back.id(), back.name(), back.logo_uri()), (client.id(), client.name(), client.logo_uri()));
    assert_eq!((back.redirect_uris(), back.auth_methods()), (client.redirect_uris(), client.auth_methods()));
    assert_eq!((back.scopes(), back.resources()), (client.scopes(), client.resources()));
    assert_eq!((back.own_scopes(), back.access_lifetime()), (client.own_scopes(), client.access_lifetime()));
    assert_eq!((back.not_before(), back.is_public()), (client.not_before(), client.is_public()));
    let traits = |client: &Client| {
        [
            client.uses_authorization_code(),
            client.uses_refresh_token(),
            client.introspects(),
            client.is_trusted(),
            client.is_enabled(),
            client.may_skip_consent(),
            client.requires_state(),
        ]
    };
    assert_eq!(traits(&back), traits(&client));
    assert_members(bytes, &encoded);
    for uri in client.redirect_uris() {
        assert!(client.redirect_uri(uri.as_str()).is_some() && back.redirect_uri(uri.as_str()).is_some());
    }
}

/// What was read and what is written say the same, where there is one way to say it.
fn assert_members(read: &[u8], written: &[u8]) {
    let members = |bytes| serde_json::from_slice::<Value>(bytes).expect("what was decoded is JSON");
    let (read, written) = (members(read), members(written));
    let names = ["client_id", "client_name", "logo_uri", "redirect_uris", "token_endpoint_auth_methods", "client_secrets"];
    let switches = ["trusted", "enabled", "native", "skips_consent", "requires_state", "exact_localhost_port", "introspects"];
    for name in names.iter().chain(&switches).filter(|_| read.is_object()) {
        assert_eq!(read[name], written[name], "{name}");
    }
}

fn grant(bytes: &[u8]) {
    let Ok(grant) = Grant::decode(bytes) else { return };
    let encoded = grant.encode();
    same(&grant, &Grant::decode(&encoded).expect("what was encoded can be decoded"));
    let store = MemoryStore::new();
    at_once(store.insert(grant.clone())).expect("an empty store has room");
    same(&grant, &at_once(store.load(grant.id())).expect("it can be read").expect("it is there"));
}

fn same(one: &Grant, other: &Grant) {
    assert_eq!(one.encode(), other.encode());
    assert_eq!((one.id(), one.version(), one.stage()), (other.id(), other.version(), other.stage()));
    assert_eq!((one.client_id(), one.subject()), (other.client_id(), other.subject()));
    assert_eq!((one.created(), one.forget_after()), (other.created(), other.forget_after()));
    assert_eq!((one.auth_time(), one.acr()), (other.auth_time(), other.acr()));
    assert_eq!(one.scopes(), other.scopes());
    assert!(one.amr().eq(other.amr()));
    let asked = |grant: &Grant| grant.asked().map(|asked| (asked.redirect_uri().to_owned(), asked.scopes().clone()));
    assert_eq!(asked(one), asked(other));
}
