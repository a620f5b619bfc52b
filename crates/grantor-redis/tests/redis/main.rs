//! The promises of the store, on real servers. `TEST_REDIS_URL` turns them on; in CI they fail without it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod check;
mod clients;
mod cluster;
mod conformance;
mod failover;
mod kit;
mod outage;
mod processes;
mod promises;
mod unknown;
