use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use grantor_core::{
    Access, StoreError, TokenSource,
    types::{Clock, Digest, Issuer},
};
use moka::{Expiry, future::Cache};
use time::OffsetDateTime;

use crate::{IntrospectionBuilder, question::Question, trouble::Trouble};

/// Asks an authorization server in another process what a token is good for (RFC 7662), and remembers it for a moment.
///
/// Hand it to [`Guard::asking`](grantor_core::Guard::asking); a process needs one for each issuer, since each has a cache of
/// its own. The [crate's page](crate) says what it does and what a cache costs.
pub struct Introspection {
    issuer: Issuer,
    question: Question,
    kept: Option<Kept>,
    clock: Arc<dyn Clock>,
}

/// The answers that are kept, by the SHA-256 of their tokens.
pub(crate) struct Kept {
    cache: Cache<[u8; 32], Told>,
    keep_for: Duration,
}

/// What was told of a token.
#[derive(Clone)]
struct Told {
    access: Option<Access>,
    /// From when on it is good for nothing: never after the token's own `exp`.
    until: OffsetDateTime,
}

/// Throws away what has had its time, by a clock that nobody sets back.
struct Until(Arc<dyn Clock>);

impl Introspection {
    /// Begins the configuration: tokens of this issuer, and of no other.
    #[must_use]
    pub fn builder(issuer: impl Into<String>) -> IntrospectionBuilder {
        IntrospectionBuilder::new(issuer.into())
    }

    pub(crate) fn new(issuer: Issuer, question: Question, kept: Option<Kept>, clock: Arc<dyn Clock>) -> Self {
        Self { issuer, question, kept, clock }
    }

    async fn ask(&self, token: &str, keep_for: Duration) -> Result<Told, Trouble> {
        // The answer is as old as its question: it may have been made the moment the question came in.
        let now = self.clock.now();
        let access = self.question.ask(token, &self.issuer, now).await.inspect_err(Trouble::tell)?;
        let until = now.saturating_add(keep_for.try_into().unwrap_or_default());
        let until = access.as_ref().map_or(until, |access| until.min(access.expires_at()));
        Ok(Told { access, until })
    }
}

#[async_trait]
impl TokenSource for Introspection {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    async fn look_up(&self, token: &str) -> Result<Option<Access>, StoreError> {
        let Some(Kept { cache, keep_for }) = &self.kept else {
            return self.ask(token, Duration::ZERO).await.map(|told| told.access).map_err(StoreError::unavailable);
        };
        let key = *Digest::of(&[token.as_bytes()]).as_bytes();
        if let Some(told) = cache.get(&key).await {
            // The cache goes by a clock that never jumps; the token's `exp` goes by the one of the machine.
            if self.clock.now() < told.until {
                return Ok(told.access);
            }
            cache.invalidate(&key).await;
        }
        let told = cache.try_get_with(key, self.ask(token, *keep_for)).await;
        told.map(|told| told.access).map_err(|trouble| StoreError::unavailable(trouble.as_ref().clone()))
    }
}

impl Kept {
    pub(crate) fn new(keep_for: Duration, capacity: u64, clock: Arc<dyn Clock>) -> Self {
        Self { cache: Cache::builder().max_capacity(capacity).expire_after(Until(clock)).build(), keep_for }
    }
}

impl Until {
    fn left(&self, told: &Told) -> Option<Duration> {
        Some((told.until - self.0.now()).try_into().unwrap_or_default())
    }
}

impl Expiry<[u8; 32], Told> for Until {
    fn expire_after_create(&self, _: &[u8; 32], told: &Told, _: Instant) -> Option<Duration> {
        self.left(told)
    }

    fn expire_after_update(&self, _: &[u8; 32], told: &Told, _: Instant, _: Option<Duration>) -> Option<Duration> {
        self.left(told)
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use grantor_core::types::SystemClock;

    use super::*;

    /// RS-04
    #[tokio::test]
    async fn a_flood_of_tokens_finds_no_room() {
        let clock = Arc::new(SystemClock);
        let Kept { cache, .. } = Kept::new(Duration::from_secs(60), 10, clock.clone());
        for number in 0..5_000_u64 {
            let told = Told { access: None, until: clock.now() + Duration::from_secs(60) };
            cache.insert(*Digest::of(&[&number.to_be_bytes()]).as_bytes(), told).await;
        }
        cache.run_pending_tasks().await;
        assert_eq!(cache.entry_count(), 10);
    }
}
