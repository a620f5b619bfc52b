use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

use governor::{
    RateLimiter,
    clock::Clock,
    middleware::{NoOpMiddleware, StateInformationMiddleware},
    nanos::Nanos,
};

use super::{Attempt, Guess, Place, RateLimits, quotas::Quota, table::Table};
use crate::types::ClientId;

/// The counts of one process, by [`RateLimits`].
pub(in crate::server) struct Counters<C: Clock<Instant = Nanos> = SinceStart> {
    limits: RateLimits,
    /// Keys are hashes under a key that nobody outside knows: of one size, however long the names are.
    keys: RandomState,
    authorize: Requests<C>,
    token: Requests<C>,
    pair: Guesses<C>,
    address: Guesses<C>,
}

impl Counters {
    /// `None` for limits that have a fault.
    pub(in crate::server) fn new(limits: RateLimits) -> Option<Self> {
        Self::with_clock(limits, &SinceStart(Instant::now()))
    }
}

impl<C: Clock<Instant = Nanos> + Clone> Counters<C> {
    fn with_clock(limits: RateLimits, clock: &C) -> Option<Self> {
        Some(Self {
            keys: RandomState::new(),
            authorize: Requests::new(limits.authorize, clock)?,
            token: Requests::new(limits.token, clock)?,
            pair: Guesses::new(limits.pair, clock)?,
            address: Guesses::new(limits.address, clock)?,
            limits,
        })
    }

    pub(super) fn limits(&self) -> &RateLimits {
        &self.limits
    }

    pub(super) fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        let peer = attempt.peer.map(counted);
        if attempt.client.is_some() {
            return self.pair.look(self.key(attempt.client, peer));
        }
        // Who cannot be told from others is not counted with them.
        let Some(peer) = peer else { return Ok(()) };
        let key = self.key(None, Some(peer));
        match attempt.at {
            Place::Authorize => self.authorize.take(key),
            Place::Token | Place::Revocation => self.address.look(key).and_then(|()| self.token.take(key)),
            Place::Introspection => self.address.look(key),
            Place::Consent | Place::Resource | Place::Metadata => Ok(()),
        }
    }

    pub(super) fn failed(&self, attempt: &Attempt<'_>, guess: Guess) {
        // Codes and tokens are too long to guess. Whoever sends garbage to a client's callback makes it present that garbage
        // here, and must not block it.
        if guess != Guess::Secret {
            return;
        }
        let peer = attempt.peer.map(counted);
        if attempt.client.is_some() {
            self.pair.wrong(self.key(attempt.client, peer));
        }
        if peer.is_some() {
            self.address.wrong(self.key(None, peer));
        }
    }

    fn key(&self, client: Option<&ClientId>, peer: Option<IpAddr>) -> u64 {
        self.keys.hash_one((client.map(ClientId::as_str), peer))
    }
}

/// The address that stands for a peer: one household or machine has a whole /64 of IPv6.
fn counted(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// Requests by key.
struct Requests<C: Clock<Instant = Nanos>>(RateLimiter<u64, Table, C, NoOpMiddleware<Nanos>>);

impl<C: Clock<Instant = Nanos> + Clone> Requests<C> {
    fn new(quota: Quota, clock: &C) -> Option<Self> {
        Some(Self(RateLimiter::new(quota.checked()?, Table::new(), clock.clone())))
    }

    fn take(&self, key: u64) -> Result<(), Duration> {
        self.0.check_key(&key).map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}

/// Wrong guesses by key. Whoever has none left is blocked until one came back, and everyone else need only be looked at.
struct Guesses<C: Clock<Instant = Nanos>> {
    made: RateLimiter<u64, Table, C, StateInformationMiddleware>,
    blocked: Table,
    every: u64,
    whole: u64,
}

impl<C: Clock<Instant = Nanos> + Clone> Guesses<C> {
    fn new(quota: Quota, clock: &C) -> Option<Self> {
        let made = RateLimiter::new(quota.checked()?, Table::new(), clock.clone());
        let every = Nanos::from(quota.every).as_u64();
        Some(Self { made, blocked: Table::new(), every, whole: every * u64::from(quota.burst) })
    }

    fn look(&self, key: u64) -> Result<(), Duration> {
        let Some(until) = self.blocked.get(key) else { return Ok(()) };
        match until.saturating_sub(self.now()) {
            0 => Ok(()),
            wait => Err(Duration::from_nanos(wait)),
        }
    }

    /// A guess that was under way while the last one was counted lengthens the block, up to the time in which the whole
    /// quota comes back. So guessing all at once gains nothing.
    fn wrong(&self, key: u64) {
        if self.made.check_key(&key).is_ok_and(|left| left.remaining_burst_capacity() > 0) {
            return;
        }
        let now = self.now();
        let longest = now.saturating_add(self.whole);
        self.blocked.update(key, |until| until.unwrap_or(now).max(now).saturating_add(self.every).min(longest));
    }

    fn now(&self) -> u64 {
        self.made.clock().now().as_u64()
    }
}

/// The time since the counters began, which no change of the machine's time moves.
#[derive(Debug, Clone)]
pub(in crate::server) struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

impl<C: Clock<Instant = Nanos>> fmt::Debug for Counters<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
