//! How often what cannot be told from theft was seen: rows F7, F8 and F9 of the refresh table, and nothing else.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use crate::types::GrantId;

/// How many grants are remembered; beyond, the one that was quiet for longest is forgotten.
const MOST_GRANTS: usize = 1_024;

/// How many times of one grant are remembered.
const MOST_TIMES: usize = 32;

/// The times at which each grant was seen, as far as they are inside the window.
#[derive(Default)]
pub(in crate::server) struct Retries(Mutex<HashMap<GrantId, VecDeque<OffsetDateTime>>>);

impl Retries {
    /// Remembers one more, and tells how many there were less than a window ago, this one included; at most 32.
    pub(in crate::server) fn count(&self, grant: &GrantId, now: OffsetDateTime, window: Duration) -> u32 {
        let is_recent = |at: &OffsetDateTime| now - *at < window;
        // Whoever panicked here left whole times behind.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_GRANTS && !seen.contains_key(grant) {
            seen.retain(|_, times| times.back().is_some_and(is_recent));
            if seen.len() >= MOST_GRANTS
                && let Some(quietest) = seen.iter().min_by_key(|(_, times)| times.back()).map(|(id, _)| *id)
            {
                seen.remove(&quietest);
            }
        }
        let times = seen.entry(*grant).or_default();
        times.retain(is_recent);
        if times.len() == MOST_TIMES {
            times.pop_front();
        }
        times.push_back(now);
        u32::try_from(times.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds)
    }

    fn grant(number: u32) -> GrantId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        GrantId::from_bytes(bytes)
    }

    #[test]
    fn what_is_a_window_old_counts_no_more() {
        let retries = Retries::default();
        let counts = [0, 4, 9, 10, 18, 40].map(|second| retries.count(&grant(1), at(second), WINDOW));
        assert_eq!(counts, [1, 2, 3, 3, 3, 1]);
        assert_eq!(retries.count(&grant(2), at(40), WINDOW), 1, "each grant has its own count");
    }

    /// TH-10
    #[test]
    fn a_flood_is_counted_to_the_end_of_what_is_kept() {
        let retries = Retries::default();
        let counts: Vec<u32> = (0..100).map(|_| retries.count(&grant(1), at(0), WINDOW)).collect();
        assert_eq!((counts[30], counts[31], counts[32], counts[99]), (31, 32, 32, 32));
    }

    /// TH-10
    #[test]
    fn the_grant_that_was_quiet_for_longest_is_forgotten_first() {
        let retries = Retries::default();
        for number in 0..1_024 {
            retries.count(&grant(number), at(1), WINDOW);
        }
        retries.count(&grant(7), at(2), WINDOW);
        assert_eq!(retries.0.lock().unwrap().len(), 1_024, "who is known already takes nobody's place");
        for number in 2_000..3_023 {
            retries.count(&grant(number), at(2), WINDOW);
        }
        assert_eq!(retries.count(&grant(7), at(2), WINDOW), 3);
        assert_eq!(retries.count(&grant(8), at(2), WINDOW), 1);
        assert_eq!(retries.0.lock().unwrap().len(), 1_024);
        retries.count(&grant(9_999), at(50), WINDOW);
        assert_eq!(retries.0.lock().unwrap().len(), 1, "what is past its window goes first");
    }
}
