//! How often strangers may ask, and how often anyone may guess (RFC 6749 §2.3.1, §10.10): in every server, unless it was
//! told otherwise.

mod counters;
mod quotas;
mod table;

pub use quotas::RateLimits;

pub(super) use counters::{Counters, Reservation};

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{ConfigFault, Place};
use crate::types::ClientId;

/// The host's own throttle, in the place of [`RateLimits`]: for many processes that count together, for example.
///
/// Both are asked while a request waits; where nothing can be told, let it go on.
#[async_trait]
pub trait RateLimit: Send + Sync + 'static {
    /// Whether the attempt may go on.
    ///
    /// It is asked of every request to authorize, and of every POST to token, revocation and introspection, with no client,
    /// before any parameter is read; of preflights, other methods and metadata it is not. The door has read the body by
    /// then, up to its limit. At the endpoints that authenticate clients it is asked once more with the client that the
    /// request names, known or not, before anything that it presents is checked. So whoever has used up the guesses learns
    /// nothing from a right one.
    ///
    /// # Errors
    /// After how long it may be tried again: the answer is 429 with `Retry-After` (RFC 6585 §4), in whole seconds.
    async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration>;

    /// The attempt was a wrong guess. Many may be under way at once, and of one that is cut off nothing is told: bound by
    /// [`admit`](Self::admit) what a slow hash may cost.
    async fn failed(&self, attempt: &Attempt<'_>, guess: Guess);
}

/// One arrival at an endpoint, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// Where it arrived: at authorize, token, revocation or introspection. The others do not count.
    pub at: Place,
    /// Where it came from, if the door knows: [`Call::peer`](crate::Call::peer).
    pub peer: Option<IpAddr>,
    /// Which client it says it is from. It may be none that is known here.
    pub client: Option<&'a ClientId>,
}

/// What was guessed wrong, or tried as if it could be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guess {
    /// A client's secret: client authentication failed (RFC 6749 §5.2, `invalid_client`).
    Secret,
    /// A code, its verifier, or a refresh token of a client that authenticated, or has nothing to authenticate with.
    ///
    /// [`RateLimits`] does not count these: nobody guesses 256 bits, and whoever calls a client's redirect URI with garbage
    /// makes that client present it here. Count them as a sign of an attack, and block nobody for them.
    Grant,
}

/// Who is to count for a server, before the limits are checked.
pub(super) enum Wanted {
    Own(RateLimits),
    Host(Arc<dyn RateLimit>),
    Nobody,
}

impl Wanted {
    /// `None` when the limits have faults, all of which are told.
    pub(super) fn checked(self, faults: &mut Vec<ConfigFault>) -> Option<Throttle> {
        match self {
            Self::Own(limits) => {
                let told = limits.faults().map(|(name, quota)| ConfigFault::RateLimit(name, quota.burst, quota.every));
                faults.extend(told);
                Counters::new(limits).map(Box::new).map(Throttle::Own)
            }
            Self::Host(host) => Some(Throttle::Host(host)),
            Self::Nobody => Some(Throttle::Off),
        }
    }
}

/// Who counts for a server.
pub(super) enum Throttle {
    /// The server itself, in memory.
    Own(Box<Counters>),
    /// The host.
    Host(Arc<dyn RateLimit>),
    /// Nobody.
    Off,
}

impl Throttle {
    /// [`RateLimit::admit`]; the own counters answer at once, and allocate no future.
    pub(super) async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        match self {
            Self::Own(counters) => counters.admit(attempt),
            Self::Host(host) => host.admit(attempt).await,
            Self::Off => Ok(()),
        }
    }

    /// Whether the guesses were used up meanwhile, by others at the same time. A host's own throttle is not asked twice.
    pub(super) fn look_again(&self, attempt: &Attempt<'_>) -> Result<(), Duration> {
        match self {
            Self::Own(counters) => counters.look(attempt),
            Self::Host(_) | Self::Off => Ok(()),
        }
    }

    /// Room for a guess that a slow hash judges; it is counted when it was wrong, and when the request is cut off.
    pub(super) fn reserve(&self, attempt: &Attempt<'_>) -> Result<Reservation<'_>, Duration> {
        match self {
            Self::Own(counters) => counters.reserve(attempt),
            Self::Host(_) | Self::Off => Ok(Reservation::NONE),
        }
    }

    /// [`RateLimit::failed`], of a guess that may have been counted by its [`Reservation`].
    pub(super) async fn failed(&self, attempt: &Attempt<'_>, guess: Guess, counted: bool) {
        match self {
            Self::Own(_) if counted => {}
            Self::Own(counters) => counters.failed(attempt, guess),
            Self::Host(host) => host.failed(attempt, guess).await,
            Self::Off => {}
        }
    }

    /// What is on, a line for each rule.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Own(counters) => counters.limits().lines(),
            Self::Host(_) => vec!["the host's own rate_limit(..)".to_owned()],
            Self::Off => vec!["off".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const WAIT: Duration = Duration::from_secs(7);

    /// Refuses everybody, and counts the wrong guesses it is told of.
    #[derive(Default)]
    struct Strict(AtomicUsize);

    #[async_trait]
    impl RateLimit for Strict {
        async fn admit(&self, _: &Attempt<'_>) -> Result<(), Duration> {
            Err(WAIT)
        }

        async fn failed(&self, _: &Attempt<'_>, _: Guess) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// TK-18, TH-28
    #[tokio::test]
    async fn the_host_or_the_server_or_nobody_counts() {
        let (client, strict) = (ClientId::parse("web").unwrap(), Arc::new(Strict::default()));
        let attempt = Attempt { at: Place::Token, peer: Some([192, 0, 2, 1].into()), client: Some(&client) };
        let own = |limits| Throttle::Own(Box::new(Counters::new(limits).unwrap()));
        let hour = Duration::from_secs(3_600);
        let all = [
            (Throttle::Host(strict.clone()), Err(WAIT), "the host's own"),
            (Throttle::Off, Ok(()), "off"),
            (own(RateLimits::default()), Ok(()), "requests of an address"),
            (own(RateLimits::default().wrong_guesses(1, hour)), Err(hour), "requests of an address"),
        ];
        for (throttle, expected, line) in all {
            throttle.failed(&attempt, Guess::Secret, true).await;
            assert_eq!(throttle.look_again(&attempt), Ok(()), "{line}");
            throttle.reserve(&attempt).unwrap().release();
            throttle.failed(&attempt, Guess::Secret, false).await;
            // The wait of the real clock has begun.
            let rounded = throttle.admit(&attempt).await.map_err(|wait| Duration::from_secs(wait.as_secs_f64().ceil() as u64));
            assert_eq!(rounded, expected, "{line}");
            assert!(throttle.lines()[0].starts_with(line), "{:?}", throttle.lines());
        }
        assert_eq!(strict.0.load(Ordering::Relaxed), 2);
    }

    /// TK-18
    #[test]
    fn limits_with_a_fault_make_no_counters() {
        assert!(Counters::new(RateLimits::default().wrong_guesses(0, WAIT)).is_none());
    }
}
