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

/// How many grants a shard is for: so few that their times are looked through, and they are moved when it grows, in a
/// fraction of a millisecond.
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
        // At most one of the two: what was not inserted is one too few, and no stranger too many.
        if !inserted || shard.cut_strangers(self.most_strangers()) {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
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
            let here = shard.sweep(now, limit - forgotten);
            self.count.fetch_sub(here, Ordering::Relaxed);
            forgotten += here;
            if forgotten >= limit {
                break;
            }
        }
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
#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{
        Stage,
        fixture::{House, at},
    };

    const MINUTE: i64 = 60_000;

    /// Grants of one shard only.
    fn in_first(shards: &Shards, mut make: impl FnMut() -> Grant) -> Grant {
        loop {
            let grant = make();
            let [first, second, ..] = *grant.id().as_bytes();
            if usize::from(u16::from_be_bytes([first, second])) % shards.shards.len() == 0 {
                return grant;
            }
        }
    }

    fn keep(shards: &Shards, grant: &Grant, now: OffsetDateTime) {
        shards.reserve(now).unwrap();
        assert!(shards.insert(grant));
    }

    /// TH-33
    #[test]
    fn strangers_that_went_on_never_cost_a_known_person_their_place() {
        let (house, shards) = (House::new(), Shards::new(1_000));
        let person = in_first(&shards, || house.parked(at(MINUTE)).0);
        keep(&shards, &person, at(MINUTE));
        let strangers: Vec<Grant> =
            (0..=shards.most_strangers()).map(|_| in_first(&shards, || house.begun(at(2 * MINUTE)))).collect();
        strangers.iter().for_each(|stranger| keep(&shards, stranger, at(2 * MINUTE)));
        // They log in and are asked. One was dropped as one too many.
        let asked = strangers.into_iter().filter(|stranger| {
            let (next, _) = (*stranger).clone().park(&house.login, &house.draw());
            shards.replace(*stranger.version(), &house.kept(next, at(3 * MINUTE))) == Swap::Done
        });
        assert_eq!(asked.count(), shards.most_strangers());
        assert_eq!(person.stage(), Stage::Parked);
        assert!(shards.of(person.id()).load(person.id()).unwrap().is_some(), "there is room for 980 more");
        keep(&shards, &in_first(&shards, || house.approved(at(3 * MINUTE)).0), at(3 * MINUTE));
        assert!(
            shards.of(person.id()).load(person.id()).unwrap().is_some(),
            "a person's page was dropped from a store with room"
        );
    }

    /// TH-33
    #[test]
    fn a_code_that_is_kept_costs_no_stranger_their_place() {
        let (house, shards) = (House::new(), Shards::new(1_000));
        for _ in 0..=shards.most_strangers() {
            keep(&shards, &in_first(&shards, || house.begun(at(0))), at(0));
        }
        assert_eq!(shards.len(), shards.most_strangers());
        keep(&shards, &in_first(&shards, || house.approved(at(0)).0), at(0));
        assert_eq!(shards.len(), shards.most_strangers() + 1, "one stranger less than there is room for");
    }

    /// TH-33
    #[test]
    fn a_store_has_as_many_shards_as_its_limit_needs_and_strangers_a_twentieth_of_each() {
        for (limit, shards, strangers) in
            [(0, 64, 16), (64 * 4_096, 64, 204), (2_000_000, 488, 204), (100 * 4_096 + 1, 100, 204), (60_000, 64, 46)]
        {
            let made = Shards::new(limit);
            assert_eq!((made.shards.len(), made.most_strangers(), made.limit()), (shards, strangers, limit));
        }
        assert_eq!(Shards::new(usize::MAX).shards.len(), 8_192);
    }

    /// ST-10
    #[test]
    fn a_sweep_is_bounded_over_all_shards_together() {
        let (house, shards) = (House::new(), Shards::new(1_000));
        for _ in 0..160 {
            keep(&shards, &house.approved(at(0)).0, at(0));
        }
        let all = shards.len();
        assert_eq!(all, 160);
        for swept in 1..=5 {
            assert_eq!((shards.sweep(at(2 * MINUTE), 4), shards.len()), (4, all - 4 * swept));
        }
        assert_eq!((shards.sweep(at(2 * MINUTE), usize::MAX), shards.len()), (all - 20, 0));
    }

    /// ST-10
    #[test]
    fn whoever_passes_by_sweeps_one_shard_after_the_other() {
        let (house, shards) = (House::new(), Shards::new(1_000));
        for _ in 0..100 {
            keep(&shards, &house.approved(at(0)).0, at(0));
        }
        for _ in 0..64 {
            shards.sweep_next(at(MINUTE), 256);
        }
        assert_eq!(shards.len(), 100, "nothing is past its time");
        for _ in 0..32 {
            shards.sweep_next(at(2 * MINUTE), 256);
        }
        assert!((1..100).contains(&shards.len()), "half of the shards: {}", shards.len());
        for _ in 0..32 {
            shards.sweep_next(at(2 * MINUTE), 256);
        }
        assert_eq!(shards.len(), 0);
    }
}
