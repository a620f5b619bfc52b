use grantor_core::{StoreError, grant::Grant, types::GrantId};

use crate::base::{Row, meanwhile, wrong};

wrong! {
    /// Takes an insert for an upsert.
    InsertOverwrites breaks_as an_insert_that_overwrites_is_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            self.0.rows().put(&grant);
            Ok(())
        }
    }
    ["a_taken_id_conflicts", "of_sixty_four_inserts_of_one_id_one_is_kept"]
}

wrong! {
    /// Looks whether the id is free, and then inserts.
    InsertLooksFirst breaks_as an_insert_that_looks_and_then_writes_is_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            if self.0.rows().contains_key(grant.id()) {
                return Err(StoreError::Conflict);
            }
            meanwhile().await;
            self.0.rows().put(&grant);
            Ok(())
        }
    }
    ["of_sixty_four_inserts_of_one_id_one_is_kept"]
}

wrong! {
    /// Inserts the row first and its document after.
    InsertInTwoSteps breaks_as an_insert_in_two_steps_is_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            {
                let mut rows = self.0.rows();
                if rows.contains_key(grant.id()) {
                    return Err(StoreError::Conflict);
                }
                rows.insert(*grant.id(), Row { bytes: Vec::new(), ..Row::of(&grant) });
            }
            meanwhile().await;
            self.0.rows().put(&grant);
            Ok(())
        }
    }
    ["a_cancelled_insert_leaves_a_whole_grant_or_none"]
}

wrong! {
    /// Its column for the document is too short.
    Truncates breaks_as a_column_that_is_too_short_is_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            let mut row = Row::of(&grant);
            row.bytes.truncate(1_500);
            let mut rows = self.0.rows();
            if rows.contains_key(grant.id()) {
                return Err(StoreError::Conflict);
            }
            rows.insert(*grant.id(), row);
            Ok(())
        }
    }
    ["a_grant_comes_back_equal_in_every_field"]
}

/// The id as a column of text without case keeps it.
fn folded(id: &GrantId) -> GrantId {
    GrantId::from_bytes(id.as_bytes().map(|byte| byte.to_ascii_lowercase()))
}

wrong! {
    /// Keeps ids where case does not matter.
    FoldsIds breaks_as ids_in_a_column_without_case_are_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            let mut rows = self.0.rows();
            if rows.keys().any(|id| folded(id) == folded(grant.id())) {
                return Err(StoreError::Conflict);
            }
            rows.put(&grant);
            Ok(())
        }
    }
    ["ids_are_told_apart_by_every_byte"]
}

wrong! {
    /// Says nothing about a grant that it cannot read.
    HidesDamage breaks_as a_store_that_hides_what_it_cannot_keep_is_found_out {
        async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
            let mut rows = self.0.rows();
            if rows.contains_key(grant.id()) {
                return Err(StoreError::Conflict);
            }
            if grant.encode().len() < 1_500 {
                rows.put(&grant);
            }
            Ok(())
        }
    }
    ["a_grant_comes_back_equal_in_every_field"]
}
