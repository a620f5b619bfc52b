use std::time::Duration;

use super::{Grant, Moment, State};

impl Grant {
    /// Ends it: every credential of it is dead. It is remembered as long as before, and at least for the retry window.
    pub(crate) fn end(mut self, now: Moment, window: Duration) -> Self {
        self.forget_after = self.forget_after.max(now + window);
        self.stage = State::Ended { at: now, denied: false };
        self
    }

    /// Ends it by the person's no, which may be asked for again.
    pub(super) fn deny(self, now: Moment, window: Duration) -> Self {
        let mut grant = self.end(now, window);
        grant.stage = State::Ended { at: now, denied: true };
        grant
    }
}
