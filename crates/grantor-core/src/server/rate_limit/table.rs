use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use governor::{nanos::Nanos, state::StateStore};

const PARTS: usize = 16;

/// For so many keys a table keeps an instant.
const LIMIT: usize = 100_000;

/// Instants by key, in nanoseconds since the counters began: until when a key is not as if it had never been seen.
///
/// It keeps a bounded number. When a part is full, the half of it goes whose instants come first: what has recovered, or is
/// nearest to it. So a flood of strangers, each seen once, never takes the place of one who has asked a lot.
pub(super) struct Table {
    parts: [Mutex<HashMap<u64, u64>>; PARTS],
    most: usize,
    is_used: AtomicBool,
}

impl Table {
    pub(super) fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    /// A table for about `limit` keys, at least one in each part.
    fn with_limit(limit: usize) -> Self {
        Self { parts: std::array::from_fn(|_| Mutex::default()), most: (limit / PARTS).max(1), is_used: AtomicBool::new(false) }
    }

    /// Whether any key was ever set: if not, nobody need look.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Acquire)
    }

    /// The instant of the key.
    pub(super) fn get(&self, key: u64) -> Option<u64> {
        self.part(key).get(&key).copied()
    }

    /// Sets the instant of the key to what `next` makes of it.
    pub(super) fn update(&self, key: u64, next: impl Fn(Option<u64>) -> u64) {
        let mut part = self.part(key);
        let instant = next(part.get(&key).copied());
        self.put(&mut part, key, instant);
    }

    /// Keys are hashes, so that their low bits are as good as any.
    fn part(&self, key: u64) -> MutexGuard<'_, HashMap<u64, u64>> {
        let [first, ..] = key.to_le_bytes();
        #[expect(clippy::indexing_slicing, reason = "a remainder of PARTS is an index of an array of PARTS")]
        let part = &self.parts[usize::from(first) % PARTS];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, part: &mut HashMap<u64, u64>, key: u64, instant: u64) {
        if part.len() >= self.most && !part.contains_key(&key) {
            drop_half(part);
        }
        part.insert(key, instant);
        self.is_used.store(true, Ordering::Release);
    }
}

fn drop_half(part: &mut HashMap<u64, u64>) {
    let mut instants: Vec<u64> = part.values().copied().collect();
    let middle = instants.len() / 2;
    if middle < instants.len() {
        let median = *instants.select_nth_unstable(middle).1;
        part.retain(|_, instant| *instant > median);
    }
}

impl StateStore for Table {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut part = self.part(*key);
        let (outcome, next) = f(part.get(key).copied().map(Nanos::from))?;
        self.put(&mut part, *key, next.into());
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn len(table: &Table) -> usize {
        table.parts.iter().map(|part| part.lock().unwrap().len()).sum()
    }

    /// TH-33
    #[test]
    fn strangers_never_make_it_grow_and_never_take_the_place_of_who_asked_a_lot() {
        let table = Table::with_limit(1_600);
        let heavy = [1, 2, 300];
        for key in heavy {
            table.update(key, |_| u64::MAX);
        }
        for stranger in 1_000..50_000_u64 {
            table.update(stranger, |_| stranger);
            assert!(stranger % 100 != 0 || len(&table) <= 1_600);
        }
        assert_eq!(heavy.map(|key| table.get(key)), [Some(u64::MAX); 3]);
        assert_eq!((table.get(49_999), table.get(1_000)), (Some(49_999), None));
        assert!(len(&table) > 400, "half of a full part stays: {}", len(&table));
    }

    /// TH-33
    #[test]
    fn the_half_goes_that_has_recovered_first() {
        let mut part = (0..100).map(|key| (key, 1_000 - key)).collect();
        drop_half(&mut part);
        assert_eq!(part, (0..49).map(|key| (key, 1_000 - key)).collect());
    }

    /// TH-33
    #[test]
    fn a_table_of_equals_has_room_again() {
        let table = Table::with_limit(0);
        for key in 0..10_000 {
            table.update(key, |_| 7);
            assert_eq!(table.get(key), Some(7));
        }
        assert!(len(&table) <= PARTS);
    }
}
