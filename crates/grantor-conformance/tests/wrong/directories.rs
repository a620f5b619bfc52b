use std::collections::BTreeSet;

use async_trait::async_trait;
use grantor_conformance::Handles;
use grantor_core::{
    GrantDirectory, GrantStore, StoreError, Swap,
    grant::{Grant, Stage},
    types::{ClientId, GrantId, Subject, Version},
};
use time::OffsetDateTime;

use crate::{
    base::{Right, Store, Wrong},
    try_part,
};

/// What a directory gets wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    ListsTheEnded,
    ListsOnlyTheActive,
    FoldsNames,
    TakesWildcards,
    IgnoresTheLimit,
    IgnoresThePlace,
    InNoOrder,
}

struct Directory(Store<Right>, Fault);

impl Directory {
    fn list(&self, after: Option<&GrantId>, limit: usize, name: &str, own: fn(&Grant) -> Option<&str>) -> Vec<Grant> {
        let rows = self.0.0.base().rows();
        let grants = rows.values().filter_map(|row| Grant::decode(&row.bytes).ok());
        let mut found: Vec<Grant> = grants.filter(|grant| own(grant).is_some_and(|own| self.is_named(own, name))).collect();
        found.retain(|grant| match self.1 {
            Fault::ListsTheEnded => true,
            Fault::ListsOnlyTheActive => grant.stage() == Stage::Active,
            _ => grant.stage() != Stage::Ended,
        });
        found.sort_by_key(|grant| *grant.id());
        if self.1 != Fault::IgnoresThePlace {
            found.retain(|grant| after.is_none_or(|after| grant.id() > after));
        }
        if self.1 == Fault::InNoOrder {
            found.reverse();
        }
        if self.1 != Fault::IgnoresTheLimit {
            found.truncate(limit);
        }
        found
    }

    fn is_named(&self, own: &str, name: &str) -> bool {
        match self.1 {
            Fault::FoldsNames => own.eq_ignore_ascii_case(name),
            Fault::TakesWildcards => own == name || name == "%",
            _ => own == name,
        }
    }
}

#[async_trait]
impl GrantDirectory for Directory {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        Ok(self.list(after, limit, subject.as_str(), |grant| grant.subject().map(Subject::as_str)))
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        Ok(self.list(after, limit, client.as_str(), |grant| Some(grant.client_id().as_str())))
    }
}

#[async_trait]
impl GrantStore for Directory {
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

/// ST-12
#[test]
fn a_directory_with_one_thing_wrong_is_found_out() {
    let (until, names, pages) =
        ("a_grant_is_listed_until_it_ends", "a_list_is_of_one_person_or_one_client", "a_list_comes_in_pages_in_the_order_of_ids");
    let (person, client) = ("ending_all_of_a_person_leaves_nothing_alive", "ending_all_of_a_client_leaves_nothing_alive");
    let cases: [(Fault, &[&str]); 8] = [
        (Fault::None, &[]),
        (Fault::ListsTheEnded, &[until]),
        (Fault::ListsOnlyTheActive, &[until, person, client]),
        (Fault::FoldsNames, &[names]),
        (Fault::TakesWildcards, &[names]),
        (Fault::IgnoresTheLimit, &[pages]),
        (Fault::IgnoresThePlace, &[pages]),
        (Fault::InNoOrder, &[pages]),
    ];
    for (fault, expected) in cases {
        let mut broken = BTreeSet::new();
        let make = || Handles::of_directory(Directory(Store(Right::default()), fault));
        grantor_conformance::promises! { directory { try_part! } (make(), broken) }
        assert_eq!(broken, expected.iter().copied().collect());
    }
}
