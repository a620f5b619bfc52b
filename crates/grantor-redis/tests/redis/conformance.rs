//! The promises of any store, through two handles with connections of their own.

use std::time::Duration;

use grantor_conformance::Handles;
use grantor_core::Client;
use grantor_redis::RedisStore;

use crate::kit::{prefix, store, url};

/// Two handles that share nothing but the data. Sixty-four tasks on a busy machine may be slow without being wrong.
fn handles(url: &str, prefix: &str) -> Handles {
    let handle = || store(url, prefix).with_timeout(Duration::from_secs(30));
    Handles::of(handle()).and(handle()).expiring_by_itself()
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
