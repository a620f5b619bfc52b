//! The one page the library has: plain, escaped, without script. The host may put its own in its place.

use std::fmt::{self, Write as _};

use super::{ErrorCode, Reason};

/// What an error page has to say. All of it is fixed text but the link.
#[derive(Clone)]
pub struct PageFacts<'a> {
    pub(crate) code: ErrorCode,
    pub(crate) reason: Reason,
    pub(crate) link: Option<&'a str>,
}

/// A host's own error page, in the place of the library's.
#[derive(Clone)]
pub struct HostPage {
    /// A whole HTML document. Escape whatever comes from [`PageFacts::link`].
    pub html: String,
    /// The page's Content-Security-Policy; `frame-ancestors 'none'` is put before it.
    pub content_security_policy: String,
}

impl PageFacts<'_> {
    /// The error code, as the wire spells it.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Why the request was refused.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Where the person may go on to, if anywhere: the answer to a client that nobody vouches for. It is proven to be
    /// registered, and still a stranger's: show its host, and let the person decide.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.link
    }
}

impl fmt::Debug for PageFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageFacts").field("code", &self.code).field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl fmt::Debug for HostPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostPage").field("content_security_policy", &self.content_security_policy).finish_non_exhaustive()
    }
}

/// The library's own page.
pub(crate) fn plain(facts: &PageFacts<'_>) -> String {
    let mut html = String::with_capacity(700);
    html.push_str("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.push_str("<title>This request cannot go on</title></head><body><main><h1>This request cannot go on</h1><p>");
    escape(facts.reason.text(), &mut html);
    html.push_str(".</p><p>Error: <code>");
    escape(facts.code.as_str(), &mut html);
    html.push_str("</code></p>");
    match facts.link {
        Some(link) => {
            html.push_str("<p>The app that sent you here is not known to this service. If you trust it, you can go back: <a rel=\"noreferrer\" href=\"");
            escape(link, &mut html);
            html.push_str("\">");
            escape(place(link), &mut html);
            html.push_str("</a></p>");
        }
        None => html.push_str("<p>Go back to the app and start again.</p>"),
    }
    html.push_str("</main></body></html>");
    html
}

/// What a person can judge of a link: everything before its query.
fn place(link: &str) -> &str {
    link.split('?').next().unwrap_or(link)
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(html, "&#{};", character as u32);
            }
            plain => html.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TH-16
    #[test]
    fn nothing_gets_out_of_its_place_in_the_page() {
        let facts = PageFacts { code: ErrorCode::InvalidRequest, reason: Reason::State, link: Some("https://a/'\"><script>") };
        let html = plain(&facts);
        assert!(html.contains("https://a/&#39;&#34;&#62;&#60;script&#62;") && !html.contains("<script"));
    }
}
