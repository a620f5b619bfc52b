//! The pages, as templates: everything in them is escaped, nothing in them is a script or a stranger's.

use askama::Template;
use grantor::{Connection, Explanation, Facts, HostPage, PageFacts, Reason};
use time::OffsetDateTime;

/// An answer in no framework's words: the doors turn it into theirs.
pub struct Page {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// HTML, a style sheet, JSON, or nothing.
    pub body: String,
}

/// On every page. No `form-action`: browsers apply it to the redirect after a form as well, and
/// that goes to the client.
const PAGE_HEADERS: [(&str, &str); 6] = [
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
];

impl Page {
    /// The home page: who is logged in, and what there is to try.
    pub fn home(subject: Option<&str>, link: Option<&str>) -> Self {
        Self::render(200, &Home { subject, link })
    }

    /// The login form. A fault is told with 401.
    pub fn login(return_to: Option<&str>, username: &str, fault: Option<&str>) -> Self {
        let status = if fault.is_some() { 401 } else { 200 };
        Self::render(status, &LoginPage { return_to, username, fault })
    }

    /// The consent form. The request's digest comes back with the answer.
    pub fn consent(facts: &Facts, ticket: &str, subject: &str, request: Option<&str>) -> Self {
        Self::render(200, &Consent { facts, ticket, subject, request })
    }

    /// The page of connected apps, and the way to close the account. A fault is told with 401.
    pub fn apps(apps: &Apps<'_>) -> Self {
        Self::render(if apps.fault.is_some() { 401 } else { 200 }, apps)
    }

    /// The question was answered before: somebody went back to it.
    pub fn answered() -> Self {
        let text = "You answered this question, and the app has your answer. Go on there. If that does not work, start again in the app.";
        Self::message(200, "Already answered", text)
    }

    /// What the library shows where it can send nobody anywhere.
    pub fn refused(facts: &PageFacts<'_>) -> HostPage {
        // What was refused before the person was asked is an app's fault, or a stranger's: there is nothing to do for them here.
        let is_at_home = matches!(facts.reason(), Reason::TicketUnknown | Reason::ConsentAnswered | Reason::ConsentUnwelcome);
        let title = if is_at_home { "This question is closed" } else { "This request cannot go on" };
        let (code, text) = (facts.code().as_str(), sentence(facts.reason().text()));
        let page = Self::render(
            400,
            &Refused { title, text: &text, code, link: facts.link(), is_at_home, explanation: facts.explanation() },
        );
        HostPage { html: page.body, content_security_policy: "default-src 'none'; style-src 'self'; base-uri 'none'".to_owned() }
    }

    /// A few words and a way back.
    pub fn message(status: u16, title: &str, text: &str) -> Self {
        Self::render(status, &Message { title, text })
    }

    /// The store cannot tell just now: nothing was done.
    pub fn busy() -> Self {
        let page = Self::message(503, "Try again", "Something we need does not answer. Try again in a moment.");
        page.with("retry-after", "1".to_owned())
    }

    /// 303 to a place of this site.
    pub fn see_other(place: &str) -> Self {
        let headers = [("location", place), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")];
        Self { status: 303, headers: headers.map(|(name, value)| (name, value.to_owned())).into(), body: String::new() }
    }

    /// A JSON answer of the protected API.
    pub fn json(body: String) -> Self {
        let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
        Self { status: 200, headers: headers.map(|(name, value)| (name, value.to_owned())).into(), body }
    }

    /// The icon that browsers ask for by themselves: there is none.
    pub fn no_icon() -> Self {
        Self { status: 204, headers: vec![("cache-control", "max-age=86400".to_owned())], body: String::new() }
    }

    /// The style sheet of all pages.
    pub fn style() -> Self {
        let headers = [
            ("content-type", "text/css; charset=utf-8"),
            ("cache-control", "max-age=300"),
            ("x-content-type-options", "nosniff"),
        ];
        let body = include_str!("../templates/style.css").to_owned();
        Self { status: 200, headers: headers.map(|(name, value)| (name, value.to_owned())).into(), body }
    }

    /// The same with one more header.
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn render(status: u16, template: &impl Template) -> Self {
        let headers = PAGE_HEADERS.map(|(name, value)| (name, value.to_owned())).into();
        match template.render() {
            Ok(body) => Self { status, headers, body },
            Err(fault) => {
                tracing::error!(%fault, "a page could not be rendered");
                Self { status: 500, headers, body: String::new() }
            }
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    subject: Option<&'a str>,
    link: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    return_to: Option<&'a str>,
    username: &'a str,
    fault: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    facts: &'a Facts,
    ticket: &'a str,
    subject: &'a str,
    request: Option<&'a str>,
}

/// What the page of connected apps shows.
#[derive(Default, Template)]
#[template(path = "apps.html")]
pub struct Apps<'a> {
    /// Who is logged in.
    pub subject: Option<&'a str>,
    /// What is connected, where the store can tell.
    pub connections: Option<&'a [Connection]>,
    /// What was just done.
    pub notice: Option<&'a str>,
    /// Why the account was not closed.
    pub fault: Option<&'a str>,
}

/// An instant for people: `1 August 2026, 12:04 UTC`.
fn readable(at: OffsetDateTime) -> String {
    format!("{} {} {}, {:02}:{:02} UTC", at.day(), at.month(), at.year(), at.hour(), at.minute())
}

/// The same for machines, as HTML wants it.
fn exact(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!("{date}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

#[derive(Template)]
#[template(path = "error.html")]
struct Refused<'a> {
    title: &'a str,
    text: &'a str,
    code: &'a str,
    link: Option<&'a str>,
    is_at_home: bool,
    explanation: Option<&'a Explanation>,
}

/// The same with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TH-16
    #[test]
    fn whatever_stands_in_a_page_is_escaped() {
        let page = Page::login(Some("\"><script>"), "'<b>", Some("<i>"));
        assert_eq!(page.status, 401);
        for raw in ["<script>", "<b>", "<i>", "\"\">", "'<"] {
            assert!(!page.body.contains(raw), "{raw} in {}", page.body);
        }
    }

    #[test]
    fn an_instant_is_told_to_people_and_machines() {
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_785_585_843);
        assert_eq!((readable(at), exact(at)), ("1 August 2026, 12:04 UTC".to_owned(), "2026-08-01T12:04:03Z".to_owned()));
    }

    /// AR-11, AR-12, AR-16, TH-13
    #[test]
    fn every_page_keeps_frames_scripts_and_referrers_out() {
        let apps = Apps { subject: Some("alice"), fault: Some("no"), ..Apps::default() };
        for page in [Page::home(None, None), Page::apps(&apps), Page::login(None, "", None), Page::message(400, "a", "b")] {
            let header = |name| page.headers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str());
            let csp = header("content-security-policy").unwrap_or_default();
            assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("form-action"));
            assert_eq!(header("x-frame-options"), Some("DENY"));
            assert_eq!(header("referrer-policy"), Some("no-referrer"));
            assert_eq!(header("cache-control"), Some("no-store"));
            assert!(!page.body.contains("<script") && !page.body.contains("://"), "{}", page.body);
        }
    }
}
