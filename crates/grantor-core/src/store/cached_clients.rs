use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{ClientStore, StoreError};
use crate::types::{Client, ClientId, Clock, SystemClock};

/// How many clients it keeps by default.
const DEFAULT_LIMIT: usize = 10_000;

/// Remembers for a short time what another client store found, so that not every request asks it.
///
/// - A client that was changed, disabled or removed goes on as it was for at most the time to live, unless the host says
///   [`forget`](Self::forget) where it makes the change. Other processes do not hear of that: choose a few seconds.
/// - What is unknown and what failed is asked again each time, so that strangers with made-up identifiers fill nothing.
/// - It keeps a bounded number of clients; the one it has known longest goes first.
pub struct CachedClients<S> {
    store: S,
    time_to_live: Duration,
    limit: usize,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    clients: HashMap<ClientId, (OffsetDateTime, Client)>,
    /// In the order they came, and under the instant they came at; an entry that was kept anew since is passed over.
    order: VecDeque<(OffsetDateTime, ClientId)>,
    /// How often something was forgotten: what was asked for before that is not kept.
    forgotten: u64,
}

impl<S: ClientStore> CachedClients<S> {
    /// Remembers at most 10,000 clients of `store`, each for so long.
    #[must_use]
    pub fn new(store: S, time_to_live: Duration) -> Self {
        Self { store, time_to_live, limit: DEFAULT_LIMIT, clock: Arc::new(SystemClock), kept: Mutex::default() }
    }

    /// Remembers at most so many clients.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Tells by this clock when the time is over.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The store behind it.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Forgets the client: whoever asks after this returned sees it as it is now.
    pub fn forget(&self, id: &ClientId) {
        let mut kept = self.kept();
        kept.forgotten = kept.forgotten.wrapping_add(1);
        kept.clients.remove(id);
    }

    /// Nothing under the lock can leave it half written.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_fresh(&self, since: OffsetDateTime, now: OffsetDateTime) -> bool {
        // A clock that was set back tells nothing about an entry's age.
        since <= now && now - since < self.time_to_live
    }
}

impl Kept {
    fn keep(&mut self, id: &ClientId, client: &Client, now: OffsetDateTime, limit: usize) {
        while self.order.len() >= limit {
            let Some((since, oldest)) = self.order.pop_front() else { return };
            if self.clients.get(&oldest).is_some_and(|(kept_since, _)| *kept_since == since) {
                self.clients.remove(&oldest);
            }
        }
        let id = id.apart();
        self.clients.insert(id.clone(), (now, client.clone()));
        self.order.push_back((now, id));
    }
}

#[async_trait]
impl<S: ClientStore> ClientStore for CachedClients<S> {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        // The age counts from before the store was asked.
        let now = self.clock.now();
        let forgotten = {
            let kept = self.kept();
            match kept.clients.get(id) {
                Some((since, client)) if self.is_fresh(*since, now) => return Ok(Some(client.clone())),
                _ => kept.forgotten,
            }
        };
        let found = self.store.find(id).await?;
        let mut kept = self.kept();
        match &found {
            Some(client) if kept.forgotten == forgotten => kept.keep(id, client, now, self.limit),
            Some(_) => {}
            None => {
                kept.clients.remove(id);
            }
        }
        Ok(found)
    }
}

impl<S> fmt::Debug for CachedClients<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedClients")
            .field("time_to_live", &self.time_to_live)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
