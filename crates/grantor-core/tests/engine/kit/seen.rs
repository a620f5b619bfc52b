use std::collections::BTreeMap;

use grantor_core::Reply;
use http::HeaderMap;
use serde_json::Value;

/// An answer, read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl From<Reply> for Seen {
    fn from(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let body = String::from_utf8(body.into_bytes().to_vec()).unwrap();
        Self { status: head.status.as_u16(), headers: head.headers, body }
    }
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {self:?}"))
    }

    /// The parameters of the redirect.
    pub(crate) fn answer(&self) -> BTreeMap<String, String> {
        let (_, query) = self.location().split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The code of the redirect.
    pub(crate) fn code(&self) -> String {
        self.answer().remove("code").unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    /// A member of the JSON body, empty if it is not there.
    pub(crate) fn member(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"));
        body.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
    }

    /// The `error` of the redirect or of the JSON body.
    pub(crate) fn error(&self) -> String {
        match self.header("location") {
            Some(_) => self.answer().remove("error").unwrap_or_default(),
            None => self.member("error"),
        }
    }

    /// Asserts that the answer is a page that leads nowhere.
    pub(crate) fn assert_page(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.header("location").is_none() && self.body.contains("<!doctype html>"), "{self:?}");
    }

    /// Asserts 503 for a moment, with a JSON error and no token.
    pub(crate) fn assert_busy(&self) {
        assert_eq!((self.status, self.error().as_str(), self.header("retry-after")), (503, "server_error", Some("1")));
        assert!(!self.body.contains("gr_"), "{}", self.body);
    }
}
