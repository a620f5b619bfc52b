//! A second reading of forms and of Basic credentials, byte by byte.

use std::collections::HashSet;

/// The pairs of one or two parts of a form (RFC 6749 appendix B), each name and value decoded where that can be done.
pub(crate) struct Form(Vec<(Option<String>, Option<String>)>);

/// There are more than 64 parameters, or one with a name of over 128 bytes.
#[derive(Debug)]
pub(crate) struct Outsized;

impl Form {
    pub(crate) fn read(parts: &[&[u8]]) -> Result<Self, Outsized> {
        let mut pairs = Vec::new();
        for part in parts {
            for pair in part.split(|byte| *byte == b'&') {
                if pair.is_empty() {
                    continue;
                }
                let mut halves = pair.splitn(2, |byte| *byte == b'=');
                let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
                if name.len() > 128 || pairs.len() == 64 {
                    return Err(Outsized);
                }
                pairs.push((decode(name), decode(value)));
            }
        }
        Ok(Self(pairs))
    }

    /// Whether every name and value can be decoded.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.iter().all(|(name, value)| name.is_some() && value.is_some())
    }

    /// Whether one of the names stands there twice, of those that may not.
    pub(crate) fn repeats(&self, names: &[&str]) -> bool {
        let mut seen = HashSet::new();
        let known = self.0.iter().filter_map(|(name, _)| name.as_deref()).filter(|name| names.contains(name));
        known.filter(|name| *name != "resource").any(|name| !seen.insert(name))
    }

    /// The value of a parameter that stands there once, decoded and not empty; an error if it is twice there or broken.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, ()> {
        let mut values = self.0.iter().filter(|(own, _)| own.as_deref() == Some(name)).map(|(_, value)| value.as_deref());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(Some(value)), None) => Ok(Some(value).filter(|value| !value.is_empty())),
            _ => Err(()),
        }
    }

    /// The same, where a fault counts as nothing.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).ok().flatten()
    }

    /// The names that can be decoded, with values that say something.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, value)| value.as_deref() != Some("")).filter_map(|(name, _)| name.as_deref())
    }

    /// The pairs, where all of them can be decoded.
    pub(crate) fn pairs(&self) -> Option<Vec<(&str, &str)>> {
        self.0.iter().map(|(name, value)| Some((name.as_deref()?, value.as_deref()?))).collect()
    }
}

/// One name or value, decoded once. What is no UTF-8 before that is not made one by an escape beside it.
pub(crate) fn decode(text: &[u8]) -> Option<String> {
    std::str::from_utf8(text).ok()?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            plain => *plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: &u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// `VSCHAR` (RFC 6749 appendix A).
pub(crate) fn is_vschar(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// `NQSCHAR` (RFC 6749 appendix A).
pub(crate) fn is_nqschar(text: &str) -> bool {
    is_vschar(text) && !text.contains(['"', '\\'])
}

/// Id and secret of `Basic base64(form(id):form(secret))` (RFC 6749 §2.3.1, RFC 7617 §2).
pub(crate) fn basic(header: &[u8]) -> Option<(String, String)> {
    if header.len() > 16_384 {
        return None;
    }
    let (scheme, rest) = without_white_space(header).split_at_checked(5)?;
    if !scheme.eq_ignore_ascii_case(b"basic") || rest.first() != Some(&b' ') {
        return None;
    }
    let begin = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
    let pair = base64(&rest[begin..])?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some((decode(&pair[..colon])?, decode(&pair[colon + 1..])?))
}

/// Base64 with its padding, and in the one form that every text has (RFC 4648 §3.5, §4).
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let mut bits = Vec::with_capacity(text.len() * 6);
    for character in &text[..text.len() - padding.min(2)] {
        let value = ALPHABET.iter().position(|own| own == character)?;
        bits.extend((0..6).rev().map(|at| value >> at & 1 == 1));
    }
    let whole = bits.len() / 8 * 8;
    if bits[whole..].iter().any(|bit| *bit) {
        return None;
    }
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    Some(bits[..whole].chunks(8).map(byte).collect())
}

/// Whether the headers declare a form, once, and no other encoding than UTF-8 (RFC 9110 §8.3).
pub(crate) fn declares_form(headers: &[(&'static str, &[u8])]) -> bool {
    let mut values = headers.iter().filter(|(name, _)| *name == "content-type").map(|(_, value)| *value);
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(|byte| *byte == b';').map(without_white_space);
    let is_form = parts.next() == Some(b"application/x-www-form-urlencoded");
    let charsets = parts.filter_map(|part| part.strip_prefix(b"charset="));
    is_form && charsets.into_iter().all(|charset| [&b"utf-8"[..], b"\"utf-8\""].contains(&charset))
}

/// Without the white space that is optional (RFC 9110 §5.6.3).
fn without_white_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}
