//! What a host may put in: its randomness for tests, its slow hashes, its word on a person.

use async_trait::async_trait;
use rand::{TryRng, rngs::SysRng};

use crate::{grant::Grant, store::StoreError, types::Subject};

/// Where random bytes come from: the operating system, unless a test hands in its own.
pub trait Random: Send + Sync + 'static {
    /// Fills the bytes with unpredictable ones.
    ///
    /// # Errors
    /// [`RandomUnavailable`] if there are none; the request is then answered 503.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no random bytes")]
pub struct RandomUnavailable;

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        SysRng.try_fill_bytes(bytes).map_err(|_| RandomUnavailable)
    }
}

/// Checks client secrets that are kept as slow hashes. Run the hash off the runtime's threads, and a bounded number at once.
#[async_trait]
pub trait SecretHashes: Send + Sync + 'static {
    /// Whether `presented` is the secret of the PHC string. `None` stands for a client that has none, or is unknown: spend
    /// the same time, and say no.
    async fn verify(&self, presented: &str, phc: Option<&str>) -> bool;
}

/// The host's word on whether a person's grant may still be used. It is asked when a consent form is answered, a code
/// redeemed, or a token refreshed, and only when everything else is right.
#[async_trait]
pub trait StillWelcome: Send + Sync + 'static {
    /// Whether the person is neither gone nor locked, and still wants this.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it cannot be told; the request is then answered 503.
    async fn still_welcome(&self, subject: &Subject, grant: &Grant) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AZ-37
    #[test]
    fn the_system_s_bytes_differ_each_time() {
        let [mut one, mut other] = [[0; 32]; 2];
        SystemRandom.fill(&mut one).unwrap();
        SystemRandom.fill(&mut other).unwrap();
        assert!(one != [0; 32] && other != [0; 32] && one != other);
    }
}
