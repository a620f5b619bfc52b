//! The one page the library has: plain, escaped, without script. The host may put its own in its place.

use std::fmt::{self, Write as _};

use super::{ErrorCode, Explanation, Reason};

/// What an error page has to say. All of it is fixed text but the link and, in development, the explanation.
#[derive(Clone)]
pub struct PageFacts<'a> {
    pub(crate) code: ErrorCode,
    pub(crate) reason: Reason,
    pub(crate) link: Option<&'a str>,
    pub(crate) explanation: Option<&'a Explanation>,
}

/// A host's own error page, in the place of the library's.
#[derive(Clone)]
pub struct HostPage {
    /// A whole HTML document. Escape whatever comes from [`PageFacts::link`] and [`PageFacts::explanation`].
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

    /// What was sent, what was expected and how to mend it: in a server with `explain` only, and so never in production.
    #[must_use]
    pub fn explanation(&self) -> Option<&Explanation> {
        self.explanation
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
    if let Some(explanation) = facts.explanation {
        explain(explanation, &mut html);
    }
    html.push_str("</main></body></html>");
    html
}

/// What the developer reads below the page.
fn explain(explanation: &Explanation, html: &mut String) {
    html.push_str("<hr><dl>");
    entry("Rule", explanation.rule(), html);
    entry("Section", explanation.section(), html);
    html.push_str("<dt>Sent</dt>");
    for sent in explanation.sent() {
        html.push_str("<dd><code>");
        escape(sent.name(), html);
        html.push_str(" = ");
        escape(sent.value(), html);
        html.push_str("</code></dd>");
    }
    entry("Expected", explanation.expected(), html);
    entry("Fix", explanation.fix(), html);
    html.push_str("</dl>");
}

fn entry(term: &str, text: &str, html: &mut String) {
    html.push_str("<dt>");
    escape(term, html);
    html.push_str("</dt><dd>");
    escape(text, html);
    html.push_str("</dd>");
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
        let facts = PageFacts {
            code: ErrorCode::InvalidRequest,
            reason: Reason::State,
            link: Some("https://a/'\"><script>"),
            explanation: None,
        };
        assert_eq!(format!("{facts:?}"), "PageFacts { code: InvalidRequest, reason: State, .. }");
        let html = plain(&facts);
        assert!(html.contains("https://a/&#39;&#34;&#62;&#60;script&#62;") && !html.contains("<script"));
    }

    /// TH-09, TH-16
    #[test]
    fn an_explanation_is_markup_of_ours_and_text_of_theirs() {
        let sent = super::super::explain::sent_as(b"scope=%3C/code%3E%3Cscript%3E%26amp&state=%22%27");
        let explanation = Explanation::new(Reason::ScopeUnknown, sent);
        let (code, reason) = (ErrorCode::InvalidScope, Reason::ScopeUnknown);
        let html = plain(&PageFacts { code, reason, link: None, explanation: Some(&explanation) });
        assert!(html.contains("<dd><code>scope = &#60;/code&#62;&#60;script&#62;&#38;amp</code></dd>"), "{html}");
        assert!(html.contains("<dd><code>state = &#34;&#39;</code></dd>") && html.contains("<dt>Fix</dt><dd>correct the name"));
        assert!(!plain(&PageFacts { code, reason, link: None, explanation: None }).contains("<dl>"));
    }
}
