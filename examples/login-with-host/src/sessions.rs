//! Login sessions, in memory. The browser has 256 random bits; the host keeps their SHA-256 only.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use grantor::{Facts, Login};
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// A login is good for a working day, however busy it is.
const LIFETIME: Duration = Duration::hours(8);
/// When there are more, the oldest goes: a stranger cannot fill the memory without a password anyway.
const MOST: usize = 100_000;
/// Remembered consents of one session.
const MOST_AGREEMENTS: usize = 100;

/// All live sessions.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Id, Record>>);

/// SHA-256 of what the cookie holds.
type Id = [u8; 32];

struct Record {
    subject: String,
    auth_time: OffsetDateTime,
    agreed: BTreeSet<Agreement>,
}

/// One live session, as found for one request.
#[derive(Clone)]
pub struct Session {
    id: Id,
    subject: String,
    auth_time: OffsetDateTime,
}

/// What a person has agreed to in this session: a client, exactly these scopes, exactly these resources.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreement {
    client_id: String,
    scopes: BTreeSet<String>,
    resources: BTreeSet<String>,
}

/// The system gave no randomness: nobody can log in.
#[derive(Debug)]
pub(crate) struct NoRandomness;

impl Sessions {
    /// Begins a session and answers the cookie's value. The one the browser had before is over, so
    /// that an id planted before the login is worth nothing after it.
    pub(crate) fn begin(&self, subject: &str, before: Option<&Session>) -> Result<String, NoRandomness> {
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret).map_err(|_| NoRandomness)?;
        let auth_time = OffsetDateTime::now_utc();
        let value = URL_SAFE_NO_PAD.encode(secret);
        let mut live = self.live();
        if let Some(before) = before {
            live.remove(&before.id);
        }
        make_room(&mut live, auth_time);
        live.insert(digest(&value), Record { subject: subject.to_owned(), auth_time, agreed: BTreeSet::new() });
        Ok(value)
    }

    /// The live session with this cookie value.
    pub(crate) fn find(&self, value: &str) -> Option<Session> {
        let id = digest(value);
        let live = self.live();
        let record = live.get(&id).filter(|record| OffsetDateTime::now_utc() - record.auth_time < LIFETIME)?;
        Some(Session { id, subject: record.subject.clone(), auth_time: record.auth_time })
    }

    /// Remembers that the person agreed, for as long as the session lasts.
    pub(crate) fn remember(&self, session: &Session, agreement: Agreement) {
        let mut live = self.live();
        if let Some(record) = live.get_mut(&session.id).filter(|record| record.agreed.len() < MOST_AGREEMENTS) {
            record.agreed.insert(agreement);
        }
    }

    /// Whether the person agreed to exactly this before in this session.
    pub(crate) fn remembers(&self, session: &Session, agreement: &Agreement) -> bool {
        self.live().get(&session.id).is_some_and(|record| record.agreed.contains(agreement))
    }

    fn live(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// The person, as the library wants to know it. The session is named by its digest.
    pub fn login(&self) -> Login {
        Login::new(self.subject.as_str(), URL_SAFE_NO_PAD.encode(self.id), self.auth_time)
    }

    /// Who is logged in.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl Agreement {
    /// To give the client these of the scopes it asked for.
    pub fn new(facts: &Facts, scopes: impl IntoIterator<Item = String>) -> Self {
        Self {
            client_id: facts.client_id.clone(),
            scopes: scopes.into_iter().collect(),
            resources: facts.resources.iter().cloned().collect(),
        }
    }

    /// To give the client all it asked for.
    pub fn to_all(facts: &Facts) -> Self {
        Self::new(facts, facts.scopes.iter().map(|scope| scope.name.clone()))
    }
}

fn digest(value: &str) -> Id {
    Sha256::digest(value).into()
}

fn make_room(live: &mut HashMap<Id, Record>, now: OffsetDateTime) {
    if live.len() < MOST {
        return;
    }
    live.retain(|_, record| now - record.auth_time < LIFETIME);
    while live.len() >= MOST {
        let Some(oldest) = live.iter().min_by_key(|(_, record)| record.auth_time).map(|(id, _)| *id) else {
            return;
        };
        live.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TH-14
    #[test]
    fn a_new_login_has_a_new_id_and_ends_the_old_one() -> Result<(), NoRandomness> {
        let sessions = Sessions::default();
        let first = sessions.begin("alice", None)?;
        let before = sessions.find(&first);
        let second = sessions.begin("alice", before.as_ref())?;
        assert_ne!(first, second);
        assert!(sessions.find(&first).is_none());
        assert_eq!(sessions.find(&second).map(|it| it.subject().to_owned()).as_deref(), Some("alice"));
        Ok(())
    }

    #[test]
    fn the_value_is_not_kept() -> Result<(), NoRandomness> {
        let sessions = Sessions::default();
        let value = sessions.begin("alice", None)?;
        let kept: Vec<_> = sessions.live().keys().map(|id| URL_SAFE_NO_PAD.encode(id)).collect();
        assert_eq!(kept, [URL_SAFE_NO_PAD.encode(Sha256::digest(&value))]);
        Ok(())
    }

    #[test]
    fn an_agreement_is_exact_and_ends_with_the_session() -> Result<(), NoRandomness> {
        let sessions = Sessions::default();
        let agreed = |scopes: &[&str]| Agreement {
            client_id: "app".to_owned(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            resources: BTreeSet::new(),
        };
        let session = sessions.find(&sessions.begin("alice", None)?);
        for session in session.iter() {
            sessions.remember(session, agreed(&["a"]));
            assert!(sessions.remembers(session, &agreed(&["a"])));
            assert!(!sessions.remembers(session, &agreed(&["a", "b"])));
        }
        let next = sessions.find(&sessions.begin("alice", session.as_ref())?);
        assert!(next.is_some_and(|session| !sessions.remembers(&session, &agreed(&["a"]))));
        Ok(())
    }
}
