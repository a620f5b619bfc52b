//! Who sent a request, and whether one of our own pages did.
//!
//! - The cookie on plain-http loopback: `session-PORT`, since cookies do not tell ports apart.
//!   Elsewhere `__Host-session` and `Secure`. Always `HttpOnly`, `SameSite=Lax`, `Path=/`.
//! - A form that logs in or consents must come from this site: `Sec-Fetch-Site` decides where the
//!   browser sends it, else `Origin`. A client that is no browser sends neither, and is let in.
//! - Our pages ask for `Referrer-Policy: no-referrer`, so their own `Origin` may be `null`: that is
//!   why `Sec-Fetch-Site` goes first.

use cookie::{Cookie, SameSite};
use grantor::Login;

use crate::sessions::Session;

/// What was found out about the sender of a request.
#[derive(Default)]
pub struct Visitor {
    /// The live session, if the browser has one.
    pub session: Option<Session>,
    /// False if a page of another site sent the request.
    pub from_here: bool,
    /// A browser that one of our own pages sent here: by a form, or by the redirect after one.
    pub(crate) sent_on: bool,
    /// A browser that shows what it gets, and not a program.
    pub(crate) is_browser: bool,
}

impl Visitor {
    /// The login, as the library wants to know it.
    pub fn login(&self) -> Option<Login> {
        self.session.as_ref().map(Session::login)
    }
}

/// Where the service lives for browsers, as far as cookies and origins go.
pub(crate) struct Site {
    origin: String,
    cookie_name: String,
    secure: bool,
}

impl Site {
    /// The site of an issuer URL.
    pub(crate) fn of(issuer: &str) -> Self {
        let (scheme, rest) = issuer.split_once("://").unwrap_or(("https", issuer));
        let authority = rest.split('/').next().unwrap_or_default();
        let secure = scheme != "http";
        let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
        let cookie_name = match port {
            _ if secure => "__Host-session".to_owned(),
            port => format!("session-{}", port.unwrap_or("80")),
        };
        Self { origin: format!("{scheme}://{authority}"), cookie_name, secure }
    }

    /// The value of our cookie in a `Cookie` header.
    pub(crate) fn cookie_value(&self, header: &str) -> Option<String> {
        let mut cookies = Cookie::split_parse(header).flatten();
        cookies.find(|cookie| cookie.name() == self.cookie_name).map(|cookie| cookie.value().to_owned())
    }

    /// The `Set-Cookie` header that gives the browser its session.
    pub(crate) fn set_cookie(&self, value: &str) -> String {
        let cookie = Cookie::build((self.cookie_name.as_str(), value)).path("/").http_only(true);
        cookie.same_site(SameSite::Lax).secure(self.secure).build().to_string()
    }

    /// The `Set-Cookie` header that takes it back.
    pub(crate) fn clear_cookie(&self) -> String {
        let cookie = Cookie::build((self.cookie_name.as_str(), "")).path("/").http_only(true).max_age(time::Duration::ZERO);
        cookie.same_site(SameSite::Lax).secure(self.secure).build().to_string()
    }

    /// Whether a form came from one of our own pages, or from something that is no browser.
    pub(crate) fn sent_from_here(&self, sec_fetch_site: Option<&str>, origin: Option<&str>) -> bool {
        match (sec_fetch_site, origin) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => origin == self.origin,
            (None, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_plain_http_the_cookie_has_the_port_in_its_name() {
        let site = Site::of("http://127.0.0.1:4000/t");
        assert_eq!(site.set_cookie("v"), "session-4000=v; HttpOnly; SameSite=Lax; Path=/");
        assert!(Site::of("http://[::1]").set_cookie("v").starts_with("session-80=v;"));
        assert!(Site::of("http://[::1]:81").set_cookie("v").starts_with("session-81=v;"));
    }

    /// TH-32
    #[test]
    fn on_https_the_cookie_is_bound_to_the_host() {
        let site = Site::of("https://id.example.com");
        assert_eq!(site.set_cookie("v"), "__Host-session=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(site.cookie_value("a=b; __Host-session=v").as_deref(), Some("v"));
        assert_eq!(site.clear_cookie(), "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
        assert_eq!(site.cookie_value("session-4000=v"), None);
    }

    /// TH-12
    #[test]
    fn a_form_of_another_site_is_told_apart() {
        let site = Site::of("https://id.example.com/t");
        assert!(site.sent_from_here(None, None));
        assert!(site.sent_from_here(None, Some("https://id.example.com")));
        assert!(site.sent_from_here(Some("same-origin"), Some("null")));
        assert!(!site.sent_from_here(None, Some("null")));
        assert!(!site.sent_from_here(None, Some("https://evil.example")));
        assert!(!site.sent_from_here(Some("same-site"), None));
        assert!(!site.sent_from_here(Some("cross-site"), Some("https://id.example.com")));
    }
}
