use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Text nobody may see: a presented client secret, or a credential on its way out.
///
/// It has no `==`, no serialization and no telling `Debug`; it is wiped when dropped.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Name it where it is used, keep it nowhere.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Thirty-two secret bytes: the secret part of a credential. Wiped when dropped, redacted in `Debug`, without `==`.
#[derive(Clone)]
pub struct SecretBytes(Zeroizing<[u8; 32]>);

impl SecretBytes {
    /// Takes the bytes into custody.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A secret of the host that lives outside the store and enters refresh tags and derivations.
///
/// With it a stolen dump of the store cannot be combined with old tokens. Every server of one deployment needs the same.
#[derive(Clone)]
pub struct Pepper(Zeroizing<Vec<u8>>);

impl Pepper {
    /// Takes the host's bytes; 32 random ones are right.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    pub(crate) fn none() -> Self {
        Self::new([])
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[REDACTED]")
            }
        }
    )*};
}
redacted!(SecretText, SecretBytes, Pepper, Digest);

/// SHA-256 of something secret: what is stored in its place.
///
/// It has no `==`: the one comparison is [`matches`](Self::matches), in constant time.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// SHA-256 over the parts, one after the other. Callers keep all parts but the last at a fixed length.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        Self::of_all(parts.iter().copied())
    }

    /// The same of as many parts as there are.
    pub(crate) fn of_all<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        parts.for_each(|part| hash.update(part));
        Self(hash.finalize().into())
    }

    /// Takes a stored digest back.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether both are the same, told in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// The 43 characters of unpadded base64url, as PKCE writes an S256 challenge.
    pub(crate) fn to_base64url(self) -> [u8; 43] {
        let mut text = [b'A'; 43];
        // 32 octets are always 43 characters, so the slice is neither too short nor too long.
        let _ = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text);
        text
    }
}
