//! The memory store keeps every promise.

use std::sync::Arc;

use grantor_conformance::{Handles, store_conformance};
use grantor_core::{MemoryClients, MemoryStore};

store_conformance! {
    grants: {
        let store = Arc::new(MemoryStore::new());
        Handles::of(store.clone()).and(store)
    },
    directory: Handles::of_directory(MemoryStore::new()),
    clients: async |clients| MemoryClients::new(clients),
}
