//! Refused requests: whoever watches is told, and the client or the person gets the answer.

use super::{AuthorizationServer, Event, settle::Trouble, visit::Visit};
use crate::{
    protocol::{ErrorCode, PageError, PageFacts, Reason, Reply, form::Fault, reply},
    types::{Client, ClientId, GrantId},
};

/// A refused request: what the client is told, why, and whom it was about.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) reason: Reason,
    pub(super) client: Option<ClientId>,
    pub(super) grant: Option<GrantId>,
}

impl Refusal {
    pub(super) fn of(mut self, client: &Client) -> Self {
        self.client = Some(client.id().clone());
        self
    }

    pub(super) fn about(mut self, grant: &GrantId) -> Self {
        self.grant = Some(*grant);
        self
    }

    pub(super) fn event(&self, visit: &Visit) -> Event<'_> {
        let Self { code, reason, client, grant } = self;
        Event::Refused { at: visit.at(), client: client.as_ref(), grant: grant.as_ref(), code: *code, reason: *reason }
    }
}

impl AuthorizationServer {
    /// The answer of an endpoint that speaks JSON.
    pub(super) fn refuse_in_json(&self, visit: &Visit, refusal: &Refusal) -> Reply {
        self.tell_refused(visit, refusal);
        reply::token_error(refusal.code, refusal.reason, visit.explanation(refusal.reason).as_ref())
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
        Self { code, reason, client: None, grant: None }
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        (ErrorCode::ServerError, trouble.0).into()
    }
}
