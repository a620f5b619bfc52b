//! The host: everything that is not the library's and needs no framework.

use std::sync::Arc;

use grantor::{AuthorizationServer, Facts, GrantDirectory, Login, Parked};

use crate::accounts::Accounts;
use crate::api::Api;
use crate::forms::{ConsentForm, LoginForm, field};
use crate::pages::Page;
use crate::sessions::{Agreement, Answered, Sessions};
use crate::visitor::{Site, Visitor};

/// One running host. The doors keep it in an `Arc`.
pub struct Host {
    pub(crate) server: AuthorizationServer,
    pub(crate) directory: Option<Arc<dyn GrantDirectory>>,
    pub(crate) accounts: Accounts,
    pub(crate) sessions: Sessions,
    pub(crate) site: Site,
    pub(crate) apis: Vec<Api>,
    /// Where a login can be watched, if the demo's sites are there.
    pub(crate) walk: Option<String>,
}

/// An answered consent form of somebody who is logged in.
pub struct Answer {
    /// The parked request.
    pub ticket: String,
    /// Who answered.
    pub login: Login,
    /// Allow or deny.
    pub allow: bool,
    /// The boxes that were ticked.
    pub scopes: Vec<String>,
    request: Option<Answered>,
}

/// What an answer leaves behind.
pub struct Outcome {
    agreement: Option<Agreement>,
    answered: Option<Answered>,
}

impl Host {
    /// The authorization server.
    pub fn server(&self) -> &AuthorizationServer {
        &self.server
    }

    /// The paths that want a token.
    pub fn apis(&self) -> &[Api] {
        &self.apis
    }

    /// Who sent a request, told by its headers. A page if the sessions cannot be reached.
    pub async fn visitor<'a>(&self, header: impl Fn(&str) -> Option<&'a str>) -> Result<Visitor, Page> {
        let session = match header("cookie").and_then(|cookies| self.site.cookie_value(cookies)) {
            Some(value) => self.sessions.find(&value).await.map_err(|_| Page::busy())?,
            None => None,
        };
        let site = header("sec-fetch-site");
        let from_here = self.site.sent_from_here(site, header("origin"));
        let is_browser = header("sec-fetch-mode") == Some("navigate");
        Ok(Visitor { session, from_here, sent_on: is_browser && site == Some("same-origin"), is_browser })
    }

    /// `GET /`
    pub fn home(&self, visitor: &Visitor) -> Page {
        let subject = visitor.session.as_ref().map(|session| session.subject());
        Page::home(subject, self.walk.as_deref())
    }

    /// `GET /login`: also for somebody who is logged in, since a client may ask for a fresh login.
    pub fn login_page(&self, query: &str) -> Page {
        let return_to = field(query, "return_to").and_then(|place| self.server.return_to(&place));
        Page::login(return_to.as_ref().map(|place| place.as_str()), "", None)
    }

    /// The login page that a request for authorization leads to.
    pub fn login_first(&self, visitor: &Visitor, return_to: &str) -> Page {
        let words =
            "If you have just logged in: your browser did not keep the cookie. Allow cookies for this site, and log in again.";
        let mut page = Page::login(Some(return_to), "", visitor.sent_on.then_some(words));
        // Nobody has tried a password here.
        page.status = 200;
        page
    }

    /// `POST /login`
    pub async fn log_in(&self, visitor: &Visitor, body: &[u8]) -> Page {
        if !visitor.from_here {
            return cross_site();
        }
        let Some(form) = LoginForm::read(body) else {
            return Page::message(400, "Try again", "The form was not complete.");
        };
        let return_to = form.return_to.and_then(|place| self.server.return_to(&place));
        let return_to = return_to.as_ref().map(|place| place.as_str());
        // Both are asked for every name, so that neither answer nor time tells which there is, was, or never has been.
        let Ok(closed) = self.sessions.is_closed(&form.username).await else { return Page::busy() };
        if !self.accounts.check(&form.username, &form.password).await || closed {
            return Page::login(return_to, &form.username, Some("That name and password do not belong together."));
        }
        match self.sessions.begin(&form.username, visitor.session.as_ref()).await {
            Ok(value) => Page::see_other(return_to.unwrap_or("/")).with("set-cookie", self.site.set_cookie(&value)),
            Err(_) => Page::busy(),
        }
    }

    /// The consent page of a parked request, which came with this query.
    pub fn consent_page(&self, visitor: &Visitor, parked: &Parked, query: Option<&str>) -> Page {
        let subject = visitor.session.as_ref().map_or("", |session| session.subject());
        let request = query.filter(|_| visitor.is_browser).map(Answered::of);
        Page::consent(parked.facts(), parked.ticket(), subject, request.as_ref().map(Answered::name))
    }

    /// Whether the person has answered this very request before, and came back to it by their browser's back button. A
    /// second code would find nobody who waits for it.
    pub async fn answered_before(&self, visitor: &Visitor, query: Option<&str>) -> bool {
        let (Some(session), Some(query), true) = (&visitor.session, query, visitor.is_browser) else { return false };
        self.sessions.noted(session, &Answered::of(query)).await.unwrap_or(false)
    }

    /// `POST /consent`, as far as it is the host's: whose answer it is, and whether it came from our page.
    pub fn answer(&self, visitor: &Visitor, body: &[u8]) -> Result<Answer, Page> {
        if !visitor.from_here {
            return Err(cross_site());
        }
        let session = visitor.session.as_ref().ok_or_else(start_again)?;
        let ConsentForm { ticket, allow, scopes, request } = ConsentForm::read(body).ok_or_else(start_again)?;
        let request = request.as_deref().and_then(Answered::named);
        Ok(Answer { ticket, login: session.login(), allow, scopes, request })
    }

    /// Whether the person gave this client the same scopes and resources before in this session. If that cannot be
    /// told just now, they are asked.
    pub async fn agreed_before(&self, visitor: &Visitor, facts: &Facts) -> bool {
        let Some(session) = &visitor.session else { return false };
        self.sessions.remembers(session, &Agreement::to_all(facts)).await.unwrap_or(false)
    }

    /// What to remember if the answer goes through.
    pub fn outcome(&self, facts: &Facts, answer: &Answer) -> Outcome {
        let agreement = answer.allow.then(|| Agreement::new(facts, answer.scopes.iter().cloned()));
        Outcome { agreement, answered: answer.request.clone() }
    }

    /// Remembers it for as long as the session lasts. If that fails, they are asked again next time.
    pub async fn remember(&self, visitor: &Visitor, outcome: Outcome) {
        let Some(session) = &visitor.session else { return };
        if let Some(agreement) = outcome.agreement {
            let _ = self.sessions.remember(session, &agreement).await;
        }
        if let Some(answered) = outcome.answered {
            let _ = self.sessions.note(session, &answered).await;
        }
    }
}

pub(crate) fn cross_site() -> Page {
    Page::message(403, "Another site sent this form", "Nothing was done. Open this service yourself and try again.")
}

fn start_again() -> Page {
    Page::message(400, "Start again", "Your login is over, or the form was not complete. Go back to the app and start again.")
}
