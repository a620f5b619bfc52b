//! The model: one grant, up to three requests at once, and every way in which they can come between one another.
//!
//! ```text
//! cargo test -p model --release -- --nocapture
//! ```
//!
//! The tables of a grant's life stand here once more as data (`tables`), with a machine that goes by them (`life`). The
//! explorer is `stateright`: it walks every order in which the store can serve the requests of the real engine (`walk`), with
//! every way a step at the store can end (well, failed, failed and yet written, the process dead before or after), clocks that
//! jump past the window or past every lifetime, answers that are lost and asked for again, and sweeps. In each state it checks
//! six promises (`facts`). It prints how many states and schedules that were, and whether they were all within the limits.
//!
//! `MODEL` sets the limits of one walk or of several, each as requests,faults,jumps: `MODEL="3,2,1"`. By default it is
//!
//! | requests at once | steps at the store that end badly | jumps of the clock |                      |
//! |------------------|-----------------------------------|--------------------|----------------------|
//! | 3                | any                               | 0                  | optimized            |
//! | 3                | 1                                 | 1                  | optimized            |
//! | 2                | any                               | 2                  | optimized            |
//! | 2                | any                               | 0                  | of a plain test run  |
//! | 2                | 1                                 | 1                  | of a plain test run  |
//!
//! `.ci/model-mutants` breaks the engine in several ways and sees that the walk finds each.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and this one reports how far it went"
)]
#![deny(dead_code, reason = "a helper that no test uses is no helper")]

mod call;
mod facts;
mod life;
mod report;
mod shared;
mod starts;
mod tables;
mod walk;
mod world;

use std::collections::BTreeSet;

/// ST-01, ST-02, ST-04, ST-06, ST-08, ST-13, ST-22
#[test]
fn no_order_of_requests_faults_and_jumps_of_the_clock_breaks_a_promise() {
    let mut rows = BTreeSet::new();
    for limits in report::limits() {
        let (total, broken) = report::walk_all(limits);
        for (promise, how) in &broken {
            println!("\nBROKEN: {promise}\n{how}");
        }
        assert!(broken.is_empty(), "broken: {:?}", broken.keys());
        assert!(total.is_all, "not every schedule was walked");
        rows.extend(total.rows);
    }
    let all = tables::ALL.iter().flat_map(|table| table.iter().map(|row| row.name));
    let unseen: Vec<_> = all.filter(|name| !rows.contains(name)).collect();
    let is_whole = std::env::var_os("MODEL").is_none();
    assert!(unseen.is_empty() || !is_whole, "no schedule met the rows {unseen:?}");
}
