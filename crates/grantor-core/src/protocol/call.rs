use std::{fmt, net::IpAddr};

/// One HTTP request as a door hands it in: borrowed, and with nothing decided.
pub struct Call<'a> {
    /// The method, in its own case.
    pub method: &'a str,
    /// The query without `?`, still encoded.
    pub query: Option<&'a str>,
    /// Name and value of each header that [`HEADERS`](Self::HEADERS) names; a repeated one stands repeatedly.
    pub headers: &'a [(&'static str, &'a [u8])],
    /// What was read of the body.
    pub body: Payload<'a>,
    /// Where the request came from, if the door knows. Forwarding headers are the host's to judge.
    pub peer: Option<IpAddr>,
}

/// Where a request came from, as the host knows it, to be put into the request's extensions.
///
/// Both doors know no other. They do not fall back to the peer of the connection: behind a proxy that is the proxy, one
/// address for everybody, and one stranger who guesses there would lock out all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A request body, read up to [`Endpoint::body_limit`] or [`AUTHORIZE_BODY_LIMIT`].
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// The whole body.
    Whole(&'a [u8]),
    /// More than the limit; the rest was not read.
    TooLarge,
    /// The connection or the framing broke off.
    Broken,
}

/// How many bytes of a body the authorization endpoint reads, which the host mounts itself.
pub const AUTHORIZE_BODY_LIMIT: usize = 8_192;

/// The endpoints that the library serves alone, each with how much of a body it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The revocation endpoint (RFC 7009 §2).
    Revocation,
    /// The introspection endpoint (RFC 7662 §2).
    Introspection,
    /// The metadata document (RFC 8414 §3).
    Metadata,
}

impl Endpoint {
    /// The endpoints that stand behind the mount. The metadata has well-known places of its own.
    pub const MOUNTED: [Self; 3] = [Self::Token, Self::Revocation, Self::Introspection];

    /// How many bytes of a body a door reads before it stops, whatever `Content-Length` claims.
    #[must_use]
    pub const fn body_limit(self) -> usize {
        match self {
            Self::Token | Self::Revocation | Self::Introspection => 65_536,
            Self::Metadata => 0,
        }
    }
}

impl<'a> Call<'a> {
    /// The headers that the server reads, in lower case. A door passes these and no others.
    pub const HEADERS: [&'static str; 4] = ["authorization", "content-type", "origin", "access-control-request-method"];

    /// The only value of a header; `Err` when the header is repeated.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'a [u8]>, HeaderRepeated> {
        let mut values = self.headers.iter().filter(|(own, _)| *own == name).map(|(_, value)| *value);
        match (values.next(), values.next()) {
            (only, None) => Ok(only),
            _ => Err(HeaderRepeated),
        }
    }

    /// Whether the body is declared as a UTF-8 form, without which no body is read (RFC 6749 appendix B).
    pub(crate) fn has_form(&self) -> bool {
        let Ok(Some(value)) = self.header("content-type") else { return false };
        let Ok(value) = std::str::from_utf8(value) else { return false };
        let mut parts = value.split(';').map(|part| part.trim_matches([' ', '\t']));
        let is_form = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        is_form && parts.all(|parameter| charset(parameter).is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8")))
    }
}

/// A header that may stand once stood more often.
pub(crate) struct HeaderRepeated;

/// The value of a `charset` parameter of a media type (RFC 9110 §8.3.1).
fn charset(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    name.eq_ignore_ascii_case("charset").then_some(quoted.unwrap_or(value))
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TK-09
    #[test]
    fn the_limits_of_bodies_are_what_the_documentation_says() {
        assert_eq!(Endpoint::MOUNTED.map(Endpoint::body_limit), [64 * 1024; 3]);
        assert_eq!((Endpoint::Metadata.body_limit(), AUTHORIZE_BODY_LIMIT), (0, 8 * 1024));
    }
}
