use std::{collections::HashMap, sync::Mutex, time::Duration};

use async_trait::async_trait;
use grantor_conformance::Handles;
use grantor_core::{StoreError, grant::Grant, types::GrantId};
use time::OffsetDateTime;

use crate::base::{Base, Store, Wrong, meanwhile, wrong};

wrong! {
    /// Takes whatever it comes upon.
    SweepsTheLiving breaks_as a_sweep_of_the_living_is_found_out {
        async fn sweep(&self, _: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
            let mut rows = self.0.rows();
            let taken: Vec<_> = rows.keys().take(limit).copied().collect();
            Ok(rows.take(&taken))
        }
    }
    [
        "a_spent_code_is_known_until_every_token_has_died",
        "a_sweep_goes_by_what_is_stored_now",
        "a_sweep_takes_only_what_may_be_forgotten",
    ], or_perhaps [
        "sweeps_while_requests_run_harm_nobody",
        "a_sweep_spares_what_is_given_more_time_as_it_runs",
    ]
}

wrong! {
    /// Goes by a clock that is a second ahead.
    SweepsEarly breaks_as a_sweep_that_comes_early_is_found_out {
        async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
            let mut rows = self.0.rows();
            let due = rows.due(now + Duration::from_secs(1), limit);
            Ok(rows.take(&due))
        }
    }
    ["a_sweep_takes_only_what_may_be_forgotten"]
}

wrong! {
    /// Takes all there is in one go.
    SweepsWithoutLimit breaks_as a_sweep_without_a_limit_is_found_out {
        async fn sweep(&self, now: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
            let mut rows = self.0.rows();
            let due = rows.due(now, usize::MAX);
            Ok(rows.take(&due))
        }
    }
    [
        "a_sweep_is_bounded_and_counts_what_it_took",
    ]
}

wrong! {
    /// Counts what it found, and not what it took.
    CountsWhatItFound breaks_as a_count_of_what_others_took_is_found_out {
        async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
            let due = self.0.rows().due(now, limit);
            meanwhile().await;
            let mut rows = self.0.rows();
            for id in &due {
                if rows.get(id).is_some_and(|row| row.forget_after < now) {
                    rows.remove(id);
                }
            }
            Ok(due.len())
        }
    }
    ["sweeps_at_once_count_each_grant_once"]
}

wrong! {
    /// Finds what is due, and deletes it though it was given more time meanwhile.
    SweepsWhatItSawBefore breaks_as a_sweep_that_does_not_look_again_is_found_out {
        async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
            let due = self.0.rows().due(now, limit);
            meanwhile().await;
            Ok(self.0.rows().take(&due))
        }
    }
    [
        "a_sweep_spares_what_is_given_more_time_as_it_runs",
    ]
}

wrong! {
    /// Never takes anything.
    NeverSweeps breaks_as a_store_that_only_grows_is_found_out {
        async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
            Ok(0)
        }
    }
    [
        "a_sweep_is_bounded_and_counts_what_it_took",
        "what_may_be_forgotten_goes",
        "what_was_swept_stays_gone",
    ]
}

/// Goes by the time that a grant had when it was inserted.
#[derive(Default)]
struct SweepsByTheFirstTime {
    base: Base,
    times: Mutex<HashMap<GrantId, OffsetDateTime>>,
}

#[async_trait]
impl Wrong for SweepsByTheFirstTime {
    fn base(&self) -> &Base {
        &self.base
    }

    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        let mut times = self.times.lock().unwrap();
        let mut rows = self.base.rows();
        if rows.contains_key(grant.id()) {
            return Err(StoreError::Conflict);
        }
        times.insert(*grant.id(), grant.forget_after());
        rows.put(&grant);
        Ok(())
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        let times = self.times.lock().unwrap();
        let mut rows = self.base.rows();
        let due = times.iter().filter(|(id, time)| **time < now && rows.contains_key(*id)).map(|(id, _)| *id);
        let due: Vec<_> = due.take(limit).collect();
        Ok(rows.take(&due))
    }
}

#[test]
fn a_sweep_by_the_first_time_is_found_out() {
    let certain =
        ["a_spent_code_is_known_until_every_token_has_died", "a_sweep_goes_by_what_is_stored_now", "what_may_be_forgotten_goes"];
    let perhaps = ["sweeps_while_requests_run_harm_nobody", "a_sweep_spares_what_is_given_more_time_as_it_runs"];
    crate::assert_breaks(|| Handles::of(Store(SweepsByTheFirstTime::default())), &certain, &perhaps);
}
