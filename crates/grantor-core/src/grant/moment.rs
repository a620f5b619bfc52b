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

/// What a grant keeps of an instant.
pub(crate) fn whole_milliseconds(instant: OffsetDateTime) -> OffsetDateTime {
    let nanoseconds = instant.nanosecond() / 1_000_000 * 1_000_000;
    instant.to_offset(time::UtcOffset::UTC).replace_nanosecond(nanoseconds).unwrap_or(instant)
}
