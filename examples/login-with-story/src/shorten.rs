//! What may be shown of a message. Everything is cut here, at capture: what is kept is what is shown.
//!
//! - A value is shown in full only if its name is on the list of those that tell nothing secret.
//! - Of any other value the first four or eight characters and the length are kept; of a short one the length alone.
//! - Of a password nothing is kept.

use form_urlencoded::parse;
use serde_json::Value;

/// Parameters and members that anybody may read.
const OPEN: [&str; 27] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "code_challenge_method",
    "nonce",
    "audience",
    "resource",
    "prompt",
    "iss",
    "grant_type",
    "decision",
    "username",
    "error",
    "error_description",
    "token_type",
    "expires_in",
    "token_type_hint",
    "sub",
    "name",
    "from",
    "subject",
    "text",
    "style",
    "app",
    "origin",
    "active",
];

/// Long enough that its first characters give nothing away.
const LONG: usize = 12;
/// No value on a page is longer.
const MOST_SHOWN: usize = 160;
/// No query, form or answer has more names that are told.
const MOST_FACTS: usize = 40;

/// One name and what may be shown of its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The name, as it was sent.
    pub name: String,
    /// The value, shortened.
    pub value: String,
}

impl Fact {
    /// A fact whose value is as it may be shown.
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: cut(name), value: shown(name, value) }
    }
}

/// What may be shown of a value with this name.
pub(crate) fn shown(name: &str, value: &str) -> String {
    match name {
        "password" => "not shown".to_owned(),
        "return_to" => place(value),
        "state" if value.is_empty() => String::new(),
        name if OPEN.contains(&name) => cut(value),
        _ => shortened(value),
    }
}

/// The first characters and the length. Eight, where four may be a prefix that all have.
pub(crate) fn shortened(value: &str) -> String {
    let length = value.chars().count();
    let shown = match length {
        ..LONG => 0,
        LONG..32 => 4,
        _ => 8,
    };
    let head: String = value.chars().take(shown).collect();
    format!("{head}\u{2026} ({length} characters)")
}

/// An `Authorization` header: its scheme, and little of its credentials.
pub(crate) fn authorization(header: &str) -> String {
    match header.split_once(' ') {
        Some((scheme, credentials)) if scheme.len() < LONG => format!("{scheme} {}", shortened(credentials)),
        _ => shortened(header),
    }
}

/// The pairs of a query or of a form.
pub(crate) fn pairs(form: &[u8]) -> Vec<Fact> {
    parse(form).take(MOST_FACTS).map(|(name, value)| Fact::new(&name, &value)).collect()
}

/// A URL with its query shortened. A place within a place is looked into once: strangers could nest them as deep as they like.
pub(crate) fn place(url: &str) -> String {
    place_within(url, 1)
}

fn place_within(url: &str, levels: u8) -> String {
    let Some((path, query)) = url.split_once('?') else { return cut(url) };
    let tell = |name: &str, value: &str| match (name, levels.checked_sub(1)) {
        ("return_to", Some(levels)) => place_within(value, levels),
        ("return_to", None) => shortened(value),
        _ => shown(name, value),
    };
    let pairs = parse(query.as_bytes()).take(MOST_FACTS).map(|(name, value)| format!("{}={}", cut(&name), tell(&name, &value)));
    let pairs: Vec<String> = pairs.collect();
    format!("{}?{}", cut(path), pairs.join("&"))
}

/// The members of a JSON object. What is neither text nor number is told by its kind.
pub(crate) fn members(json: &[u8]) -> Vec<Fact> {
    let Ok(Value::Object(object)) = serde_json::from_slice(json) else { return Vec::new() };
    let tell = |(name, value): (String, Value)| match value {
        Value::String(text) => Fact::new(&name, &text),
        Value::Number(number) => Fact::new(&name, &number.to_string()),
        Value::Bool(truth) => Fact { name: cut(&name), value: truth.to_string() },
        Value::Array(list) => Fact { name: cut(&name), value: format!("a list of {}", list.len()) },
        Value::Object(_) => Fact { name: cut(&name), value: "an object".to_owned() },
        Value::Null => Fact { name: cut(&name), value: "null".to_owned() },
    };
    object.into_iter().take(MOST_FACTS).map(tell).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TH-10
    #[test]
    fn places_within_places_and_endless_forms_cost_little() {
        let nested = "/x?return_to=".repeat(6_000);
        assert!(place(&nested).len() < 300 && shown("return_to", &nested).len() < 300);
        assert_eq!(pairs("a&".repeat(30_000).as_bytes()).len(), MOST_FACTS);
    }

    #[test]
    fn only_what_is_known_to_be_open_is_shown_in_full() {
        assert_eq!(shown("client_id", "demo-public"), "demo-public");
        for name in ["code", "code_verifier", "client_secret", "refresh_token", "token", "ticket", "whatever-comes"] {
            let told = shown(name, "abcdefghijklmnopqrstuvwxyz");
            assert_eq!(told, "abcd\u{2026} (26 characters)", "{name}");
        }
        assert_eq!(shown("code", "short"), "\u{2026} (5 characters)");
        assert_eq!(shown("password", "correct horse battery"), "not shown");
    }

    #[test]
    fn the_query_of_a_url_is_shortened_as_well() {
        let told = place("http://127.0.0.1/callback?style=line&code=abcdefghijklmnop&iss=http%3A%2F%2Fa");
        assert_eq!(told, "http://127.0.0.1/callback?style=line&code=abcd\u{2026} (16 characters)&iss=http://a");
        let nested = place("/login?return_to=%2Fauthorize%3Fstate%3Dabcdefghijklmnop");
        assert_eq!(nested, "/login?return_to=/authorize?state=abcd\u{2026} (16 characters)");
    }

    #[test]
    fn the_members_of_an_answer_are_told_and_its_tokens_are_not() {
        let told = members(br#"{"access_token":"abcdefghijklmnop","expires_in":600,"messages":[1,2]}"#);
        let told: Vec<_> = told.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
        assert_eq!(told, [("access_token", "abcd\u{2026} (16 characters)"), ("expires_in", "600"), ("messages", "a list of 2")]);
    }
}
