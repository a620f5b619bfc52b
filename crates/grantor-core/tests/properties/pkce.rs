//! PKCE (RFC 7636): verifier = 43*128unreserved, challenge = BASE64URL(SHA256(ASCII(verifier))), 43 characters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use grantor_core::protocol::CodeChallenge;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::neighbours::neighbours;

const VERIFIER: &str = "[A-Za-z0-9._~-]{43,128}";
const CHALLENGE: &str = "[A-Za-z0-9_-]{43}";

fn is_verifier(text: &str) -> bool {
    let unreserved = |c: char| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~');
    (43..=128).contains(&text.chars().count()) && text.chars().all(unreserved)
}

fn is_challenge(text: &str) -> bool {
    text.chars().count() == 43 && text.chars().all(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_'))
}

/// By the other alphabet of base64, and translated.
fn s256(verifier: &str) -> String {
    STANDARD_NO_PAD.encode(Sha256::digest(verifier)).replace('+', "-").replace('/', "_")
}

proptest! {
    /// PK-01, PK-03, PK-13
    #[test]
    fn a_verifier_fits_its_own_challenge(verifier in VERIFIER) {
        let challenge = CodeChallenge::of(&verifier);
        prop_assert_eq!(challenge.as_str(), s256(&verifier));
        prop_assert!(CodeChallenge::parse(challenge.as_str()).is_ok_and(|challenge| challenge.verify(&verifier)));
    }

    /// PK-01, PK-16
    #[test]
    fn a_neighbour_of_a_verifier_fits_its_own_challenge_only_inside_the_grammar(verifier in neighbours(VERIFIER)) {
        let challenge = CodeChallenge::parse(&s256(&verifier)).unwrap();
        prop_assert_eq!(challenge.verify(&verifier), is_verifier(&verifier), "{:?}", verifier);
    }

    /// PK-14
    #[test]
    fn a_neighbour_of_a_verifier_fits_no_other_challenge((verifier, other) in VERIFIER.prop_flat_map(|own| (Just(own.clone()), neighbours(Just(own))))) {
        prop_assert_eq!(CodeChallenge::of(&verifier).verify(&other), verifier == other, "{:?}", other);
    }

    /// PK-02, PK-11
    #[test]
    fn a_challenge_comes_back_as_it_was(challenge in CHALLENGE) {
        prop_assert!(CodeChallenge::parse(&challenge).is_ok_and(|read| read.as_str() == challenge));
    }

    /// PK-02, PK-11
    #[test]
    fn a_neighbour_of_a_challenge_is_read_as_the_grammar_says(text in neighbours(CHALLENGE)) {
        prop_assert_eq!(CodeChallenge::parse(&text).is_ok(), is_challenge(&text), "{:?}", text);
    }

    /// PK-22
    #[test]
    fn a_neighbour_of_a_challenge_fits_no_verifier((verifier, near) in VERIFIER.prop_flat_map(|own| (Just(own.clone()), neighbours(Just(s256(&own)))))) {
        if let Ok(challenge) = CodeChallenge::parse(&near) {
            prop_assert_eq!(challenge.verify(&verifier), near == s256(&verifier), "{:?}", near);
        }
    }
}
