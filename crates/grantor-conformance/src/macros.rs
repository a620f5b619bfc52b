/// Names every promise as a test of your store.
///
/// - `grants`: makes a fresh, empty store, as [`Handles`](crate::Handles); an expression that may await.
/// - `unreachable`, if you can make one: handles to a store that cannot be reached.
/// - `directory`, if the store lists: handles by [`Handles::of_directory`](crate::Handles::of_directory).
/// - `clients`, if it keeps clients: a function from the clients of [`clients::sample`](crate::clients::sample) to a store
///   that keeps them.
///
/// They stand in this order. Each test runs on a runtime of its own (tokio, with threads), and makes its own store.
///
/// ```no_run
/// mod memory {
///     grantor_conformance::store_conformance! {
///         grants: grantor_conformance::Handles::of(grantor_core::MemoryStore::new()),
///         clients: async |clients| grantor_core::MemoryClients::new(clients),
///     }
/// }
/// ```
#[macro_export]
macro_rules! store_conformance {
    (
        grants: $grants:expr
        $(, unreachable: $unreachable:expr)?
        $(, directory: $directory:expr)?
        $(, clients: $clients:expr)?
        $(,)?
    ) => {
        $crate::promises! { grants { $crate::name_tests! } ($grants) }
        $crate::promises! { protocol { $crate::name_tests! } ($grants) }
        $($crate::promises! { unreachable { $crate::name_tests! } ($unreachable) })?
        $($crate::promises! { directory { $crate::name_tests! } ($directory) })?
        $($crate::promises! { clients { $crate::name_client_tests! } ($clients) })?
    };
}

/// Hands the names of a part's promises to a macro, with what stands behind.
#[doc(hidden)]
#[macro_export]
macro_rules! promises {
    (grants { $($then:tt)+ } $with:tt) => {
        $($then)+ {
            $with grants:
            an_inserted_grant_is_found_at_once,
            an_absent_grant_is_none,
            ids_are_told_apart_by_every_byte,
            a_taken_id_conflicts,
            of_sixty_four_inserts_of_one_id_one_is_kept,
            a_grant_comes_back_equal_in_every_field,
            a_replace_of_what_was_read_is_done,
            a_lost_swap_changes_nothing,
            an_absent_grant_is_not_replaced,
            an_ended_grant_stays_ended,
            of_sixty_four_replacers_one_wins,
            a_reader_never_sees_half_a_grant,
            a_cancelled_insert_leaves_a_whole_grant_or_none,
            a_cancelled_replace_leaves_the_old_or_the_new,
            a_sweep_takes_only_what_may_be_forgotten,
            a_sweep_goes_by_what_is_stored_now,
            a_sweep_spares_what_is_given_more_time_as_it_runs,
            a_sweep_is_bounded_and_counts_what_it_took,
            sweeps_at_once_count_each_grant_once,
            what_may_be_forgotten_goes,
            what_was_swept_stays_gone,
        }
    };
    (protocol { $($then:tt)+ } $with:tt) => {
        $($then)+ {
            $with protocol:
            of_sixty_four_redemptions_one_is_answered,
            a_refused_redemption_leaves_the_grant_as_it_was,
            one_ticket_gives_one_code_to_sixty_four,
            without_a_window_one_of_sixty_four_refreshes_is_answered,
            inside_the_window_sixty_four_refreshes_get_one_pair,
            a_first_token_ends_a_chain_of_a_hundred_rotations,
            what_ended_stays_ended_whatever_races_with_it,
            a_code_lives_as_long_as_it_was_told,
            an_access_token_lives_to_the_second,
            a_spent_code_is_known_until_every_token_has_died,
            sweeps_while_requests_run_harm_nobody,
            issuers_on_one_store_know_nothing_of_each_other,
            a_dropped_redemption_leaves_a_good_code_or_a_spent_one,
            a_dropped_refresh_can_be_asked_again,
        }
    };
    (unreachable { $($then:tt)+ } $with:tt) => {
        $($then)+ {
            $with unreachable:
            an_unreachable_store_says_unavailable,
            a_request_on_it_is_never_invalid_grant,
        }
    };
    (directory { $($then:tt)+ } $with:tt) => {
        $($then)+ {
            $with directory:
            a_grant_is_listed_until_it_ends,
            a_list_is_of_one_person_or_one_client,
            a_list_comes_in_pages_in_the_order_of_ids,
            ending_all_of_a_person_leaves_nothing_alive,
            ending_all_of_a_client_leaves_nothing_alive,
        }
    };
    (clients { $($then:tt)+ } $with:tt) => {
        $($then)+ {
            $with clients:
            a_client_comes_back_equal_in_every_property,
            an_unknown_client_is_none,
        }
    };
}

/// A test for each promise of a part that is kept on handles.
#[doc(hidden)]
#[macro_export]
macro_rules! name_tests {
    (($handles:expr) $part:ident: $($promise:ident,)+) => {$(
        #[test]
        fn $promise() -> $crate::Verdict {
            $crate::run(stringify!($promise), async {
                let handles: $crate::Handles = $handles;
                $crate::$part::$promise(&handles).await
            })
        }
    )+};
}

/// A test for each promise of a client store.
#[doc(hidden)]
#[macro_export]
macro_rules! name_client_tests {
    (($keep:expr) $part:ident: $($promise:ident,)+) => {$(
        #[test]
        fn $promise() -> $crate::Verdict {
            $crate::run(stringify!($promise), async {
                let keep = $keep;
                let store = keep($crate::clients::sample()?).await;
                $crate::$part::$promise(&store).await
            })
        }
    )+};
}
