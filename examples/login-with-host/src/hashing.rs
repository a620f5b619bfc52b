//! argon2id for passwords and for client secrets that a person chose: off the runtime's threads,
//! and no more at a time than there are processors, so that guessing costs memory only once each.

use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use async_trait::async_trait;
use grantor::SecretHashes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The slow hash, and the places to compute it in.
#[derive(Clone)]
pub(crate) struct Hashing {
    places: Arc<Semaphore>,
    stand_in: Arc<str>,
}

impl Hashing {
    /// As many places as processors.
    pub(crate) fn new() -> Result<Self, Error> {
        let places = available_parallelism().map_or(1, usize::from);
        Ok(Self { places: Arc::new(Semaphore::new(places)), stand_in: hash("nobody's password")?.into() })
    }

    /// Whether `presented` is the secret behind `phc`. Without a `phc` the same time is spent on a
    /// stand-in, and the answer is no: time does not tell which names exist.
    pub(crate) async fn matches(&self, presented: &str, phc: Option<&str>) -> bool {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return false;
        };
        let presented = presented.to_owned();
        let against = phc.unwrap_or(&self.stand_in).to_owned();
        let equal = spawn_blocking(move || {
            // The place is given back by the work itself: a caller that goes away frees nothing early.
            let _place = place;
            PasswordHash::new(&against).is_ok_and(|hash| Argon2::default().verify_password(presented.as_bytes(), &hash).is_ok())
        });
        equal.await.unwrap_or(false) && phc.is_some()
    }
}

#[async_trait]
impl SecretHashes for Hashing {
    async fn verify(&self, presented: &str, phc: Option<&str>) -> bool {
        self.matches(presented, phc).await
    }
}

/// The PHC string of `secret` with a fresh salt. Takes its time on this thread: for startup.
pub(crate) fn hash(secret: &str) -> Result<String, Error> {
    Ok(Argon2::default().hash_password(secret.as_bytes())?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_secret_matches_and_no_hash_never_does() -> Result<(), Error> {
        let (hashing, phc) = (Hashing::new()?, hash("alice")?);
        assert!(phc.starts_with("$argon2id$"));
        assert!(hashing.matches("alice", Some(&phc)).await);
        assert!(!hashing.matches("alicE", Some(&phc)).await);
        assert!(!hashing.matches("nobody's password", None).await);
        assert!(!hashing.matches("alice", Some("not a hash")).await);
        Ok(())
    }
}
