//! Strict `application/x-www-form-urlencoded` (RFC 6749 appendix B): nothing is repaired, and nothing is decoded twice.
//!
//! - more than 64 parameters, or a name over 128 bytes: refused, whatever they say;
//! - `+` is a space, `%XX` one octet; a broken escape is a fault of that parameter, and so is what is no UTF-8, before it is
//!   decoded or after;
//! - names are case-sensitive, `;` and `[]` are data, unknown names are ignored;
//! - a known name sent twice is a fault, whatever its values, unless it is `resource`;
//! - an empty value is an omitted parameter.

use std::{iter, str};

use memchr::{memchr, memchr_iter};

use super::{Reason, percent};

const MOST: usize = 64;
const LONGEST_NAME: usize = 128;

/// So many known parameters find room at once.
const USUAL: usize = 12;

/// The known parameters of one request: values as they were sent where they need no decoding, all others in one buffer.
pub(crate) struct Params<'a> {
    fields: Vec<(Name, Field<'a>)>,
    resources: Vec<Field<'a>>,
    decoded: String,
    is_empty: bool,
    has_fault: bool,
    stray_fault: bool,
}

#[derive(Clone, Copy)]
enum Field<'a> {
    Sent(&'a str),
    /// From where to where it stands in the buffer.
    Decoded(usize, usize),
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

macro_rules! names {
    ($($name:ident = $text:literal),*) => {
        /// A parameter that some endpoint knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Name { $($name),* }

        impl Name {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            fn read(text: &str) -> Option<Self> {
                match text.as_bytes() {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }

            #[cfg(test)]
            pub(crate) fn as_str(self) -> &'static str {
                str::from_utf8(match self { $(Self::$name => $text),* }).unwrap()
            }
        }
    };
}

names! {
    ClientId = b"client_id", RedirectUri = b"redirect_uri", ResponseType = b"response_type", ResponseMode = b"response_mode",
    Scope = b"scope", State = b"state", Nonce = b"nonce", CodeChallenge = b"code_challenge",
    CodeChallengeMethod = b"code_challenge_method", Resource = b"resource", Prompt = b"prompt", MaxAge = b"max_age",
    LoginHint = b"login_hint", IdTokenHint = b"id_token_hint", Display = b"display", UiLocales = b"ui_locales",
    ClaimsLocales = b"claims_locales", AcrValues = b"acr_values", Request = b"request", RequestUri = b"request_uri",
    Registration = b"registration", GrantType = b"grant_type", Code = b"code", CodeVerifier = b"code_verifier",
    RefreshToken = b"refresh_token", ClientSecret = b"client_secret", ClientAssertion = b"client_assertion",
    ClientAssertionType = b"client_assertion_type", Token = b"token", TokenTypeHint = b"token_type_hint"
}

impl Name {
    /// The one that is sent so, if some endpoint knows it; most send it as it is.
    fn of(sent: &str) -> Result<Option<Self>, ParamFault> {
        match Self::read(sent) {
            Some(known) => Ok(Some(known)),
            None => percent::decode(sent).map(|name| Self::read(&name)).ok_or(ParamFault::Malformed),
        }
    }
}

/// The parameters that one endpoint reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names(u32);

impl Names {
    pub(crate) const fn of(names: &[Name]) -> Self {
        let (mut bits, mut rest) = (0, names);
        while let [name, others @ ..] = rest {
            bits |= 1 << *name as u32;
            rest = others;
        }
        Self(bits)
    }

    pub(crate) const fn has(self, name: Name) -> bool {
        self.0 >> name as u32 & 1 == 1
    }
}

impl<'a> Params<'a> {
    /// Reads the parameters in `names` from the parts, such as a query and a body; a name in both is sent twice.
    pub(crate) fn parse(parts: &[&'a [u8]], names: Names) -> Result<Self, TooMany> {
        let mut params = Self {
            fields: Vec::with_capacity(USUAL),
            resources: Vec::new(),
            decoded: String::new(),
            is_empty: true,
            has_fault: false,
            stray_fault: false,
        };
        let mut count = 0;
        let mut add = |pair: Pair<'a>| {
            count += 1;
            if count > MOST || pair.name_length > LONGEST_NAME {
                return Err(TooMany);
            }
            params.add(names, &pair);
            Ok(())
        };
        for part in parts {
            match str::from_utf8(part) {
                Ok(text) => pairs(text).map(Pair::of).try_for_each(&mut add)?,
                Err(_) => {
                    let mut pairs = part.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
                    pairs.try_for_each(|pair| add(Pair::of_bytes(pair)))?;
                }
            }
        }
        Ok(params)
    }

    fn add(&mut self, names: Names, pair: &Pair<'a>) {
        let before = self.decoded.len();
        let name = pair.name.map_or(Err(ParamFault::Malformed), Name::of);
        let field = read(pair.value, &mut self.decoded);
        let is_faulty = name.is_err() || matches!(field, Field::Fault(_));
        self.has_fault |= is_faulty;
        let Some(known) = name.ok().flatten().filter(|known| names.has(*known)) else {
            self.decoded.truncate(before);
            self.stray_fault |= is_faulty;
            return;
        };
        self.is_empty = false;
        if known == Name::Resource {
            self.resources.push(field);
        } else if let Some((_, own)) = self.fields.iter_mut().find(|(own, _)| *own == known) {
            *own = Field::Fault(ParamFault::Repeated);
            self.has_fault = true;
        } else {
            self.fields.push((known, field));
        }
    }

    fn value<'p>(&'p self, field: &Field<'a>) -> Result<Option<&'p str>, ParamFault> {
        let value = match *field {
            Field::Sent(value) => value,
            Field::Decoded(from, to) => self.decoded.get(from..to).unwrap_or_default(),
            Field::Fault(fault) => return Err(fault),
        };
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that may be sent once; an empty one counts as omitted.
    pub(crate) fn get(&self, name: Name) -> Result<Option<&str>, ParamFault> {
        self.fields.iter().find(|(own, _)| *own == name).map_or(Ok(None), |(_, field)| self.value(field))
    }

    /// The values of `resource`, in order (RFC 8707 §2).
    pub(crate) fn resources(&self) -> impl Iterator<Item = Result<&str, ParamFault>> {
        self.resources.iter().filter_map(|field| self.value(field).transpose())
    }

    /// The first fault of any parameter but those named; one of an unknown parameter counts too.
    pub(crate) fn fault_beside(&self, names: Names) -> Option<ParamFault> {
        if !self.has_fault {
            return None;
        }
        let fault = |field: &Field<'_>| if let Field::Fault(fault) = field { Some(*fault) } else { None };
        let others = self.fields.iter().filter(|(name, _)| !names.has(*name));
        let of_known = others.map(|(_, field)| field).chain(&self.resources).find_map(fault);
        of_known.or(self.stray_fault.then_some(ParamFault::Malformed))
    }

    /// Whether nothing at all was recognised.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }
}

/// What stands between the `&`, without what is empty.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr_iter(b'&', text.as_bytes()).chain(iter::once(text.len()));
    let mut from = 0;
    let pairs = ends.map(move |end| text.get(std::mem::replace(&mut from, end + 1)..end).unwrap_or_default());
    pairs.filter(|pair| !pair.is_empty())
}

/// A name and a value as they were sent, as far as they are text.
struct Pair<'a> {
    name: Option<&'a str>,
    name_length: usize,
    value: Option<&'a str>,
}

impl<'a> Pair<'a> {
    fn of(pair: &'a str) -> Self {
        let at = memchr(b'=', pair.as_bytes()).unwrap_or(pair.len());
        Self { name: pair.get(..at), name_length: at, value: Some(pair.get(at + 1..).unwrap_or_default()) }
    }

    /// What stands beside invalid UTF-8 is read as ever.
    fn of_bytes(pair: &'a [u8]) -> Self {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        Self { name: str::from_utf8(name).ok(), name_length: name.len(), value: str::from_utf8(value).ok() }
    }
}

fn read<'a>(value: Option<&'a str>, decoded: &mut String) -> Field<'a> {
    let Some(value) = value else { return Field::Fault(ParamFault::Malformed) };
    let Some(at) = percent::escape(value) else { return Field::Sent(value) };
    if decoded.capacity() == 0 {
        decoded.reserve(value.len().max(256));
    }
    let from = decoded.len();
    match percent::decode_into(decoded, value, at) {
        Some(()) => Field::Decoded(from, decoded.len()),
        None => {
            decoded.truncate(from);
            Field::Fault(ParamFault::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = Names::of(&[Name::Code, Name::Scope, Name::Resource]);

    const NONE: Names = Names::of(&[]);

    fn parse(text: &str) -> Params<'_> {
        Params::parse(&[text.as_bytes()], NAMES).unwrap_or_else(|_| unreachable!())
    }

    /// AZ-06, AZ-09, AZ-15, TH-37
    #[test]
    fn values_are_decoded_once_and_unknown_names_are_ignored() {
        let params = parse("code=x+y%2B%2525;z&CODE=1&CODE=2&scope[]=x&scope=&state=1&state=2");
        assert_eq!(params.get(Name::Code), Ok(Some("x y+%25;z")));
        assert_eq!(params.get(Name::Scope), Ok(None));
        assert_eq!(params.fault_beside(NONE), None);
    }

    /// AZ-10, AZ-11, TK-05, AZ-05
    #[test]
    fn a_known_name_sent_twice_is_a_fault_in_one_part_or_in_two() {
        for text in ["code=1&code=1", "code=&code=1", "code=1&%63ode=2", "code&code"] {
            assert_eq!(parse(text).get(Name::Code), Err(ParamFault::Repeated), "{text}");
        }
        let two = Params::parse(&[b"code=1", b"code=1"], NAMES);
        assert!(two.is_ok_and(|params| params.get(Name::Code) == Err(ParamFault::Repeated)));
    }

    /// AZ-13, AZ-14, TK-08, TH-19
    #[test]
    fn broken_escapes_and_invalid_utf8_are_faults() {
        for text in
            ["code=%", "code=%2", "code=%zz", "code=%f", "code=%+1", "code=%C3%28", "code=%ED%A0%80", "code=%C0%AF", "code=%%41"]
        {
            assert_eq!(parse(text).get(Name::Code), Err(ParamFault::Malformed), "{text}");
        }
        assert_eq!(parse("z=%zz").fault_beside(NONE), Some(ParamFault::Malformed));
        assert_eq!(parse("%zz=1").fault_beside(NONE), Some(ParamFault::Malformed));
        assert_eq!(parse("code=%00%2F").get(Name::Code), Ok(Some("\0/")));
    }

    /// AZ-14, TH-19
    #[test]
    fn what_is_no_text_is_a_fault_of_its_own_parameter_alone() {
        let params = Params::parse(&[b"code=\xff&scope=a+b&state=\xc3%a9"], NAMES).unwrap();
        assert_eq!((params.get(Name::Code), params.get(Name::Scope)), (Err(ParamFault::Malformed), Ok(Some("a b"))));
        assert_eq!(params.fault_beside(Names::of(&[Name::Code])), Some(ParamFault::Malformed));
        let params = Params::parse(&[b"scope=a", b"\xff=1"], NAMES).unwrap();
        assert_eq!((params.get(Name::Scope), params.fault_beside(NONE)), (Ok(Some("a")), Some(ParamFault::Malformed)));
    }

    /// AZ-09
    #[test]
    fn every_name_is_read_as_itself_and_where_it_is_known() {
        for name in Name::ALL {
            assert_eq!(Name::read(name.as_str()), Some(*name));
            let text = format!("{}=1", name.as_str());
            let params = Params::parse(&[text.as_bytes()], NAMES).unwrap();
            assert_eq!(!params.is_empty(), NAMES.has(*name), "{text}");
        }
    }

    /// TH-02, AZ-16
    #[test]
    fn there_is_a_limit_to_their_number_and_to_a_name() {
        let count = |n: usize| Params::parse(&[vec!["z=1"; n].join("&").as_bytes()], NAMES).is_ok();
        assert!(count(64) && !count(65));
        let name = |n: usize| Params::parse(&["n".repeat(n).as_bytes()], NAMES).is_ok();
        assert!(name(128) && !name(129));
        let no_text = |n: usize| Params::parse(&[&[b"\xff=1", "&z=1".repeat(n - 1).as_bytes()].concat()], NAMES).is_ok();
        assert!(no_text(64) && !no_text(65));
    }

    /// AZ-12
    #[test]
    fn resource_may_repeat_and_keeps_its_order() {
        let params = parse("resource=x&resource=y&resource=");
        assert_eq!(params.resources().collect::<Vec<_>>(), [Ok("x"), Ok("y")]);
    }
}
