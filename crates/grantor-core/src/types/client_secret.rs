use std::fmt;

use super::Digest;

/// What is kept of a client's secret: never the secret itself.
#[derive(Clone)]
pub enum ClientSecret {
    /// SHA-256 of a generated secret with at least 128 random bits.
    Sha256(Digest),
    /// A PHC string (`$argon2id$…`) of a secret that a human chose; the host's `SecretHashes` checks it.
    Hashed(Box<str>),
}

impl ClientSecret {
    /// Keeps SHA-256 of a generated secret. Right only for secrets with at least 128 random bits.
    #[must_use]
    pub fn sha256_of(secret: &str) -> Self {
        Self::Sha256(Digest::of(&[secret.as_bytes()]))
    }

    /// Keeps a PHC string of a slow, salted hash. The server needs `secret_hashes` to check it.
    #[must_use]
    pub fn hashed(phc: impl Into<Box<str>>) -> Self {
        Self::Hashed(phc.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256(_) => "Sha256([REDACTED])",
            Self::Hashed(_) => "Hashed([REDACTED])",
        })
    }
}
