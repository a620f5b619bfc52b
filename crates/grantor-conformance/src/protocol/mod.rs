//! What people and clients are promised, kept by the engine on the store under test: one server on each handle, under one
//! clock.
//!
//! Each names the rows of the requirements that it holds. Those that no store can break are not here: ST-15 is
//! [`ids_are_told_apart_by_every_byte`](crate::grants::ids_are_told_apart_by_every_byte), ST-16 (a replay cache) and ST-18
//! (the device flow) belong to what is not built yet.

mod cancel;
mod code;
mod issuers;
mod refresh;
mod secrecy;
mod time;

pub use cancel::{a_dropped_redemption_leaves_a_good_code_or_a_spent_one, a_dropped_refresh_can_be_asked_again};
pub use code::{
    a_refused_redemption_leaves_the_grant_as_it_was, of_sixty_four_redemptions_one_is_answered,
    one_ticket_gives_one_code_to_sixty_four,
};
pub use issuers::issuers_on_one_store_know_nothing_of_each_other;
pub use refresh::{
    a_first_token_ends_a_chain_of_a_hundred_rotations, inside_the_window_sixty_four_refreshes_get_one_pair,
    what_ended_stays_ended_whatever_races_with_it, without_a_window_one_of_sixty_four_refreshes_is_answered,
};
pub use secrecy::a_dump_holds_no_credential;
pub use time::{
    a_code_lives_as_long_as_it_was_told, a_spent_code_is_known_until_every_token_has_died, an_access_token_lives_to_the_second,
    sweeps_while_requests_run_harm_nobody,
};
