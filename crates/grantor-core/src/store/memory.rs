//! The stores that are there before there is a database: in memory, bounded, and gone with the process.

mod shard;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{ClientStore, GrantDirectory, GrantStore, StoreError, Swap};
use crate::{
    grant::Grant,
    types::{Client, ClientId, Clock, GrantId, Subject, SystemClock, Version},
};
use shard::{Kept, Shard};

const SHARDS: usize = 64;

/// How many grants it keeps by default.
const DEFAULT_LIMIT: usize = 2_000_000;

/// How many expired grants a write takes along.
const SWEPT_ALONG: usize = 4;

/// Grants in memory: right for one process whose grants may end with it.
///
/// It keeps a bounded number of grants. When it is full it drops expired ones, then the oldest parked request (of those that
/// wait for a login first), and never a grant that somebody holds credentials of: then it is [`StoreError::Unavailable`].
/// Requests that wait for a login have a twentieth of the room, since anybody can make them. Each insert sweeps a little.
pub struct MemoryStore {
    shards: [Mutex<Shard>; SHARDS],
    count: AtomicUsize,
    limit: usize,
    clock: Arc<dyn Clock>,
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
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, count: AtomicUsize::new(0), limit, clock: Arc::new(SystemClock) }
    }

    /// Tells expired grants by this clock, which should be the server's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How many grants it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether it keeps none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A shard's lock is never held across an await, and nothing under it can leave a shard half written.
    fn shard(&self, id: &GrantId) -> MutexGuard<'_, Shard> {
        let [first, ..] = *id.as_bytes();
        #[expect(clippy::indexing_slicing, reason = "a remainder of SHARDS is an index of an array of SHARDS")]
        let shard = &self.shards[usize::from(first) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn every_shard(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes room for one more grant, or says that there is none.
    fn reserve(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let room = |count| (count < self.limit).then_some(count + 1);
        while self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            if self.forget(now, SHARDS) == 0 && !self.evict() {
                return Err(StoreError::unavailable("the memory store is full of grants that are in use"));
            }
        }
        Ok(())
    }

    fn forget(&self, now: OffsetDateTime, limit: usize) -> usize {
        let mut forgotten = 0;
        for mut shard in self.every_shard() {
            forgotten += shard.sweep(now, limit - forgotten);
            if forgotten >= limit {
                break;
            }
        }
        self.count.fetch_sub(forgotten, Ordering::Relaxed);
        forgotten
    }

    /// Drops the oldest parked request of all shards, strangers' before people's. Whether there was one.
    fn evict(&self) -> bool {
        loop {
            let oldest = self.every_shard().filter_map(|mut shard| shard.oldest_parked()).min();
            let Some((_, _, id)) = oldest else { return false };
            if self.shard(&id).evict(&id) {
                self.count.fetch_sub(1, Ordering::Relaxed);
                return true;
            }
        }
    }

    /// How many requests of strangers a shard keeps: anybody can make them, so they get a twentieth of the room.
    fn most_strangers(&self) -> usize {
        (self.limit / SHARDS / 20).max(16)
    }

    /// Looks at every grant there is: right for what one process can hold, and for what people seldom ask.
    fn list(&self, after: Option<&GrantId>, limit: usize, wanted: impl Fn(&Kept) -> bool) -> Result<Vec<Grant>, StoreError> {
        let mut found = Vec::new();
        for shard in self.every_shard() {
            found.extend(shard.living(after, &wanted));
        }
        found.sort_unstable_by_key(|(id, _)| *id);
        found.iter().take(limit).map(|(_, bytes)| read(bytes)).collect()
    }
}

fn read(bytes: &[u8]) -> Result<Grant, StoreError> {
    Grant::decode(bytes).map_err(StoreError::unavailable)
}

#[async_trait]
impl GrantStore for MemoryStore {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.reserve(now)?;
        let mut shard = self.shard(grant.id());
        let mut gone = shard.sweep(now, SWEPT_ALONG);
        let inserted = shard.insert(&grant);
        gone += usize::from(!inserted);
        if shard.strangers() > self.most_strangers()
            && let Some((_, _, oldest)) = shard.oldest_parked()
        {
            gone += usize::from(shard.evict(&oldest));
        }
        self.count.fetch_sub(gone, Ordering::Relaxed);
        if inserted { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let bytes = self.shard(id).load(id);
        bytes.as_deref().map(read).transpose()
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        Ok(self.shard(next.id()).replace(read, &next))
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        Ok(self.forget(now, limit))
    }
}

#[async_trait]
impl GrantDirectory for MemoryStore {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.list(after, limit, |kept| kept.is_of_subject(subject))
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.list(after, limit, |kept| kept.is_of_client(client))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("len", &self.len()).field("limit", &self.limit).finish_non_exhaustive()
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
