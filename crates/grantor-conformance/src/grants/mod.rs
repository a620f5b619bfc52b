//! The promises of [`GrantStore`](grantor_core::GrantStore), method by method.

mod cancel;
mod insert;
mod replace;
mod round_trip;
mod sweep;

pub use cancel::{a_cancelled_insert_leaves_a_whole_grant_or_none, a_cancelled_replace_leaves_the_old_or_the_new};
pub use insert::{
    a_taken_id_conflicts, an_absent_grant_is_none, an_inserted_grant_is_found_at_once, ids_are_told_apart_by_every_byte,
    of_sixty_four_inserts_of_one_id_one_is_kept,
};
pub use replace::{
    a_lost_swap_changes_nothing, a_reader_never_sees_half_a_grant, a_replace_of_what_was_read_is_done,
    an_absent_grant_is_not_replaced, an_ended_grant_stays_ended, of_sixty_four_replacers_one_wins,
};
pub use round_trip::a_grant_comes_back_equal_in_every_field;
pub use sweep::{
    a_sweep_goes_by_what_is_stored_now, a_sweep_is_bounded_and_counts_what_it_took,
    a_sweep_spares_what_is_given_more_time_as_it_runs, a_sweep_takes_only_what_may_be_forgotten,
    sweeps_at_once_count_each_grant_once, what_may_be_forgotten_goes, what_was_swept_stays_gone,
};
