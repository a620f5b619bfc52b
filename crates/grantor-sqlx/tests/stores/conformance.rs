//! The promises of `grantor-conformance`, through two handles that share nothing but the database.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use grantor_conformance::{Handles, store_conformance};
use grantor_core::{
    Client, ClientId, ClientStore, GrantDirectory, GrantStore, StoreError, Subject, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use grantor_sqlx::{
    Settings, SqlStore,
    sqlx::{postgres::PgPoolOptions, sqlite::SqlitePoolOptions},
};
use time::OffsetDateTime;

use crate::place::{File, Memory, Place, Schema};

/// What an unreachable store is given.
fn short() -> Settings {
    Settings { timeout: Duration::from_millis(300), ..Settings::default() }
}

mod file {
    use super::*;

    store_conformance! {
        grants: two(File::enter().await.unwrap()).await,
        unreachable: {
            let pool = SqlitePoolOptions::new().connect_lazy("sqlite:no/such/folder/grants.db").unwrap();
            Handles::of(SqlStore::with_settings(pool, short()))
        },
        directory: listing(File::enter().await.unwrap()).await,
        clients: async |clients| keeping(File::enter().await.unwrap(), clients).await,
    }
}

mod memory {
    use super::*;

    store_conformance! {
        grants: two(Memory::enter().await.unwrap()).await,
        directory: listing(Memory::enter().await.unwrap()).await,
        clients: async |clients| keeping(Memory::enter().await.unwrap(), clients).await,
    }
}

mod postgres {
    use super::*;

    store_conformance! {
        grants: {
            let Some(place) = Schema::enter().await else { return Ok(()) };
            two(place).await
        },
        unreachable: {
            let pool = PgPoolOptions::new().connect_lazy("postgres://nobody@127.0.0.1:1/nothing").unwrap();
            Handles::of(SqlStore::with_settings(pool, short()))
        },
        directory: {
            let Some(place) = Schema::enter().await else { return Ok(()) };
            listing(place).await
        },
        clients: {
            let Some(place) = Schema::enter().await else { return Ok(()) };
            async |clients| keeping(place, clients).await
        },
    }
}

/// A store, and the place that must not go before it.
struct Placed<P: Place> {
    store: SqlStore<P::Database>,
    _place: Arc<P>,
}

impl<P: Place> Placed<P> {
    async fn new(place: &Arc<P>) -> Self {
        Self { store: place.store().await, _place: Arc::clone(place) }
    }
}

async fn two<P: Place>(place: P) -> Handles {
    let place = Arc::new(place);
    Handles::of(Placed::new(&place).await).and(Placed::new(&place).await)
}

async fn listing<P: Place>(place: P) -> Handles {
    let place = Arc::new(place);
    Handles::of_directory(Placed::new(&place).await).and(Placed::new(&place).await)
}

async fn keeping<P: Place>(place: P, clients: Vec<Client>) -> Placed<P> {
    let placed = Placed::new(&Arc::new(place)).await;
    for client in &clients {
        placed.store.put_client(client).await.unwrap();
    }
    placed
}

#[async_trait]
impl<P: Place> GrantStore for Placed<P> {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        self.store.insert(grant).await
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.store.load(id).await
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        self.store.replace(read, next).await
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        self.store.sweep(now, limit).await
    }
}

#[async_trait]
impl<P: Place> GrantDirectory for Placed<P> {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.store.of_subject(subject, after, limit).await
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.store.of_client(client, after, limit).await
    }
}

#[async_trait]
impl<P: Place> ClientStore for Placed<P> {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        self.store.find(id).await
    }
}
