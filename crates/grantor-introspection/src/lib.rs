//! Guards an API in another process than the authorization server: [`Introspection`] asks that server about each token that
//! comes in (RFC 7662), behind the same [`Guard`](grantor_core::Guard) that stands in the server's own process.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use grantor_core::Guard;
//! use grantor_introspection::Introspection;
//!
//! let source = Introspection::builder("https://id.example.com").client("mail-api", "its secret").discover().await?;
//! let guard = Guard::asking(Arc::new(source)).resource("https://mail.example.com").build()?;
//! # Ok(()) }
//! ```
//!
//! Any server that keeps RFC 7662 will do. Where it is one of grantor's own, the client that asks needs
//! `ClientBuilder::introspects`; without it a client learns of its own tokens only.
//!
//! # What it does
//!
//! - Answers are kept for [`keep_for`](IntrospectionBuilder::keep_for), five seconds by default, and never beyond the `exp` of
//!   their token. What is not active is remembered as well, so that a bad token costs the server one question.
//! - However many requests bring one token at one time, the server is asked once.
//! - The cache is bounded. Its keys are the SHA-256 of tokens; a token is kept nowhere, and stands in no log and no error.
//! - A failure is never kept: the next request asks again. Until it is answered a request gets 503 and never passes.
//! - Only status 200 with `application/json` is believed, up to 64 KiB of it. Redirects are not followed: they would carry
//!   the token elsewhere.
//! - A token is let through only if the server says that it is a bearer token: a refresh token may be active too.
//! - Plain http goes to this machine only, and by no proxy.
//!
//! # What a cache costs
//!
//! A token that was revoked may pass until the kept answer is thrown away (RFC 7662 §4): for `keep_for`, or for as long as the
//! server took to answer if that is longer. [`keep_for`](IntrospectionBuilder::keep_for) of zero ends it, at the price of one question for each request.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod discovery;
mod fault;
mod question;
mod source;
mod trouble;

pub use builder::IntrospectionBuilder;
pub use fault::{IntrospectionError, IntrospectionFault};
pub use source::Introspection;
