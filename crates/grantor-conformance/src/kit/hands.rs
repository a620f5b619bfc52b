use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use grantor_core::types::{Clock, SystemClock};
use time::OffsetDateTime;

/// A clock that stands still until it is moved. It begins at the real time, so that no store that looks at its own clock
/// takes a grant for an old one.
pub(crate) struct Hands(AtomicI64);

impl Hands {
    pub(crate) fn now_real() -> Self {
        Self::at(SystemClock.now())
    }

    pub(crate) fn at(instant: OffsetDateTime) -> Self {
        Self(AtomicI64::new(i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)))
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        let nanoseconds = i128::from(self.0.load(Ordering::SeqCst)) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}
