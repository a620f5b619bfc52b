//! Grants and clients in SQLite or PostgreSQL, beside the tables that the host already has: [`SqliteStore`] and [`PgStore`].
//!
//! On the pool of a host that has one, and in its database:
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn start(pool: grantor_sqlx::sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use grantor_core::AuthorizationServer;
//! use grantor_sqlx::{PgStore, Settings, Tables, migrate};
//!
//! let tables = Tables::prefixed("oauth_")?.in_schema("auth")?;
//! migrate(&pool, &tables).await?;                     // at every start, or by the tool that does your migrations
//! let store = PgStore::with_settings(pool, Settings { tables, ..Settings::default() });
//! let server = AuthorizationServer::builder("https://id.example.com")
//!     .grants(Arc::new(store.clone()))
//!     .clients(Arc::new(store))                       // or clients of your own
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! For a service without a database, in a file:
//!
//! ```no_run
//! # #[cfg(feature = "sqlite")]
//! # async fn start() -> Result<(), grantor_sqlx::Error> {
//! let store = grantor_sqlx::SqliteStore::open("grants.db").await?;
//! # Ok(())
//! # }
//! ```
//!
//! - Each method of the stores is one statement, and each is done within [`Settings::timeout`] or `Unavailable`.
//! - What is queried is a column: `id`, `version`, `subject`, `client_id`, `stage`, `forget_after` (milliseconds since 1970).
//!   All else is one document, which only this library reads. Subjects are bytes: in PostgreSQL
//!   `SELECT * FROM grantor_grants WHERE subject = 'ann'`, in SQLite `WHERE subject = CAST('ann' AS BLOB)`.
//! - Grants are forgotten by [`sweep`](grantor_core::GrantStore::sweep), and by nothing else: let any process call it every
//!   few minutes, with a limit of some thousands, until it tells fewer than the limit.
//! - All servers on one database are one server. What a power failure may take back, and what else an engine asks for,
//!   stands at [`SqliteStore`] and [`PgStore`].
//! - No secret is stored, only digests. The [`Error`] of a store holds no connection string and no value.
//!
//! Features: `postgres` and `sqlite` (both by default), and in the crate `grantor` `sqlx-postgres` and `sqlx-sqlite`. The
//! `sqlx` whose pools it takes is re-exported.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(any(feature = "postgres", feature = "sqlite")), allow(dead_code, reason = "there is no database to use it"))]

mod clients;
mod database;
mod directory;
mod engine;
mod error;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod store;
mod tables;

#[cfg(feature = "postgres")]
pub use crate::postgres::PgStore;
#[cfg(feature = "sqlite")]
pub use crate::sqlite::SqliteStore;
pub use error::{Error, Fault};
pub use migrate::migrate;
pub use sqlx;
pub use store::{Settings, SqlStore};
pub use tables::{InvalidName, Tables};

/// SQLite or PostgreSQL: [`sqlx::Sqlite`](https://docs.rs/sqlx/0.9/sqlx/struct.Sqlite.html) and
/// [`sqlx::Postgres`](https://docs.rs/sqlx/0.9/sqlx/struct.Postgres.html), and no others.
pub trait Backend: engine::Engine {}

#[cfg(feature = "postgres")]
impl Backend for sqlx::Postgres {}
#[cfg(feature = "sqlite")]
impl Backend for sqlx::Sqlite {}
