//! Percent-encoding as a form has it (RFC 6749 appendix B): `+` is a space, `%XX` one octet, and nothing is repaired.

use std::{borrow::Cow, str};

use memchr::memchr2;

/// Where the first character stands that does not stand for itself.
pub(super) fn escape(text: &str) -> Option<usize> {
    memchr2(b'%', b'+', text.as_bytes())
}

/// Decodes one name or value once; `None` for a broken escape or invalid UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    let Some(at) = escape(text) else { return Some(Cow::Borrowed(text)) };
    let mut decoded = String::with_capacity(text.len());
    decode_into(&mut decoded, text, at)?;
    Some(Cow::Owned(decoded))
}

/// Appends what the text says, whose first escape stands at `at`.
pub(super) fn decode_into(decoded: &mut String, text: &str, at: usize) -> Option<()> {
    let (mut rest, mut next) = (text, Some(at));
    while let Some(at) = next {
        let (plain, escaped) = rest.split_at_checked(at)?;
        decoded.push_str(plain);
        rest = match escaped.strip_prefix('+') {
            Some(rest) => {
                decoded.push(' ');
                rest
            }
            None => decode_character(decoded, escaped)?,
        };
        next = escape(rest);
    }
    decoded.push_str(rest);
    Some(())
}

/// Appends the character that the text begins with, of up to four escapes, and returns what stands behind them.
fn decode_character<'a>(decoded: &mut String, text: &'a str) -> Option<&'a str> {
    let (first, mut rest) = octet(text)?;
    if first.is_ascii() {
        decoded.push(char::from(first));
        return Some(rest);
    }
    // The number of octets stands in the first one, as its leading ones (RFC 3629 §3).
    let mut character = [first, 0, 0, 0];
    let character = character.get_mut(..first.leading_ones() as usize)?;
    for octet_behind in character.iter_mut().skip(1) {
        (*octet_behind, rest) = octet(rest)?;
    }
    decoded.push_str(str::from_utf8(character).ok()?);
    Some(rest)
}

/// The octet of the escape that the text begins with, and what stands behind it.
fn octet(text: &str) -> Option<(u8, &str)> {
    let [b'%', high, low, ..] = text.as_bytes() else { return None };
    Some((hexadecimal(*high)? << 4 | hexadecimal(*low)?, text.get(3..)?))
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
