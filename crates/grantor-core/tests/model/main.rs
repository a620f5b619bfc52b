//! The model: one grant, up to three requests at once, and every way in which they can come between one another.
//!
//! ```text
//! cargo test -p grantor-core --test model --release -- --nocapture
//! ```
//!
//! The tables of a grant's life stand here once more as data (`tables`), with a machine that goes by them (`life`). The
//! explorer is `stateright`: it walks every order in which the store can serve the requests of the real engine (`walk`), with
//! every way a step at the store can end (well, failed, failed and yet written, the process dead before or after), clocks that
//! jump past the window or past every lifetime, answers that are lost and asked for again, and sweeps. In each state it checks
//! six promises (`facts`). It prints how many states and schedules that were, and whether they were all within the limits.
//!
//! | variable       | by default                       | is                                             |
//! |----------------|----------------------------------|------------------------------------------------|
//! | `MODEL_ACTORS` | 3, of an unoptimized build 2     | how many requests meet                         |
//! | `MODEL_FAULTS` | 1                                | how many steps of a schedule end badly at most |
//! | `MODEL_JUMPS`  | 1                                | how often the clock jumps in it at most        |
//!
//! `.ci/model-mutants` breaks the engine in several ways and sees that the walk finds each.

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

/// ST-01, ST-02, ST-08, ST-13, ST-22
#[test]
fn no_order_of_requests_faults_and_jumps_of_the_clock_breaks_a_promise() {
    let limits = report::limits();
    let (total, broken) = report::walk_all(limits);
    for (promise, how) in &broken {
        println!("\nBROKEN: {promise}\n{how}");
    }
    assert!(broken.is_empty(), "broken: {:?}", broken.keys());
    assert!(total.is_all, "not every schedule was walked");
    let unseen: BTreeSet<_> = tables::ALL.iter().flat_map(|table| table.iter().map(|row| row.name)).collect();
    let unseen: Vec<_> = unseen.difference(&total.rows).collect();
    assert!(unseen.is_empty(), "no schedule met the rows {unseen:?}");
}
