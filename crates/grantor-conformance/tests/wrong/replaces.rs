use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use grantor_conformance::Handles;
use grantor_core::{
    StoreError, Swap,
    grant::{Grant, Stage},
    types::{GrantId, Version},
};

use crate::base::{Base, Row, Store, Wrong, meanwhile, wrong};

wrong! {
    /// Reads the version, and then writes.
    ReadThenWrite breaks_as a_read_then_write_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            if !self.0.rows().stands(next.id(), read) {
                return Ok(Swap::Lost);
            }
            meanwhile().await;
            self.0.rows().put(&next);
            Ok(Swap::Done)
        }
    }
    [
        "of_sixty_four_replacers_one_wins",
        "of_sixty_four_redemptions_one_is_answered",
        "one_ticket_gives_one_code_to_sixty_four",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
        "inside_the_window_sixty_four_refreshes_get_one_pair",
        "what_ended_stays_ended_whatever_races_with_it",
    ]
}

wrong! {
    /// Looks at no version at all.
    LastWriteWins breaks_as a_last_write_that_wins_is_found_out {
        async fn replace(&self, _: Version, next: Grant) -> Result<Swap, StoreError> {
            meanwhile().await;
            let mut rows = self.0.rows();
            if !rows.contains_key(next.id()) {
                return Ok(Swap::Lost);
            }
            rows.put(&next);
            Ok(Swap::Done)
        }
    }
    [
        "a_lost_swap_changes_nothing",
        "an_ended_grant_stays_ended",
        "of_sixty_four_replacers_one_wins",
        "of_sixty_four_redemptions_one_is_answered",
        "one_ticket_gives_one_code_to_sixty_four",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
        "inside_the_window_sixty_four_refreshes_get_one_pair",
        "what_ended_stays_ended_whatever_races_with_it",
    ]
}

wrong! {
    /// Never writes the new version into its column.
    ForgetsTheVersion breaks_as a_version_that_is_not_written_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            let mut rows = self.0.rows();
            let Some(row) = rows.get_mut(next.id()).filter(|row| row.version == read) else { return Ok(Swap::Lost) };
            *row = Row { version: read, ..Row::of(&next) };
            Ok(Swap::Done)
        }
    }
    [
        "a_cancelled_replace_leaves_the_old_or_the_new",
        "a_dropped_redemption_leaves_a_good_code_or_a_spent_one",
        "a_dropped_refresh_can_be_asked_again",
        "a_first_token_ends_a_chain_of_a_hundred_rotations",
        "a_grant_comes_back_equal_in_every_field",
        "a_lost_swap_changes_nothing",
        "a_reader_never_sees_half_a_grant",
        "a_refused_redemption_leaves_the_grant_as_it_was",
        "a_replace_of_what_was_read_is_done",
        "a_spent_code_is_known_until_every_token_has_died",
        "an_ended_grant_stays_ended",
        "sweeps_while_requests_run_harm_nobody",
        "of_sixty_four_replacers_one_wins",
        "of_sixty_four_redemptions_one_is_answered",
        "one_ticket_gives_one_code_to_sixty_four",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
        "inside_the_window_sixty_four_refreshes_get_one_pair",
        "what_ended_stays_ended_whatever_races_with_it",
    ]
}

wrong! {
    /// Takes a replace for an upsert.
    Upserts breaks_as an_upsert_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            let mut rows = self.0.rows();
            if rows.get(next.id()).is_some_and(|row| row.version != read) {
                return Ok(Swap::Lost);
            }
            rows.put(&next);
            Ok(Swap::Done)
        }
    }
    ["an_absent_grant_is_not_replaced", "what_was_swept_stays_gone"]
}

wrong! {
    /// Writes, and then looks whether it may.
    LostSwapWrites breaks_as a_lost_swap_that_writes_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            meanwhile().await;
            let mut rows = self.0.rows();
            let Some(row) = rows.get_mut(next.id()) else { return Ok(Swap::Lost) };
            let swap = if row.version == read { Swap::Done } else { Swap::Lost };
            *row = Row::of(&next);
            Ok(swap)
        }
    }
    [
        "a_lost_swap_changes_nothing",
        "an_ended_grant_stays_ended",
        "of_sixty_four_replacers_one_wins",
        "of_sixty_four_redemptions_one_is_answered",
        "one_ticket_gives_one_code_to_sixty_four",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
        "inside_the_window_sixty_four_refreshes_get_one_pair",
        "what_ended_stays_ended_whatever_races_with_it",
    ]
}

wrong! {
    /// Takes an ended grant for one that is free to be written.
    EndDoesNotStick breaks_as an_end_that_does_not_stick_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            meanwhile().await;
            let mut rows = self.0.rows();
            match rows.get_mut(next.id()).filter(|row| row.version == read || row.stage == Stage::Ended) {
                Some(row) => *row = Row::of(&next),
                None => return Ok(Swap::Lost),
            }
            Ok(Swap::Done)
        }
    }
    [
        "an_ended_grant_stays_ended",
    ], or_perhaps [
        "what_ended_stays_ended_whatever_races_with_it",
        "of_sixty_four_redemptions_one_is_answered",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
    ]
}

wrong! {
    /// Drops a grant when it ends.
    ForgetsTheEnded breaks_as an_end_that_deletes_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            let mut rows = self.0.rows();
            if !rows.stands(next.id(), read) {
                return Ok(Swap::Lost);
            }
            if next.stage() == Stage::Ended {
                rows.remove(next.id());
            } else {
                rows.put(&next);
            }
            Ok(Swap::Done)
        }
    }
    [
        "a_grant_comes_back_equal_in_every_field",
        "a_reader_never_sees_half_a_grant",
        "a_replace_of_what_was_read_is_done",
        "an_ended_grant_stays_ended",
    ]
}

wrong! {
    /// Deletes the old row and inserts the new one, in two steps.
    DeletesThenInserts breaks_as a_replace_in_two_steps_is_found_out {
        async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
            {
                let mut rows = self.0.rows();
                if !rows.stands(next.id(), read) {
                    return Ok(Swap::Lost);
                }
                rows.remove(next.id());
            }
            meanwhile().await;
            self.0.rows().put(&next);
            Ok(Swap::Done)
        }
    }
    [
        "a_cancelled_replace_leaves_the_old_or_the_new",
        "a_reader_never_sees_half_a_grant",
        "a_dropped_refresh_can_be_asked_again",
        "inside_the_window_sixty_four_refreshes_get_one_pair",
        "one_ticket_gives_one_code_to_sixty_four",
    ], or_perhaps [
        "of_sixty_four_redemptions_one_is_answered",
        "without_a_window_one_of_sixty_four_refreshes_is_answered",
        "what_ended_stays_ended_whatever_races_with_it",
    ]
}

/// Each handle remembers what it loaded, until it writes itself.
struct StaleCache {
    shared: Arc<Base>,
    loaded: Mutex<HashMap<GrantId, Grant>>,
}

#[async_trait]
impl Wrong for StaleCache {
    fn base(&self) -> &Base {
        &self.shared
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let mut loaded = self.loaded.lock().unwrap();
        if let Some(grant) = loaded.get(id) {
            return Ok(Some(grant.clone()));
        }
        let bytes = self.shared.rows().get(id).map(|row| row.bytes.clone());
        let Some(bytes) = bytes else { return Ok(None) };
        let grant = Grant::decode(&bytes).map_err(StoreError::unavailable)?;
        loaded.insert(*id, grant.clone());
        Ok(Some(grant))
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        let mut loaded = self.loaded.lock().unwrap();
        loaded.remove(next.id());
        let mut rows = self.shared.rows();
        if !rows.stands(next.id(), read) {
            return Ok(Swap::Lost);
        }
        rows.put(&next);
        Ok(Swap::Done)
    }
}

#[test]
fn a_cache_that_others_do_not_empty_is_found_out() {
    let make = || {
        let shared = Arc::new(Base::default());
        let handle = || Store(StaleCache { shared: shared.clone(), loaded: Mutex::default() });
        Handles::of(handle()).and(handle())
    };
    // What the races of the protocol come to, with two caches, is chance.
    let expected =
        ["a_reader_never_sees_half_a_grant", "a_replace_of_what_was_read_is_done", "a_sweep_is_bounded_and_counts_what_it_took"];
    assert_eq!(crate::broken_by_itself(make), expected.into());
}
