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

/// ST-14
#[test]
fn what_the_memory_store_is_given_holds_no_credential() -> grantor_conformance::Verdict {
    grantor_conformance::run("a_dump_holds_no_credential", async {
        let store = Arc::new(MemoryStore::new());
        let app = grantor_core::types::ClientId::parse("app").map_err(|_| grantor_core::StoreError::Conflict)?;
        let dump = async || {
            let grants = grantor_core::GrantDirectory::of_client(&store, &app, None, 100).await.unwrap_or_default();
            grants.iter().flat_map(grantor_core::grant::Grant::encode).collect()
        };
        grantor_conformance::protocol::a_dump_holds_no_credential(&Handles::of(store.clone()), dump).await
    })
}
