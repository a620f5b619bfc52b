use std::{fmt, num::NonZeroU32, time::Duration};

/// How long a used-up quota may take to be whole again.
const MOST: Duration = Duration::from_secs(30 * 86_400);

/// What one process lets through: a burst at once, and then one more in each period.
///
/// | quota | of | by default |
/// |---|---|---|
/// | [`authorize_requests`](Self::authorize_requests) | one address | 400 at once, then 20 a second |
/// | [`token_requests`](Self::token_requests), which counts revocations too | one address | 1,000 at once, then 100 a second |
/// | [`wrong_guesses`](Self::wrong_guesses) | one client at one address | 50 at once, then one in 2 seconds |
/// | [`wrong_guesses_of_address`](Self::wrong_guesses_of_address) | one address | 200 at once, then one a second |
///
/// Guesses are of clients' secrets. Wrong codes, verifiers and refresh tokens block nobody, since nobody guesses 256 bits, and
/// since anybody can make a client present garbage.
///
/// An IPv6 address counts as its /64, and one that stands for an IPv4 address as that.
///
/// **Tell the door where requests come from**, by a [`Peer`](crate::Peer) in the extensions of each: an address counts only
/// where the host says so, since the connection's is the proxy's behind a proxy. Where it is not known, only guesses that cost
/// a slow hash are counted: of each client whose secret is kept as one, from everywhere together, so that whoever tries its
/// secrets locks it out; and of all others in one count. A client with a generated secret is never blocked there.
///
/// A slow hash that is being asked counts as a wrong guess until it was right, and if the request is cut off. So no more of
/// them are under way at once, for a client at an address, than it has guesses left.
///
/// Introspection counts wrong guesses only, since a resource server asks often. Each kind of count is kept for at most
/// 100,000 addresses, and a count that is dropped for room is one that was nearest to be whole again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimits {
    pub(super) authorize: Quota,
    pub(super) token: Quota,
    pub(super) pair: Quota,
    pub(super) address: Quota,
}

/// A burst, and how long one of it takes to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Quota {
    pub(in crate::server) burst: u32,
    pub(in crate::server) every: Duration,
}

impl RateLimits {
    /// Requests of one address at the authorization endpoint.
    #[must_use]
    pub fn authorize_requests(mut self, burst: u32, then_every: Duration) -> Self {
        self.authorize = Quota { burst, every: then_every };
        self
    }

    /// Requests of one address at the token and revocation endpoints, together.
    #[must_use]
    pub fn token_requests(mut self, burst: u32, then_every: Duration) -> Self {
        self.token = Quota { burst, every: then_every };
        self
    }

    /// Wrong guesses for one client at one address. When they are used up, right ones are refused too.
    #[must_use]
    pub fn wrong_guesses(mut self, burst: u32, then_every: Duration) -> Self {
        self.pair = Quota { burst, every: then_every };
        self
    }

    /// Wrong guesses of one address, for whatever clients. When they are used up, right ones are refused too.
    #[must_use]
    pub fn wrong_guesses_of_address(mut self, burst: u32, then_every: Duration) -> Self {
        self.address = Quota { burst, every: then_every };
        self
    }

    /// What is on, a line for each quota.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let what = [
            "requests of an address at authorize",
            "requests of an address at token and revocation",
            "wrong guesses for a client at an address",
            "wrong guesses of an address",
        ];
        what.iter().zip(self.quotas()).map(|(what, (_, quota))| format!("{what}: {quota}")).collect()
    }

    /// The quotas that cannot be, each with the method that set it.
    pub(in crate::server) fn faults(&self) -> impl Iterator<Item = (&'static str, Quota)> {
        self.quotas().into_iter().filter(|(_, quota)| quota.checked().is_none())
    }

    fn quotas(&self) -> [(&'static str, Quota); 4] {
        [
            ("authorize_requests", self.authorize),
            ("token_requests", self.token),
            ("wrong_guesses", self.pair),
            ("wrong_guesses_of_address", self.address),
        ]
    }
}

impl Quota {
    /// The quota for the counters; `None` when a number is zero, or the burst takes over 30 days to come back.
    pub(super) fn checked(self) -> Option<governor::Quota> {
        let burst = NonZeroU32::new(self.burst)?;
        self.every.checked_mul(self.burst).filter(|whole| *whole <= MOST)?;
        governor::Quota::with_period(self.every).map(|quota| quota.allow_burst(burst))
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        let quota = |burst, milliseconds| Quota { burst, every: Duration::from_millis(milliseconds) };
        Self { authorize: quota(400, 50), token: quota(1_000, 10), pair: quota(50, 2_000), address: quota(200, 1_000) }
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("; "))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at once, then one in {:?}", self.burst, self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TK-18
    #[test]
    fn what_is_on_can_be_told() {
        assert_eq!(
            RateLimits::default().lines(),
            [
                "requests of an address at authorize: 400 at once, then one in 50ms",
                "requests of an address at token and revocation: 1000 at once, then one in 10ms",
                "wrong guesses for a client at an address: 50 at once, then one in 2s",
                "wrong guesses of an address: 200 at once, then one in 1s",
            ]
        );
        assert!(RateLimits::default().to_string().contains("in 50ms; requests"));
    }

    /// TK-18
    #[test]
    fn a_quota_of_nothing_is_a_fault() {
        let faults = |limits: RateLimits| limits.faults().map(|(name, _)| name).collect::<Vec<_>>();
        let (second, day) = (Duration::from_secs(1), Duration::from_secs(86_400));
        assert_eq!(faults(RateLimits::default()), [""; 0]);
        assert_eq!(faults(RateLimits::default().authorize_requests(0, second)), ["authorize_requests"]);
        assert_eq!(faults(RateLimits::default().token_requests(1, Duration::ZERO)), ["token_requests"]);
        assert_eq!(faults(RateLimits::default().wrong_guesses(31, day)), ["wrong_guesses"]);
        assert_eq!(faults(RateLimits::default().wrong_guesses_of_address(2, Duration::MAX)), ["wrong_guesses_of_address"]);
        let edges = RateLimits::default().wrong_guesses(30, day).token_requests(u32::MAX, Duration::from_nanos(1));
        assert_eq!(faults(edges.authorize_requests(1, Duration::from_nanos(1))), [""; 0]);
    }
}
