//! Which pages of other origins may call an endpoint (Fetch §3.2): exact origins, never with credentials mode.
//!
//! Without an origin nothing is said and OPTIONS is no method. With one, every answer of the endpoint varies by origin,
//! also for an origin that is not allowed, so that no cache gives one page the answer of another. The authorization
//! endpoint has none of this, since no page may read where it leads.

use http::Method;

use super::{Call, Endpoint, Reply, reply};
use crate::types::Origin;

/// What a call is to get, beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cors<'a> {
    /// The endpoint is for no page of another origin.
    Off,
    /// OPTIONS, which is answered at once: with what a page may send, if one that is allowed has asked.
    Options(Option<&'a Origin>),
    /// Any other method, with the origin that may read the answer.
    Answer(Option<&'a Origin>),
}

impl<'a> Cors<'a> {
    /// What the call is to get, where pages of these origins may call.
    pub(crate) fn judge(allowed: &'a [Origin], endpoint: Endpoint, call: &Call<'_>) -> Self {
        if allowed.is_empty() || !Endpoint::MOUNTED.contains(&endpoint) {
            return Self::Off;
        }
        let origin = sender(allowed, call);
        if call.method != Method::OPTIONS.as_str() {
            return Self::Answer(origin);
        }
        let asks = matches!(call.header("access-control-request-method"), Ok(Some(_)));
        Self::Options(origin.filter(|_| asks))
    }

    /// The methods that an endpoint for POST takes.
    pub(crate) fn methods(self) -> &'static str {
        if self == Self::Off { "POST" } else { "POST, OPTIONS" }
    }

    /// The answer to OPTIONS, if that is what was sent.
    pub(crate) fn options(self) -> Option<Reply> {
        match self {
            Self::Options(origin) => Some(reply::preflight(origin)),
            Self::Off | Self::Answer(_) => None,
        }
    }

    /// Lets the page read an answer that was not to OPTIONS, or says at least that answers differ by origin.
    pub(crate) fn mark(self, reply: &mut Reply) {
        match self {
            Self::Off | Self::Options(_) => {}
            Self::Answer(origin) => reply::allow_origin(reply, origin),
        }
    }
}

/// The origin that sent the call, if it is allowed and said once. `null` is never on the list.
fn sender<'a>(allowed: &'a [Origin], call: &Call<'_>) -> Option<&'a Origin> {
    let sent = call.header("origin").ok()??;
    allowed.iter().find(|own| own.as_str().as_bytes() == sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ErrorCode, Payload, Reason};

    const APP: &str = "https://app.example";
    const ASKS: (&str, &[u8]) = ("access-control-request-method", b"POST");

    fn origins() -> [Origin; 2] {
        ["https://first.example", APP].map(|text| Origin::parse(text).unwrap())
    }

    /// The headers that say something about origins, of the answer to such a call.
    fn said(origins: &[Origin], method: &str, headers: &[(&'static str, &[u8])]) -> (u16, Vec<(String, String)>) {
        let call = Call { method, query: None, headers, body: Payload::Whole(b""), peer: None };
        let cors = Cors::judge(origins, Endpoint::Token, &call);
        let mut reply =
            cors.options().unwrap_or_else(|| reply::token_error(ErrorCode::InvalidRequest, Reason::GrantTypeMissing, None));
        cors.mark(&mut reply);
        let told = |name: &str| name.starts_with("access-control-") || name == "vary" || name == "allow";
        let headers = reply.headers().iter().filter(|(name, _)| told(name.as_str()));
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        headers.sort();
        (reply.status().as_u16(), headers)
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// TK-17
    #[test]
    fn without_an_origin_nothing_is_said() {
        let headers = [("origin", APP.as_bytes()), ASKS];
        for method in ["POST", "OPTIONS"] {
            assert_eq!(said(&[], method, &headers), (400, Vec::new()), "{method}");
        }
        let cors = |allowed, endpoint| {
            let call = Call { method: "OPTIONS", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
            Cors::judge(allowed, endpoint, &call).methods()
        };
        let origins = origins();
        assert_eq!(cors(&[], Endpoint::Token), "POST");
        assert_eq!(cors(&origins, Endpoint::Token), "POST, OPTIONS");
        assert_eq!(cors(&origins, Endpoint::Revocation), "POST, OPTIONS");
        assert_eq!(cors(&origins, Endpoint::Introspection), "POST, OPTIONS");
        assert_eq!(cors(&origins, Endpoint::Metadata), "POST", "the metadata is for every page already");
    }

    /// TK-17
    #[test]
    fn a_preflight_of_an_allowed_origin_is_told_what_it_may_send() {
        let expected = pairs(&[
            ("access-control-allow-headers", "authorization, content-type"),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-origin", APP),
            ("access-control-max-age", "600"),
            ("allow", "POST, OPTIONS"),
            ("vary", "Origin"),
        ]);
        assert_eq!(said(&origins(), "OPTIONS", &[("origin", APP.as_bytes()), ASKS]), (204, expected));
    }

    /// TK-17
    #[test]
    fn a_page_of_an_allowed_origin_may_read_the_answer() {
        let expected = pairs(&[
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "WWW-Authenticate, DPoP-Nonce"),
            ("vary", "Origin"),
        ]);
        assert_eq!(said(&origins(), "POST", &[("origin", APP.as_bytes())]), (400, expected));
    }

    /// TK-17, TH-20
    #[test]
    fn every_other_origin_is_told_nothing_but_that_answers_differ() {
        let strangers: [&[(&'static str, &[u8])]; 11] = [
            &[],
            &[("origin", b"null")],
            &[("origin", b"*")],
            &[("origin", b"")],
            &[("origin", b"http://app.example")],
            &[("origin", b"https://app.example.evil.test")],
            &[("origin", b"https://APP.example")],
            &[("origin", b"https://app.example:443")],
            &[("origin", b"https://app.example, https://app.example")],
            &[("origin", b"https://app.example\xff")],
            &[("origin", APP.as_bytes()), ("origin", APP.as_bytes())],
        ];
        for headers in strangers {
            assert_eq!(said(&origins(), "POST", headers), (400, pairs(&[("vary", "Origin")])), "{headers:?}");
            let asking = [headers, &[ASKS]].concat();
            let expected = pairs(&[("allow", "POST, OPTIONS"), ("vary", "Origin")]);
            assert_eq!(said(&origins(), "OPTIONS", &asking), (204, expected), "{headers:?}");
        }
    }

    /// TK-17
    #[test]
    fn options_that_is_no_preflight_grants_nothing() {
        for asks in [&[][..], &[ASKS, ASKS]] {
            let headers = [&[("origin", APP.as_bytes())], asks].concat();
            let expected = pairs(&[("allow", "POST, OPTIONS"), ("vary", "Origin")]);
            assert_eq!(said(&origins(), "OPTIONS", &headers), (204, expected));
        }
    }
}
