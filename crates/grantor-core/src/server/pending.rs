use std::{fmt, pin::pin};

use time::OffsetDateTime;

use super::{
    AuthorizationServer, Question,
    question::{Origin, Waiting},
    return_to::{ReturnTo, comes_back_whole, query_of},
    settle::Trouble,
    visit::{Visit, within},
};
use crate::{
    grant::Grant,
    protocol::{AuthorizationRequest, ErrorCode, Hints, Reason, Reply},
    types::{Client, Login},
};

/// A checked authorization request that waits for the host: tell it who is logged in, and do what comes next.
///
/// It was validated, so nothing else can be approved, and it is used up by [`next`](Self::next):
///
/// ```compile_fail
/// async fn twice(pending: grantor_core::Pending) {
///     let _ = pending.next(None).await;
///     let _ = pending.next(None).await;
/// }
/// ```
#[must_use = "an authorization request must be decided"]
pub struct Pending(Box<Inquiry>);

/// A checked request on its way to its answer. It is large, and stays in one place.
pub(super) struct Inquiry {
    pub(super) server: AuthorizationServer,
    pub(super) request: AuthorizationRequest,
    pub(super) now: OffsetDateTime,
    pub(super) origin: Origin,
    /// The query that it came with, a body with it.
    pub(super) query: String,
    pub(super) visit: Visit,
}

/// What the host does next.
#[derive(Debug)]
pub enum Next {
    /// Let the person log in, and then send them to this place.
    LogIn(ReturnTo),
    /// The person is known; ask them, or approve what they agreed to before.
    Ask(Question),
    /// Send this answer: the request wanted no page, and cannot go on without one.
    Answer(Reply),
}

impl Pending {
    pub(super) fn of(inquiry: Inquiry) -> Self {
        Self(Box::new(inquiry))
    }

    pub(super) fn visit(&self) -> &Visit {
        &self.0.visit
    }

    /// Whose request it is.
    #[must_use]
    pub fn client(&self) -> &Client {
        self.0.request.client()
    }

    /// What the client would like the login page to know.
    #[must_use]
    pub fn hints(&self) -> &Hints {
        self.0.request.hints()
    }

    /// What comes next for this login, by `prompt` and `max_age` (OpenID Connect Core §3.1.2.1) and the consent rules
    /// (RFC 8252 §8.6).
    ///
    /// A request that demands a fresh login is parked, so that it neither loops nor passes with an old one; for all others
    /// the request travels in the URL, and strangers cost no write.
    ///
    /// # Errors
    /// The finished answer when the store fails (a redirect with `temporarily_unavailable`), or when the parked request
    /// belongs to another login (a page).
    pub async fn next(self, login: Option<Login>) -> Result<Next, Reply> {
        let span = self.0.visit.span().clone();
        within(&span, pin!(self.0.decide(login))).await
    }
}

impl Inquiry {
    async fn decide(self: Box<Self>, login: Option<Login>) -> Result<Next, Reply> {
        let prompt = self.request.asked().prompt;
        let login = login.filter(|login| self.accepts(login));
        let Some(login) = login else {
            if prompt.none {
                return Ok(Next::Answer(self.answer(ErrorCode::LoginRequired, Reason::LoginRequired)));
            }
            return self.log_in().await.map(Next::LogIn);
        };
        if self.waiting().is_some_and(|waiting| waiting.grant.belongs_to_another(&login)) {
            return Err(self.server.invalid_page(&self.visit, Reason::HandleUnknown));
        }
        let question = Question::new(self, login);
        if prompt.none && question.must_ask() {
            return Ok(Next::Answer(question.unanswered(Reason::ConsentRequired)));
        }
        Ok(Next::Ask(question))
    }

    fn waiting(&self) -> Option<&Waiting> {
        if let Origin::Waiting(waiting) = &self.origin { Some(waiting) } else { None }
    }

    /// Whether this login is fresh enough. Hosts that keep whole seconds are met by comparing whole seconds.
    fn accepts(&self, login: &Login) -> bool {
        let asked = self.request.asked();
        let started = self.waiting().map(|waiting| waiting.grant.created().unix_timestamp());
        if started.is_some_and(|started| login.auth_time.unix_timestamp() >= started) {
            return true;
        }
        let in_age = asked.max_age.is_none_or(|most| (self.now - login.auth_time).whole_seconds() <= i64::from(most) && most > 0);
        in_age && !asked.prompt.login && !asked.prompt.select_account
    }

    /// Where to come back to: with a handle if the login must be a fresh one or the request is too long to travel, else with
    /// the request itself.
    async fn log_in(mut self: Box<Self>) -> Result<ReturnTo, Reply> {
        let asked = self.request.asked();
        let fresh = asked.prompt.login || asked.prompt.select_account || asked.max_age.is_some();
        let query = match self.waiting() {
            None if fresh || !comes_back_whole(&self.query) => {
                let terms = self.server.terms(Some(self.request.client()));
                let parked = self
                    .server
                    .begin(self.now, |draw| Grant::begin(draw.grant_id(), &self.request, self.now, &terms).wait_for_login(draw));
                let (grant, handle) = parked.await.map_err(|trouble| self.trouble(trouble))?;
                self.visit.about(&grant);
                query_of(&self.request, &handle, self.server.own_query())
            }
            Some(waiting) => query_of(&self.request, &waiting.handle, self.server.own_query()),
            None => std::mem::take(&mut self.query),
        };
        self.visit.ended("log_in");
        Ok(self.server.return_to_query(&query))
    }

    /// An error for the client, by the rules of where it may go.
    fn answer(&self, code: ErrorCode, reason: Reason) -> Reply {
        self.server.refuse(&self.visit, self.request.refusal(self.server.issuer(), code, reason))
    }

    fn trouble(&self, trouble: Trouble) -> Reply {
        self.answer(ErrorCode::TemporarilyUnavailable, trouble.0)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("client", self.0.request.client()).finish_non_exhaustive()
    }
}
