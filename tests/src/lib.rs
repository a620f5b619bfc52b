//! What the flow tests stand on: a built example as a child process, a browser, and a relying client.
//!
//! - [`Service`] starts `login-with` or `login-with-actix` on a free port and ends it when it goes out of scope; so does
//!   [`Service::remote`] with `resource-server`;
//! - [`Browser`] logs in, reads the consent page and answers it, as a person would;
//! - [`Relying`] is the client that asks: PKCE, the authorization URL, token requests;
//! - [`Answer`] knows what the outcomes of the requirements look like, headers included;
//! - [`wire`] writes what no HTTP library would.
//!
//! A test is an `async fn name(door: Door)`; [`both_doors!`] makes it run on each door.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answer;
mod browser;
mod door;
mod fields;
mod in_time;
mod page;
mod process;
mod relying;
mod remote;
mod service;
pub mod wire;

pub use answer::{Answer, Landing};
pub use browser::{Browser, Consent};
pub use door::{Door, program, run};
pub use fields::{Fields, fields};
pub use in_time::in_time;
pub use page::{HtmlForm, forms, has_element, links};
pub use relying::{Attempt, Auth, BOT, NARROW, NATIVE, POST, Relying, SHOP, Session, WEB, pkce_challenge, random_text};
pub use service::{BOB, CLIENTS, Exit, Service};
