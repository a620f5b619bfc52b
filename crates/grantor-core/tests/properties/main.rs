//! Grammars, each stated a second time in words of its own, against generated neighbours of valid values; and the shape of
//! every answer, whatever was asked.
//!
//! A statement here shares no code with the library and none of its ideas: where the two differ, one of them is wrong.

#![deny(dead_code, reason = "a helper that no test uses is no helper")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;
mod basic;
mod form;
mod kit;
mod neighbours;
mod pkce;
mod redirect_uri;
mod scope;
