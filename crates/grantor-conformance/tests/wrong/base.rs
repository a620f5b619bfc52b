use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
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

/// Rows as a database keeps them. A store that looks and writes under one guard does both at once.
#[derive(Default)]
pub(crate) struct Base(Mutex<Rows>);

#[derive(Default)]
pub(crate) struct Rows(HashMap<GrantId, Row>);

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
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap()
    }
}

impl Deref for Rows {
    type Target = HashMap<GrantId, Row>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Rows {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Rows {
    pub(crate) fn put(&mut self, grant: &Grant) {
        self.insert(*grant.id(), Row::of(grant));
    }

    /// Whether a row with this version stands there.
    pub(crate) fn stands(&self, id: &GrantId, version: Version) -> bool {
        self.get(id).is_some_and(|row| row.version == version)
    }

    pub(crate) fn due(&self, now: OffsetDateTime, limit: usize) -> Vec<GrantId> {
        self.iter().filter(|(_, row)| row.forget_after < now).map(|(id, _)| *id).take(limit).collect()
    }

    /// How many of them were still there.
    pub(crate) fn take(&mut self, ids: &[GrantId]) -> usize {
        ids.iter().filter(|id| self.remove(*id).is_some()).count()
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
        rows.put(&grant);
        Ok(())
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let bytes = self.base().rows().get(id).map(|row| row.bytes.clone());
        bytes.map(|bytes| Grant::decode(&bytes).map_err(StoreError::unavailable)).transpose()
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let mut rows = self.base().rows();
        if !rows.stands(next.id(), read) {
            return Ok(Swap::Lost);
        }
        rows.put(&next);
        Ok(Swap::Done)
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        let mut rows = self.base().rows();
        let due = rows.due(now, limit);
        Ok(rows.take(&due))
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
