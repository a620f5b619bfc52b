use time::OffsetDateTime;

/// What time it is. The server reads it once for each request; a test hands in its own.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> OffsetDateTime;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_s_clock_goes_with_the_machine() {
        let before = OffsetDateTime::now_utc();
        let now = SystemClock.now();
        assert!((before..=before + time::Duration::HOUR).contains(&now), "{before} and {now}");
    }
}
