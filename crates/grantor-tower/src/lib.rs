//! The tower door of grantor: it turns `http` requests into borrowed calls and hands the answers back.
//!
//! - [`Authorize`]: the extractor for the host's own authorize handler (axum through `axum-core`);
//! - [`EndpointService`]: one tower service for each endpoint that the library answers alone;
//! - [`routes`], [`endpoints`], [`well_known`]: the three ways to mount them;
//! - [`RequireToken`], [`Access`], [`resource_metadata`]: the guard of an API, and what its handlers learn.
//!
//! Nothing is decided here. Reading a body stops at the endpoint's limit; how long it may take is the host's to say, with
//! a timeout on the server or a layer.

mod authorize;
mod call;
mod endpoint;
mod guard;
mod mount;

pub use authorize::Authorize;
pub use endpoint::EndpointService;
pub use grantor_core::Peer;
pub use guard::{Access, Guarded, RequireToken, ResourceService, resource_metadata};
pub use mount::{endpoints, routes, well_known};
