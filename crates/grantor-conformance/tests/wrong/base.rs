use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use grantor_core::{
    GrantStore, StoreError, Swap,
    grant::{Grant, Stage},
    types::{GrantId, Version},
};
use time::OffsetDateTime;

/// Rows as a database keeps them, and what a wrong store does with them.
#[derive(Default)]
pub(crate) struct Base(Mutex<HashMap<GrantId, Row>>);

pub(crate) struct Row {
    pub(crate) version: Version,
    pub(crate) stage: Stage,
    pub(crate) forget_after: OffsetDateTime,
    pub(crate) bytes: Vec<u8>,
}

impl Row {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self { version: *grant.version(), stage: grant.stage(), forget_after: grant.forget_after(), bytes: grant.encode() }
    }
}

impl Base {
    pub(crate) fn rows(&self) -> MutexGuard<'_, HashMap<GrantId, Row>> {
        self.0.lock().unwrap()
    }

    pub(crate) fn put(&self, grant: &Grant) {
        self.rows().insert(*grant.id(), Row::of(grant));
    }

    pub(crate) fn has(&self, id: &GrantId) -> bool {
        self.rows().contains_key(id)
    }

    /// Whether a row with this version stands there.
    pub(crate) fn stands(&self, id: &GrantId, version: Version) -> bool {
        self.rows().get(id).is_some_and(|row| row.version == version)
    }

    pub(crate) fn due(&self, now: OffsetDateTime) -> Vec<GrantId> {
        self.rows().iter().filter(|(_, row)| row.forget_after < now).map(|(id, _)| *id).collect()
    }
}

/// A store that does everything right, but for the methods that an implementation says anew.
#[async_trait]
pub(crate) trait Wrong: Send + Sync + 'static {
    fn base(&self) -> &Base;

    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let mut rows = self.base().rows();
        if rows.contains_key(grant.id()) {
            return Err(StoreError::Conflict);
        }
        rows.insert(*grant.id(), Row::of(&grant));
        Ok(())
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let bytes = self.base().rows().get(id).map(|row| row.bytes.clone());
        bytes.map(|bytes| Grant::decode(&bytes).map_err(StoreError::unavailable)).transpose()
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let mut rows = self.base().rows();
        match rows.get_mut(next.id()).filter(|row| row.version == read) {
            Some(row) => *row = Row::of(&next),
            None => return Ok(Swap::Lost),
        }
        Ok(Swap::Done)
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        let mut due = self.base().due(now);
        due.truncate(limit);
        let mut rows = self.base().rows();
        Ok(due.iter().filter(|id| rows.get(*id).is_some_and(|row| row.forget_after < now) && rows.remove(*id).is_some()).count())
    }
}

/// Nothing wrong.
#[derive(Default)]
pub(crate) struct Right(Base);

impl Wrong for Right {
    fn base(&self) -> &Base {
        &self.0
    }
}

pub(crate) struct Store<W>(pub(crate) W);

#[async_trait]
impl<W: Wrong> GrantStore for Store<W> {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        self.0.insert(grant).await
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.0.load(id).await
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        self.0.replace(read, next).await
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        self.0.sweep(now, limit).await
    }
}

/// Long enough for all the others to come.
pub(crate) async fn meanwhile() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}

/// A wrong store: what it does, the test that finds it out, its methods, and the promises that it breaks.
macro_rules! wrong {
    (
        $(#[doc = $doc:literal])* $name:ident breaks_as $test:ident { $($method:item)* }
        $certain:expr $(, or_perhaps $perhaps:expr)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Default)]
        struct $name($crate::base::Base);

        #[async_trait::async_trait]
        impl $crate::base::Wrong for $name {
            fn base(&self) -> &$crate::base::Base {
                &self.0
            }

            $($method)*
        }

        #[test]
        fn $test() {
            let make = || grantor_conformance::Handles::of($crate::base::Store($name::default()));
            $crate::assert_breaks(make, &$certain, [$(&$perhaps as &[&str],)? &[]][0]);
        }
    };
}
pub(crate) use wrong;
