mod facts;
mod resume;
mod taking_up;

pub use facts::{Facts, ScopeFact};

use std::{fmt, pin::pin, sync::OnceLock};

use super::{
    Event,
    deed::Deed,
    pending::Inquiry,
    settle::{Settled, Trouble},
    visit::{note_grant, within},
};
use crate::{
    grant::{
        Draw, Grant, Handed, Terms,
        consent::{Answer, Answering, Outcome},
    },
    protocol::{ErrorCode, Reason, Reply, Target, reply},
    types::{GrantId, Login, RedirectKind, ScopeSet, SecretText},
};
use taking_up::TakingUp;

/// A request with its person bound: what is asked of whom. The host approves or denies it, or parks it behind its page.
///
/// Only [`Pending::next`](super::Pending::next) and [`AuthorizationServer::resume`](super::AuthorizationServer::resume) make
/// one, and [`approve`](Self::approve) takes scopes and nothing else: neither the person nor the request can be swapped, and
/// the scopes can only shrink.
///
/// ```compile_fail
/// fn swap_the_person(mut question: grantor_core::Question, other: grantor_core::Login) {
///     question.login = other;
/// }
/// ```
#[must_use = "a question must be answered"]
pub struct Question {
    inquiry: Box<Inquiry>,
    login: Login,
    facts: OnceLock<Box<Facts>>,
    denial: String,
}

/// Where the question stands in the store.
pub(super) enum Origin {
    /// Nowhere yet.
    New,
    /// Parked without a person, for the login that came since.
    Waiting(Box<Waiting>),
    /// Parked with its person, and asked by this ticket.
    Asked { grant: Box<Grant>, ticket: Handed },
}

/// A parked request that came back from a login, and the handle by which it was found.
pub(super) struct Waiting {
    pub(super) grant: Grant,
    pub(super) handle: Handed,
}

/// A question behind the host's consent page: the ticket for its form, and what to show.
pub struct Parked {
    ticket: SecretText,
    facts: Box<Facts>,
}

impl Question {
    pub(super) fn new(inquiry: Box<Inquiry>, login: Login) -> Self {
        Self { inquiry, login, facts: OnceLock::new(), denial: String::new() }
    }

    /// What to tell the person.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| Box::new(Facts::of(&self.inquiry.request, self.inquiry.server.settings())))
    }

    /// Whether the person must see a page whatever they agreed to before: the client asked for it (`prompt=consent`), or
    /// its redirect URI does not prove who it is (RFC 8252 §8.6).
    #[must_use]
    pub fn must_ask(&self) -> bool {
        let client = self.inquiry.request.client();
        let redirect = client.redirect_uri(self.inquiry.request.asked().redirect_uri());
        let proves_itself = redirect.is_some_and(|uri| uri.kind() == RedirectKind::Https);
        self.inquiry.request.asked().prompt.consent || !(proves_itself || client.may_skip_consent())
    }

    /// Keeps the question for as long as a person takes (ten minutes), and hands out the ticket by which the form's answer
    /// finds it. The ticket works in this login alone; it is the form's CSRF token as well.
    ///
    /// # Errors
    /// The finished answer: for `prompt=none` the redirect `consent_required`; a redirect `temporarily_unavailable` when
    /// the store fails.
    pub async fn park(self) -> Result<Parked, Reply> {
        let span = self.inquiry.visit.span().clone();
        within(&span, pin!(self.keep())).await
    }

    async fn keep(self) -> Result<Parked, Reply> {
        if self.inquiry.request.asked().prompt.none {
            return Err(self.unanswered(Reason::ConsentRequired));
        }
        let ticket = match &self.inquiry.origin {
            Origin::New => self.begin(|grant, draw, _| grant.park(&self.login, draw)).await,
            Origin::Waiting(waiting) => {
                self.take(waiting, Deed::Approves, |grant, draw, _| grant.park(&self.login, draw)).await?
            }
            Origin::Asked { ticket, .. } => Ok((*ticket.grant_id(), ticket.to_text())),
        };
        match ticket {
            Ok((_, ticket)) => {
                self.inquiry.visit.ended("parked");
                let facts = || Box::new(Facts::of(&self.inquiry.request, self.inquiry.server.settings()));
                Ok(Parked { ticket, facts: self.facts.into_inner().unwrap_or_else(facts) })
            }
            Err(trouble) => Err(self.trouble(trouble)),
        }
    }

    /// Approves these scopes, and no others; none at all is an answer too. The reply is the redirect with the code, or a
    /// page: when the list holds what was not asked, or the question was answered already.
    pub async fn approve<S: AsRef<str>>(self, scopes: impl IntoIterator<Item = S>) -> Reply {
        let span = self.inquiry.visit.span().clone();
        within(&span, pin!(self.allow(ScopeSet::from_list(scopes).ok()))).await
    }

    /// Approves everything that was asked for.
    pub async fn approve_all(self) -> Reply {
        let (asked, span) = (self.inquiry.request.asked().scopes().clone(), self.inquiry.visit.span().clone());
        within(&span, pin!(self.allow(Some(asked)))).await
    }

    /// Denies the request: the redirect `access_denied`.
    pub async fn deny(self) -> Reply {
        self.deny_because(Reason::Denied.text()).await
    }

    /// Denies the request with words for the client's developers (`error_description`, RFC 6749 §4.1.2.1). What is not
    /// printable ASCII, quotes and backslashes are left out.
    pub async fn deny_because(mut self, description: &str) -> Reply {
        self.denial = description.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
        let span = self.inquiry.visit.span().clone();
        within(&span, pin!(self.refuse_all())).await
    }

    async fn refuse_all(self) -> Reply {
        let (login, now) = (&self.login, self.inquiry.now);
        match &self.inquiry.origin {
            Origin::Asked { grant, ticket } => self.answer(grant, ticket, &Answer::Deny).await,
            Origin::Waiting(waiting) => {
                let deny = |grant: Grant, _: &Draw, terms: &Terms<'_>| (grant.deny_unasked(login, now, terms), ());
                match self.take(waiting, Deed::Denies, deny).await {
                    Ok(Ok(_)) => self.denied(),
                    Ok(Err(trouble)) => self.trouble(trouble),
                    Err(page) => page,
                }
            }
            Origin::New => {
                let (client, subject) = (self.inquiry.request.client().id(), &login.subject);
                self.inquiry.server.tell(&Event::GrantDenied { grant: None, client, subject });
                self.denied()
            }
        }
    }

    async fn allow(self, scopes: Option<ScopeSet>) -> Reply {
        let approved = match (&self.inquiry.origin, scopes) {
            (Origin::Asked { grant, ticket }, scopes) => return self.answer(grant, ticket, &Answer::Allow(scopes)).await,
            _ if self.must_ask() => return self.unanswered(Reason::ApprovedUnasked),
            (_, Some(scopes)) if self.inquiry.request.asked().scopes().covers(&scopes) => {
                let (login, now) = (&self.login, self.inquiry.now);
                let approve =
                    |grant: Grant, draw: &Draw, terms: &Terms<'_>| grant.approve_unasked(login, &scopes, draw, now, terms);
                match &self.inquiry.origin {
                    Origin::Waiting(waiting) => match self.take(waiting, Deed::Approves, approve).await {
                        Ok(approved) => approved,
                        Err(page) => return page,
                    },
                    _ => self.begin(approve).await,
                }
            }
            _ => return self.page(Reason::ConsentWidened),
        };
        match approved {
            Ok((_, code)) => self.redirect_code(&code),
            Err(trouble) => self.trouble(trouble),
        }
    }

    /// Keeps a new grant with what is handed out for it.
    async fn begin(
        &self,
        step: impl Fn(Grant, &Draw, &Terms<'_>) -> (Grant, SecretText),
    ) -> Result<(GrantId, SecretText), Trouble> {
        let terms = self.inquiry.server.terms(Some(self.inquiry.request.client()));
        let make =
            |draw: &Draw| step(Grant::begin(draw.grant_id(), &self.inquiry.request, self.inquiry.now, &terms), draw, &terms);
        let begun = self.inquiry.server.begin(self.inquiry.now, make).await?;
        note_grant(&begun.0);
        Ok(begun)
    }

    /// Takes the step on the grant that waited for this login; the outer error is the page for one that is gone.
    async fn take<T, S>(&self, waiting: &Waiting, deed: Deed, step: S) -> Result<Result<(GrantId, T), Trouble>, Reply>
    where
        S: Fn(Grant, &Draw, &Terms<'_>) -> (Grant, T),
    {
        let event = TakingUp { handle: &waiting.handle, login: &self.login, now: self.inquiry.now, deed, step };
        let id = *waiting.handle.grant_id();
        let settled = self
            .inquiry
            .server
            .settle(&id, Some(Box::new(waiting.grant.clone())), &event, Some(self.inquiry.request.client()), self.inquiry.now)
            .await;
        match settled.map(|settled| settled.and_then(|settled| settled.answer)) {
            Ok(Some(handed)) => Ok(Ok((id, handed))),
            Ok(None) => Err(self.page(Reason::HandleUnknown)),
            Err(trouble) => Ok(Err(trouble)),
        }
    }

    /// Lets the person's answer happen to the parked grant.
    async fn answer(&self, grant: &Grant, ticket: &Handed, answer: &Answer) -> Reply {
        let event = Answering { ticket, login: &self.login, answer, now: self.inquiry.now };
        let client = self.inquiry.request.client();
        let settled =
            self.inquiry.server.settle(grant.id(), Some(Box::new(grant.clone())), &event, Some(client), self.inquiry.now).await;
        match settled {
            Err(trouble) => self.trouble(trouble),
            Ok(None) => self.page(Reason::TicketUnknown),
            Ok(Some(Settled { answer: Outcome::Code(code), .. })) => self.redirect_code(&code),
            Ok(Some(Settled { answer: Outcome::Denied, .. })) => self.denied(),
            Ok(Some(Settled { answer: Outcome::Page(reason), .. })) => self.page(reason),
        }
    }

    fn target(&self) -> Target {
        self.inquiry.request.asked().target(self.inquiry.server.issuer())
    }

    fn redirect_code(&self, code: &SecretText) -> Reply {
        self.inquiry.visit.ended("approved");
        reply::redirect(&self.target(), &[("code", code.expose())])
    }

    fn denied(&self) -> Reply {
        let refusal = self.inquiry.visit.refusal(ErrorCode::AccessDenied, Reason::Denied);
        self.inquiry.server.tell(&refusal.event(&self.inquiry.visit));
        self.inquiry.visit.ended("denied");
        reply::redirect_error(&self.target(), ErrorCode::AccessDenied, &self.denial)
    }

    fn redirect_error(&self, code: ErrorCode, reason: Reason) -> Reply {
        self.inquiry.server.tell_refused(&self.inquiry.visit, &self.inquiry.visit.refusal(code, reason));
        reply::redirect_error(&self.target(), code, reason.text())
    }

    pub(super) fn unanswered(&self, reason: Reason) -> Reply {
        self.redirect_error(ErrorCode::ConsentRequired, reason)
    }

    fn trouble(&self, trouble: Trouble) -> Reply {
        self.redirect_error(ErrorCode::TemporarilyUnavailable, trouble.0)
    }

    fn page(&self, reason: Reason) -> Reply {
        self.inquiry.server.invalid_page(&self.inquiry.visit, reason)
    }
}

impl Parked {
    /// The value of the form's hidden field.
    #[must_use]
    pub fn ticket(&self) -> &str {
        self.ticket.expose()
    }

    /// What to tell the person.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("client", self.inquiry.request.client()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Parked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parked").field("facts", &self.facts).finish_non_exhaustive()
    }
}
