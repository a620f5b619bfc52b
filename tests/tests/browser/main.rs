//! The story in a real browser: headless Chromium, driven by its own driver, on both doors.
//!
//! It runs where `chromium` and `chromedriver` are installed. `GRANTOR_SCREENSHOTS=FOLDER` has it take the README's pictures.

#![deny(dead_code, reason = "a test that no door runs is no test")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod kit;
mod mishaps;
mod pictures;
mod reading;
mod story;
mod thief;
