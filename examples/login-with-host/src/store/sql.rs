//! Sessions and closed accounts in tables of the example's own, beside the library's in the same database.

use std::path::Path;

use async_trait::async_trait;
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::query::Query;
use sqlx::{Any, AnyPool, Row};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::{PATIENCE, SessionStore, Unavailable};
use crate::sessions::{MOST_AGREEMENTS, Session, digest, milliseconds};

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS login_with_sessions (id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, began BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS login_with_sessions_began ON login_with_sessions (began)",
    "CREATE TABLE IF NOT EXISTS login_with_agreements (\
     session TEXT NOT NULL REFERENCES login_with_sessions (id) ON DELETE CASCADE, agreement TEXT NOT NULL, \
     PRIMARY KEY (session, agreement))",
    "CREATE TABLE IF NOT EXISTS login_with_closed (account TEXT NOT NULL PRIMARY KEY)",
];

type Statement = Query<'static, Any, AnyArguments>;

/// In SQLite or PostgreSQL: the statements are the same.
pub(crate) struct SqlSessions(AnyPool);

impl SqlSessions {
    /// In a file that is already there.
    pub(crate) async fn sqlite(path: &Path) -> Result<Self, String> {
        let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F");
        Self::open(&format!("sqlite:{path}")).await
    }

    /// In a database that is already there.
    pub(crate) async fn postgres(url: &str) -> Result<Self, String> {
        Self::open(url).await
    }

    async fn open(url: &str) -> Result<Self, String> {
        install_default_drivers();
        let pool = AnyPoolOptions::new().max_connections(8).acquire_timeout(PATIENCE).connect(url).await;
        let sessions = Self(pool.map_err(|fault| reason(&fault))?);
        for table in TABLES {
            // Of two processes that begin at once, PostgreSQL lets one fail; the second time the table is there.
            if sqlx::query(table).execute(&sessions.0).await.is_err() {
                sqlx::query(table).execute(&sessions.0).await.map_err(|fault| reason(&fault))?;
            }
        }
        Ok(sessions)
    }

    async fn execute(&self, statement: Statement) -> Result<(), Unavailable> {
        within_patience(statement.execute(&self.0)).await.map(drop)
    }

    async fn row(&self, statement: Statement) -> Result<Option<AnyRow>, Unavailable> {
        within_patience(statement.fetch_optional(&self.0)).await
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn keep(&self, session: &Session) -> Result<(), Unavailable> {
        let insert = "INSERT INTO login_with_sessions (id, subject, began) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(insert).bind(session.id.clone()).bind(session.subject.clone());
        self.execute(insert.bind(milliseconds(session.auth_time))).await
    }

    async fn find(&self, id: &str) -> Result<Option<Session>, Unavailable> {
        let select = sqlx::query("SELECT subject, began FROM login_with_sessions WHERE id = $1").bind(id.to_owned());
        let Some(row) = self.row(select).await? else { return Ok(None) };
        let read = |row: &AnyRow| Ok::<_, sqlx::Error>((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?));
        let (subject, began) = read(&row).map_err(|fault| Unavailable::because(reason(&fault)))?;
        Ok(Session::kept(id, subject, began))
    }

    async fn end(&self, id: &str) -> Result<(), Unavailable> {
        self.execute(sqlx::query("DELETE FROM login_with_sessions WHERE id = $1").bind(id.to_owned())).await
    }

    async fn agree(&self, session: &Session, agreement: &str) -> Result<(), Unavailable> {
        let insert = "INSERT INTO login_with_agreements (session, agreement) \
             SELECT id, CAST($2 AS TEXT) FROM login_with_sessions WHERE id = $1 \
             AND (SELECT count(*) FROM login_with_agreements WHERE session = $1) < $3 ON CONFLICT DO NOTHING";
        let most = i64::try_from(MOST_AGREEMENTS).unwrap_or(i64::MAX);
        self.execute(sqlx::query(insert).bind(session.id.clone()).bind(agreement.to_owned()).bind(most)).await
    }

    async fn has_agreed(&self, session: &Session, agreement: &str) -> Result<bool, Unavailable> {
        let select = sqlx::query("SELECT 1 FROM login_with_agreements WHERE session = $1 AND agreement = $2");
        Ok(self.row(select.bind(session.id.clone()).bind(agreement.to_owned())).await?.is_some())
    }

    async fn forget(&self, session: &Session) -> Result<(), Unavailable> {
        let delete = "DELETE FROM login_with_agreements WHERE session IN (SELECT id FROM login_with_sessions WHERE subject = $1)";
        self.execute(sqlx::query(delete).bind(session.subject.clone())).await
    }

    async fn close(&self, subject: &str) -> Result<(), Unavailable> {
        let insert = sqlx::query("INSERT INTO login_with_closed (account) VALUES ($1) ON CONFLICT DO NOTHING");
        self.execute(insert.bind(digest(subject))).await?;
        self.execute(sqlx::query("DELETE FROM login_with_sessions WHERE subject = $1").bind(subject.to_owned())).await
    }

    async fn is_closed(&self, subject: &str) -> Result<bool, Unavailable> {
        let select = sqlx::query("SELECT 1 FROM login_with_closed WHERE account = $1").bind(digest(subject));
        Ok(self.row(select).await?.is_some())
    }

    async fn sweep(&self, before: OffsetDateTime) -> Result<(), Unavailable> {
        let delete = sqlx::query("DELETE FROM login_with_sessions WHERE began < $1");
        self.execute(delete.bind(milliseconds(before))).await
    }
}

async fn within_patience<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Unavailable> {
    match timeout(PATIENCE, statement).await {
        Ok(answer) => answer.map_err(|fault| Unavailable::because(reason(&fault))),
        Err(_) => Err(Unavailable::because("no answer in time")),
    }
}

/// The kind of the fault and nothing else: the rest may name users, hosts and databases.
fn reason(fault: &sqlx::Error) -> String {
    match fault {
        sqlx::Error::Database(fault) => format!("the database refused ({})", fault.code().unwrap_or_default()),
        sqlx::Error::Io(fault) => format!("the database cannot be reached ({})", fault.kind()),
        sqlx::Error::PoolTimedOut => "no connection to the database in time".to_owned(),
        sqlx::Error::Configuration(_) => "this is no URL of a database".to_owned(),
        _ => "the database cannot be used".to_owned(),
    }
}
