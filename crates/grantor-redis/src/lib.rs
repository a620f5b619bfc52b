//! Redis as the storage of [grantor](grantor_core): grants and clients, on a Redis 7 or Valkey that the host already has.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use grantor_core::{AuthorizationServer, Client};
//! use grantor_redis::RedisStore;
//!
//! let store = Arc::new(RedisStore::open("redis://127.0.0.1:6379/")?.with_prefix("id.example.com")?);
//! for danger in store.check().await? {
//!     eprintln!("{danger}");
//! }
//! store.put(&Client::public("app").redirect_uri("https://app.example/cb").build()?).await?;
//! let server = AuthorizationServer::builder("https://id.example.com")
//!     .clients(store.clone())
//!     .grants(store)
//!     .scope("profile", "See your name and picture")
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! # What it does
//!
//! - A grant is one key, `PREFIX:grant:{ID}`, so that all of it is in one slot of a cluster. A write is one command or one
//!   script on that key; nothing ever touches two.
//! - Redis forgets a grant by itself at its `forget_after`: no sweep is needed. Keep its clock right.
//! - It asks primaries only. A load is sent as `GETEX`, which a replica refuses as it refuses a write; so does a primary that
//!   misses its `min-replicas-to-write`, whose data may be stale.
//! - It connects by itself, on first use and whenever the connection was lost. Whatever goes wrong is
//!   [`StoreError::Unavailable`](grantor_core::StoreError::Unavailable) within the timeout, and no error text holds an address,
//!   a user, a password or a key.
//! - A write is sent once. When its answer is lost, nobody knows whether it happened, and the store says so. The server then
//!   loads the grant and answers from what stands there.
//! - When memory is full (`noeviction`) Redis takes no new grant; those that are there can be used, refreshed and ended.
//!
//! A user with these rights is enough: `~PREFIX:* -@all +getex +set +del +eval +evalsha +ping`, with `+info` and `+config|get`
//! for the check, and `+wait +pexpireat +pexpiretime` for [`wait_replicas`](RedisStore::wait_replicas).
//!
//! # What Redis may lose, and the setting against it
//!
//! A server relies on what the store acknowledged. A Redis that forgets it may honour a code twice, take back a revocation, or
//! not know tokens that a client just got. [`RedisStore::check`] names the settings that are missing.
//!
//! | what happens | what is lost | the setting against it |
//! |---|---|---|
//! | memory runs out | live grants, if the policy evicts | `maxmemory-policy noeviction` |
//! | Redis crashes or restarts | everything; with `appendonly yes` the last second | `appendonly yes` and `appendfsync always` |
//! | a failover promotes a replica that lags | the last writes | [`wait_replicas`](RedisStore::wait_replicas), with as many as there are |
//! | a partition: the old primary goes on for a while | what it acknowledged since | `min-replicas-to-write 1` and a small `min-replicas-max-lag`, or `wait_replicas` |
//!
//! Replication is asynchronous. Without the settings of the last two rows a code that was redeemed just before a failover can be
//! redeemed again after it: the first tokens are then unknown, the second are good. `min-replicas-to-write` makes the window
//! as small as `min-replicas-max-lag` and costs nothing; `wait_replicas` closes it as far as the replica that is promoted is
//! one of those that confirmed, and costs a round trip to the replicas for each operation. Where a code must never be honoured
//! twice whatever fails, keep grants in PostgreSQL.
//!
//! # In a cluster
//!
//! Names and scripts are safe in Redis Cluster. The connection is to one address, though: it follows no `MOVED`. Use the proxy
//! or the single endpoint that the cluster's operator offers. The same is true of Sentinel: the address must lead to the
//! primary, and after a failover to the new one; the store connects anew when it finds itself on a replica.
//!
//! # What it does not do
//!
//! It lists no grants of a person or a client ([`GrantDirectory`](grantor_core::GrantDirectory)): their grants are in different
//! slots, so that no list of them could be written together with a grant, and one that is written apart would miss grants after
//! a failover. To end all grants of a client give it a `not_before`; to end those of a person let the server's `still_welcome`
//! refuse them.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking"))]

mod check;
mod clients;
mod fault;
mod keys;
mod link;
mod script;
mod store;

pub use check::Danger;
pub use redis;
pub use store::RedisStore;

/// A store that cannot be made as it was asked for. Its text repeats nothing of what was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text is no URL of a Redis, or asks for TLS and the crate `redis` was built without it.
    #[error("this is no URL of a Redis, such as redis://127.0.0.1:6379/0 (rediss:// needs a TLS feature of the crate redis)")]
    Url,
    /// The prefix leaves its grammar.
    #[error("a prefix is 1 to 64 of A-Z a-z 0-9 . _ - /")]
    Prefix,
}
