use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use governor::{RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos};

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
            return self.pair.look(|| self.key(attempt.client, peer));
        }
        // Who cannot be told from others is not counted with them.
        let Some(peer) = peer else { return Ok(()) };
        let key = self.key(None, Some(peer));
        match attempt.at {
            Place::Authorize => self.authorize.take(key),
            Place::Token | Place::Revocation => self.address.look(|| key).and_then(|()| self.token.take(key)),
            Place::Introspection => self.address.look(|| key),
            Place::Consent | Place::Resource | Place::Metadata => Ok(()),
        }
    }

    pub(super) fn failed(&self, attempt: &Attempt<'_>, guess: Guess) {
        // Codes and tokens are too long to guess. Whoever sends garbage to a client's callback makes it present that garbage
        // here, and must not block it.
        if guess != Guess::Secret {
            return;
        }
        // From nowhere only slow hashes count, each when it is asked. Otherwise anybody could lock out any client.
        let Some(peer) = attempt.peer.map(counted) else { return };
        if attempt.client.is_some() {
            self.pair.wrong(self.key(attempt.client, Some(peer)));
        }
        self.address.wrong(self.key(None, Some(peer)));
    }

    /// Whether others have used up the guesses since the attempt was admitted.
    pub(super) fn look(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        let peer = attempt.peer.map(counted);
        if attempt.client.is_some() {
            self.pair.look(|| self.key(attempt.client, peer))?;
        }
        if peer.is_some() {
            self.address.look(|| self.key(None, peer))?;
        }
        Ok(())
    }

    /// Room for a guess that only a slow hash can judge. Those from nowhere and for no client share one count.
    pub(super) fn reserve(&self, attempt: &Attempt<'_>) -> Result<Reservation<'_, C>, Duration> {
        let peer = attempt.peer.map(counted);
        let mut reservation = Reservation::NONE;
        if peer.is_some() {
            reservation.address = Some(self.address.hold(self.key(None, peer))?);
        }
        if attempt.client.is_some() || peer.is_none() {
            match self.pair.hold(self.key(attempt.client, peer)) {
                Ok(held) => reservation.pair = Some(held),
                Err(wait) => {
                    reservation.release();
                    return Err(wait);
                }
            }
        }
        Ok(reservation)
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

/// Wrong guesses by key: when each key has all its guesses again. Whoever has none left waits until one came back.
struct Guesses<C: Clock<Instant = Nanos>> {
    whole_at: Table,
    /// How many guesses of a key are being judged by a slow hash; each may turn out to be wrong.
    under_way: Mutex<HashMap<u64, u32>>,
    clock: C,
    every: u64,
    whole: u64,
}

impl<C: Clock<Instant = Nanos> + Clone> Guesses<C> {
    fn new(quota: Quota, clock: &C) -> Option<Self> {
        quota.checked()?;
        let every = Nanos::from(quota.every).as_u64();
        let whole = every.saturating_mul(quota.burst.into());
        Some(Self { whole_at: Table::new(), under_way: Mutex::default(), clock: clock.clone(), every, whole })
    }
}

impl<C: Clock<Instant = Nanos>> Guesses<C> {
    fn look(&self, key: impl FnOnce() -> u64) -> Result<(), Duration> {
        if self.whole_at.is_used() { self.look_beside(key(), 0) } else { Ok(()) }
    }

    /// Whether one more guess may be wrong when so many others are.
    fn look_beside(&self, key: u64, others: u32) -> Result<(), Duration> {
        let used = self.whole_at.get(key).map_or(0, |at| at.saturating_sub(self.now()));
        let used = used.saturating_add(self.every.saturating_mul(others.into()));
        match used.saturating_sub(self.whole.saturating_sub(self.every)) {
            0 => Ok(()),
            wait => Err(Duration::from_nanos(wait)),
        }
    }

    /// A guess that was let in before the last one was counted lengthens the wait, up to the time in which the whole quota
    /// comes back. So guessing all at once gains nothing.
    fn wrong(&self, key: u64) {
        let now = self.now();
        let longest = now.saturating_add(self.whole).saturating_add(self.whole.saturating_sub(self.every));
        self.whole_at.update(key, |at| at.unwrap_or(now).max(now).saturating_add(self.every).min(longest));
    }

    fn hold(&self, key: u64) -> Result<Held<'_, C>, Duration> {
        let mut under_way = self.under_way();
        let others = under_way.get(&key).copied().unwrap_or_default();
        self.look_beside(key, others)?;
        under_way.insert(key, others.saturating_add(1));
        Ok(Held { guesses: self, key, right: false })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<u64, u32>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.clock.now().as_u64()
    }
}

/// A guess that is being judged. Unless it turned out to be right, it was wrong: whoever hangs up has guessed, too.
struct Held<'a, C: Clock<Instant = Nanos>> {
    guesses: &'a Guesses<C>,
    key: u64,
    right: bool,
}

impl<C: Clock<Instant = Nanos>> Drop for Held<'_, C> {
    fn drop(&mut self) {
        let mut under_way = self.guesses.under_way();
        // It is counted before its place is free, so that no other guess slips in between.
        if !self.right {
            self.guesses.wrong(self.key);
        }
        match under_way.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(under_way.remove(&self.key)),
        }
    }
}

/// Room for one wrong guess, kept while a slow hash judges it. Dropped, it is a wrong guess that was counted.
#[must_use]
pub(in crate::server) struct Reservation<'a, C: Clock<Instant = Nanos> = SinceStart> {
    pair: Option<Held<'a, C>>,
    address: Option<Held<'a, C>>,
}

impl<C: Clock<Instant = Nanos>> Reservation<'_, C> {
    /// Where nobody counts.
    pub(super) const NONE: Self = Self { pair: None, address: None };

    /// It was right: nothing is counted.
    pub(in crate::server) fn release(mut self) {
        self.pair.iter_mut().chain(&mut self.address).for_each(|held| held.right = true);
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

#[cfg(test)]
mod tests;
