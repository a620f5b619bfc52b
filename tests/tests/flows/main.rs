//! Every flow, on every door: one test binary, one module a topic.
//!
//! A test names the rows of the requirements that it holds.

#![deny(dead_code, reason = "a test that no door runs is no test")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod apps;
mod attack;
mod authorize_encoding;
mod authorize_parameters;
mod authorize_request;
mod client;
mod client_auth;
mod client_credentials;
mod closing;
mod code_grant;
mod consent;
mod docs;
mod guard;
mod injection;
mod introspection;
mod limits;
mod login;
mod machines;
mod mcp;
mod metadata;
mod native_redirects;
mod parity;
mod pkce;
mod pkce_vectors;
mod program;
mod prompt;
mod providers;
mod proxies;
mod races;
mod rate_limits;
mod redirect_uri;
mod refresh;
mod registration;
mod remote;
mod resource;
mod response;
mod revocation;
mod secrecy;
mod token_request;
