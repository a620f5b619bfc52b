use std::fmt;

use fluent_uri::Uri;

use super::Text;

/// The longest redirect URI that is read, in bytes.
pub(crate) const REDIRECT_URI_LIMIT: usize = 2_048;

/// Schemes that run or read something in the browser instead of reaching an app.
const FORBIDDEN_SCHEMES: [&str; 12] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "mailto", "vbscript", "view-source", "ws", "wss"];

/// Parameters that the answer itself appends (RFC 6749 §4.1.2, RFC 9207 §2, JARM).
const ANSWER_PARAMETERS: [&str; 7] = ["code", "state", "iss", "error", "error_description", "error_uri", "response"];

/// A registered redirection endpoint (RFC 6749 §3.1.2, OAuth 2.1 §2.3): where an answer may be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: Text,
    kind: RedirectKind,
}

/// How a redirect URI reaches its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// A claimed https URL.
    Https,
    /// http on 127.0.0.1, `[::1]` or localhost (RFC 8252 §7.3).
    Loopback,
    /// A private-use scheme (RFC 8252 §7.1); with a period as in `com.example.app`, or not.
    PrivateUse {
        /// Whether the scheme has a period, as a reversed domain name has.
        period: bool,
    },
}

/// The text cannot be registered as a redirect URI; the message says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Relative, empty, or with characters that no URI has.
    #[error("a redirect URI is an absolute URI in ASCII (RFC 6749 section 3.1.2)")]
    NotAbsolute,
    /// Over 2,048 bytes.
    #[error("a redirect URI has at most 2048 bytes")]
    TooLong,
    /// A `#`, even with nothing behind it.
    #[error("a redirect URI has no fragment (RFC 6749 section 3.1.2)")]
    Fragment,
    /// http, and not to this machine.
    #[error("http is for 127.0.0.1, [::1] and localhost only; use https (RFC 9700 section 2.6)")]
    PlainHttp,
    /// A loopback URI whose scheme is not in lower case: the octets of a request must be able to be the same.
    #[error("a redirect URI to this machine begins with http:// in lower case")]
    Capitals,
    /// A scheme that browsers act on by themselves.
    #[error("this scheme is never a redirect target")]
    ForbiddenScheme,
    /// `user@` before the host, or no host at all.
    #[error("an http or https redirect URI has a host and no user information")]
    Authority,
    /// An empty port, or one that is not 1 to 65535 without sign and leading zero.
    #[error("the port is 1 to 65535, without sign or leading zero")]
    Port,
    /// The URI's own query has a name that the answer appends.
    #[error("the query of a redirect URI has no code, state, iss, error or response of its own")]
    AnswerParameter,
}

impl RedirectUri {
    /// Reads a redirect URI for registration.
    ///
    /// # Errors
    /// [`InvalidRedirectUri`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        if text.len() > REDIRECT_URI_LIMIT {
            return Err(InvalidRedirectUri::TooLong);
        }
        let uri = Uri::parse(text).map_err(|_| InvalidRedirectUri::NotAbsolute)?;
        if uri.fragment().is_some() {
            return Err(InvalidRedirectUri::Fragment);
        }
        let scheme = uri.scheme().as_str().to_ascii_lowercase();
        let kind = match scheme.as_str() {
            "https" => RedirectKind::Https,
            "http" => RedirectKind::Loopback,
            own if FORBIDDEN_SCHEMES.contains(&own) => return Err(InvalidRedirectUri::ForbiddenScheme),
            own => RedirectKind::PrivateUse { period: own.contains('.') },
        };
        if let RedirectKind::Https | RedirectKind::Loopback = kind {
            let authority = uri.authority().ok_or(InvalidRedirectUri::Authority)?;
            if authority.host().is_empty() || authority.userinfo().is_some() {
                return Err(InvalidRedirectUri::Authority);
            }
            if kind == RedirectKind::Loopback && !loopback_host(authority.host()) {
                return Err(InvalidRedirectUri::PlainHttp);
            }
            if authority.port().is_some_and(|port| !valid_port(port.as_str())) {
                return Err(InvalidRedirectUri::Port);
            }
            if kind == RedirectKind::Loopback && Loopback::split(text).is_none() {
                return Err(InvalidRedirectUri::Capitals);
            }
        }
        let query = uri.query().map(|query| query.as_str()).unwrap_or_default();
        if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| ANSWER_PARAMETERS.contains(&name.as_ref())) {
            return Err(InvalidRedirectUri::AnswerParameter);
        }
        Ok(Self { text: text.into(), kind })
    }

    /// The URI as registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URI, to be kept with a request that sent it.
    pub(crate) fn text(&self) -> &Text {
        &self.text
    }

    /// How it reaches its client.
    #[must_use]
    pub fn kind(&self) -> RedirectKind {
        self.kind
    }

    /// Whether the URI that a request sent is this one: octet for octet (RFC 9700 §4.1.3). Of a loopback URI the port
    /// alone is ignored (RFC 8252 §7.3); that of `localhost` only when `localhost_any_port` says so.
    #[must_use]
    pub fn matches(&self, sent: &str, localhost_any_port: bool) -> bool {
        if &*self.text == sent {
            return true;
        }
        if self.kind != RedirectKind::Loopback {
            return false;
        }
        let (Some(own), Some(sent)) = (Loopback::split(&self.text), Loopback::split(sent)) else { return false };
        own == sent && (own.host != "localhost" || localhost_any_port)
    }

    /// Whether a request may leave this URI out when it is the only one: its port is not the client's to choose.
    pub(crate) fn is_fixed(&self, localhost_any_port: bool) -> bool {
        match self.kind {
            RedirectKind::Loopback => self.text.starts_with("http://localhost") && !localhost_any_port,
            RedirectKind::Https | RedirectKind::PrivateUse { .. } => true,
        }
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// What must be equal of two loopback URIs: the literal host, and everything behind the port.
#[derive(PartialEq, Eq)]
struct Loopback<'a> {
    host: &'static str,
    rest: &'a str,
}

impl<'a> Loopback<'a> {
    /// A grammar of its own, on the text: no URL parser may have an opinion on which host this is.
    fn split(text: &'a str) -> Option<Self> {
        let after_scheme = text.strip_prefix("http://")?;
        let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|host| after_scheme.starts_with(host))?;
        let mut rest = after_scheme.strip_prefix(host)?;
        if let Some(after_colon) = rest.strip_prefix(':') {
            let digits = after_colon.bytes().take_while(u8::is_ascii_digit).count();
            let (port, behind) = after_colon.split_at_checked(digits)?;
            if !valid_port(port) {
                return None;
            }
            rest = behind;
        }
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(Self { host, rest })
    }
}

/// The three literal hosts that mean this machine.
pub(crate) fn loopback_host(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

pub(super) fn valid_port(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    digits && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|why| unreachable!("{text}: {why}"))
    }

    /// RU-07, RU-08, RU-09, RU-10, RU-17, RU-21
    #[test]
    fn what_can_never_be_a_target_is_not_registered() {
        use InvalidRedirectUri::*;
        let table = [
            ("https://a.example/cb#", Fragment),
            ("https://a.example/cb#x", Fragment),
            ("", NotAbsolute),
            ("/cb", NotAbsolute),
            ("//a.example/cb", NotAbsolute),
            ("https://a.example/c b", NotAbsolute),
            ("https://a.example/\r\n", NotAbsolute),
            ("https://bücher.example/cb", NotAbsolute),
            ("http://a.example/cb", PlainHttp),
            ("http://127.0.0.1.evil.test/cb", PlainHttp),
            ("http://127.0.0.2/cb", PlainHttp),
            ("https:///cb", Authority),
            ("https:cb", Authority),
            ("https://u@a.example/cb", Authority),
            ("http://127.0.0.1:80@evil.test/cb", Authority),
            ("http://127.0.0.1:/cb", Port),
            ("http://127.0.0.1:0/cb", Port),
            ("http://127.0.0.1:080/cb", Port),
            ("http://127.0.0.1:65536/cb", Port),
            ("https://a.example/cb?a=1&code=2", AnswerParameter),
            ("https://a.example/cb?st%61te=2", AnswerParameter),
        ];
        for (text, fault) in table {
            assert_eq!(RedirectUri::parse(text), Err(fault), "{text}");
        }
        for scheme in FORBIDDEN_SCHEMES {
            assert_eq!(RedirectUri::parse(&format!("{scheme}:x")), Err(ForbiddenScheme), "{scheme}");
            assert_eq!(RedirectUri::parse(&format!("{}:x", scheme.to_uppercase())), Err(ForbiddenScheme), "{scheme}");
        }
        assert_eq!(RedirectUri::parse(&format!("https://a.example/{}", "x".repeat(2_048))), Err(TooLong));
    }

    /// RU-13, RU-14, RU-15, RU-16, RU-17, RU-18, TH-20
    #[test]
    fn of_a_loopback_uri_only_the_port_is_ignored() {
        let v4 = registered("http://127.0.0.1:3000/cb?own=1");
        assert!(v4.matches("http://127.0.0.1:51004/cb?own=1", false));
        assert!(v4.matches("http://127.0.0.1/cb?own=1", false));
        for other in [
            "http://127.0.0.1:51004/cb",
            "http://127.0.0.1:51004/CB?own=1",
            "https://127.0.0.1:51004/cb?own=1",
            "HTTP://127.0.0.1:51004/cb?own=1",
            "http://127.0.0.2/cb?own=1",
            "http://127.1/cb?own=1",
            "http://0x7f.1/cb?own=1",
            "http://127.0.0.1.evil.test/cb?own=1",
            "http://127.0.0.1:80@evil.test/cb?own=1",
            "http://127.0.0.1:/cb?own=1",
            "http://127.0.0.1:0/cb?own=1",
            "http://127.0.0.1:65536/cb?own=1",
            "http://127.0.0.1:+80/cb?own=1",
            "http://127.0.0.1:080/cb?own=1",
            "http://127.0.0.1:80 /cb?own=1",
            "http://[::1]:80/cb?own=1",
            "http://localhost:80/cb?own=1",
        ] {
            assert!(!v4.matches(other, true), "{other}");
        }
        assert!(registered("http://[::1]/cb").matches("http://[::1]:61023/cb", false));
        assert!(!registered("http://[::1]/cb").matches("http://[0:0:0:0:0:0:0:1]:61023/cb", false));
        let name = registered("http://localhost/cb");
        assert!(name.matches("http://localhost:8000/cb", true) && !name.matches("http://localhost:8000/cb", false));
        assert!(!name.matches("http://LOCALHOST:8000/cb", true) && !name.matches("http://localhost.:8000/cb", true));
    }

    /// RU-12
    #[test]
    fn a_private_use_uri_is_matched_as_it_was_written() {
        let one = registered("com.example.app:/cb");
        assert!(one.matches("com.example.app:/cb", true));
        assert!(!one.matches("com.example.app://cb", true) && !one.matches("Com.Example.App:/cb", true));
    }

    /// RU-15, RU-16, RU-27
    #[test]
    fn a_uri_may_be_left_out_when_its_port_is_fixed() {
        for fixed in ["https://a.example/cb", "com.example.app:/cb", "myapp:/cb"] {
            assert!(registered(fixed).is_fixed(true) && registered(fixed).is_fixed(false), "{fixed}");
        }
        for loose in ["http://127.0.0.1:3000/cb", "http://[::1]/cb"] {
            assert!(!registered(loose).is_fixed(true) && !registered(loose).is_fixed(false), "{loose}");
        }
        let name = registered("http://localhost:3000/cb");
        assert!(name.is_fixed(false) && !name.is_fixed(true));
    }

    /// RU-13, TH-20
    #[test]
    fn a_loopback_uri_is_registered_in_the_spelling_that_is_compared() {
        for odd in ["HTTP://127.0.0.1/cb", "Http://localhost:3000/cb"] {
            assert_eq!(RedirectUri::parse(odd), Err(InvalidRedirectUri::Capitals), "{odd}");
        }
        assert_eq!(RedirectUri::parse("http://LOCALHOST/cb"), Err(InvalidRedirectUri::PlainHttp));
    }

    /// RU-11, RU-19
    #[test]
    fn a_uri_tells_how_it_reaches_its_client() {
        use RedirectKind::*;
        for (text, kind) in [
            ("https://a.example/cb", Https),
            ("HTTPS://a.example/cb", Https),
            ("http://127.0.0.1/cb", Loopback),
            ("com.example.app:/cb", PrivateUse { period: true }),
            ("myapp:/cb", PrivateUse { period: false }),
        ] {
            assert_eq!((registered(text).kind(), registered(text).as_str()), (kind, text));
            assert_eq!(format!("{:?}", registered(text)), format!("{text:?}"));
        }
        let longest = format!("https://a.example/{}", "x".repeat(2_048 - 18));
        assert_eq!(registered(&longest).as_str().len(), 2_048);
        assert_eq!(RedirectUri::parse(&format!("{longest}x")), Err(InvalidRedirectUri::TooLong));
    }

    /// RU-21
    #[test]
    fn ports_are_written_in_one_way() {
        for good in ["1", "80", "65535"] {
            assert!(valid_port(good), "{good}");
        }
        for bad in ["", "0", "080", "65536", "+80", "8o", "-1"] {
            assert!(!valid_port(bad), "{bad}");
        }
    }
}
