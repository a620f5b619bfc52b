//! Proof Key for Code Exchange (RFC 7636) with S256 and nothing else: no `plain`, no opt-out.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::types::Digest;

/// An S256 code challenge: 43 characters of base64url without padding (RFC 7636 §4.2).
#[derive(Clone, Copy)]
pub struct CodeChallenge([u8; 43]);

/// The text is no S256 challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an S256 challenge is 43 characters of base64url without padding (RFC 7636 section 4.2)")]
pub struct InvalidCodeChallenge;

impl CodeChallenge {
    /// Reads an S256 challenge.
    ///
    /// # Errors
    /// [`InvalidCodeChallenge`] for another length, another alphabet, or padding.
    pub fn parse(text: &str) -> Result<Self, InvalidCodeChallenge> {
        let characters: [u8; 43] = text.as_bytes().try_into().map_err(|_| InvalidCodeChallenge)?;
        let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if characters.iter().all(in_alphabet) { Ok(Self(characters)) } else { Err(InvalidCodeChallenge) }
    }

    /// The challenge of a verifier: what a client does (RFC 7636 §4.2).
    #[must_use]
    pub fn of(verifier: &str) -> Self {
        Self(Digest::of(&[verifier.as_bytes()]).to_base64url())
    }

    /// Whether the verifier is well-formed (RFC 7636 §4.1) and this is its challenge (§4.6).
    ///
    /// The encoded forms are compared, in constant time, so that no challenge with stray trailing bits matches anything.
    #[must_use]
    pub fn verify(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        well_formed && bool::from(self.0.ct_eq(&Self::of(verifier).0))
    }

    /// The 43 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PK-03, PK-13, PK-30
    #[test]
    fn the_worked_example_of_the_rfc_holds() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(challenge.is_ok_and(|challenge| challenge.verify(verifier)));
        assert_eq!(CodeChallenge::of(verifier).as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    /// PK-22
    #[test]
    fn stray_trailing_bits_never_match() {
        let noncanonical = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN");
        assert!(noncanonical.is_ok_and(|challenge| !challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
    }

    /// PK-01, PK-16
    #[test]
    fn a_verifier_outside_the_grammar_never_matches_even_its_own_hash() {
        for verifier in
            ["a".repeat(42), "a".repeat(129), format!("{}\n", "a".repeat(43)), "é".repeat(43), format!("{}=", "a".repeat(43))]
        {
            assert!(!CodeChallenge::of(&verifier).verify(&verifier), "{verifier:?}");
        }
        for length in [43, 128] {
            let verifier = "~".repeat(length);
            assert!(CodeChallenge::of(&verifier).verify(&verifier));
        }
    }
}
