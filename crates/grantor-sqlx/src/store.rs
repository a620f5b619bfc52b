use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use grantor_core::{
    GrantStore, StoreError, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use sqlx::Pool;
use time::OffsetDateTime;

use crate::{Backend, Error, Fault, Tables, database::Database, engine::Value, migrate, statements::Statements};

/// Grants and clients in a database: [`SqliteStore`](crate::SqliteStore) and [`PgStore`](crate::PgStore). Cheap to clone;
/// all clones are one.
///
/// Each method is one statement, within the store's timeout. A database that is not there, too slow, locked by others or
/// read-only makes it [`StoreError::Unavailable`], and never [`Swap::Lost`] or `None`.
pub struct SqlStore<D: Backend>(pub(crate) Arc<Inner<D>>);

pub(crate) struct Inner<D: Backend> {
    pub(crate) database: Database<D>,
    pub(crate) statements: Statements,
    tables: Tables,
}

/// What a store is called with: its tables, and how long a method may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The names of its tables.
    pub tables: Tables,
    /// How long one method may take before it is [`StoreError::Unavailable`]: three seconds by default. It counts from
    /// the call to the answer, the wait for a free connection included.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tables: Tables::default(), timeout: Duration::from_secs(3) }
    }
}

impl Settings {
    /// The timeout, short enough to be added to any instant.
    pub(crate) fn limit(&self) -> Duration {
        self.timeout.min(Duration::from_secs(86_400))
    }
}

impl<D: Backend> SqlStore<D> {
    /// A store on the host's own pool, with the default [`Settings`]. Nothing is read or written here; the tables come
    /// from [`migrate`](crate::migrate()).
    #[must_use]
    pub fn new(pool: Pool<D>) -> Self {
        Self::with_settings(pool, Settings::default())
    }

    /// A store on the host's own pool, with these settings.
    #[must_use]
    pub fn with_settings(pool: Pool<D>, settings: Settings) -> Self {
        Self::on(pool.clone(), pool, settings)
    }

    pub(crate) fn on(readers: Pool<D>, writers: Pool<D>, settings: Settings) -> Self {
        let statements = Statements::of::<D>(&settings.tables);
        let database = Database::new(readers, writers, settings.limit());
        Self(Arc::new(Inner { database, statements, tables: settings.tables }))
    }

    /// Makes this store's tables; see [`migrate`](crate::migrate()).
    ///
    /// # Errors
    /// As [`migrate`](crate::migrate()).
    pub async fn migrate(&self) -> Result<(), Error> {
        migrate(self.0.database.writers(), &self.0.tables).await
    }

    /// Closes the connections, once they are free. A store on the host's pool closes that pool.
    pub async fn close(&self) {
        self.0.database.readers().close().await;
        self.0.database.writers().close().await;
    }
}

#[async_trait]
impl<D: Backend> GrantStore for SqlStore<D> {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let document = grant.encode();
        match self.0.database.write(&self.0.statements.insert, &columns(&grant, &document)).await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let documents = self.0.database.read(&self.0.statements.load, &[Value::Bytes(id.as_bytes())]).await?;
        Ok(documents.first().map(|document| decode(document)).transpose()?)
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let document = next.encode();
        let [id, version, subject, client, stage, forget_after, document] = columns(&next, &document);
        let values = [id, version, subject, client, stage, forget_after, document, Value::Bytes(read.as_bytes())];
        match self.0.database.write(&self.0.statements.replace, &values).await? {
            0 => Ok(Swap::Lost),
            _ => Ok(Swap::Done),
        }
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // A grant is past its time when `forget_after < now`; whole milliseconds are, when they are below the next one.
        let now = -milliseconds(-now.unix_timestamp_nanos());
        let swept = self.0.database.write(&self.0.statements.sweep, &[Value::Integer(now), Value::Integer(limit)]).await?;
        Ok(usize::try_from(swept).unwrap_or(usize::MAX))
    }
}

/// What is queried has a column of its own, and all of the grant is in the document.
fn columns<'a>(grant: &'a Grant, document: &'a [u8]) -> [Value<'a>; 7] {
    [
        Value::Bytes(grant.id().as_bytes()),
        Value::Bytes(grant.version().as_bytes()),
        Value::MaybeBytes(grant.subject().map(|subject| subject.as_str().as_bytes())),
        Value::Text(grant.client_id().as_str()),
        Value::Text(grant.stage().as_str()),
        Value::Integer(milliseconds(grant.forget_after().unix_timestamp_nanos())),
        Value::Bytes(document),
    ]
}

pub(crate) fn decode(document: &[u8]) -> Result<Grant, Error> {
    Grant::decode(document).map_err(|_| Error::new(Fault::Unreadable))
}

/// Since 1970, the fraction cut towards the past.
fn milliseconds(nanoseconds: i128) -> i64 {
    i64::try_from(nanoseconds.div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

impl<D: Backend> Clone for SqlStore<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Backend> fmt::Debug for SqlStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("database", &D::NAME).field("tables", &self.0.tables).finish_non_exhaustive()
    }
}
