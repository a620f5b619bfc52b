//! The questions, over sockets to a server in this process that answers as it is told and counts.
//!
//! `kit` makes the server and the clock; a test names the rows of the requirements that it holds.

#![deny(dead_code, reason = "a helper that no test uses is no helper")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;
mod cache;
mod configuration;
mod discovery;
mod kit;
mod secrecy;
