//! The stores on real databases. `TEST_PG_URL` names a PostgreSQL server for those that need one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod clients;
mod conformance;
mod directory;
mod flows;
mod grants;
mod migrations;
mod place;
mod postgres;
mod processes;
mod promises;
mod proxy;
mod sqlite;
mod sweep;
