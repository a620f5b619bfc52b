//! Mount your own OAuth 2.1 authorization server in a service that already has users, sessions and a database.
//!
//! This crate re-exports [`grantor_core`] and, by feature, the doors: [`tower`] for axum and tower (default), and `actix`
//! for actix-web. With `metrics`, `MetricsObserver` counts what happens, through the facade of that name.
//! With `introspection` a resource server in another process asks about the tokens that it gets.

pub use grantor_core::*;

#[cfg(feature = "actix")]
pub use grantor_actix as actix;
#[cfg(feature = "introspection")]
pub use grantor_introspection as introspection;
#[cfg(feature = "redis")]
pub use grantor_redis as redis;
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-sqlite"))]
pub use grantor_sqlx as sqlx;
#[cfg(feature = "tower")]
pub use grantor_tower as tower;
