//! Redirect URIs: absolute-URI of RFC 3986 §4.3, without fragment, and what OAuth adds to it.

use std::net::Ipv6Addr;

use grantor_core::types::RedirectUri;
use proptest::prelude::*;
use proptest::sample::select;

use crate::neighbours::{at_least, neighbours};

const NEVER: [&str; 12] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "mailto", "vbscript", "view-source", "ws", "wss"];
const OF_THE_ANSWER: [&str; 7] = ["code", "state", "iss", "error", "error_description", "error_uri", "response"];
const MACHINE: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// `*( unreserved / pct-encoded / sub-delims / more )`
fn is_made_of(text: &str, more: &str) -> bool {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let fits = match c {
            '%' => rest.next().is_some_and(|c| c.is_ascii_hexdigit()) && rest.next().is_some_and(|c| c.is_ascii_hexdigit()),
            c => c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c) || more.contains(c),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn is_host(host: &str) -> bool {
    let Some(literal) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) else { return is_made_of(host, "") };
    let future = |text: &str| {
        let (version, address) = text.split_once('.')?;
        let hex = !version.is_empty() && version.chars().all(|c| c.is_ascii_hexdigit());
        Some(hex && !address.is_empty() && !address.contains('%') && is_made_of(address, ":"))
    };
    match literal.strip_prefix(['v', 'V']) {
        Some(text) => future(text) == Some(true),
        None => literal.parse::<Ipv6Addr>().is_ok(),
    }
}

fn is_usual_port(port: &str) -> bool {
    port.parse().is_ok_and(|number: u16| number > 0 && number.to_string() == port)
}

/// The authority as user information, host and port; the port is what follows the last colon behind a bracket.
fn authority(text: &str) -> (Option<&str>, &str, Option<&str>) {
    let (user, rest) = text.rsplit_once('@').map_or((None, text), |(user, rest)| (Some(user), rest));
    let behind_literal = rest.rfind(']').map_or(0, |end| end + 1);
    match rest[behind_literal..].rfind(':') {
        Some(colon) => (user, &rest[..behind_literal + colon], Some(&rest[behind_literal + colon + 1..])),
        None => (user, rest, None),
    }
}

/// Decodes a name in a query that holds only good escapes.
fn decoded(name: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// Whether the text may be registered.
fn may_be_registered(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let (hierarchy, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !is_scheme || text.len() > 2_048 || !is_made_of(query, ":@/?") {
        return false;
    }
    let named = |pair: &str| OF_THE_ANSWER.contains(&decoded(pair.split('=').next().unwrap()).as_str());
    let scheme = scheme.to_ascii_lowercase();
    if query.split('&').any(named) || NEVER.contains(&scheme.as_str()) {
        return false;
    }
    let Some(place) = hierarchy.strip_prefix("//") else {
        // A web address has a host.
        return is_made_of(hierarchy, ":@/") && scheme != "https" && scheme != "http";
    };
    let (all, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let (user, host, port) = authority(all);
    let is_authority = user.is_none_or(|user| is_made_of(user, ":"))
        && is_host(host)
        && port.is_none_or(|port| port.chars().all(|c| c.is_ascii_digit()));
    let is_web = user.is_none() && !host.is_empty() && port.is_none_or(is_usual_port);
    let fits = match scheme.as_str() {
        "https" => is_web,
        // On this machine the text is compared in parts, so it has one spelling.
        "http" => is_web && text.starts_with("http://") && MACHINE.contains(&host),
        _ => true,
    };
    is_authority && is_made_of(path, ":@/") && fits
}

/// What must be equal of a URI on this machine.
fn without_port(text: &str) -> Option<(&str, &str)> {
    let place = text.strip_prefix("http://")?;
    let (all, rest) = place.split_at(place.find(['/', '?', '#']).unwrap_or(place.len()));
    let host =
        MACHINE.into_iter().find(|host| all.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')))?;
    let port = all.strip_prefix(host)?.strip_prefix(':');
    (port.is_none_or(is_usual_port) && !rest.starts_with('#')).then_some((host, rest))
}

/// Whether a request that sent this gets an answer there.
fn is_same(registered: &str, sent: &str, localhost_any_port: bool) -> bool {
    let on_this_machine = match (without_port(registered), without_port(sent)) {
        (Some(own), Some(other)) => own == other && (own.0 != "localhost" || localhost_any_port),
        _ => false,
    };
    registered == sent || on_this_machine
}

fn https() -> impl Strategy<Value = String> {
    "https://([a-z0-9]{1,8}\\.){1,2}example(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9._~%-]{0,6}){0,3}(\\?[a-z]{1,4}=[a-z0-9+]{0,4}(&[a-z]{1,4}=x)?)?"
        .prop_filter("a percent sign is an escape", |text| may_be_registered(text))
}

fn loopback() -> impl Strategy<Value = String> {
    (select(&MACHINE[..]), "(:[1-9][0-9]{0,3})?(/[a-z]{1,6}){0,2}(\\?[a-z]{1,3}=[a-z]{0,3})?")
        .prop_map(|(host, rest)| format!("http://{host}{rest}"))
}

fn private_use() -> impl Strategy<Value = String> {
    "[a-z]{2,6}\\.[a-z]{2,6}\\.[a-z]{2,6}:(//)?(/?[a-z]{1,6}){0,2}"
}

fn valid() -> impl Strategy<Value = String> {
    prop_oneof![https(), loopback(), private_use()].prop_filter("of the grammar", |text| may_be_registered(text))
}

proptest! {
    #![proptest_config(at_least(1024))]

    /// RU-01, RU-12
    #[test]
    fn a_valid_uri_is_registered_and_matches_itself(text in valid()) {
        let uri = RedirectUri::parse(&text).unwrap();
        prop_assert_eq!(uri.as_str(), text.as_str());
        prop_assert!(uri.matches(&text, false) && uri.matches(&text, true));
    }

    /// RU-07, RU-08, RU-09, RU-10, RU-17, RU-21
    #[test]
    fn a_neighbour_is_registered_as_the_grammar_says(text in neighbours(valid())) {
        prop_assert_eq!(RedirectUri::parse(&text).is_ok(), may_be_registered(&text), "{:?}: {:?}", text, RedirectUri::parse(&text));
    }

    /// RU-02, RU-03, RU-13, RU-15, RU-16, RU-17, RU-18, TH-20
    #[test]
    fn a_neighbour_matches_only_where_the_port_of_this_machine_differs(
        (registered, sent) in valid().prop_flat_map(|own| (Just(own.clone()), neighbours(Just(own)))),
        localhost in any::<bool>(),
    ) {
        let uri = RedirectUri::parse(&registered).unwrap();
        prop_assert_eq!(uri.matches(&sent, localhost), is_same(&registered, &sent, localhost), "{} and {:?}", registered, sent);
    }

    /// RU-13, RU-14, RU-15, RU-17
    #[test]
    fn any_port_of_this_machine_matches_and_nothing_that_only_looks_like_one(
        registered in loopback(),
        port in prop_oneof!["[0-9]{1,6}", "[+ 0-9a-f:@.-]{0,6}", neighbours("[1-9][0-9]{0,4}")],
        localhost in any::<bool>(),
    ) {
        let (host, rest) = without_port(&registered).unwrap();
        let sent = format!("http://{host}:{port}{rest}");
        let uri = RedirectUri::parse(&registered).unwrap();
        prop_assert_eq!(uri.matches(&sent, localhost), is_same(&registered, &sent, localhost), "{} and {:?}", registered, sent);
    }

    /// RU-03, RU-18
    #[test]
    fn two_uris_match_only_where_they_are_the_same(one in valid(), other in valid(), localhost in any::<bool>()) {
        let uri = RedirectUri::parse(&one).unwrap();
        prop_assert_eq!(uri.matches(&other, localhost), is_same(&one, &other, localhost), "{} and {}", one, other);
    }
}
