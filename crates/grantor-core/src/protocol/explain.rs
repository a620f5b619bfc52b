//! What a refusal says in development: the rule, what was sent, what was expected, the rule's source and the fix.
//!
//! It is made in a server with `explain` only, which is one on loopback. There, and nowhere else, a request is shown to
//! whoever sent it: known parameters alone, of secrets the length alone, without control characters, cut at 200 characters.
//! Whoever writes it out escapes it: [`page`](super::page) for HTML, serde for JSON.

mod rules;

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Call, Payload, Reason};

/// The longest value that is shown, in characters.
const LONGEST: usize = 200;

/// How many parameters are shown; more are not read either.
const MOST: usize = 64;

/// The parameters of all endpoints whose values may be shown.
const SHOWN: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "prompt",
    "max_age",
    "display",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "grant_type",
    "client_assertion_type",
    "token_type_hint",
];

/// Those of whose values the length is shown: secrets, handles, and what may hold a person's name or claims.
const HIDDEN: &[&str] = &[
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "access_token",
    "request",
    "request_uri",
    "registration",
    "login_hint",
    "id_token_hint",
    "ticket",
];

/// Why a request was refused and what to do about it, for the one who develops a client or a host.
///
/// Outside `explain` mode there is none. What was sent is a stranger's text: escape it.
#[derive(Clone)]
pub struct Explanation {
    reason: Reason,
    sent: Vec<Sent>,
}

/// One thing that a request said.
#[derive(Clone, Serialize)]
pub struct Sent {
    name: &'static str,
    value: String,
}

impl Explanation {
    pub(crate) fn new(reason: Reason, sent: Vec<Sent>) -> Self {
        Self { reason, sent }
    }

    /// The rule that refused.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.reason.text()
    }

    /// Where the rule stands.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.reason.rfc()
    }

    /// What the request said, as far as it may be shown: method, media type, which kind of `Authorization`, and the known
    /// parameters in their order.
    #[must_use]
    pub fn sent(&self) -> &[Sent] {
        &self.sent
    }

    /// What the rule expects.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.reason.expected()
    }

    /// What to change, and where.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        self.reason.fix()
    }
}

impl Sent {
    fn shown(name: &'static str, value: &str) -> Self {
        let mut rest = value.chars().filter(|character| !is_unseen(*character));
        let mut value: String = rest.by_ref().take(LONGEST).collect();
        if rest.next().is_some() {
            value.push_str("...");
        }
        Self { name, value }
    }

    fn hidden(name: &'static str, value: &str) -> Self {
        Self { name, value: format!("[{} characters]", value.chars().count()) }
    }

    /// The parameter's name, or `method`, `content-type`, `authorization`, `body`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it said; of a secret its length alone, as `[43 characters]`.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// What a request said, as far as it may be shown.
pub(crate) fn sent_in(call: &Call<'_>) -> Vec<Sent> {
    let mut sent = vec![Sent::shown("method", call.method)];
    for (name, value) in call.headers {
        match *name {
            "content-type" => sent.push(Sent::shown("content-type", &String::from_utf8_lossy(value))),
            "authorization" => sent.push(authorization(value)),
            _ => {}
        }
    }
    sent.extend(sent_as(call.query.unwrap_or_default().as_bytes()));
    match call.body {
        Payload::Whole(body) if call.has_form() => sent.extend(sent_as(body)),
        Payload::Whole(b"") => {}
        Payload::Whole(body) => sent.push(Sent { name: "body", value: format!("[{} bytes]", body.len()) }),
        Payload::TooLarge => sent.push(Sent { name: "body", value: "[more than is read]".to_owned() }),
        Payload::Broken => sent.push(Sent { name: "body", value: "[it ended early]".to_owned() }),
    }
    sent.truncate(MOST);
    sent
}

/// The ticket that a consent form brought.
pub(crate) fn ticket(text: &str) -> Sent {
    Sent::hidden("ticket", text)
}

/// The known parameters of a query or a form.
pub(crate) fn sent_as(form: &[u8]) -> Vec<Sent> {
    let known = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        let of = |names: &'static [&'static str]| names.iter().copied().find(|known| *known == name);
        match of(SHOWN) {
            Some(name) if !holds_a_credential(&value) => Some(Sent::shown(name, &value)),
            shown => shown.or_else(|| of(HIDDEN)).map(|name| Sent::hidden(name, &value)),
        }
    };
    form_urlencoded::parse(form).take(MOST).filter_map(known).collect()
}

/// The scheme, if it is one that somebody knows, and how much follows.
fn authorization(header: &[u8]) -> Sent {
    let header = String::from_utf8_lossy(header);
    let header = header.trim_matches([' ', '\t']);
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    let known = ["Basic", "Bearer", "DPoP"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    let value = match known {
        Some(scheme) => format!("{scheme} [{} characters]", rest.chars().count()),
        None => format!("[{} characters of no known scheme]", header.chars().count()),
    };
    Sent { name: "authorization", value }
}

/// One of this library's credentials, in a parameter that is not its own.
fn holds_a_credential(value: &str) -> bool {
    value.split("gr_").skip(1).any(|rest| rest.len() >= 40)
}

/// Control characters, and those that turn the direction of text around.
fn is_unseen(character: char) -> bool {
    character.is_control() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Explanation", 6)?;
        object.serialize_field("reason", self.reason.code())?;
        object.serialize_field("rule", self.rule())?;
        object.serialize_field("section", self.section())?;
        object.serialize_field("sent", &self.sent)?;
        object.serialize_field("expected", self.expected())?;
        object.serialize_field("fix", self.fix())?;
        object.end()
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
