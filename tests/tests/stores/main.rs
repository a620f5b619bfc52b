//! The services on every store: what is at rest, what an outage does, and two of them on one store.
//!
//! SQLite runs everywhere. PostgreSQL and Redis run where `TEST_PG_URL` and `TEST_REDIS_URL` are set, on servers that each
//! test starts for itself, because it stops and freezes them.

#![deny(dead_code, reason = "a test that no store runs is no test")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod at_rest;
mod closing;
mod kit;
mod outage;
mod outgrowing;
mod startup;
mod unknown;
