//! The actix-web door of grantor: it turns actix requests into borrowed calls and hands the answers back.
//!
//! - [`Authorize`]: the extractor for the host's own authorize handler;
//! - [`Answer`]: a finished answer as a responder and as an error;
//! - [`routes`], [`endpoints`], [`well_known`]: the three ways to mount what the library answers alone;
//! - [`RequireToken`], [`Access`], [`resource_metadata`]: the guard of an API, and what its handlers learn.
//!
//! Nothing is decided here. Reading a body stops at the endpoint's limit; how long it may take is the host's to say, with
//! the timeouts of its `HttpServer`.

mod answer;
mod authorize;
mod call;
mod endpoint;
mod guard;
mod mount;

pub use answer::Answer;
pub use authorize::Authorize;
pub use grantor_core::Peer;
pub use guard::{Access, Guarded, RequireToken, resource_metadata};
pub use mount::{endpoints, routes, well_known};
