use std::collections::BTreeSet;

use async_trait::async_trait;
use grantor_conformance::Handles;
use grantor_core::{
    GrantStore, StoreError, Swap,
    grant::Grant,
    types::{GrantId, Version},
};
use time::OffsetDateTime;

use crate::try_part;

/// What a store says when it cannot be reached, where it should say so.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Unavailable,
    NotThere,
    Taken,
    Lost,
    NothingToSweep,
}

struct Down(Says);

impl Down {
    fn or<T>(&self, says: Says, wrong: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.0 == says { wrong } else { Err(StoreError::unavailable("connection refused")) }
    }
}

#[async_trait]
impl GrantStore for Down {
    async fn insert(&self, _: Grant) -> Result<(), StoreError> {
        self.or(Says::Taken, Err(StoreError::Conflict))
    }

    async fn load(&self, _: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.or(Says::NotThere, Ok(None))
    }

    async fn replace(&self, _: Version, _: Grant) -> Result<Swap, StoreError> {
        self.or(Says::Lost, Ok(Swap::Lost))
    }

    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        self.or(Says::NothingToSweep, Ok(0))
    }
}

/// ST-19
#[test]
fn a_store_that_does_not_say_that_it_is_down_is_found_out() {
    let (says, answers) = ("an_unreachable_store_says_unavailable", "a_request_on_it_is_never_invalid_grant");
    let cases: [(Says, &[&str]); 5] = [
        (Says::Unavailable, &[]),
        (Says::NotThere, &[says, answers]),
        (Says::Taken, &[says]),
        (Says::Lost, &[says]),
        (Says::NothingToSweep, &[says]),
    ];
    for (word, expected) in cases {
        let mut broken = BTreeSet::new();
        grantor_conformance::promises! { unreachable { try_part! } (Handles::of(Down(word)), broken) }
        assert_eq!(broken, expected.iter().copied().collect());
    }
}
