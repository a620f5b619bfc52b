//! An HTTP answer, and the outcomes the requirements know.

use http::HeaderMap;
use serde_json::Value;

use crate::{Fields, has_element};

/// One answer, with the name of the case that asked for it.
#[derive(Clone, Debug)]
pub struct Answer {
    case: String,
    issuer: String,
    /// The status code.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

/// A redirect that reached the client.
#[derive(Clone, Debug)]
pub struct Landing {
    /// The whole `Location`.
    pub location: String,
    /// The parameters added to the redirect URI.
    pub added: Fields,
}

impl Landing {
    /// One added parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.added.get(name)
    }
}

impl Answer {
    pub(crate) fn new(case: String, issuer: &str, status: u16, headers: HeaderMap, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        Self { case, issuer: issuer.to_owned(), status, headers, body }
    }

    /// Names the case, so that a failure does.
    #[must_use]
    pub fn named(mut self, case: &str) -> Self {
        self.case = format!("{case} ({})", self.case);
        self
    }

    /// One header, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}: not JSON: {}", self.case, self.body))
    }

    /// The status and nothing else.
    #[track_caller]
    pub fn has_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.case, self.body);
        self
    }

    /// `PAGE(code)`: an error page that sends nobody anywhere.
    #[track_caller]
    pub fn is_page(&self, code: &str) -> &Self {
        self.has_status(400).is_guarded_html();
        assert_eq!(self.header("location"), "", "{}: a page redirects nobody", self.case);
        assert!(self.body.contains(code), "{}: the page does not name {code}: {}", self.case, self.body);
        assert!(!has_element(&self.body, "form, script, a[href], meta[http-equiv]"), "{}: {}", self.case, self.body);
        self
    }

    /// An HTML page with the headers H-PAGE.
    #[track_caller]
    pub fn is_guarded_html(&self) -> &Self {
        let case = &self.case;
        assert!(self.header("content-type").starts_with("text/html"), "{case}: {:?}", self.headers);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(self.header(name), value, "{case}: {name} of a page");
        }
        let policy = self.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{case}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{case}: {policy}");
        self
    }

    /// `JSON(status, code)`.
    #[track_caller]
    pub fn is_json(&self, status: u16, code: &str) -> &Self {
        self.has_status(status).is_uncached_json();
        let body = self.json();
        assert_eq!(body["error"], code, "{}: {body}", self.case);
        if let Some(description) = body.get("error_description") {
            self.is_error_text(description.as_str().expect("a string"));
        }
        if status == 401 {
            let challenge = self.header("www-authenticate");
            assert!(challenge.starts_with("Basic realm=\""), "{}: {challenge}", self.case);
            assert!(challenge.contains("charset=\"UTF-8\""), "{}: {challenge}", self.case);
        }
        self
    }

    /// The headers of every JSON answer of the token endpoint.
    #[track_caller]
    pub fn is_uncached_json(&self) -> &Self {
        let case = &self.case;
        assert_eq!(self.header("content-type"), "application/json", "{case}");
        assert_eq!(self.header("cache-control"), "no-store", "{case}");
        assert_eq!(self.header("pragma"), "no-cache", "{case}");
        self
    }

    /// A 303 to `redirect_uri`, each parameter once, `iss` among them.
    #[track_caller]
    pub fn lands(&self, redirect_uri: &str) -> Landing {
        let case = &self.case;
        let location = self.header("location").to_owned();
        assert_eq!(self.status, 303, "{case}: {location} {}", self.body);
        assert_eq!(self.header("cache-control"), "no-store", "{case}");
        assert_eq!(self.header("referrer-policy"), "no-referrer", "{case}");
        let tail = location.strip_prefix(redirect_uri).unwrap_or_else(|| panic!("{case}: lands at {location}"));
        let added = match (tail.chars().next(), redirect_uri.ends_with('?')) {
            (Some('?' | '&'), false) => &tail[1..],
            (Some(_), true) => tail,
            _ => panic!("{case}: lands at {location}"),
        };
        let encoded = |c: char| c.is_ascii_alphanumeric() || "*-._%&=".contains(c);
        assert!(added.chars().all(encoded), "{case}: not form-encoded: {location}");
        let added = Fields::decode(added);
        let mut names = added.names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), added.names().len(), "{case}: doubled: {location}");
        assert_eq!(added.get("iss"), Some(self.issuer.as_str()), "{case}: {location}");
        Landing { location, added }
    }

    /// `OK-REDIR`: the code.
    #[track_caller]
    pub fn code(&self, redirect_uri: &str) -> String {
        let landing = self.lands(redirect_uri);
        assert_eq!(landing.get("error"), None, "{}: {}", self.case, landing.location);
        landing.get("code").unwrap_or_else(|| panic!("{}: {}", self.case, landing.location)).to_owned()
    }

    /// `REDIR(code)`, with `state` as it was received.
    #[track_caller]
    pub fn sends_back(&self, redirect_uri: &str, code: &str, state: Option<&str>) -> Landing {
        let case = &self.case;
        let landing = self.lands(redirect_uri);
        assert_eq!(landing.get("error"), Some(code), "{case}: {}", landing.location);
        assert_eq!(landing.get("state"), state, "{case}: {}", landing.location);
        assert_eq!(landing.get("code"), None, "{case}: {}", landing.location);
        self.is_error_text(landing.get("error").unwrap());
        self.is_error_text(landing.get("error_description").unwrap_or_default());
        landing
    }

    #[track_caller]
    fn is_error_text(&self, text: &str) {
        let allowed = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
        assert!(text.chars().all(allowed), "{}: {text}", self.case);
    }

    /// The text of a page as a reader sees it.
    pub fn text(&self) -> String {
        crate::page::text(&self.body)
    }

    /// The form of a page that asks a person for `name`.
    #[track_caller]
    pub fn form_asking(&self, name: &str) -> crate::HtmlForm {
        self.find_form(name).unwrap_or_else(|| panic!("{}: no form asks {name}: {self:?}", self.case))
    }

    pub(crate) fn find_form(&self, name: &str) -> Option<crate::HtmlForm> {
        crate::forms(&self.body).into_iter().find(|form| form.asks(name))
    }

    /// The `Set-Cookie` headers.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("a cookie in ASCII")).collect()
    }
}
