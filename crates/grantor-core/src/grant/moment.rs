use std::{
    cmp::Ordering,
    ops::{Add, Sub},
    time::Duration,
};

use time::OffsetDateTime;

use super::InvalidGrant;

/// An instant as a grant keeps it: whole milliseconds, so that a stored grant comes back equal, and nothing to work out
/// when it is written, read or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    /// The first and the last millisecond that are instants as well.
    const ALL: std::ops::RangeInclusive<i64> = -377_705_116_800_000..=253_402_300_799_999;

    /// Milliseconds since 1970.
    pub(crate) const fn milliseconds(self) -> i64 {
        self.0
    }

    pub(super) fn of_milliseconds(milliseconds: i64) -> Result<Self, InvalidGrant> {
        if Self::ALL.contains(&milliseconds) { Ok(Self(milliseconds)) } else { Err(InvalidGrant) }
    }
}

impl From<OffsetDateTime> for Moment {
    fn from(instant: OffsetDateTime) -> Self {
        Self(instant.unix_timestamp() * 1_000 + i64::from(instant.millisecond()))
    }
}

impl From<Moment> for OffsetDateTime {
    fn from(moment: Moment) -> Self {
        let instant = Self::from_unix_timestamp_nanos(i128::from(moment.0) * 1_000_000);
        instant.unwrap_or(Self::UNIX_EPOCH)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// The end of time at most.
    fn add(self, duration: Duration) -> Self {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(milliseconds).min(*Self::ALL.end()))
    }
}

impl Sub for Moment {
    type Output = time::Duration;

    fn sub(self, earlier: Self) -> time::Duration {
        time::Duration::milliseconds(self.0 - earlier.0)
    }
}

impl PartialEq<OffsetDateTime> for Moment {
    fn eq(&self, other: &OffsetDateTime) -> bool {
        OffsetDateTime::from(*self) == *other
    }
}

impl PartialOrd<OffsetDateTime> for Moment {
    fn partial_cmp(&self, other: &OffsetDateTime) -> Option<Ordering> {
        OffsetDateTime::from(*self).partial_cmp(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ST-11
    #[test]
    fn only_what_is_an_instant_is_a_moment() {
        let (first, last) = (-377_705_116_800_000, 253_402_300_799_999);
        for milliseconds in [first, -1, 0, last] {
            let moment = Moment::of_milliseconds(milliseconds).unwrap();
            let instant = OffsetDateTime::from(moment);
            assert_eq!((Moment::from(instant), moment.milliseconds()), (moment, milliseconds));
            assert!(moment == instant);
        }
        for milliseconds in [i64::MIN, first - 1, last + 1, i64::MAX] {
            assert_eq!(Moment::of_milliseconds(milliseconds), Err(InvalidGrant), "{milliseconds}");
        }
    }

    /// TH-31
    #[test]
    fn a_moment_and_an_instant_are_ordered_alike() {
        let moment = Moment::of_milliseconds(1_500).unwrap();
        let instant = |milliseconds| OffsetDateTime::UNIX_EPOCH + Duration::from_millis(milliseconds);
        assert!(moment == instant(1_500) && moment != instant(1_500) + Duration::from_nanos(1));
        assert!(moment < instant(1_501) && moment > instant(1_499));
        assert_eq!(moment + Duration::MAX, Moment::of_milliseconds(253_402_300_799_999).unwrap(), "the end of time");
    }
}
