use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use grantor_core::{
    GrantStore, StoreError, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use time::OffsetDateTime;

/// A table: what is queried is a column, the rest is one document. The lock stands for the database's atomic statement.
#[derive(Default)]
pub(crate) struct Table(Mutex<HashMap<GrantId, Row>>);

struct Row {
    version: Version,
    forget_after: OffsetDateTime,
    document: Vec<u8>,
}

impl Row {
    fn of(grant: &Grant) -> Self {
        Self { version: *grant.version(), forget_after: grant.forget_after(), document: grant.encode() }
    }
}

impl Table {
    fn rows(&self) -> MutexGuard<'_, HashMap<GrantId, Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl GrantStore for Table {
    // INSERT ... ON CONFLICT DO NOTHING
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let mut rows = self.rows();
        if rows.contains_key(grant.id()) {
            return Err(StoreError::Conflict);
        }
        rows.insert(*grant.id(), Row::of(&grant));
        Ok(())
    }

    // SELECT document ... WHERE id = $1
    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let document = self.rows().get(id).map(|row| row.document.clone());
        document.map(|bytes| Grant::decode(&bytes).map_err(StoreError::unavailable)).transpose()
    }

    // UPDATE ... WHERE id = $1 AND version = $2: one row is Done, none is Lost
    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(next.id()).filter(|row| row.version == read) else { return Ok(Swap::Lost) };
        *row = Row::of(&next);
        Ok(Swap::Done)
    }

    // DELETE ... WHERE forget_after < $1, of at most $2
    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        let mut rows = self.rows();
        let due: Vec<_> = rows.iter().filter(|(_, row)| row.forget_after < now).map(|(id, _)| *id).take(limit).collect();
        Ok(due.iter().filter(|id| rows.remove(*id).is_some()).count())
    }
}
