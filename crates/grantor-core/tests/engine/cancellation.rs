//! A client that hangs up: the future is dropped at each of its awaits, and what stands is the old or the new, whole.

use std::{
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Poll, Waker},
};

use crate::kit::{Op, Seen, World, request};

/// Polls the future so many times, and drops it if it is not done by then.
fn polled<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

pub(crate) fn done<F: Future>(future: F) -> F::Output {
    polled(1_000, future).unwrap()
}

/// Runs the future of `start` against slow stores, each time for one await longer, and checks the world it leaves behind,
/// with the writes that were begun. Tells how often it was dropped.
pub(crate) fn dropped_everywhere<P, T>(
    prepare: impl Fn(&World) -> P,
    start: impl AsyncFn(&World, &P) -> T,
    check: impl Fn(&World, &P),
) -> usize {
    for times in 0.. {
        let world = World::new();
        let prepared = prepare(&world);
        world.store.slow.store(true, Ordering::SeqCst);
        let finished = polled(times, start(&world, &prepared)).is_some();
        world.store.slow.store(false, Ordering::SeqCst);
        check(&world, &prepared);
        if finished {
            return times;
        }
    }
    unreachable!("a future that never ends")
}

/// ST-22, ST-13
#[test]
fn a_dropped_redemption_leaves_a_good_code_or_a_spent_one() {
    let dropped = dropped_everywhere(
        |world| done(world.code()),
        async |world, code| world.redeem(code).await,
        |world, code| {
            let replaced = world.store.take_ops().contains(&Op::Replace);
            let again = done(world.redeem(code));
            match again.status {
                200 => assert!(done(world.verify(&again.member("access_token"))).is_ok()),
                _ => assert!(replaced && again.error() == "invalid_grant", "{again:?}"),
            }
        },
    );
    assert_eq!(dropped, 4, "before and after the write, among others");
}

/// ST-22, ST-13, RF-09
#[test]
fn a_dropped_refresh_can_be_asked_again_wherever_it_was_dropped() {
    dropped_everywhere(
        |world| done(world.tokens()).member("refresh_token"),
        async |world, token| world.refresh(token).await,
        |world, token| {
            let again = done(world.refresh(token));
            assert_eq!(again.status, 200, "{again:?}");
            assert!(done(world.verify(&again.member("access_token"))).is_ok());
            assert_eq!(done(world.refresh(&again.member("refresh_token"))).status, 200);
        },
    );
}

/// ST-22, AR-14
#[test]
fn a_dropped_consent_can_be_sent_again_wherever_it_was_dropped() {
    dropped_everywhere(
        |world| done(world.parked(&request())),
        async |world, parked| Some(world.resumed(parked.ticket()).await.ok()?.approve_all().await),
        |world, parked| {
            let again = done(async { world.resumed(parked.ticket()).await.unwrap().approve_all().await });
            assert_eq!(done(world.redeem(&Seen::from(again).code())).status, 200);
        },
    );
}

/// ST-22
#[test]
fn a_dropped_approval_leaves_a_whole_grant_or_none() {
    dropped_everywhere(
        |_| (),
        async |world, ()| world.code().await,
        |world, ()| {
            assert!(world.store.memory.len() <= 1);
            assert_eq!(done(world.tokens()).status, 200);
        },
    );
}

/// ST-22
#[test]
fn a_dropped_check_of_a_token_changes_nothing() {
    dropped_everywhere(
        |world| done(world.tokens()).member("access_token"),
        async |world, token| world.verify(token).await.is_ok(),
        |world, token| assert!(done(world.verify(token)).is_ok()),
    );
}
