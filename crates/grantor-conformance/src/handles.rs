use std::{fmt, sync::Arc};

use grantor_core::{GrantDirectory, GrantStore};

/// A grant store under test: fresh data, and one or more handles to it.
///
/// Each promise gets its own, whose data nobody else changes. A store that several processes may share should be tried
/// through two handles that share nothing but the data, each with its own connections and caches.
#[derive(Clone)]
pub struct Handles {
    handles: Vec<Arc<dyn GrantStore>>,
    directory: Option<Arc<dyn GrantDirectory>>,
    expires_by_itself: bool,
}

impl Handles {
    /// A store by one handle.
    #[must_use]
    pub fn of(store: impl GrantStore) -> Self {
        Self { handles: vec![Arc::new(store)], directory: None, expires_by_itself: false }
    }

    /// A store by one handle, which can list as well.
    #[must_use]
    pub fn of_directory(store: impl GrantStore + GrantDirectory) -> Self {
        let store = Arc::new(store);
        Self { directory: Some(store.clone()), ..Self::of(store) }
    }

    /// One more handle to the same data.
    #[must_use]
    pub fn and(mut self, store: impl GrantStore) -> Self {
        self.handles.push(Arc::new(store));
        self
    }

    /// The store drops each grant by itself when the real time passes its `forget_after`, and its `sweep` has nothing to do.
    #[must_use]
    pub fn expiring_by_itself(mut self) -> Self {
        self.expires_by_itself = true;
        self
    }

    /// A handle; the numbers go round.
    pub(crate) fn get(&self, number: usize) -> &Arc<dyn GrantStore> {
        let [first, ..] = self.handles.as_slice() else { unreachable!("a value begins with one handle") };
        self.handles.get(number % self.handles.len()).unwrap_or(first)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn GrantStore>> {
        self.handles.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(crate) fn directory(&self) -> Option<&Arc<dyn GrantDirectory>> {
        self.directory.as_ref()
    }

    pub(crate) fn expires_by_itself(&self) -> bool {
        self.expires_by_itself
    }
}

impl fmt::Debug for Handles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handles").field("handles", &self.handles.len()).finish_non_exhaustive()
    }
}
