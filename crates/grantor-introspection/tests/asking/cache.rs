//! What is remembered, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use grantor_core::TokenSource;
use tokio::task::JoinSet;

use crate::kit::{Fake, Hand, Said, is_good, look_up};

/// RS-04, IN-06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_requests_with_one_token_one_is_asked_about() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(60))).await;
    let source = Arc::new(fake.asking(&clock));
    fake.open(false);
    let (mut asking, begun) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for _ in 0..64 {
        let (source, begun) = (Arc::clone(&source), Arc::clone(&begun));
        asking.spawn(async move {
            begun.fetch_add(1, Ordering::SeqCst);
            is_good(&source).await
        });
    }
    while fake.asked() == 0 || begun.load(Ordering::SeqCst) < 64 {
        tokio::task::yield_now().await;
    }
    fake.open(true);
    assert!(asking.join_all().await.into_iter().all(|good| good));
    assert_eq!(fake.asked(), 1);
    source.look_up("another-token").await.unwrap();
    assert_eq!(fake.asked(), 2, "another token is another question");
}

/// RS-04
#[tokio::test]
async fn who_hangs_up_leaves_the_question_to_the_others() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(60))).await;
    let source = Arc::new(fake.asking(&clock));
    fake.open(false);
    let ask = |source: &Arc<_>| {
        tokio::spawn({
            let source = Arc::clone(source);
            async move { is_good(&source).await }
        })
    };
    let (first, second) = (ask(&source), ask(&source));
    while fake.asked() == 0 {
        tokio::task::yield_now().await;
    }
    first.abort();
    fake.open(true);
    assert!(second.await.unwrap());
}

/// RS-04, IN-06
#[tokio::test]
async fn a_kept_answer_never_outlives_its_token() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(3))).await;
    let source = fake.builder(&clock).keep_for(Duration::from_secs(60)).build().unwrap();
    assert!(is_good(&source).await);
    clock.advance(2);
    assert!(is_good(&source).await);
    assert_eq!(fake.asked(), 1);
    fake.says(Said::inactive());
    clock.advance(1);
    assert!(!is_good(&source).await, "at `exp` it is over, and not a moment later");
    assert_eq!(fake.asked(), 2);
}

/// RS-04, IN-06
#[tokio::test]
async fn a_revoked_token_passes_for_keep_for_and_no_longer() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(600))).await;
    let source = fake.asking(&clock);
    assert!(is_good(&source).await);
    fake.says(Said::inactive());
    clock.advance(4);
    assert!(is_good(&source).await, "the price of a cache");
    clock.advance(1);
    assert!(!is_good(&source).await);
    fake.says(Said::active(clock.in_seconds(600)));
    clock.advance(4);
    assert!(!is_good(&source).await, "what is not active is remembered too");
    assert_eq!(fake.asked(), 2);
    clock.advance(1);
    assert!(is_good(&source).await, "and not for ever");
}

/// RS-04
#[tokio::test]
async fn real_time_ends_an_answer_too_when_the_clock_stands_still() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(600))).await;
    let source = fake.builder(&clock).keep_for(Duration::from_millis(1)).build().unwrap();
    let start = Instant::now();
    while fake.asked() < 2 {
        assert!(is_good(&source).await);
        assert!(start.elapsed() < Duration::from_secs(10), "kept for a millisecond, and still there");
    }
}

/// RS-04
#[tokio::test]
async fn without_a_cache_every_request_asks() {
    let clock = Hand::new();
    let fake = Fake::start(Said::active(clock.in_seconds(600))).await;
    let source = fake.builder(&clock).keep_for(Duration::ZERO).build().unwrap();
    for asked in 1..=3 {
        assert!(is_good(&source).await);
        assert_eq!(fake.asked(), asked);
    }
    fake.says(Said::inactive());
    assert!(!is_good(&source).await, "and a revoked token is refused at once");
}

/// RS-04, PV-23
#[tokio::test]
async fn a_failure_is_never_kept() {
    let clock = Hand::new();
    let fake = Fake::start(Said::json("").status(500)).await;
    let source = fake.asking(&clock);
    for asked in 1..=3 {
        assert!(look_up(&source).await.is_err());
        assert_eq!(fake.asked(), asked);
    }
    fake.says(Said::active(clock.in_seconds(60)));
    assert!(is_good(&source).await);
}
