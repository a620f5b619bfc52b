//! What is true of every answer, whatever was asked.

use grantor_core::Reply;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::reading::is_nqschar;

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl From<Reply> for Seen {
    fn from(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let body = String::from_utf8(body.into_bytes().to_vec()).expect("answers are UTF-8");
        let seen = Self { status: head.status.as_u16(), headers: head.headers, body };
        seen.assert_headers();
        seen
    }
}

impl Seen {
    /// The only value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next();
        assert!(values.next().is_none(), "{name} stands there twice: {self:?}");
        value.map(|value| value.to_str().expect("visible ASCII"))
    }

    /// Headers are visible ASCII, no cache keeps the answer, and no redirect repeats a request's body.
    fn assert_headers(&self) {
        for value in self.headers.values() {
            assert!(value.as_bytes().iter().all(|byte| (b' '..=b'~').contains(byte)), "{self:?}");
        }
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        assert_eq!(self.headers.contains_key(header::LOCATION), self.status == 303, "{self:?}");
        assert!(!(300..400).contains(&self.status) || self.status == 303, "{self:?}");
        if self.status == 405 {
            assert!(self.header("allow").is_some(), "{self:?}");
        }
    }

    /// A page is plain, framed by nobody, and without a script.
    pub(crate) fn assert_page(&self) {
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"), "{self:?}");
        assert_eq!(self.header("x-frame-options"), Some("DENY"), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert_eq!(self.header("referrer-policy"), Some("no-referrer"), "{self:?}");
        let policy = self.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{self:?}");
        let tags = ["html", "head", "meta", "title", "body", "main", "h1", "p", "code", "a", "hr", "dl", "dt", "dd", "!doctype"];
        for tag in self.body.split('<').skip(1) {
            let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
            assert!(tags.contains(&name), "a stranger's markup: {self:?}");
        }
    }

    /// The links of a page.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
        links.map(|link| link.replace("&#39;", "'").replace("&#38;", "&")).collect()
    }

    /// The members of a JSON answer.
    pub(crate) fn json(&self) -> Map<String, Value> {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        assert_eq!(self.header("pragma"), Some("no-cache"), "{self:?}");
        let Ok(Value::Object(members)) = serde_json::from_str(&self.body) else { panic!("no JSON object: {self:?}") };
        members
    }

    /// An error in JSON is one of the wire's, in the wire's characters, and hands nothing out.
    pub(crate) fn assert_error(&self) {
        let members = self.json();
        let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
        let known = [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "invalid_target",
            "server_error",
        ];
        assert!(known.contains(&text("error")) && is_nqschar(text("error_description")), "{self:?}");
        assert!(members.keys().all(|name| ["error", "error_description", "explain"].contains(&name.as_str())), "{self:?}");
        let ours = ["error", "error_description"].map(text);
        assert!(ours.iter().all(|text| !text.contains("gr_")), "a refused request hands nothing out: {self:?}");
        assert_eq!(text("error") == "invalid_client", self.status == 401, "{self:?}");
        let challenge = self.header("www-authenticate");
        assert_eq!(self.status == 401, challenge.is_some_and(|value| value.starts_with("Basic ")), "{self:?}");
        assert_eq!(self.status == 503, self.header("retry-after").is_some(), "{self:?}");
    }
}
