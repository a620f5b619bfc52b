//! What the host supplies: where grants and clients are kept.
//!
//! A store keeps and never decides. Its one promise is [`GrantStore::replace`]: of all callers that read the same version
//! exactly one is told [`Swap::Done`]. Any database with a conditional write can keep it.

mod memory;

pub use memory::{MemoryClients, MemoryStore};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{
    grant::Grant,
    types::{Client, ClientId, GrantId, Version},
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
