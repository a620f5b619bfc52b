//! Refused requests: whoever watches is told, and the client or the person gets the answer.

use std::time::Duration;

use super::{AuthorizationServer, Event, Guess, settle::Trouble, visit::Visit};
use crate::{
    protocol::{ErrorCode, PageError, PageFacts, Reason, Reply, form::Fault, reply},
    types::{Client, ClientId, GrantId},
};

/// A refused request: what the client is told, why, and whom it was about.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) reason: Reason,
    /// Whom it was about; where authentication failed, whom it claimed to be from.
    pub(super) client: Option<ClientId>,
    pub(super) grant: Option<GrantId>,
    /// Which client the request says it is from: a stranger's text, never logged.
    named: Option<ClientId>,
    /// After how long it may be tried again, if it came too often.
    wait: Option<Duration>,
    /// Whether its wrong guess was counted already, when a slow hash was asked.
    counted: bool,
}

impl Refusal {
    pub(super) fn of(mut self, client: &Client) -> Self {
        self.client = Some(client.id().clone());
        self
    }

    pub(super) fn naming(self, named: Option<ClientId>) -> Self {
        Self { named, ..self }
    }

    pub(super) fn counted(self) -> Self {
        Self { counted: true, ..self }
    }

    pub(super) fn is_counted(&self) -> bool {
        self.counted
    }

    pub(super) fn too_many(wait: Duration) -> Self {
        Self { wait: Some(wait), ..(ErrorCode::TemporarilyUnavailable, Reason::RateLimited).into() }
    }

    pub(super) fn about(mut self, grant: &GrantId) -> Self {
        self.grant = Some(*grant);
        self
    }

    pub(super) fn concerning(self, client: Option<ClientId>, grant: Option<GrantId>) -> Self {
        Self { client, grant, ..self }
    }

    pub(super) fn event(&self, visit: &Visit) -> Event<'_> {
        let Self { code, reason, client, grant, .. } = self;
        Event::Refused { at: visit.at(), client: client.as_ref(), grant: grant.as_ref(), code: *code, reason: *reason }
    }

    /// What was guessed wrong, and for which client.
    ///
    /// A client is charged only with what could have been right: otherwise anybody could use up the guesses of a client by
    /// a method that it does not have. The address is charged with all that claims to be a client and is not.
    pub(super) fn guess(&self) -> Option<(Guess, Option<&ClientId>)> {
        match (self.code, self.reason) {
            (ErrorCode::InvalidClient, Reason::CredentialsWrong | Reason::CredentialsUnknown) => {
                Some((Guess::Secret, self.named.as_ref()))
            }
            (ErrorCode::InvalidClient, Reason::CredentialsMissing) => None,
            (ErrorCode::InvalidClient, _) => Some((Guess::Secret, None)),
            (ErrorCode::InvalidGrant, Reason::CodeUnknown | Reason::CodeVerifier | Reason::RefreshUnknown) => {
                Some((Guess::Grant, self.client.as_ref()))
            }
            _ => None,
        }
    }
}

impl AuthorizationServer {
    /// The answer of an endpoint that speaks JSON.
    pub(super) fn refuse_in_json(&self, visit: &Visit, refusal: &Refusal) -> Reply {
        self.tell_refused(visit, refusal);
        let reply = reply::token_error(refusal.code, refusal.reason, visit.explanation(refusal.reason).as_ref());
        match refusal.wait {
            Some(wait) => reply::later(reply, wait),
            None => reply,
        }
    }

    /// 405, with the methods that the endpoint takes.
    pub(super) fn refuse_method(&self, visit: &Visit, allow: &'static str) -> Reply {
        self.tell_refused(visit, &visit.refusal(ErrorCode::InvalidRequest, Reason::Method));
        reply::method_not_allowed(allow, visit.explanation(Reason::Method).as_ref())
    }

    /// A page for the person, and no redirect; perhaps with a link.
    pub(super) fn page(&self, visit: &Visit, error: PageError, link: Option<&str>) -> Reply {
        self.tell_refused(visit, &visit.refusal(error.code, error.reason));
        let explanation = visit.explanation(error.reason);
        let facts = PageFacts { code: error.code, reason: error.reason, link, explanation: explanation.as_ref() };
        reply::page(&facts, self.0.render.as_deref())
    }

    pub(super) fn invalid_page(&self, visit: &Visit, reason: Reason) -> Reply {
        self.page(visit, PageError { code: ErrorCode::InvalidRequest, reason }, None)
    }

    /// 503, before client and redirect URI are proven.
    pub(super) fn trouble_page(&self, visit: &Visit, trouble: Trouble) -> Reply {
        self.page(visit, PageError { code: ErrorCode::ServerError, reason: trouble.0 }, None)
    }

    pub(super) fn tell_refused(&self, visit: &Visit, refusal: &Refusal) {
        self.tell(&refusal.event(visit));
        visit.ended("refused");
    }
}

impl From<Fault> for Refusal {
    fn from((code, reason): Fault) -> Self {
        Self { code, reason, client: None, grant: None, named: None, wait: None, counted: false }
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        (ErrorCode::ServerError, trouble.0).into()
    }
}
