//! The core of grantor: an OAuth 2.1 authorization server for a service that already has users, sessions and a database.
//!
//! - [`types`]: the nouns, each with its grammar;
//! - [`protocol`]: decisions on one message, pure;
//! - [`grant`]: the life of one grant as tables, pure;
//! - [`store`]: what the host supplies;
//! - [`server`]: the engine that joins them.
//!
//! Most hosts use it through the crate `grantor`, with a door for their framework. Arrows between modules run down:
//! server, then protocol, grant and store, then types.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking"))]

pub mod grant;
pub mod protocol;
pub mod server;
pub mod store;
pub mod types;

pub use protocol::{
    AUTHORIZE_BODY_LIMIT, Access, AuthorizeError, Body, Call, Endpoint, ErrorCode, Explanation, HostPage, Needed, PageFacts,
    Paths, Payload, Peer, Reason, Reply,
};
#[cfg(feature = "metrics")]
pub use server::MetricsObserver;
pub use server::{
    Attempt, AuthorizationServer, Builder, ConfigError, ConfigFault, Connection, EndCause, Event, Facts, Guard, GuardBuilder,
    GuardError, GuardFault, Guess, Next, Observer, Parked, Pending, Place, Question, RateLimit, RateLimits, Report, ReturnTo,
    ScopeFact, SecretHashes, StillWelcome, TokenSource, unguarded,
};
pub use store::{CachedClients, ClientStore, GrantDirectory, GrantStore, MemoryClients, MemoryStore, StoreError, Swap};
pub use types::{AuthMethod, Client, ClientError, ClientId, ClientSecret, Login, Pepper, Subject};
