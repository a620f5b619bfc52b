//! Login sessions, and accounts that were closed. The browser has 256 random bits; the store keeps their SHA-256 only.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use grantor::grant::Grant;
use grantor::{Facts, Login, StillWelcome, StoreError, Subject};
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::store::{SessionStore, Unavailable};

/// A login is good for a working day, however busy it is.
pub(crate) const LIFETIME: Duration = Duration::hours(8);
/// Remembered consents of one session.
pub(crate) const MOST_AGREEMENTS: usize = 100;

/// All live sessions.
#[derive(Clone)]
pub(crate) struct Sessions(pub(crate) Arc<dyn SessionStore>);

/// One session, as it is kept and as it was found for one request.
#[derive(Clone)]
pub struct Session {
    /// SHA-256 of what the cookie holds.
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) auth_time: OffsetDateTime,
}

/// What a person has agreed to in a session: a client, exactly these scopes, exactly these resources. A digest of it.
pub struct Agreement(String);

/// A request that the person has answered in a session, whatever they said. A digest of it.
#[derive(Clone)]
pub(crate) struct Answered(String);

impl Sessions {
    /// Begins a session and answers the cookie's value. The one the browser had before is over, so
    /// that an id planted before the login is worth nothing after it.
    pub(crate) async fn begin(&self, subject: &str, before: Option<&Session>) -> Result<String, Unavailable> {
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret).map_err(|_| Unavailable)?;
        let value = URL_SAFE_NO_PAD.encode(secret);
        if let Some(before) = before {
            self.0.end(&before.id).await?;
        }
        let auth_time = OffsetDateTime::now_utc();
        self.0.keep(&Session { id: digest(&value), subject: subject.to_owned(), auth_time }).await?;
        Ok(value)
    }

    /// The live session with this cookie value. One that began while its account was closed is none.
    pub(crate) async fn find(&self, value: &str) -> Result<Option<Session>, Unavailable> {
        let found = self.0.find(&digest(value)).await?;
        let live = found.filter(|session| OffsetDateTime::now_utc() - session.auth_time < LIFETIME);
        match live {
            Some(session) if !self.is_closed(&session.subject).await? => Ok(Some(session)),
            _ => Ok(None),
        }
    }

    /// Forgets what the person agreed to, so that they are asked again.
    pub(crate) async fn forget(&self, session: &Session) -> Result<(), Unavailable> {
        self.0.forget(session).await
    }

    /// Closes an account for good. When this returns its sessions are over, on every process of one store.
    pub(crate) async fn close(&self, subject: &str) -> Result<(), Unavailable> {
        self.0.close(subject).await
    }

    /// Whether the account was closed.
    pub(crate) async fn is_closed(&self, subject: &str) -> Result<bool, Unavailable> {
        self.0.is_closed(subject).await
    }

    /// Remembers that the person agreed, for as long as the session lasts.
    pub(crate) async fn remember(&self, session: &Session, agreement: &Agreement) -> Result<(), Unavailable> {
        self.0.agree(session, &agreement.0).await
    }

    /// Remembers that the person answered, for as long as the session lasts.
    pub(crate) async fn note(&self, session: &Session, answered: &Answered) -> Result<(), Unavailable> {
        self.0.agree(session, &format!("answered {}", answered.0)).await
    }

    /// Whether the person answered this before in this session.
    pub(crate) async fn noted(&self, session: &Session, answered: &Answered) -> Result<bool, Unavailable> {
        self.0.has_agreed(session, &format!("answered {}", answered.0)).await
    }

    /// Whether the person agreed to exactly this before in this session.
    pub(crate) async fn remembers(&self, session: &Session, agreement: &Agreement) -> Result<bool, Unavailable> {
        self.0.has_agreed(session, &agreement.0).await
    }
}

/// A closed account buys nothing any more, also with what was issued before.
#[async_trait]
impl StillWelcome for Sessions {
    async fn still_welcome(&self, subject: &Subject, _: &Grant) -> Result<bool, StoreError> {
        let closed = self.is_closed(subject.as_str()).await;
        closed.map(|closed| !closed).map_err(|Unavailable| StoreError::unavailable("the host's accounts cannot be asked"))
    }
}

impl Session {
    /// A session that was kept with the instant as [`milliseconds`].
    pub(crate) fn kept(id: &str, subject: String, began: i64) -> Option<Self> {
        let auth_time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(began) * 1_000_000).ok()?;
        Some(Self { id: id.to_owned(), subject, auth_time })
    }

    /// The person, as the library wants to know it. The session is named by its digest.
    pub fn login(&self) -> Login {
        Login::new(self.subject.as_str(), self.id.as_str(), self.auth_time)
    }

    /// Who is logged in.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl Agreement {
    /// To give the client these of the scopes it asked for.
    pub fn new(facts: &Facts, scopes: impl IntoIterator<Item = String>) -> Self {
        Self::of(&facts.client_id, scopes.into_iter().collect(), facts.resources.iter().cloned().collect())
    }

    /// To give the client all it asked for.
    pub fn to_all(facts: &Facts) -> Self {
        Self::new(facts, facts.scopes.iter().map(|scope| scope.name.clone()))
    }

    fn of(client_id: &str, scopes: BTreeSet<String>, resources: BTreeSet<String>) -> Self {
        Self(digest(&serde_json::json!([client_id, scopes, resources]).to_string()))
    }
}

impl Answered {
    /// The request with this query.
    pub(crate) fn of(query: &str) -> Self {
        Self(digest(&format!("answered {query}")))
    }

    /// The same, as a page of ours brought it back. Anything else is none.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is_digest = URL_SAFE_NO_PAD.decode(name).is_ok_and(|bytes| bytes.len() == 32);
        is_digest.then(|| Self(name.to_owned()))
    }

    /// What names it.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// Since 1970, as a store keeps an instant.
pub(crate) fn milliseconds(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The digest that stands for a text in the store.
pub(crate) fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn sessions() -> Sessions {
        Sessions(Store::memory().sessions)
    }

    /// TH-14
    #[tokio::test]
    async fn a_new_login_has_a_new_id_and_ends_the_old_one() -> Result<(), Unavailable> {
        let sessions = sessions();
        let first = sessions.begin("alice", None).await?;
        let before = sessions.find(&first).await?;
        let second = sessions.begin("alice", before.as_ref()).await?;
        assert_ne!(first, second);
        assert!(sessions.find(&first).await?.is_none());
        assert_eq!(sessions.find(&second).await?.map(|it| it.subject().to_owned()).as_deref(), Some("alice"));
        Ok(())
    }

    /// ST-12
    #[tokio::test]
    async fn a_closed_account_has_no_session_and_gets_none() -> Result<(), Unavailable> {
        let sessions = sessions();
        let (alice, bob) = (sessions.begin("alice", None).await?, sessions.begin("bob", None).await?);
        sessions.close("alice").await?;
        let late = sessions.begin("alice", None).await?;
        assert!(sessions.find(&alice).await?.is_none() && sessions.find(&late).await?.is_none());
        assert!(sessions.find(&bob).await?.is_some());
        assert!(sessions.is_closed("alice").await? && !sessions.is_closed("Alice").await?);
        Ok(())
    }

    #[tokio::test]
    async fn the_value_is_not_kept() -> Result<(), Unavailable> {
        let sessions = sessions();
        let value = sessions.begin("alice", None).await?;
        assert!(sessions.0.find(&value).await?.is_none());
        assert!(sessions.0.find(&URL_SAFE_NO_PAD.encode(Sha256::digest(&value))).await?.is_some());
        Ok(())
    }

    #[tokio::test]
    async fn an_agreement_is_exact_and_ends_with_the_session() -> Result<(), Unavailable> {
        let sessions = sessions();
        let agreed = |scopes: &[&str]| Agreement::of("app", scopes.iter().map(ToString::to_string).collect(), BTreeSet::new());
        let session = sessions.find(&sessions.begin("alice", None).await?).await?;
        for session in session.iter() {
            sessions.remember(session, &agreed(&["a"])).await?;
            assert!(sessions.remembers(session, &agreed(&["a"])).await?);
            assert!(!sessions.remembers(session, &agreed(&["a", "b"])).await?);
            sessions.forget(session).await?;
            assert!(!sessions.remembers(session, &agreed(&["a"])).await?);
            sessions.remember(session, &agreed(&["a"])).await?;
        }
        let next = sessions.find(&sessions.begin("alice", session.as_ref()).await?).await?;
        for next in next.iter() {
            assert!(!sessions.remembers(next, &agreed(&["a"])).await?);
        }
        Ok(())
    }
}
