//! The engine from within its process: injected clock, randomness, store and hooks, which no socket can reach.
//!
//! One module is one topic; a test names the rows of the requirements that it holds. `kit` makes the world they run in.

#![deny(dead_code, reason = "a helper that no test uses is no helper")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod asked;
mod cancellation;
mod client_credentials;
mod clock;
mod configuration;
mod connections;
mod credentials;
mod directories;
mod elsewhere;
mod explain;
mod failing;
mod forms;
mod guard;
mod guard_configuration;
mod interstitial;
mod introspection;
mod issuers;
mod kit;
mod logs;
mod memory;
mod metadata;
mod observers;
mod origins;
mod outcomes;
mod printing;
mod prompts;
mod questions;
mod races;
mod rate_limits;
mod refusals;
mod registration;
mod report;
mod resources;
mod return_to;
mod revocation;
mod secrets;
mod shown;
mod slow_guesses;
mod spans;
mod stored_form;
mod trips;
mod welcome;
