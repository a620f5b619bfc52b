//! A second reading of redirect URIs: RFC 3986 appendix A, character by character, and the rules of registration and
//! matching (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1.3).

use std::net::Ipv6Addr;

use grantor_core::types::RedirectKind;

use crate::reading::decode;

const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// How the URI reaches its client, if it can be registered at all.
pub(crate) fn registrable(text: &str) -> Option<RedirectKind> {
    if text.len() > 2_048 || text.contains('#') || !has_whole_escapes(text) {
        return None;
    }
    let (scheme, rest) = text.split_once(':')?;
    let own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(own) {
        return None;
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !query.chars().all(|c| is_pchar(c) || matches!(c, '/' | '?')) {
        return None;
    }
    let (authority, path) = match place.strip_prefix("//") {
        Some(place) => {
            let end = place.find('/').unwrap_or(place.len());
            (Some(Authority::read(&place[..end])?), &place[end..])
        }
        None => (None, place),
    };
    if !path.chars().all(|c| is_pchar(c) || c == '/') || query.split('&').any(names_an_answer) {
        return None;
    }
    let reachable =
        authority.is_some_and(|authority| !authority.has_user && !authority.host.is_empty() && authority.has_good_port());
    match scheme.to_ascii_lowercase().as_str() {
        "https" => reachable.then_some(RedirectKind::Https),
        "http" => {
            let here = scheme == "http" && authority.is_some_and(|authority| LOOPBACK.contains(&authority.host));
            (reachable && here).then_some(RedirectKind::Loopback)
        }
        "about" | "blob" | "data" | "file" | "filesystem" | "ftp" | "javascript" | "mailto" | "vbscript" | "view-source"
        | "ws" | "wss" => None,
        other => Some(RedirectKind::PrivateUse { period: other.contains('.') }),
    }
}

/// Whether a request that sends the second URI means the first, which is registered.
pub(crate) fn matches(registered: &str, sent: &str, localhost_any_port: bool) -> bool {
    let but_for_the_port = || {
        let (own, own_rest) = portless(registered)?;
        let (host, rest) = portless(sent)?;
        Some((own, own_rest) == (host, rest) && (host != "localhost" || localhost_any_port))
    };
    registered == sent || but_for_the_port().unwrap_or(false)
}

/// Host and everything behind the port, of a loopback URI.
fn portless(text: &str) -> Option<(&str, &str)> {
    let place = text.strip_prefix("http://")?;
    let end = place.find(['/', '?', '#']).unwrap_or(place.len());
    let authority = Authority::read(&place[..end])?;
    let good = !authority.has_user && LOOPBACK.contains(&authority.host) && authority.has_good_port();
    good.then_some((authority.host, &place[end..]))
}

#[derive(Clone, Copy)]
struct Authority<'a> {
    has_user: bool,
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Authority<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (user, place) = match text.split_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, text),
        };
        if !user.unwrap_or_default().chars().all(|c| is_pchar(c) && c != '@') {
            return None;
        }
        let (host, port) = match place.find(']') {
            Some(end) => {
                let (literal, behind) = place.split_at(end + 1);
                let inner = literal.strip_prefix('[')?.strip_suffix(']')?;
                if inner.parse::<Ipv6Addr>().is_err() && !is_future_address(inner) {
                    return None;
                }
                (literal, if behind.is_empty() { None } else { Some(behind.strip_prefix(':')?) })
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let named = host.ends_with(']') || host.chars().all(|c| is_pchar(c) && !matches!(c, ':' | '@'));
        let counted = port.unwrap_or_default().bytes().all(|byte| byte.is_ascii_digit());
        (named && counted).then_some(Self { has_user: user.is_some(), host, port })
    }

    /// 1 to 65535, written in the one way that a number has.
    fn has_good_port(&self) -> bool {
        self.port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port))
    }
}

fn is_future_address(text: &str) -> bool {
    let Some((version, address)) = text.strip_prefix(['v', 'V']).and_then(|text| text.split_once('.')) else { return false };
    let own = |c: char| is_pchar(c) && !matches!(c, '@' | '%');
    let numbered = !version.is_empty() && version.chars().all(|c| c.is_ascii_hexdigit());
    numbered && !address.is_empty() && address.chars().all(own)
}

/// `pchar`, where escapes were checked before.
fn is_pchar(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(c)
}

fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether the pair of a query has a name that the answer appends.
fn names_an_answer(pair: &str) -> bool {
    let name = decode(pair.split('=').next().unwrap_or_default().as_bytes());
    let answers = ["code", "state", "iss", "error", "error_description", "error_uri", "response"];
    name.is_some_and(|name| answers.contains(&name.as_str()))
}
