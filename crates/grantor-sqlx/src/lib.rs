//! Grants and clients in SQLite or PostgreSQL: in a file of their own, or beside the tables that the host already has.
#![cfg_attr(docsrs, feature(doc_cfg))]

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

/// SQLite or PostgreSQL: [`sqlx::Sqlite`] and [`sqlx::Postgres`], and no others.
pub trait Backend: engine::Engine {}

#[cfg(feature = "postgres")]
impl Backend for sqlx::Postgres {}
#[cfg(feature = "sqlite")]
impl Backend for sqlx::Sqlite {}
