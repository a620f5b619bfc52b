//! Where grants and sessions are kept: one place for both, so that any process serves any browser.

mod memory;
mod place;
mod redis;
mod sql;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use grantor::store::MemoryStore;
use grantor::{GrantDirectory, GrantStore, StoreError};
use grantor_redis::RedisStore;
use grantor_sqlx::{PgStore, SqliteStore};
use time::OffsetDateTime;

use crate::sessions::{LIFETIME, Session};
use memory::MemorySessions;
use redis::RedisSessions;
use sql::SqlSessions;

pub(crate) use place::Place;

/// How long one call for a session may take; as long as one call of the library's stores.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often what is over is forgotten, and how many grants at a time.
const TIDY: (Duration, usize) = (Duration::from_secs(60), 1_000);

/// The library's grants, and the host's sessions beside them.
#[derive(Clone)]
pub struct Store {
    pub(crate) grants: Arc<dyn GrantStore>,
    /// The same grants by person, where the store can list them.
    pub(crate) directory: Option<Arc<dyn GrantDirectory>>,
    pub(crate) sessions: Arc<dyn SessionStore>,
}

/// Sessions, under the digest of what the cookie holds, and the accounts that were closed, under the digest of their name:
/// whatever a stranger types as a name is as good as any other. Whatever is asked here may be asked twice.
#[async_trait]
pub(crate) trait SessionStore: Send + Sync {
    /// Keeps a new session.
    async fn keep(&self, session: &Session) -> Result<(), Unavailable>;
    /// Finds one that was kept and has not ended.
    async fn find(&self, id: &str) -> Result<Option<Session>, Unavailable>;
    /// Ends one, and forgets what was agreed in it.
    async fn end(&self, id: &str) -> Result<(), Unavailable>;
    /// Remembers an agreement for as long as the session lasts.
    async fn agree(&self, session: &Session, agreement: &str) -> Result<(), Unavailable>;
    /// Whether it was agreed to in this session.
    async fn has_agreed(&self, session: &Session, agreement: &str) -> Result<bool, Unavailable>;
    /// Forgets what the person of this session agreed to, in this session and in those of theirs that can be listed.
    async fn forget(&self, session: &Session) -> Result<(), Unavailable>;
    /// Closes an account for good, and ends its sessions as far as they can be listed; [`Sessions`](crate::sessions::Sessions)
    /// finds none of the others.
    async fn close(&self, subject: &str) -> Result<(), Unavailable>;
    /// Whether it was closed.
    async fn is_closed(&self, subject: &str) -> Result<bool, Unavailable>;
    /// Forgets the sessions that began before.
    async fn sweep(&self, before: OffsetDateTime) -> Result<(), Unavailable>;
}

/// The store cannot tell just now. The operator was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unavailable;

impl Unavailable {
    /// Tells the operator. The reason must hold no credential, and nothing of a connection string.
    fn because(reason: impl Display) -> Self {
        tracing::error!(%reason, "sessions are unavailable");
        Self
    }
}

impl Store {
    /// Both in this process.
    pub fn memory() -> Self {
        Self::listing(Arc::new(MemoryStore::default()), Arc::new(MemorySessions::default()))
    }

    fn listing(grants: Arc<impl GrantStore + GrantDirectory>, sessions: Arc<dyn SessionStore>) -> Self {
        Self { grants: grants.clone(), directory: Some(grants), sessions }
    }

    /// Connects, and makes the tables that are not there. The fault names no credential.
    pub(crate) async fn open(place: &Place) -> Result<Self, String> {
        Ok(match place {
            Place::Memory => Self::memory(),
            Place::Sqlite(path) => {
                let grants = SqliteStore::open(path).await.map_err(|fault| fault.to_string())?;
                Self::listing(Arc::new(grants), Arc::new(SqlSessions::sqlite(path).await?))
            }
            Place::Postgres(url) => {
                let grants = PgStore::connect(url).await.map_err(|fault| fault.to_string())?;
                Self::listing(Arc::new(grants), Arc::new(SqlSessions::postgres(url).await?))
            }
            Place::Redis(url) => {
                let grants = RedisStore::open(url).map_err(|fault| fault.to_string())?;
                for danger in grants.check().await.map_err(|fault| fault.to_string())? {
                    tracing::warn!(%danger, "this Redis may lose what it acknowledged");
                }
                Self { grants: Arc::new(grants), directory: None, sessions: Arc::new(RedisSessions::open(url)?) }
            }
        })
    }

    /// Forgets what is over, for as long as the program runs. Several processes may do so at once.
    pub(crate) async fn keep_tidy(self) {
        loop {
            tokio::time::sleep(TIDY.0).await;
            let now = OffsetDateTime::now_utc();
            // A session store that failed has told so itself.
            let _ = self.sessions.sweep(now - LIFETIME).await;
            if let Err(fault) = self.sweep_grants(now).await {
                tracing::error!(%fault, "grants that are over stay for now");
            }
        }
    }

    async fn sweep_grants(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        while self.grants.sweep(now, TIDY.1).await? == TIDY.1 {}
        Ok(())
    }
}
