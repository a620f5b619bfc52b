//! The stores that are there before there is a database: in memory, bounded, and gone with the process.

mod shard;
mod shards;
mod sweeper;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{ClientStore, GrantDirectory, GrantStore, StoreError, Swap};
use crate::{
    grant::{Grant, InvalidGrant},
    types::{Client, ClientId, Clock, GrantId, Subject, SystemClock, Version},
};
use shard::Wanted;
use shards::Shards;
use sweeper::Sweeper;

/// How many grants it keeps by default.
const DEFAULT_LIMIT: usize = 2_000_000;

/// How many expired grants are taken along at once.
const SWEPT_ALONG: usize = 256;

/// Grants in memory: right for one process whose grants may end with it.
///
/// - It keeps a bounded number of grants. When it is full it drops expired ones, then the oldest parked request (of those
///   that wait for a login first), and never a grant that somebody holds credentials of: then it is
///   [`StoreError::Unavailable`]. Requests that wait for a login have a twentieth of the room, since anybody can make them.
/// - Expired grants leave by themselves. Each insert sweeps a little, and the first one starts a thread, `grantor-sweep`,
///   which looks through the store every twenty seconds, a small part at a time, and ends when the store is dropped. Where
///   no thread can be started, inserts and [`sweep`](GrantStore::sweep) are what is left.
pub struct MemoryStore {
    shards: Arc<Shards>,
    clock: Arc<dyn Clock>,
    sweeper: OnceLock<Option<Sweeper>>,
}

impl MemoryStore {
    /// A store for at most 2,000,000 grants.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(DEFAULT_LIMIT)
    }

    /// A store for at most `limit` grants.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { shards: Arc::new(Shards::new(limit)), clock: Arc::new(SystemClock), sweeper: OnceLock::new() }
    }

    /// Tells expired grants by this clock, which should be the server's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        // A thread that told the time by the clock before has ended with it.
        self.sweeper = OnceLock::new();
        self
    }

    /// How many grants it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Whether it keeps none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Looks at every grant there is: right for what one process can hold, and for what people seldom ask.
    fn list(&self, after: Option<&GrantId>, limit: usize, wanted: &Wanted<'_>) -> Result<Vec<Grant>, StoreError> {
        let mut ids: Vec<GrantId> = Vec::new();
        for shard in self.shards.every() {
            ids.extend(shard.candidates(after, wanted));
        }
        ids.sort_unstable();
        let still_there = |id| self.shards.of(&id).load(&id).transpose();
        let wanted = |grant: &Result<Grant, InvalidGrant>| grant.as_ref().map_or(true, |grant| wanted.is(grant));
        let found = ids.into_iter().filter_map(still_there).filter(wanted);
        found.take(limit).map(|grant| grant.map_err(StoreError::unavailable)).collect()
    }
}

#[async_trait]
impl GrantStore for MemoryStore {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        self.sweeper.get_or_init(|| Sweeper::start(&self.shards, &self.clock));
        let now = self.clock.now();
        self.shards.sweep_next(now, SWEPT_ALONG);
        self.shards.reserve(now)?;
        if self.shards.insert(&grant) { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.shards.of(id).load(id).map_err(StoreError::unavailable)
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        Ok(self.shards.replace(read, &next))
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        Ok(self.shards.sweep(now, limit))
    }
}

#[async_trait]
impl GrantDirectory for MemoryStore {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.list(after, limit, &Wanted::OfSubject(subject))
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.list(after, limit, &Wanted::OfClient(client))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("len", &self.len()).field("limit", &self.shards.limit()).finish_non_exhaustive()
    }
}

/// A fixed list of clients.
#[derive(Debug, Default)]
pub struct MemoryClients(HashMap<ClientId, Client>);

impl MemoryClients {
    /// Of two clients with one identifier the later counts.
    #[must_use]
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        Self(clients.into_iter().map(|client| (client.id().clone(), client)).collect())
    }
}

#[async_trait]
impl ClientStore for MemoryClients {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.0.get(id).cloned())
    }
}
