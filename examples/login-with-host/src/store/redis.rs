//! Sessions in Redis, under keys of the example's own; Redis forgets them by itself. What it never forgets is a closed account.

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, Pipeline, RedisError, pipe};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::{PATIENCE, SessionStore, Unavailable};
use crate::sessions::{LIFETIME, MOST_AGREEMENTS, Session, digest, milliseconds};

/// A session is `login-with:{digest}`, a hash; its agreements are `login-with:{digest}:agreed`, a set. A closed account is
/// `login-with:{digest}:closed`.
pub(crate) struct RedisSessions(ConnectionManager);

impl RedisSessions {
    /// Connects on first use, and by itself again after that.
    pub(crate) fn open(url: &str) -> Result<Self, String> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let manager = Client::open(url).and_then(|client| ConnectionManager::new_lazy_with_config(client, config));
        manager.map(Self).map_err(|fault| reason(&fault))
    }

    /// Asks a second time when the connection was lost: there may have been nobody to notice before.
    async fn ask<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Unavailable> {
        let asked = async {
            match commands.query_async(&mut self.0.clone()).await {
                Err(fault) if fault.is_io_error() => commands.query_async(&mut self.0.clone()).await,
                answer => answer,
            }
        };
        match timeout(PATIENCE, asked).await {
            Ok(answer) => answer.map_err(|fault| Unavailable::because(reason(&fault))),
            Err(_) => Err(Unavailable::because("no answer in time")),
        }
    }
}

#[async_trait]
impl SessionStore for RedisSessions {
    async fn keep(&self, session: &Session) -> Result<(), Unavailable> {
        let (key, began) = (key(&session.id), milliseconds(session.auth_time));
        let mut both = pipe();
        let fields = [("subject", session.subject.as_str()), ("began", &began.to_string())];
        both.atomic().hset_multiple(&key, &fields).ignore().expire_at(&key, over(session)).ignore();
        self.ask(&both).await
    }

    async fn find(&self, id: &str) -> Result<Option<Session>, Unavailable> {
        let ((subject, began),): ((Option<String>, Option<i64>),) =
            self.ask(pipe().cmd("HMGET").arg(key(id)).arg(&["subject", "began"])).await?;
        Ok(subject.zip(began).and_then(|(subject, began)| Session::kept(id, subject, began)))
    }

    async fn end(&self, id: &str) -> Result<(), Unavailable> {
        self.ask(pipe().del(&[key(id), agreed(id)]).ignore()).await
    }

    async fn agree(&self, session: &Session, agreement: &str) -> Result<(), Unavailable> {
        let agreed = agreed(&session.id);
        let (count,): (usize,) = self.ask(pipe().scard(&agreed)).await?;
        if count >= MOST_AGREEMENTS {
            return Ok(());
        }
        let mut both = pipe();
        both.atomic().sadd(&agreed, agreement).ignore().expire_at(&agreed, over(session)).ignore();
        self.ask(&both).await
    }

    async fn has_agreed(&self, session: &Session, agreement: &str) -> Result<bool, Unavailable> {
        self.ask(pipe().sismember(agreed(&session.id), agreement)).await.map(|(agreed,)| agreed)
    }

    async fn forget(&self, session: &Session) -> Result<(), Unavailable> {
        self.ask(pipe().del(agreed(&session.id)).ignore()).await
    }

    /// The sessions of one account cannot be listed here: they end with their time.
    async fn close(&self, subject: &str) -> Result<(), Unavailable> {
        self.ask(pipe().set(closed(subject), 1).ignore()).await
    }

    async fn is_closed(&self, subject: &str) -> Result<bool, Unavailable> {
        self.ask(pipe().exists(closed(subject))).await.map(|(closed,)| closed)
    }

    async fn sweep(&self, _: OffsetDateTime) -> Result<(), Unavailable> {
        Ok(())
    }
}

/// The braces keep both keys of a session on one node of a cluster.
fn key(id: &str) -> String {
    format!("login-with:{{{id}}}")
}

fn agreed(id: &str) -> String {
    format!("login-with:{{{id}}}:agreed")
}

fn closed(subject: &str) -> String {
    format!("login-with:{{{}}}:closed", digest(subject))
}

fn over(session: &Session) -> i64 {
    (session.auth_time + LIFETIME).unix_timestamp()
}

/// The kind of the fault and nothing else: the rest may name users, hosts and keys.
fn reason(fault: &RedisError) -> String {
    format!("Redis cannot be used ({:?})", fault.kind())
}
