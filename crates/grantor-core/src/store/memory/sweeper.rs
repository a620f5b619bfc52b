use std::{
    convert::Infallible,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use time::OffsetDateTime;

use super::shards::Shards;
use crate::types::Clock;

/// How long the thread sleeps: with all that it does in between, what is expired is gone within a minute.
const PAUSE: Duration = Duration::from_secs(20);

/// How many grants it forgets before it lets others have the lock.
const AT_ONCE: usize = 256;

/// A thread that sweeps now and then. It ends when this is dropped.
pub(super) struct Sweeper {
    _ends: Sender<Infallible>,
}

impl Sweeper {
    /// None where the system gives no thread.
    pub(super) fn start(shards: &Arc<Shards>, clock: &Arc<dyn Clock>) -> Option<Self> {
        Self::every(PAUSE, shards, clock)
    }

    fn every(pause: Duration, shards: &Arc<Shards>, clock: &Arc<dyn Clock>) -> Option<Self> {
        let (ends, end) = mpsc::channel();
        // It keeps nothing alive while it sleeps.
        let (shards, clock) = (Arc::downgrade(shards), Arc::downgrade(clock));
        let sweep = move || {
            while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let (Some(shards), Some(clock)) = (shards.upgrade(), clock.upgrade()) else { return };
                sweep_all(&shards, clock.now());
            }
        };
        let thread = thread::Builder::new().name("grantor-sweep".to_owned()).spawn(sweep);
        thread.is_ok().then_some(Self { _ends: ends })
    }
}

/// Forgets everything that is expired, and lets others have the locks in between.
fn sweep_all(shards: &Shards, now: OffsetDateTime) {
    while shards.sweep(now, AT_ONCE) > 0 {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::fixture::{House, at};

    struct Stopped(OffsetDateTime);

    impl Clock for Stopped {
        fn now(&self) -> OffsetDateTime {
            self.0
        }
    }

    /// A store's parts with an hour of codes, one a minute, at the thirtieth minute.
    fn shards() -> (Arc<Shards>, Arc<dyn Clock>) {
        let (house, shards) = (House::new(), Arc::new(Shards::new(1_000)));
        for minute in 0..60 {
            let (grant, ..) = house.approved(at(minute * 60_000));
            shards.reserve(at(0)).unwrap();
            assert!(shards.insert(&grant));
        }
        (shards, Arc::new(Stopped(at(30 * 60_000 + 1))))
    }

    /// ST-10
    #[test]
    fn what_is_expired_leaves_without_anybody_s_help() {
        let (shards, clock) = shards();
        let sweeper = Sweeper::every(Duration::from_millis(1), &shards, &clock);
        assert!(sweeper.is_some());
        // A code is kept for its minute, and ten seconds for its redirect to be asked for again.
        while shards.len() > 31 {
            thread::yield_now();
        }
        assert_eq!(shards.sweep(clock.now(), usize::MAX), 0);
    }

    /// ST-10
    #[test]
    fn everything_that_is_expired_goes_however_much_it_is() {
        let (house, shards) = (House::new(), Shards::new(10_000));
        for _ in 0..3 * AT_ONCE {
            let (grant, ..) = house.approved(at(0));
            shards.reserve(at(0)).unwrap();
            assert!(shards.insert(&grant));
        }
        sweep_all(&shards, at(70_000));
        assert_eq!(shards.len(), 3 * AT_ONCE, "to the very instant they are kept");
        sweep_all(&shards, at(70_001));
        assert_eq!(shards.len(), 0);
    }

    /// ST-10
    #[test]
    fn its_thread_ends_with_its_store() {
        let (shards, clock) = shards();
        let sweeper = Sweeper::start(&shards, &clock);
        assert_eq!(Arc::weak_count(&shards), 1);
        drop(sweeper);
        while Arc::weak_count(&shards) > 0 {
            thread::yield_now();
        }
    }

    /// ST-10
    #[test]
    fn its_thread_ends_when_what_it_sweeps_is_gone() {
        let pause = Duration::from_millis(1);
        let (shards, clock) = self::shards();
        let sweeper = Sweeper::every(pause, &shards, &clock);
        drop(shards);
        for _ in 0..100_000 {
            if Arc::weak_count(&clock) == 0 {
                break;
            }
            thread::sleep(Duration::from_micros(100));
        }
        assert_eq!(Arc::weak_count(&clock), 0, "it looks for a store that is gone");
        drop(sweeper);
    }
}
