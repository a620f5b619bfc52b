use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use super::redirect_uri::{loopback_host, valid_port};

/// A web origin (RFC 6454 §4): scheme, host and port, written exactly as a browser writes it into `Origin`, so that two
/// are the same only when they are octet for octet. Plain http is for 127.0.0.1, `[::1]` and localhost only.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(Box<str>);

/// The text is no origin that a browser sends; the message says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// Not a scheme, `://` and a host. `null` and `*` are none either.
    #[error("an origin is a scheme and a host, such as https://app.example.com; null and * are none (RFC 6454 section 6.2)")]
    NotAnOrigin,
    /// Neither https nor http on loopback.
    #[error("an origin uses https; http is for 127.0.0.1, [::1] and localhost only (RFC 9700 section 2.6)")]
    NotHttps,
    /// A path, even if only `/`, a query, a fragment, or user information.
    #[error("an origin ends behind its host or port: no path, not even /, no query, no fragment, no user information")]
    HasExtras,
    /// A scheme or host that browsers write in another way, or a host that is none.
    #[error("write it as browsers do: lower case, punycode, no dot at the end, an IP address in its shortest form")]
    Spelling,
    /// A port that browsers write in another way, or leave out.
    #[error("the port is 1 to 65535 without leading zero, and is left out where it is the scheme's own, 443 or 80")]
    Port,
}

impl Origin {
    /// Reads an origin.
    ///
    /// # Errors
    /// [`InvalidOrigin`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin::NotAnOrigin)?;
        if authority.contains(['/', '?', '#', '@', '\\']) {
            return Err(InvalidOrigin::HasExtras);
        }
        if !text.is_ascii() || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidOrigin::Spelling);
        }
        let (host, port) = split(authority).ok_or(InvalidOrigin::Spelling)?;
        let own_port = match scheme {
            "https" => "443",
            "http" if loopback_host(host) => "80",
            _ => return Err(InvalidOrigin::NotHttps),
        };
        if host.is_empty() {
            return Err(InvalidOrigin::NotAnOrigin);
        }
        if !is_host(host) {
            return Err(InvalidOrigin::Spelling);
        }
        if port.is_some_and(|port| port == own_port || !valid_port(port)) {
            return Err(InvalidOrigin::Port);
        }
        Ok(Self(text.into()))
    }

    /// The origin as a browser sends it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Host and port; `None` for a bracket that never closes.
fn split(authority: &str) -> Option<(&str, Option<&str>)> {
    if !authority.starts_with('[') {
        return Some(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))));
    }
    let (host, rest) = authority.split_at_checked(authority.find(']')? + 1)?;
    if rest.is_empty() { Some((host, None)) } else { Some((host, Some(rest.strip_prefix(':')?))) }
}

/// Whether browsers write the host like this (WHATWG URL, host serializing).
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // Rust prints the low half of an IPv4-mapped address with dots, and browsers do not.
        let address = inner.parse::<Ipv6Addr>().ok().filter(|address| address.to_ipv4_mapped().is_none());
        return address.is_some_and(|address| address.to_string() == inner);
    }
    let lower = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(lower);
    if host.len() > 253 || !host.split('.').all(is_label) {
        return false;
    }
    // What ends like a number is read as an IPv4 address, and written with four of them.
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_number = hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit());
    !is_number || host.parse::<Ipv4Addr>().is_ok()
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TK-17, TH-21
    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for good in [
            "https://app.example",
            "https://app.example:8443",
            "https://xn--bcher-kva.example",
            "https://a_b.example",
            "https://intranet",
            "https://192.0.2.1",
            "https://[2001:db8::1]:8443",
            "https://a.1b",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:5173",
        ] {
            assert_eq!(Origin::parse(good).map(|origin| origin.to_string()).as_deref(), Ok(good));
        }
    }

    /// TK-17, TH-20, TH-21
    #[test]
    fn what_no_browser_sends_is_no_origin() {
        use InvalidOrigin::*;
        let bad = [
            ("", NotAnOrigin),
            ("*", NotAnOrigin),
            ("null", NotAnOrigin),
            ("app.example", NotAnOrigin),
            ("https://", NotAnOrigin),
            ("https://:8443", NotAnOrigin),
            ("http://app.example", NotHttps),
            ("http://127.0.0.1.evil.test", NotHttps),
            ("HTTPS://app.example", Spelling),
            ("chrome-extension://abc", NotHttps),
            (" https://app.example", NotHttps),
            ("https://app.example/", HasExtras),
            ("https://app.example?x", HasExtras),
            ("https://app.example#", HasExtras),
            ("https://u@app.example", HasExtras),
            ("https://app.example\\", HasExtras),
            ("https://App.example", Spelling),
            ("https://b\u{fc}cher.example", Spelling),
            ("https://app.example.", Spelling),
            ("https://app..example", Spelling),
            ("https://*.example", Spelling),
            ("https://app.example ", Spelling),
            ("https://app%2eexample", Spelling),
            ("https://127.1", Spelling),
            ("https://0x7f.0.0.0x1", Spelling),
            ("https://192.0.02.1", Spelling),
            ("https://[2001:DB8::1]", Spelling),
            ("https://[2001:db8:0::1]", Spelling),
            ("https://[::ffff:192.0.2.1]", Spelling),
            ("https://[::1", Spelling),
            ("https://[::1]8443", Spelling),
            ("https://app.example:443", Port),
            ("http://localhost:80", Port),
            ("https://app.example:", Port),
            ("https://app.example:0", Port),
            ("https://app.example:065", Port),
            ("https://app.example:65536", Port),
            ("https://app.example:80:80", Port),
        ];
        for (text, fault) in bad {
            assert_eq!(Origin::parse(text), Err(fault), "{text}");
        }
    }

    /// TK-17
    #[test]
    fn an_origin_has_the_bounds_that_names_and_ports_have() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        for good in [format!("https://{longest}"), "https://a:1".to_owned(), "https://a:65535".to_owned()] {
            let origin = Origin::parse(&good).unwrap();
            assert_eq!((origin.as_str(), format!("{origin:?}")), (&*good, format!("{good:?}")));
        }
        for bad in [format!("https://{longest}a"), format!("https://a{label}"), "https://a.0xff".to_owned()] {
            assert_eq!(Origin::parse(&bad), Err(InvalidOrigin::Spelling), "{bad}");
        }
        assert!(Origin::parse("https://a.0xfg").is_ok(), "no number");
        assert!(Origin::parse("https://a:80").is_ok() && Origin::parse("http://localhost:443").is_ok(), "the other scheme's");
    }
}
