use std::{
    convert::Infallible,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

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
        let (ends, end) = mpsc::channel();
        // It keeps nothing alive while it sleeps.
        let (shards, clock) = (Arc::downgrade(shards), Arc::downgrade(clock));
        let sweep = move || {
            while end.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                let (Some(shards), Some(clock)) = (shards.upgrade(), clock.upgrade()) else { return };
                while shards.sweep(clock.now(), AT_ONCE) > 0 {}
            }
        };
        let thread = thread::Builder::new().name("grantor-sweep".to_owned()).spawn(sweep);
        thread.is_ok().then_some(Self { _ends: ends })
    }
}
