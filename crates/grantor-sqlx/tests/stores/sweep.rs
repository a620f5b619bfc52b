//! Sweeping takes what is past its time, and nothing else.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use grantor_core::{GrantStore, Swap};
use time::{Duration, OffsetDateTime};

use crate::{
    grants::{Recipe, began, kept, marked, parked_until, twin},
    place::{Place, tests},
};

tests! {
    in File as file, Memory as memory, Schema as postgres; {
        only_what_is_past_its_time_goes
        at_most_the_limit_goes_the_oldest_first
        a_grant_whose_time_was_moved_stays
        what_lives_stays_while_others_write_and_sweep
    }
}

async fn only_what_is_past_its_time_goes<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = Recipe::default().parked().await;
    assert_eq!(grant.forget_after(), parked_until());
    store.insert(grant.clone()).await.unwrap();
    for early in [OffsetDateTime::UNIX_EPOCH, began(), parked_until() - Duration::nanoseconds(1), parked_until()] {
        assert_eq!(store.sweep(early, 10).await.unwrap(), 0, "{early}");
    }
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
    assert_eq!(store.sweep(parked_until() + Duration::nanoseconds(1), 10).await.unwrap(), 1);
    assert_eq!(kept(&store, &grant).await, None);
    assert_eq!(store.sweep(parked_until() + Duration::days(1), 10).await.unwrap(), 0);
}

async fn at_most_the_limit_goes_the_oldest_first<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let mut grants = Vec::new();
    for minute in 0..7 {
        let grant = Recipe { began: began() + Duration::minutes(minute), ..Recipe::default() }.parked().await;
        store.insert(grant.clone()).await.unwrap();
        grants.push(grant);
    }
    let later = parked_until() + Duration::hours(1);
    assert_eq!(store.sweep(later, 0).await.unwrap(), 0);
    assert_eq!(store.sweep(later, 3).await.unwrap(), 3);
    for (grant, stays) in grants.iter().zip([false, false, false, true, true, true, true]) {
        assert_eq!(kept(&store, grant).await.is_some(), stays);
    }
    assert_eq!(store.sweep(later, usize::MAX).await.unwrap(), 4);
}

async fn a_grant_whose_time_was_moved_stays<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let grant = twin(&Recipe::default().parked().await, 5);
    let moved = twin(&Recipe { began: began() + Duration::hours(1), ..Recipe::default() }.parked().await, 5);
    store.insert(grant.clone()).await.unwrap();
    assert_eq!(store.replace(*grant.version(), moved.clone()).await.unwrap(), Swap::Done);
    assert_eq!(store.sweep(parked_until() + Duration::minutes(1), 10).await.unwrap(), 0);
    assert_eq!(kept(&store, &grant).await, Some(moved.encode()));
}

/// Each of the old grants is either swept or moved out of the sweep's reach, and never both.
async fn what_lives_stays_while_others_write_and_sweep<P: Place>(place: Arc<P>) {
    let (store, other) = (place.store().await, place.store().await);
    let (old, moved) =
        (Recipe::default().parked().await, Recipe { began: began() + Duration::hours(1), ..Recipe::default() }.parked().await);
    for id in 0..200 {
        store.insert(twin(&old, id)).await.unwrap();
    }
    let (now, over) = (parked_until() + Duration::minutes(1), Arc::new(AtomicBool::new(false)));
    let sweeper = |store: grantor_sqlx::SqlStore<P::Database>, over: Arc<AtomicBool>| {
        tokio::spawn(async move {
            let mut swept = 0;
            while !over.load(Ordering::Relaxed) {
                swept += store.sweep(now, 3).await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            swept + store.sweep(now, 1000).await.unwrap()
        })
    };
    let sweepers = [sweeper(store.clone(), Arc::clone(&over)), sweeper(other, Arc::clone(&over))];
    let mut saved = Vec::new();
    for id in (0..200).rev() {
        let next = marked(&twin(&moved, id), 1);
        match store.replace(*old.version(), next.clone()).await.unwrap() {
            Swap::Done => saved.push(next),
            Swap::Lost => assert_eq!(kept(&store, &next).await, None),
        }
    }
    over.store(true, Ordering::Relaxed);
    let mut swept = 0;
    for sweeper in sweepers {
        swept += sweeper.await.unwrap();
    }
    assert_eq!(swept + saved.len(), 200);
    for grant in &saved {
        assert_eq!(kept(&store, grant).await, Some(grant.encode()));
    }
}
