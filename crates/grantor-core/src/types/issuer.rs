use std::fmt;

use fluent_uri::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Digest, Text, redirect_uri::loopback_host};

/// What stays as it is in a value that is written (RFC 6749 appendix B); a space becomes `%20`.
pub(crate) const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The issuer identifier (RFC 8414 §2, RFC 9207 §2.4): an https URL without query and fragment, compared and emitted
/// as it was configured, octet for octet. Plain http is for 127.0.0.1, `[::1]` and localhost only.
#[derive(Clone)]
pub struct Issuer {
    text: Text,
    encoded: Text,
    origin: usize,
    mark: [u8; 8],
}

/// The text cannot be an issuer; the message says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIssuer {
    /// Not an absolute URL with a host.
    #[error("the issuer is an absolute URL with a host, such as https://id.example.com (RFC 8414 section 2)")]
    NotAUrl,
    /// Neither https nor http on loopback.
    #[error("the issuer uses https; http is for 127.0.0.1, [::1] and localhost only (RFC 9700 section 2.6)")]
    NotHttps,
    /// A query, a fragment, or user information in the authority.
    #[error("the issuer has no query, no fragment and no user information (RFC 8414 section 2)")]
    HasExtras,
}

impl Issuer {
    /// Reads an issuer identifier.
    ///
    /// # Errors
    /// [`InvalidIssuer`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        let uri = Uri::parse(text).map_err(|_| InvalidIssuer::NotAUrl)?;
        let authority = uri.authority().ok_or(InvalidIssuer::NotAUrl)?;
        if authority.host().is_empty() {
            return Err(InvalidIssuer::NotAUrl);
        }
        match uri.scheme().as_str() {
            "https" => {}
            "http" if loopback_host(authority.host()) => {}
            _ => return Err(InvalidIssuer::NotHttps),
        }
        if uri.query().is_some() || uri.fragment().is_some() || authority.userinfo().is_some() {
            return Err(InvalidIssuer::HasExtras);
        }
        let digest = Digest::of(&[text.as_bytes()]);
        let mark = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        let encoded = utf8_percent_encode(text, FORM).to_string().into();
        Ok(Self { text: text.into(), encoded, origin: text.len() - uri.path().as_str().len(), mark })
    }

    /// The identifier exactly as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The identifier as the value of a parameter.
    pub(crate) fn encoded(&self) -> &Text {
        &self.encoded
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.text.get(..self.origin).unwrap_or_default()
    }

    /// The path without a terminating `/`; empty for an issuer at the root.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(self.origin..).unwrap_or_default().trim_end_matches('/')
    }

    /// The path as it stands; empty when it is nothing but the `/` behind the host. A resource is told from another by the
    /// last `/` of its path (RFC 9728 §3.1), and an issuer is not (RFC 8414 §3.1).
    pub(crate) fn whole_path(&self) -> &str {
        self.text.get(self.origin..).filter(|path| *path != "/").unwrap_or_default()
    }

    /// What tells its grants from those of other issuers in a store: the first bytes of its SHA-256.
    pub(crate) fn mark(&self) -> [u8; 8] {
        self.mark
    }

    /// Whether the issuer is plain http on this machine: development, never production.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.text.starts_with("http://")
    }
}

impl PartialEq for Issuer {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Issuer {}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AR-03, TH-21
    #[test]
    fn an_issuer_is_https_without_query_and_fragment() {
        for good in [
            "https://a.example",
            "https://a.example/",
            "https://a.example/t",
            "http://127.0.0.1:4000",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert_eq!(Issuer::parse(good).map(|i| i.to_string()).as_deref(), Ok(good));
        }
        let bad = [
            ("http://a.example", InvalidIssuer::NotHttps),
            ("http://127.0.0.1.evil.test", InvalidIssuer::NotHttps),
            ("ftp://a.example", InvalidIssuer::NotHttps),
            ("https://a.example?x", InvalidIssuer::HasExtras),
            ("https://a.example#", InvalidIssuer::HasExtras),
            ("https://u@a.example", InvalidIssuer::HasExtras),
            ("https://", InvalidIssuer::NotAUrl),
            ("a.example", InvalidIssuer::NotAUrl),
            ("", InvalidIssuer::NotAUrl),
        ];
        for (text, fault) in bad {
            assert_eq!(Issuer::parse(text), Err(fault), "{text}");
        }
    }

    /// AR-03, ST-20
    #[test]
    fn an_issuer_is_compared_octet_for_octet() {
        let issuer = |text: &str| Issuer::parse(text).unwrap();
        assert_eq!(issuer("https://a.example"), issuer("https://a.example"));
        for other in ["https://a.example/", "https://A.example", "https://a.example:443", "https://b.example"] {
            assert_ne!(issuer("https://a.example"), issuer(other), "{other}");
            assert_ne!(issuer("https://a.example").mark(), issuer(other).mark(), "{other}");
        }
        assert_eq!(issuer("https://a.example").mark(), issuer("https://a.example").mark());
        assert_eq!(format!("{:?}", issuer("https://a.example")), "\"https://a.example\"");
    }

    /// MD-02, RS-08
    #[test]
    fn an_issuer_is_an_origin_and_a_path() {
        let parts = [
            ("https://a.example", "https://a.example", "", ""),
            ("https://a.example/", "https://a.example", "", ""),
            ("https://a.example:444/t", "https://a.example:444", "/t", "/t"),
            ("https://a.example/t/u/", "https://a.example", "/t/u", "/t/u/"),
        ];
        for (text, origin, path, whole) in parts {
            let issuer = Issuer::parse(text).unwrap();
            assert_eq!((issuer.origin(), issuer.path(), issuer.whole_path()), (origin, path, whole), "{text}");
            assert!(!issuer.is_loopback(), "{text}");
        }
        let local = Issuer::parse("http://[::1]:4000/t").unwrap();
        assert_eq!((local.origin(), local.path(), local.is_loopback()), ("http://[::1]:4000", "/t", true));
        assert_eq!(&**local.encoded(), "http%3A%2F%2F%5B%3A%3A1%5D%3A4000%2Ft");
    }
}
