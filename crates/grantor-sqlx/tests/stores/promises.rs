//! What every method of a grant store promises.

use std::{sync::Arc, time::Duration};

use grantor_core::{GrantStore, StoreError, Swap};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    grants::{Recipe, kept, marked, twin},
    place::{Place, tests},
};

tests! {
    in File as file, Memory as memory, Schema as postgres; {
        a_taken_id_conflicts_and_the_first_grant_stays
        a_grant_comes_back_equal_at_every_stage
        an_absent_grant_is_none_and_is_never_made_by_a_swap
        a_lost_swap_changes_nothing
        of_64_replacers_of_one_version_exactly_one_wins
        all_answers_of_64_concurrent_writers_are_good
        a_cancelled_write_leaves_the_old_grant_or_the_new_one
    }
}

async fn a_taken_id_conflicts_and_the_first_grant_stays<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = Recipe::default().parked().await;
    store.insert(grant.clone()).await.unwrap();
    assert!(matches!(store.insert(marked(&grant, 1)).await, Err(StoreError::Conflict)));
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
}

async fn a_grant_comes_back_equal_at_every_stage<P: Place>(place: Arc<P>) {
    let (store, other) = (place.store().await, place.store().await);
    let long = "s".repeat(2048);
    let strange = Recipe { subject: "Zoë \u{1f98a}\0'; \"\\ \u{202e}", state: &long, ..Recipe::default() };
    let vast = "subject".repeat(2000);
    let endless = Recipe { subject: &vast, ..Recipe::default() };
    let plain = Recipe { subject: "", ..Recipe::default() };
    for recipe in [strange, endless, plain] {
        let grants =
            [recipe.parked().await, recipe.unbound().await, recipe.approved().await, recipe.active().await, recipe.ended().await];
        for grant in grants {
            store.insert(grant.clone()).await.unwrap();
            assert_eq!(kept(&other, &grant).await, Some(grant.encode()), "inserted {grant:?}");
            let next = marked(&grant, 7);
            assert_eq!(other.replace(*grant.version(), next.clone()).await.unwrap(), Swap::Done);
            assert_eq!(kept(&store, &grant).await, Some(next.encode()), "replaced {grant:?}");
        }
    }
}

async fn an_absent_grant_is_none_and_is_never_made_by_a_swap<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = Recipe::default().parked().await;
    assert_eq!(kept(&store, &grant).await, None);
    assert_eq!(store.replace(*grant.version(), marked(&grant, 1)).await.unwrap(), Swap::Lost);
    assert_eq!(kept(&store, &grant).await, None);
}

async fn a_lost_swap_changes_nothing<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = Recipe::default().parked().await;
    let neighbour = twin(&grant, 9);
    store.insert(grant.clone()).await.unwrap();
    store.insert(neighbour.clone()).await.unwrap();
    let first = marked(&grant, 1);
    assert_eq!(store.replace(*grant.version(), first.clone()).await.unwrap(), Swap::Done);
    for read in [*grant.version(), *marked(&grant, 2).version()] {
        assert_eq!(store.replace(read, marked(&grant, 3)).await.unwrap(), Swap::Lost);
    }
    assert_eq!(kept(&store, &grant).await, Some(first.encode()));
    assert_eq!(kept(&store, &neighbour).await, Some(neighbour.encode()));
}

async fn of_64_replacers_of_one_version_exactly_one_wins<P: Place>(place: Arc<P>) {
    let handles = [place.store().await, place.store().await, place.store().await];
    let grant = Recipe::default().active().await;
    handles[0].insert(grant.clone()).await.unwrap();
    for round in 0..5_u8 {
        let read = *handles[0].load(grant.id()).await.unwrap().unwrap().version();
        let start = Arc::new(Barrier::new(64));
        let mut replacers = JoinSet::new();
        for replacer in 0..64_u8 {
            let (store, start) = (handles[usize::from(replacer) % 3].clone(), Arc::clone(&start));
            let next = marked(&grant, replacer + 64 * (1 + round % 2));
            replacers.spawn(async move {
                start.wait().await;
                (store.replace(read, next.clone()).await.unwrap(), next)
            });
        }
        let swaps = replacers.join_all().await;
        let winners: Vec<_> = swaps.iter().filter(|(swap, _)| *swap == Swap::Done).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(kept(&handles[1], &grant).await, Some(winners[0].1.encode()));
    }
}

async fn all_answers_of_64_concurrent_writers_are_good<P: Place>(place: Arc<P>) {
    let handles = [place.store().await, place.store().await];
    let mut writers = JoinSet::new();
    for writer in 0..64_usize {
        let store = handles[writer % 2].clone();
        writers.spawn(async move {
            for _ in 0..4 {
                let grant = Recipe::default().parked().await;
                store.insert(grant.clone()).await.unwrap();
                let read = store.load(grant.id()).await.unwrap().unwrap();
                assert_eq!(store.replace(*read.version(), marked(&grant, 1)).await.unwrap(), Swap::Done);
                assert_eq!(kept(&store, &grant).await, Some(marked(&grant, 1).encode()));
            }
        });
    }
    writers.join_all().await;
}

/// A write that was cancelled may still happen, and then it happens whole.
async fn a_cancelled_write_leaves_the_old_grant_or_the_new_one<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = marked(&Recipe::default().active().await, 0);
    store.insert(grant.clone()).await.unwrap();
    for attempt in 1..100_u8 {
        let (store, read) = (store.clone(), store.load(grant.id()).await.unwrap().unwrap());
        let next = marked(&grant, attempt);
        let write = tokio::spawn(async move { store.replace(*read.version(), next).await });
        tokio::time::sleep(Duration::from_micros(u64::from(attempt) * 20)).await;
        write.abort();
        let _ = write.await;
    }
    let after = store.load(grant.id()).await.unwrap().unwrap();
    let [writer, ..] = *after.version().as_bytes();
    assert_eq!(after.encode(), marked(&grant, writer).encode());
    store.insert(twin(&grant, 1)).await.unwrap();
}
