//! Time on the processor: other work on the machine makes it noisy, but does not count. And the memory of a process.

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

/// The bytes of memory that the process of this id (or `self`) holds.
pub(crate) fn resident(process: &str) -> usize {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).expect("Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * rustix::param::page_size()
}
