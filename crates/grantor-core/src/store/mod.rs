//! What the host supplies: where grants and clients are kept.
//!
//! A store keeps and never decides. Its one promise is [`GrantStore::replace`]: of all callers that read the same version
//! exactly one is told [`Swap::Done`]. Any database with a conditional write can keep it.

mod cached_clients;
mod memory;
mod shared;

pub use cached_clients::CachedClients;
pub use memory::{MemoryClients, MemoryStore};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{
    grant::Grant,
    types::{Client, ClientId, GrantId, Subject, Version},
};

/// Where grants live. Four methods, for every grant type there will ever be.
#[async_trait]
pub trait GrantStore: Send + Sync + 'static {
    /// Keeps a new grant.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id is already there; [`StoreError::Unavailable`] if it cannot be told.
    async fn insert(&self, grant: Grant) -> Result<(), StoreError>;

    /// Sees every write that finished before it began: no replica, no stale cache.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; an absent grant is `None` and no error.
    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError>;

    /// Writes `next` if the stored grant still has version `read`. An absent id is [`Swap::Lost`]: never an upsert.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it did not happen, or nobody knows whether it did.
    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError>;

    /// Forgets at most `limit` grants whose own `forget_after`, as stored at the moment of deletion, has passed; tells how
    /// many. Any process may call it at any time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError>;
}

/// Where clients are registered.
#[async_trait]
pub trait ClientStore: Send + Sync + 'static {
    /// The client of this identifier, as it is now; a short-lived cache is fine.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; an unknown client is `None` and no error.
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
}

/// Whose grants are there: for a page on which people see what they allowed, and for ending all of a person or a client.
///
/// A store that can list implements it beside [`GrantStore`]; no flow needs it. It lists and never ends: ending is the
/// engine's, by [`replace`](GrantStore::replace) (`AuthorizationServer::end_subject` and `end_client`).
#[async_trait]
pub trait GrantDirectory: Send + Sync + 'static {
    /// The grants that are bound to this person and have not ended, parked ones included: at most `limit` of them, in the
    /// order of their ids as bytes, beginning behind `after`. Fewer than `limit` means that there are no more.
    ///
    /// It sees every write that finished before it began. Grants whose time has passed and which no sweep took yet may be
    /// among them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; a person without grants is an empty list and no error.
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError>;

    /// The same for the grants of a client, those that are bound to nobody yet included.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; a client without grants is an empty list and no error.
    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError>;
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The write happened.
    Done,
    /// Another write came first, or the grant is gone. Nothing changed.
    Lost,
}

/// What a store can say beside yes and no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The id is taken.
    #[error("the grant id is taken")]
    Conflict,
    /// The store cannot be reached, is read-only, too slow or full, or holds what cannot be read. The source goes to the
    /// operator's log and never to a client: keep credentials and connection strings out of its text.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// An unavailable store, and why.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}
