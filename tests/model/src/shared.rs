//! Values that many states share: hashed once, so that a walk does not hash them at each step.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use grantor_core::{
    grant::{Grant, Stage},
    types::Version,
};
use time::OffsetDateTime;

pub(crate) struct Shared<T: ?Sized> {
    mark: u64,
    value: Arc<T>,
}

impl<T: ?Sized + Hash> Shared<T> {
    pub(crate) fn new(value: impl Into<Arc<T>>) -> Self {
        let value = value.into();
        Self { mark: mark(&*value), value }
    }
}

pub(crate) fn mark(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { mark: self.mark, value: Arc::clone(&self.value) }
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.mark == other.mark && (Arc::ptr_eq(&self.value, &other.value) || *self.value == *other.value)
    }
}

impl<T: ?Sized + Eq> Eq for Shared<T> {}

impl<T: ?Sized> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.mark);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A grant as it is stored, and what stands beside it in a database.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: Version,
    pub(crate) stage: Stage,
    pub(crate) forget_after: OffsetDateTime,
}

pub(crate) type Stored = Shared<Kept>;

impl Hash for Kept {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.bytes.hash(hasher);
    }
}

impl Kept {
    pub(crate) fn of(grant: &Grant) -> Stored {
        let (version, stage, forget_after) = (*grant.version(), grant.stage(), grant.forget_after());
        Stored::new(Self { bytes: grant.encode(), version, stage, forget_after })
    }

    pub(crate) fn grant(&self) -> Grant {
        Grant::decode(&self.bytes).unwrap()
    }
}
