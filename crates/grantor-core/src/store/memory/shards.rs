use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use time::OffsetDateTime;

use super::shard::{Kept, Shard};
use crate::{
    grant::Grant,
    store::{StoreError, Swap},
    types::{GrantId, Version},
};

/// How many grants a shard is for: so few that it is looked through, and moved when it grows, in a fraction of a millisecond.
const GRANTS_OF_A_SHARD: usize = 4_096;

/// All parts of the memory store, and how much is in them.
pub(super) struct Shards {
    shards: Box<[Mutex<Shard>]>,
    count: AtomicUsize,
    limit: usize,
    /// Which shard is swept along next.
    next: AtomicUsize,
}

impl Shards {
    pub(super) fn new(limit: usize) -> Self {
        let many = (limit / GRANTS_OF_A_SHARD).clamp(64, 8_192);
        let shards = (0..many).map(|_| Mutex::default()).collect();
        Self { shards, count: AtomicUsize::new(0), limit, next: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The shard of a grant.
    pub(super) fn of(&self, id: &GrantId) -> MutexGuard<'_, Shard> {
        let [first, second, ..] = *id.as_bytes();
        self.at(usize::from(u16::from_be_bytes([first, second])))
    }

    /// A shard's lock is never held across an await, and nothing under it can leave a shard half written.
    fn at(&self, number: usize) -> MutexGuard<'_, Shard> {
        #[expect(clippy::indexing_slicing, reason = "a remainder of the length is an index, and there is a shard at least")]
        let shard = &self.shards[number % self.shards.len()];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn every(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        (0..self.shards.len()).map(|number| self.at(number))
    }

    /// Makes room for one more grant, or says that there is none.
    pub(super) fn reserve(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let room = |count| (count < self.limit).then_some(count + 1);
        while self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            if self.sweep(now, 64) == 0 && !self.evict() {
                return Err(StoreError::unavailable("the memory store is full of grants that are in use"));
            }
        }
        Ok(())
    }

    /// Puts a grant where room was made. Whether its id was free.
    pub(super) fn insert(&self, grant: &Grant) -> bool {
        let kept = Kept::of(grant);
        let mut shard = self.of(grant.id());
        let inserted = shard.insert(grant, kept);
        let mut gone = usize::from(!inserted);
        if shard.strangers() > self.most_strangers()
            && let Some((_, _, oldest)) = shard.oldest_parked()
        {
            gone += usize::from(shard.evict(&oldest));
        }
        self.count.fetch_sub(gone, Ordering::Relaxed);
        inserted
    }

    pub(super) fn replace(&self, read: Version, next: &Grant) -> Swap {
        let kept = Kept::of(next);
        self.of(next.id()).replace(read, next, kept)
    }

    /// Forgets at most `limit` grants of all shards.
    pub(super) fn sweep(&self, now: OffsetDateTime, limit: usize) -> usize {
        let mut forgotten = 0;
        for mut shard in self.every() {
            forgotten += shard.sweep(now, limit - forgotten);
            if forgotten >= limit {
                break;
            }
        }
        self.count.fetch_sub(forgotten, Ordering::Relaxed);
        forgotten
    }

    /// Sweeps one shard, another one each time.
    pub(super) fn sweep_next(&self, now: OffsetDateTime, limit: usize) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let forgotten = self.at(number).sweep_along(now, limit);
        self.count.fetch_sub(forgotten, Ordering::Relaxed);
    }

    /// Drops the oldest parked request of all shards, strangers' before people's. Whether there was one.
    fn evict(&self) -> bool {
        loop {
            let oldest = self.every().filter_map(|mut shard| shard.oldest_parked()).min();
            let Some((_, _, id)) = oldest else { return false };
            if self.of(&id).evict(&id) {
                self.count.fetch_sub(1, Ordering::Relaxed);
                return true;
            }
        }
    }

    /// How many requests of strangers a shard keeps: anybody can make them, so they get a twentieth of the room.
    fn most_strangers(&self) -> usize {
        (self.limit / self.shards.len() / 20).max(16)
    }
}
