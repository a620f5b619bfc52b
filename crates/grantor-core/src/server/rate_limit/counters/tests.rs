use std::sync::Arc;

use governor::clock::FakeRelativeClock;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Counters whose time a test holds in its hands.
#[derive(Clone)]
struct Kit {
    counters: Arc<Counters<FakeRelativeClock>>,
    clock: FakeRelativeClock,
    at: Place,
}

impl Kit {
    fn new(limits: RateLimits) -> Self {
        let clock = FakeRelativeClock::default();
        Self { counters: Arc::new(Counters::with_clock(limits, &clock).unwrap()), clock, at: Place::Token }
    }

    /// The same counters at another endpoint.
    fn at(&self, at: Place) -> Self {
        Self { at, ..self.clone() }
    }

    fn admit(&self, peer: Option<&str>, client: Option<&str>) -> Result<(), Duration> {
        let client = client.map(|client| ClientId::parse(client).unwrap());
        self.counters.admit(&Attempt { at: self.at, peer: peer.map(|peer| peer.parse().unwrap()), client: client.as_ref() })
    }

    /// A whole attempt with a wrong secret: as far as the answer that it is wrong, or as far as it is let.
    fn guess(&self, peer: Option<&str>, client: &str) -> Result<(), Duration> {
        self.admit(peer, None)?;
        self.admit(peer, Some(client))?;
        self.wrong(peer, Some(client));
        Ok(())
    }

    /// A slow hash judges a guess.
    fn judge(&self, peer: Option<&str>, client: Option<&str>, right: bool) -> Result<(), Duration> {
        let client = client.map(|client| ClientId::parse(client).unwrap());
        let peer = peer.map(|peer| peer.parse().unwrap());
        let reserved = self.counters.reserve(&Attempt { at: self.at, peer, client: client.as_ref() })?;
        if right {
            reserved.release();
        }
        Ok(())
    }

    fn wrong(&self, peer: Option<&str>, client: Option<&str>) {
        self.failed(peer, client, Guess::Secret);
    }

    fn failed(&self, peer: Option<&str>, client: Option<&str>, guess: Guess) {
        let client = client.map(|client| ClientId::parse(client).unwrap());
        let peer = peer.map(|peer| peer.parse().unwrap());
        self.counters.failed(&Attempt { at: self.at, peer, client: client.as_ref() }, guess);
    }
}

const ONE: Option<&str> = Some("192.0.2.1");
const OTHER: Option<&str> = Some("192.0.2.2");

/// TK-18, TH-28
#[test]
fn guesses_are_counted_by_client_and_address_and_a_right_one_is_refused_with_them() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(5, 2 * SECOND));
    for _ in 0..5 {
        assert_eq!(kit.guess(ONE, "web"), Ok(()));
    }
    assert_eq!(kit.admit(ONE, Some("web")), Err(2 * SECOND));
    assert_eq!(kit.admit(ONE, None), Ok(()), "who is not asked for its client may come");
    assert_eq!(kit.admit(ONE, Some("app")), Ok(()));
    assert_eq!(kit.admit(OTHER, Some("web")), Ok(()));
    assert_eq!(kit.admit(None, Some("web")), Ok(()));
}

/// TK-18
#[test]
fn one_guess_comes_back_in_each_period() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(5, 2 * SECOND));
    while kit.guess(ONE, "web").is_ok() {}
    for _ in 0..3 {
        kit.clock.advance(SECOND);
        assert_eq!(kit.guess(ONE, "web"), Err(SECOND));
        kit.clock.advance(SECOND);
        assert_eq!(kit.guess(ONE, "web"), Ok(()));
        assert_eq!(kit.guess(ONE, "web"), Err(2 * SECOND));
    }
    kit.clock.advance(10 * SECOND);
    assert_eq!((0..20).filter(|_| kit.guess(ONE, "web").is_ok()).count(), 5, "the whole burst came back, and no more");
}

/// TK-18, TH-28
#[test]
fn guessing_all_at_once_gains_nothing() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(5, 2 * SECOND));
    for _ in 0..8 {
        kit.wrong(ONE, Some("web"));
    }
    assert_eq!(kit.admit(ONE, Some("web")), Err(8 * SECOND), "the three that were too many wait, too");
    for _ in 0..1_000 {
        kit.wrong(ONE, Some("web"));
    }
    assert_eq!(kit.admit(ONE, Some("web")), Err(10 * SECOND), "never longer than the whole quota takes");
    kit.clock.advance(10 * SECOND);
    assert_eq!(kit.admit(ONE, Some("web")), Ok(()));
}

/// TK-18, TH-28
#[test]
fn an_address_that_tries_one_client_after_the_other_is_stopped() {
    let kit = Kit::new(RateLimits::default().wrong_guesses_of_address(10, SECOND));
    for client in 0..10 {
        assert_eq!(kit.guess(ONE, &format!("client {client}")), Ok(()));
    }
    for at in [Place::Token, Place::Revocation, Place::Introspection] {
        assert_eq!(kit.at(at).admit(ONE, None), Err(SECOND), "{at:?}");
    }
    assert_eq!(kit.at(Place::Authorize).admit(ONE, None), Ok(()), "no secret is asked for there");
    assert_eq!(kit.admit(OTHER, None), Ok(()));
    assert_eq!(kit.admit(None, None), Ok(()));

    let nameless = Kit::new(RateLimits::default().wrong_guesses_of_address(10, SECOND));
    for _ in 0..10 {
        nameless.wrong(ONE, None);
    }
    assert_eq!(nameless.admit(ONE, None), Err(SECOND));
}

/// TK-18, TH-28
#[test]
fn from_nowhere_only_slow_hashes_count() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(5, 2 * SECOND).wrong_guesses_of_address(1, SECOND));
    for _ in 0..100 {
        assert_eq!(kit.guess(None, "web"), Ok(()));
    }
    for client in [Some("human"), None] {
        for _ in 0..5 {
            assert_eq!(kit.judge(None, client, false), Ok(()));
        }
        assert_eq!(kit.judge(None, client, true), Err(2 * SECOND));
    }
    assert_eq!(kit.admit(None, Some("human")), Err(2 * SECOND));
    assert_eq!((kit.admit(None, Some("web")), kit.admit(None, None)), (Ok(()), Ok(())));
    assert_eq!((kit.admit(ONE, Some("human")), kit.admit(ONE, None)), (Ok(()), Ok(())));
}

/// TK-18, TH-28
#[test]
fn a_guess_that_is_being_judged_counts_until_it_was_right() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(3, SECOND).wrong_guesses_of_address(4, SECOND));
    for _ in 0..100 {
        assert_eq!(kit.judge(ONE, Some("web"), true), Ok(()));
    }
    let (web, app) = (ClientId::parse("web").unwrap(), ClientId::parse("app").unwrap());
    let hold =
        |client| kit.counters.reserve(&Attempt { at: kit.at, peer: Some(ONE.unwrap().parse().unwrap()), client: Some(client) });
    let held = [(); 3].map(|()| hold(&web).unwrap());
    assert_eq!(hold(&web).err(), Some(SECOND));
    let fourth = hold(&app).unwrap();
    assert_eq!(hold(&app).err(), Some(SECOND), "the address has no more; and what is refused counts for nothing");
    assert_eq!(kit.admit(ONE, Some("web")), Ok(()), "none of them was wrong yet");
    held.into_iter().for_each(Reservation::release);
    drop(fourth);
    assert_eq!(kit.judge(ONE, Some("web"), true), Ok(()));
    for _ in 0..3 {
        assert_eq!(kit.judge(ONE, Some("web"), false), Ok(()));
    }
    assert_eq!((kit.admit(ONE, Some("web")), kit.admit(ONE, None)), (Err(SECOND), Err(SECOND)));
    assert!(kit.counters.pair.under_way().is_empty() && kit.counters.address.under_way().is_empty());
}

/// TH-33
#[test]
fn requests_of_one_address_have_a_rate() {
    let limits = RateLimits::default().authorize_requests(3, SECOND).token_requests(5, SECOND);
    for (at, burst) in [(Place::Authorize, 3), (Place::Token, 5), (Place::Revocation, 5), (Place::Introspection, 100)] {
        let kit = Kit::new(limits.clone()).at(at);
        assert_eq!((0..100).filter(|_| kit.admit(ONE, None).is_ok()).count(), burst, "{at:?}");
        if burst < 100 {
            assert_eq!(kit.admit(ONE, None), Err(SECOND));
        }
        assert_eq!((0..100).filter(|_| kit.admit(None, None).is_ok()).count(), 100, "{at:?}");
        assert_eq!(kit.admit(OTHER, None), Ok(()));
        assert_eq!(kit.admit(ONE, Some("web")), Ok(()), "the second look at a request counts no second one");
        kit.clock.advance(SECOND);
        assert_eq!(kit.admit(ONE, None), Ok(()));
    }
    let kit = Kit::new(limits);
    assert_eq!((0..5).filter(|_| kit.admit(ONE, None).is_ok()).count(), 5);
    let (revocation, authorize) = (kit.at(Place::Revocation), kit.at(Place::Authorize));
    assert_eq!((revocation.admit(ONE, None), authorize.admit(ONE, None)), (Err(SECOND), Ok(())));
}

/// TK-18
#[test]
fn an_address_counts_as_what_one_stranger_has() {
    let counted = |text: &str| counted(text.parse().unwrap()).to_string();
    assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(counted("2001:db8:1:3::"), "2001:db8:1:3::");
    assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
    assert_eq!(counted("192.0.2.7"), "192.0.2.7");
}

/// TH-28, TH-33
#[test]
fn wrong_codes_block_nobody() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(5, SECOND).wrong_guesses_of_address(5, SECOND));
    for peer in [None, ONE] {
        for _ in 0..100 {
            kit.failed(peer, Some("app"), Guess::Grant);
        }
        assert_eq!((kit.admit(peer, Some("app")), kit.admit(peer, None)), (Ok(()), Ok(())));
    }
}

/// TK-18
#[test]
fn one_limit_with_a_fault_is_enough_to_make_no_counters() {
    let (good, clock) = (RateLimits::default, FakeRelativeClock::default());
    for bad in [
        good().authorize_requests(0, SECOND),
        good().token_requests(0, SECOND),
        good().wrong_guesses(0, SECOND),
        good().wrong_guesses_of_address(0, SECOND),
        good().wrong_guesses_of_address(1, Duration::ZERO),
    ] {
        assert!(Counters::with_clock(bad.clone(), &clock).is_none(), "{bad}");
    }
    let counters = Counters::with_clock(good().token_requests(7, SECOND), &clock).unwrap();
    assert_eq!(counters.limits(), &good().token_requests(7, SECOND));
}

/// TK-18
#[test]
fn who_arrives_where_nothing_is_counted_may_go_on() {
    let one = RateLimits::default().authorize_requests(1, SECOND).token_requests(1, SECOND);
    let kit = Kit::new(one.wrong_guesses_of_address(1, SECOND));
    kit.wrong(ONE, None);
    for at in [Place::Consent, Place::Resource, Place::Metadata] {
        assert_eq!((0..5).filter(|_| kit.at(at).admit(ONE, None).is_ok()).count(), 5, "{at}");
    }
    assert_eq!(kit.at(Place::Token).admit(ONE, None), Err(SECOND));
}

/// TK-18, TH-28
#[test]
fn a_second_look_sees_what_others_used_up_meanwhile() {
    let look = |kit: &Kit, peer: Option<&str>, client: Option<&str>| {
        let client = client.map(|client| ClientId::parse(client).unwrap());
        kit.counters.look(&Attempt { at: kit.at, peer: peer.map(|peer| peer.parse().unwrap()), client: client.as_ref() })
    };
    let pair = Kit::new(RateLimits::default().wrong_guesses(1, 2 * SECOND));
    pair.wrong(ONE, Some("web"));
    assert_eq!(look(&pair, ONE, Some("web")), Err(2 * SECOND));
    assert_eq!((look(&pair, ONE, Some("app")), look(&pair, ONE, None)), (Ok(()), Ok(())));
    assert_eq!((look(&pair, OTHER, Some("web")), look(&pair, None, None)), (Ok(()), Ok(())));
    let address = Kit::new(RateLimits::default().wrong_guesses_of_address(1, SECOND));
    address.wrong(ONE, Some("web"));
    assert_eq!((look(&address, ONE, Some("app")), look(&address, ONE, None)), (Err(SECOND), Err(SECOND)));
    assert_eq!((look(&address, None, Some("web")), look(&address, OTHER, Some("web"))), (Ok(()), Ok(())));
}

/// TK-18, TH-28
#[test]
fn a_nameless_guess_from_somewhere_is_its_address_s_alone() {
    let kit = Kit::new(RateLimits::default().wrong_guesses(1, 2 * SECOND).wrong_guesses_of_address(2, SECOND));
    for _ in 0..2 {
        assert_eq!(kit.judge(ONE, None, false), Ok(()));
    }
    assert_eq!(kit.judge(ONE, None, true), Err(SECOND));
    assert_eq!(kit.judge(None, None, true), Ok(()), "who comes from nowhere has a count of their own");
    assert!(!kit.counters.pair.whole_at.is_used());
}

/// TK-18
#[test]
fn the_time_since_the_beginning_goes_on() {
    let clock = SinceStart(Instant::now().checked_sub(5 * SECOND).unwrap());
    let (first, second) = (clock.now().as_u64(), clock.now().as_u64());
    assert!((5_000_000_000..65_000_000_000).contains(&first) && first <= second, "{first}, {second}");
}
