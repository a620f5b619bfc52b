//! Guesses that a slow hash judges: many at once, cut off, or from nowhere.

use std::{
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use async_trait::async_trait;
use grantor_core::{AuthorizationServer, Call, Client, ClientSecret, Endpoint, RateLimits, SecretHashes};

use crate::kit::{SECRET, Seen, World, api, app, form};

const HOUR: Duration = Duration::from_secs(3_600);
const RIGHT: &str = "correct-horse";

/// Every check gives way before it answers, and is counted.
#[derive(Default)]
struct Slow(AtomicUsize);

impl Slow {
    fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SecretHashes for Slow {
    async fn verify(&self, presented: &str, phc: Option<&str>) -> bool {
        self.0.fetch_add(1, Ordering::SeqCst);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        phc.is_some() && presented == RIGHT
    }
}

/// A server that lets five guesses an hour through, and what its slow hashes were asked.
fn world() -> (World, Arc<Slow>) {
    let hashes = Arc::new(Slow::default());
    let human = |id: &str| {
        let human = Client::confidential(id, ClientSecret::hashed("$argon2id$v=19$...")).redirect_uri("https://human.example/cb");
        human.introspects().build().unwrap()
    };
    let limits = RateLimits::default().wrong_guesses(5, HOUR).wrong_guesses_of_address(8, HOUR);
    let world = World::with(|builder| {
        let builder = builder.client(app()).client(api()).client(human("human")).client(human("other"));
        builder.secret_hashes(hashes.clone()).rate_limits(limits)
    });
    (world, hashes)
}

fn address(last: u8) -> Option<IpAddr> {
    Some(Ipv4Addr::new(192, 0, 2, last).into())
}

async fn ask(server: AuthorizationServer, peer: Option<IpAddr>, id: &str, secret: &str) -> u16 {
    let fields = format!("token=x&client_id={id}&client_secret={secret}");
    Seen::from(server.serve(Endpoint::Introspection, Call { peer, ..form(&fields) }).await).status
}

/// TK-18, TH-28
#[tokio::test]
async fn a_right_guess_among_many_at_once_is_not_told_from_the_wrong_ones() {
    for peer in [address(1), None] {
        let (world, hashes) = world();
        let guess = |secret: String| {
            let server = world.server.clone();
            tokio::spawn(async move { ask(server, peer, "human", &secret).await })
        };
        let mut tasks: Vec<_> = (0..300).map(|number| guess(format!("wrong{number}"))).collect();
        tasks.push(guess(RIGHT.to_owned()));
        let mut statuses = Vec::new();
        for task in tasks {
            statuses.push(task.await.unwrap());
        }
        let tried = statuses.iter().filter(|status| **status == 401).count();
        assert_eq!((tried, statuses.last(), hashes.asked()), (5, Some(&429), 5));
    }
}

/// TK-18, TH-28
#[tokio::test]
async fn a_right_guess_that_was_let_in_learns_nothing_when_the_guesses_are_used_up_meanwhile() {
    let (world, _) = world();
    let server = || world.server.clone();
    let mut right = pin!(ask(server(), address(1), "human", RIGHT));
    let mut context = Context::from_waker(Waker::noop());
    assert!(right.as_mut().poll(&mut context).is_pending());
    for number in 0..8 {
        // Without a secret no hash is asked, so that nothing is reserved.
        let fields = format!("token=x&client_id=nobody{number}");
        let call = Call { peer: address(1), ..form(&fields) };
        assert_eq!(Seen::from(server().serve(Endpoint::Introspection, call).await).status, 401);
    }
    assert_eq!(right.await, 429, "the address has none left");
    assert_eq!(ask(server(), address(2), "human", RIGHT).await, 200);
}

/// TK-18, TH-28
#[tokio::test]
async fn who_hangs_up_has_guessed_all_the_same() {
    for (peer, id) in [(address(1), "human"), (address(1), "nobody"), (None, "human"), (None, "nobody")] {
        let (world, hashes) = world();
        for number in 0..100 {
            let secret = format!("wrong{number}");
            let mut answer = pin!(ask(world.server.clone(), peer, id, &secret));
            let mut context = Context::from_waker(Waker::noop());
            assert_eq!(answer.as_mut().poll(&mut context).is_pending(), number < 5, "{id} {number}");
        }
        assert_eq!(hashes.asked(), 5, "{id}");
        assert_eq!(ask(world.server.clone(), peer, id, RIGHT).await, 429);
    }
}

/// TK-18
#[tokio::test]
async fn a_wrong_guess_counts_once_and_a_right_one_not_at_all() {
    for peer in [address(1), None] {
        let (world, _) = world();
        let mut seen = Vec::new();
        for secret in [RIGHT; 20].into_iter().chain(["wrong"; 4]).chain([RIGHT, RIGHT, "wrong", RIGHT]) {
            seen.push(ask(world.server.clone(), peer, "human", secret).await);
        }
        assert_eq!(seen, [[200; 20].as_slice(), &[401; 4], &[200, 200, 401, 429]].concat());
        assert_eq!(ask(world.server.clone(), peer, "other", RIGHT).await, 200);
    }
}

/// TK-18, TH-33
#[tokio::test]
async fn from_nowhere_a_name_for_each_guess_does_not_cost_a_hash_for_each() {
    let (world, hashes) = world();
    for number in 0..100 {
        let id = ["nobody", "app", "api"].get(number % 4).map_or_else(|| format!("nobody{number}"), |id| (*id).to_owned());
        let status = ask(world.server.clone(), None, &id, "wrong").await;
        assert_eq!(status, if number < 5 { 401 } else { 429 }, "{id}");
    }
    assert_eq!(hashes.asked(), 5);
    assert_eq!(ask(world.server.clone(), None, "api", SECRET).await, 200, "a generated secret needs no slow hash");
    assert_eq!(ask(world.server.clone(), None, "human", RIGHT).await, 200);
    assert_eq!(ask(world.server.clone(), address(1), "nobody", "wrong").await, 401);
}
