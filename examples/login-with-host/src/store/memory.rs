//! Sessions and closed accounts in this process; a restart forgets them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{SessionStore, Unavailable};
use crate::sessions::{MOST_AGREEMENTS, Session};

/// When there are more, the oldest goes: a stranger cannot fill the memory without a password anyway.
const MOST: usize = 100_000;

#[derive(Default)]
pub(crate) struct MemorySessions {
    live: Mutex<HashMap<String, Record>>,
    closed: Mutex<BTreeSet<String>>,
}

struct Record {
    session: Session,
    agreed: BTreeSet<String>,
}

impl MemorySessions {
    fn live(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn keep(&self, session: &Session) -> Result<(), Unavailable> {
        let mut live = self.live();
        if live.len() >= MOST {
            let oldest = live.values().min_by_key(|record| record.session.auth_time).map(|record| record.session.id.clone());
            oldest.and_then(|id| live.remove(&id));
        }
        live.insert(session.id.clone(), Record { session: session.clone(), agreed: BTreeSet::new() });
        Ok(())
    }

    async fn find(&self, id: &str) -> Result<Option<Session>, Unavailable> {
        Ok(self.live().get(id).map(|record| record.session.clone()))
    }

    async fn end(&self, id: &str) -> Result<(), Unavailable> {
        self.live().remove(id);
        Ok(())
    }

    async fn agree(&self, session: &Session, agreement: &str) -> Result<(), Unavailable> {
        let mut live = self.live();
        if let Some(record) = live.get_mut(&session.id).filter(|record| record.agreed.len() < MOST_AGREEMENTS) {
            record.agreed.insert(agreement.to_owned());
        }
        Ok(())
    }

    async fn has_agreed(&self, session: &Session, agreement: &str) -> Result<bool, Unavailable> {
        Ok(self.live().get(&session.id).is_some_and(|record| record.agreed.contains(agreement)))
    }

    async fn forget(&self, session: &Session) -> Result<(), Unavailable> {
        let mut live = self.live();
        let theirs = live.values_mut().filter(|record| record.session.subject == session.subject);
        theirs.for_each(|record| record.agreed.clear());
        Ok(())
    }

    async fn close(&self, subject: &str) -> Result<(), Unavailable> {
        self.closed().insert(subject.to_owned());
        self.live().retain(|_, record| record.session.subject != subject);
        Ok(())
    }

    async fn is_closed(&self, subject: &str) -> Result<bool, Unavailable> {
        Ok(self.closed().contains(subject))
    }

    async fn sweep(&self, before: OffsetDateTime) -> Result<(), Unavailable> {
        self.live().retain(|_, record| record.session.auth_time >= before);
        Ok(())
    }
}
