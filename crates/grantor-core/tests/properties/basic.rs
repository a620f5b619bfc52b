//! HTTP Basic with form-encoded halves (RFC 7617 §2, RFC 6749 §2.3.1): the scheme in any case, one space or more, base64,
//! a colon, each half decoded once.

use grantor_core::{AuthorizationServer, Call, Payload};
use proptest::prelude::*;

use crate::form::decoded;
use crate::kit::{Answer, FORM, ID, SECRET, confidential, run, server, usual};
use crate::neighbours::{at_least, neighbours};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// base64 of RFC 4648 §4 bit by bit.
fn base64(octets: &[u8]) -> String {
    let bits: Vec<u8> = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1)).collect();
    let sextet = |bits: &[u8]| bits.iter().chain([0; 6].iter()).take(6).fold(0, |value, bit| value << 1 | bit);
    let text: String = bits.chunks(6).map(|bits| char::from(ALPHABET[usize::from(sextet(bits))])).collect();
    let padding = (4 - text.len() % 4) % 4;
    text + &"=".repeat(padding)
}

/// The octets of a text, if it is the base64 of any.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for byte in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == byte)?;
        bits.extend((0..6).rev().map(|bit| u8::from(value >> bit & 1 == 1)));
    }
    let octets: Vec<u8> = bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |value, bit| value << 1 | bit)).collect();
    // One text for one value: no other padding, and no stray bits.
    (base64(&octets) == text).then_some(octets)
}

/// The name and the secret that a header states.
fn stated(header: &str) -> Option<(String, String)> {
    let header = header.trim_matches([' ', '\t']);
    let (scheme, credentials) = header.split_at_checked(5)?;
    let credentials = credentials.strip_prefix(' ')?.trim_start_matches(' ');
    let pair = from_base64(credentials).filter(|_| scheme.eq_ignore_ascii_case("Basic"))?;
    let (id, secret) = pair.split_at(pair.iter().position(|byte| *byte == b':')?);
    // What is no UTF-8 here is none after decoding either.
    let half = |octets: &[u8]| decoded(std::str::from_utf8(octets).ok()?);
    Some((half(id)?, half(&secret[1..])?))
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn pair(id: &str, secret: &str) -> String {
    format!("{}:{}", encode(id), encode(secret))
}

/// A request that an authenticated client fails only for its code.
fn ask(server: &AuthorizationServer, header: &str) -> Answer {
    let headers = [FORM, ("authorization", header.as_bytes())];
    let body =
        Payload::Whole(b"grant_type=authorization_code&code=unknown&code_verifier=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv");
    run(server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None })).into()
}

/// The server believes a header where it states the name and the secret, and nowhere else.
fn is_believed_rightly(header: &str) -> Result<(), TestCaseError> {
    let answer = ask(usual(), header);
    let right = stated(header).is_some_and(|(id, secret)| id == ID && secret == SECRET);
    let wanted = if right { (400, "invalid_grant") } else { (401, "invalid_client") };
    prop_assert_eq!((answer.status, answer.error()), (wanted.0, wanted.1.to_owned()), "{:?}", header);
    Ok(())
}

proptest! {
    #![proptest_config(at_least(256))]

    /// CA-01
    #[test]
    fn any_name_and_secret_are_believed_as_they_were_registered(id in "[ -~]{1,30}", secret in "\\PC{32,48}") {
        let server = server([confidential(&id, &secret)]);
        let header = format!("Basic {}", base64(pair(&id, &secret).as_bytes()));
        prop_assert_eq!(stated(&header), Some((id, secret)));
        prop_assert_eq!(ask(&server, &header).error(), "invalid_grant");
    }

    /// CA-06, CA-14
    #[test]
    fn only_the_white_space_of_http_stands_around_a_header(before in "[\\s\u{85}\u{a0}\u{200b}\u{feff}]?", after in "[\\s\u{85}\u{a0}\0]?") {
        is_believed_rightly(&format!("{before}Basic {}{after}", base64(pair(ID, SECRET).as_bytes())))?;
    }

    /// CA-06, CA-13, CA-14
    #[test]
    fn a_neighbour_of_a_header_is_read_as_the_grammar_says(
        header in neighbours(Just(format!("Basic {}", base64(pair(ID, SECRET).as_bytes()))))
    ) {
        is_believed_rightly(&header)?;
    }

    /// CA-01, CA-06
    #[test]
    fn a_neighbour_of_the_credentials_is_read_as_the_grammar_says(text in neighbours(Just(pair(ID, SECRET)))) {
        is_believed_rightly(&format!("Basic {}", base64(text.as_bytes())))?;
    }

    /// CA-06
    #[test]
    fn a_neighbour_of_the_name_or_the_secret_is_nobody(id in neighbours(Just(ID.to_owned())), secret in neighbours(Just(SECRET.to_owned()))) {
        for (id, secret) in [(id.as_str(), SECRET), (ID, secret.as_str())] {
            is_believed_rightly(&format!("basic  {}", base64(pair(id, secret).as_bytes())))?;
        }
    }

    /// CA-06, CA-14, TH-10
    #[test]
    fn octets_that_are_no_text_are_nobody(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        is_believed_rightly(&format!("Basic {}", base64(&octets)))?;
        let headers = [FORM, ("authorization", &octets[..])];
        let call = Call { method: "POST", query: None, headers: &headers, body: Payload::Whole(b"grant_type=refresh_token"), peer: None };
        prop_assert_eq!(run(usual().token(call)).status().as_u16(), 401);
    }
}
