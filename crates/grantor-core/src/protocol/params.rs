//! Strict `application/x-www-form-urlencoded` (RFC 6749 appendix B): nothing is repaired, and nothing is decoded twice.
//!
//! - more than 64 parameters, or a name over 128 bytes: refused before anything is looked at;
//! - `+` is a space, `%XX` one octet; a broken escape or invalid UTF-8 is a fault of that parameter;
//! - names are case-sensitive, `;` and `[]` are data, unknown names are ignored;
//! - a known name sent twice is a fault, whatever its values, unless it is `resource`;
//! - an empty value is an omitted parameter.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode};

use super::Reason;

/// What stays as it is in a value that is written (RFC 6749 appendix B); a space becomes `%20`.
pub(crate) const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

const MOST: usize = 64;
const LONGEST_NAME: usize = 128;
const REPEATABLE: &str = "resource";

/// The known parameters of one request.
pub(crate) struct Params<'a> {
    known: Vec<(&'static str, Field<'a>)>,
    resources: Vec<Result<Cow<'a, str>, ParamFault>>,
    stray_fault: bool,
}

enum Field<'a> {
    One(Cow<'a, str>),
    Fault(ParamFault),
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamFault {
    Repeated,
    Malformed,
}

impl ParamFault {
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Repeated => Reason::Repeated,
            Self::Malformed => Reason::Malformed,
        }
    }
}

/// More parameters than are read, or a name longer than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl<'a> Params<'a> {
    /// Reads the parameters in `names` from the parts, such as a query and a body; a name in both is sent twice.
    pub(crate) fn parse(parts: &[&'a [u8]], names: &'static [&'static str]) -> Result<Self, TooMany> {
        let pairs = || parts.iter().flat_map(|part| part.split(|byte| *byte == b'&')).filter(|pair| !pair.is_empty());
        if pairs().nth(MOST).is_some() {
            return Err(TooMany);
        }
        let mut params = Self { known: Vec::with_capacity(10), resources: Vec::new(), stray_fault: false };
        for pair in pairs() {
            let (name, value) = split(pair);
            if name.len() > LONGEST_NAME {
                return Err(TooMany);
            }
            params.add(names, decode(name), decode(value));
        }
        Ok(params)
    }

    fn add(&mut self, names: &'static [&'static str], name: Option<Cow<'a, str>>, value: Option<Cow<'a, str>>) {
        let known = name.as_deref().and_then(|name| names.iter().find(|known| **known == name).copied());
        let Some(known) = known else {
            self.stray_fault |= name.is_none() || value.is_none();
            return;
        };
        if known == REPEATABLE {
            self.resources.push(value.ok_or(ParamFault::Malformed));
        } else if let Some((_, field)) = self.known.iter_mut().find(|(own, _)| *own == known) {
            *field = Field::Fault(ParamFault::Repeated);
        } else {
            self.known.push((known, value.map_or(Field::Fault(ParamFault::Malformed), Field::One)));
        }
    }

    /// The value of a parameter that may be sent once; an empty one counts as omitted.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<&str>, ParamFault> {
        match self.known.iter().find(|(own, _)| *own == name) {
            None => Ok(None),
            Some((_, Field::One(value))) => Ok(Some(&**value).filter(|value| !value.is_empty())),
            Some((_, Field::Fault(fault))) => Err(*fault),
        }
    }

    /// The values of `resource`, in order (RFC 8707 §2).
    pub(crate) fn resources(&self) -> impl Iterator<Item = Result<&str, ParamFault>> {
        let values = self.resources.iter().map(|value| value.as_deref().map_err(|fault| *fault));
        values.filter(|value| *value != Ok(""))
    }

    /// The first fault of any parameter but those named; one of an unknown parameter counts too.
    pub(crate) fn fault_beside(&self, names: &[&str]) -> Option<ParamFault> {
        let of_known = self.known.iter().find_map(|(name, field)| match field {
            Field::Fault(fault) if !names.contains(name) => Some(*fault),
            _ => None,
        });
        let of_resource = self.resources.iter().find_map(|value| value.as_ref().err().copied());
        of_known.or(of_resource).or(self.stray_fault.then_some(ParamFault::Malformed))
    }

    /// Whether nothing at all was recognised.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.resources.is_empty()
    }
}

fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => {
            let (name, value) = pair.split_at(at);
            (name, value.get(1..).unwrap_or_default())
        }
        None => (pair, &[]),
    }
}

/// Decodes one name or value once; `None` for a broken escape or invalid UTF-8.
pub(crate) fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let escaped = |rest: &[u8]| matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    if text.split(|byte| *byte == b'%').skip(1).any(|rest| !escaped(rest)) {
        return None;
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(|text| Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["a", "b", "resource"];

    fn parse(text: &str) -> Params<'_> {
        Params::parse(&[text.as_bytes()], NAMES).unwrap_or_else(|_| unreachable!())
    }

    /// AZ-06, AZ-09, AZ-15, TH-37
    #[test]
    fn values_are_decoded_once_and_unknown_names_are_ignored() {
        let params = parse("a=x+y%2B%2525;z&A=1&A=2&scope[]=x&b=");
        assert_eq!(params.get("a"), Ok(Some("x y+%25;z")));
        assert_eq!(params.get("b"), Ok(None));
        assert_eq!(params.fault_beside(&[]), None);
    }

    /// AZ-10, AZ-11, TK-05, AZ-05
    #[test]
    fn a_known_name_sent_twice_is_a_fault_in_one_part_or_in_two() {
        for text in ["a=1&a=1", "a=&a=1", "a=1&%61=2", "a&a"] {
            assert_eq!(parse(text).get("a"), Err(ParamFault::Repeated), "{text}");
        }
        let two = Params::parse(&[b"a=1", b"a=1"], NAMES);
        assert!(two.is_ok_and(|params| params.get("a") == Err(ParamFault::Repeated)));
    }

    /// AZ-13, AZ-14, TK-08, TH-19
    #[test]
    fn broken_escapes_and_invalid_utf8_are_faults() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%f", "a=%C3%28", "a=%ED%A0%80", "a=%C0%AF", "a=%%41"] {
            assert_eq!(parse(text).get("a"), Err(ParamFault::Malformed), "{text}");
        }
        assert_eq!(parse("z=%zz").fault_beside(&[]), Some(ParamFault::Malformed));
        assert_eq!(parse("%zz=1").fault_beside(&[]), Some(ParamFault::Malformed));
        assert_eq!(parse("a=%00%2F").get("a"), Ok(Some("\0/")));
    }

    /// TH-02, AZ-16
    #[test]
    fn there_is_a_limit_to_their_number_and_to_a_name() {
        let count = |n: usize| Params::parse(&[vec!["z=1"; n].join("&").as_bytes()], NAMES).is_ok();
        assert!(count(64) && !count(65));
        let name = |n: usize| Params::parse(&["n".repeat(n).as_bytes()], NAMES).is_ok();
        assert!(name(128) && !name(129));
    }

    /// AZ-12
    #[test]
    fn resource_may_repeat_and_keeps_its_order() {
        let params = parse("resource=x&resource=y&resource=");
        assert_eq!(params.resources().collect::<Vec<_>>(), [Ok("x"), Ok("y")]);
    }
}
