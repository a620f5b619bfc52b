//! The promises of any store, through two handles with connections of their own.

use grantor_conformance::Handles;
use grantor_core::Client;
use grantor_redis::RedisStore;

use crate::kit::{prefix, store, url};

/// Two handles that share nothing but the data.
fn handles(url: &str, prefix: &str) -> Handles {
    Handles::of(store(url, prefix)).and(store(url, prefix)).expiring_by_itself()
}

/// Nobody listens there.
fn unreachable() -> RedisStore {
    store("redis://127.0.0.1:1/", "nobody")
}

grantor_conformance::store_conformance! {
    grants: {
        let Some(url) = url() else { return Ok(()) };
        handles(&url, &prefix())
    },
    unreachable: Handles::of(unreachable()).and(unreachable()).expiring_by_itself(),
    clients: {
        let Some(url) = url() else { return Ok(()) };
        async move |clients: Vec<Client>| {
            let store = store(&url, &prefix());
            for client in &clients {
                store.put(client).await.unwrap();
            }
            store
        }
    },
}
