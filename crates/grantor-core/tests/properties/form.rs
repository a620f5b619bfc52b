//! `application/x-www-form-urlencoded` (RFC 6749 appendix B): `+` is a space, `%XX` an octet, once; nothing is repaired.

use proptest::prelude::*;

use crate::kit::{Person, authorize, encoded, get, good_request, run};
use crate::neighbours::{character, neighbours};

/// One value decoded, or nothing where it is malformed.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'+', _) => {
                octets.push(b' ');
                tail
            }
            (b'%', [high, low, behind @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| u8::try_from(digit).unwrap());
                octets.push(digit(high)? << 4 | digit(low)?);
                behind
            }
            (b'%', _) => return None,
            (byte, _) => {
                octets.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(octets).ok()
}

/// `1*VSCHAR` (RFC 6749 A.5), up to the library's limit.
pub(crate) fn is_state(text: &str) -> bool {
    (1..=2_048).contains(&text.len()) && text.chars().all(|c| ('\x20'..='\x7e').contains(&c))
}

fn with_raw_state(raw: &str) -> String {
    let good: Vec<_> = good_request().into_iter().filter(|(name, _)| name != "state").collect();
    format!("{}&state={raw}", encoded(&good))
}

fn by_hand(text: &str) -> String {
    // Everything is escaped, also what need not be, in lower case.
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Sent in a request as `raw`, the value comes back as the grammar says.
fn comes_back(raw: &str) -> Result<(), TestCaseError> {
    let query = with_raw_state(raw);
    let answer = run(authorize(get(&query), Person::Allows)).unwrap();
    let state = decoded(raw);
    let (states, errors) = (answer.all("state"), answer.all("error"));
    match state.as_deref() {
        Some("") => prop_assert!(states.is_empty() && errors.is_empty(), "{:?}: {:?}", raw, answer),
        Some(state) if is_state(state) => prop_assert_eq!((states, errors), (vec![state.to_owned()], vec![]), "{:?}", raw),
        _ => prop_assert_eq!((states, errors), (vec![], vec!["invalid_request".to_owned()]), "{:?}", raw),
    }
    Ok(())
}

proptest! {
    /// AZ-15, AZ-23, TH-19
    #[test]
    fn a_value_comes_back_however_it_was_encoded(text in "[ -~]{1,60}") {
        let serialized: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        prop_assert_eq!(decoded(&serialized), Some(text.clone()));
        comes_back(&serialized)?;
        comes_back(&by_hand(&text))?;
    }

    /// AZ-09, AZ-13, AZ-14, AZ-23, AZ-25, TH-17, TH-18, TH-19
    #[test]
    fn a_neighbour_of_an_encoded_value_is_read_as_the_grammar_says(
        raw in neighbours("([a-z0-9._*-]|\\+|%[0-9a-fA-F]{2}|%C3%A9|%e2%82%ac){0,12}").prop_filter("one value", |raw| !raw.contains('&'))
    ) {
        comes_back(&raw)?;
    }

    /// AZ-13, AZ-14, AZ-25
    #[test]
    fn any_text_is_read_as_the_grammar_says(
        raw in prop::collection::vec(character(), 0..12).prop_map(String::from_iter).prop_filter("one value", |raw| !raw.contains('&'))
    ) {
        comes_back(&raw)?;
    }
}

/// AZ-26
#[test]
fn a_value_has_its_limit() -> Result<(), TestCaseError> {
    [2_047, 2_048, 2_049].into_iter().try_for_each(|length| comes_back(&"s".repeat(length)))
}
