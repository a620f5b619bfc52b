//! Many at once: sixty-four of whatever there should be one of.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    time::Duration,
};

use grantor_core::{AuthorizationServer, GrantStore, MemoryStore, StoreError, Swap, grant::Grant, types::GrantId};

use crate::kit::{Seen, VERIFIER, World, app, form};

const MANY: usize = 64;

/// The memory store never waits, so one poll is all it takes.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the memory store waited"),
    }
}

/// Lets sixty-four threads act at once, and counts what came out.
fn all_at_once<T: Ord + Send>(act: impl Fn(u8) -> T + Sync) -> BTreeMap<T, usize> {
    let barrier = Barrier::new(MANY);
    let outcomes: Vec<T> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..MANY as u8)
            .map(|number| {
                let (barrier, act) = (&barrier, &act);
                scope.spawn(move || {
                    barrier.wait();
                    act(number)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut counts = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry(outcome).or_default() += 1;
    }
    counts
}

/// The grant with another id or mark. A stored form begins with its own version, then the id and the mark of its write, each
/// behind its length.
fn remade(grant: &Grant, id: Option<u8>, mark: u8) -> Grant {
    let mut bytes = grant.encode();
    if let Some(id) = id {
        bytes[2..18].fill(id);
    }
    bytes[19..35].fill(mark);
    Grant::decode(&bytes).unwrap()
}

async fn approved() -> (World, Grant) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let world = World::new();
    let code = world.code().await;
    let id = URL_SAFE_NO_PAD.decode(&code[5..]).unwrap();
    let id = GrantId::from_bytes(id[..16].try_into().unwrap());
    let grant = world.store.memory.load(&id).await.unwrap().unwrap();
    (world, grant)
}

/// ST-01, ST-15
#[tokio::test]
async fn of_sixty_four_threads_that_read_the_same_version_one_is_told_done() {
    let (world, grant) = approved().await;
    let outcomes = all_at_once(|mark| {
        let swap = now(world.store.memory.replace(*grant.version(), remade(&grant, None, mark))).unwrap();
        (swap == Swap::Done, if swap == Swap::Done { mark } else { 0 })
    });
    assert_eq!(outcomes.get(&(false, 0)), Some(&(MANY - 1)));
    let (_, winner) = outcomes.into_keys().find(|(done, _)| *done).unwrap();
    assert_eq!(now(world.store.memory.load(grant.id())).unwrap().unwrap().version().as_bytes(), &[winner; 16]);
}

/// ST-19
#[tokio::test]
async fn of_sixty_four_inserts_of_one_id_one_is_kept() {
    let (_, grant) = approved().await;
    let store = MemoryStore::new();
    let outcomes = all_at_once(|mark| match now(store.insert(remade(&grant, None, mark))) {
        Ok(()) => "kept",
        Err(StoreError::Conflict) => "conflict",
        Err(_) => "unavailable",
    });
    assert_eq!(outcomes, BTreeMap::from([("kept", 1), ("conflict", MANY - 1)]));
    assert_eq!(store.len(), 1);
}

/// TH-28
#[tokio::test]
async fn the_limit_holds_under_threads() {
    let (world, grant) = approved().await;
    let store = MemoryStore::with_limit(10).with_clock(world.clock.clone());
    let outcomes = all_at_once(|id| now(store.insert(remade(&grant, Some(id), id))).is_ok());
    assert_eq!(outcomes, BTreeMap::from([(true, 10), (false, MANY - 10)]));
    assert_eq!(store.len(), 10);
}

/// ST-10
#[tokio::test]
async fn sweeps_while_others_write_count_each_grant_once() {
    let (world, grant) = approved().await;
    let store = MemoryStore::new().with_clock(world.clock.clone());
    for id in 0..MANY as u8 {
        now(store.insert(remade(&grant, Some(id), id))).unwrap();
    }
    let swept = all_at_once(|_| now(store.sweep(grant.forget_after() + Duration::from_millis(1), 3)).unwrap());
    assert_eq!(swept.into_iter().map(|(each, times)| each * times).sum::<usize>(), MANY);
    assert!(store.is_empty());
}

/// Sixty-four requests from as many threads at once.
fn requests(server: &AuthorizationServer, body: &str) -> Vec<Seen> {
    let seen = std::sync::Mutex::new(Vec::new());
    all_at_once(|_| seen.lock().unwrap().push(now(server.token(form(body))).into()));
    seen.into_inner().unwrap()
}

/// ST-01, ST-02
#[tokio::test]
async fn of_sixty_four_redemptions_one_is_answered_and_then_its_tokens_end() {
    let world = World::new();
    let code = world.code().await;
    let body = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}");
    let seen = requests(&world.server, &body);
    let (good, bad): (Vec<_>, Vec<_>) = seen.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(good.len(), 1);
    assert!(bad.iter().all(|reply| reply.status == 400 && reply.error() == "invalid_grant"));
    assert_eq!(world.verify(&good[0].member("access_token")).await.unwrap_err().status, 401);
    assert_eq!(world.refresh(&good[0].member("refresh_token")).await.error(), "invalid_grant");
}

/// ST-06, RF-09
#[tokio::test]
async fn sixty_four_refreshes_within_the_window_get_one_pair() {
    let world = World::new();
    let body = format!("grant_type=refresh_token&client_id=app&refresh_token={}", world.tokens().await.member("refresh_token"));
    let seen = requests(&world.server, &body);
    assert!(seen.iter().all(|reply| *reply == seen[0] && reply.status == 200));
    assert_eq!(world.refresh(&seen[0].member("refresh_token")).await.status, 200);
}

/// ST-05, RF-05
#[tokio::test]
async fn without_a_window_one_of_sixty_four_refreshes_is_answered_and_then_its_tokens_end() {
    let world = World::with(|builder| builder.client(app()).retry_window(Duration::ZERO));
    let body = format!("grant_type=refresh_token&client_id=app&refresh_token={}", world.tokens().await.member("refresh_token"));
    let seen = requests(&world.server, &body);
    let good: Vec<_> = seen.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(good.len(), 1);
    assert!(seen.iter().all(|reply| reply.status == 200 || reply.error() == "invalid_grant"));
    assert_eq!(world.verify(&good[0].member("access_token")).await.unwrap_err().status, 401);
}
