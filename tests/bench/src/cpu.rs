//! Time on the processor: other work on the machine makes it noisy, but does not count.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What this thread has used.
pub(crate) fn of_thread() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// What this process has used, in all of its threads.
pub(crate) fn of_process() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).expect("time goes on")
}
