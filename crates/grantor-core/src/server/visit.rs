//! One request from its arrival to its answer, as it is told: where it came in, whom it is about, and what it said.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
};

use tracing::{
    Span,
    field::{Empty, display},
};

use super::{Place, refusal::Refusal};
use crate::{
    protocol::{Call, Endpoint, ErrorCode, Explanation, Reason, Sent, explain},
    types::{ClientId, GrantId},
};

/// A request and its span. The span is told what becomes known; `outcome` is the last that is told.
#[derive(Clone)]
pub(super) struct Visit {
    at: Place,
    client: Option<ClientId>,
    grant: Option<GrantId>,
    /// What the request said, where requests are explained.
    sent: Option<Vec<Sent>>,
    span: Span,
}

impl Visit {
    pub(super) fn new(at: Place) -> Self {
        Self { at, client: None, grant: None, sent: None, span: span(at) }
    }

    /// Keeps what the request said, for its explanation.
    pub(super) fn saying(mut self, explains: bool, call: &Call<'_>) -> Self {
        self.sent = explains.then(|| explain::sent_in(call));
        self
    }

    /// Keeps that a form brought a ticket.
    pub(super) fn bringing(mut self, explains: bool, ticket: &str) -> Self {
        self.sent = explains.then(|| vec![explain::ticket(ticket)]);
        self
    }

    pub(super) fn at(&self) -> Place {
        self.at
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn of(&mut self, client: &ClientId) {
        self.span.record("client", display(client));
        self.client = Some(client.clone());
    }

    pub(super) fn about(&mut self, grant: &GrantId) {
        self.span.record("grant", display(grant));
        self.grant = Some(*grant);
    }

    pub(super) fn ended(&self, outcome: &'static str) {
        self.span.record("outcome", outcome);
    }

    pub(super) fn refusal(&self, code: ErrorCode, reason: Reason) -> Refusal {
        Refusal::from((code, reason)).concerning(self.client.clone(), self.grant)
    }

    /// The explanation of a refusal, where requests are explained.
    pub(super) fn explanation(&self, reason: Reason) -> Option<Explanation> {
        self.sent.as_ref().map(|sent| Explanation::new(reason, sent.clone()))
    }
}

impl From<Endpoint> for Place {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Token => Self::Token,
            Endpoint::Revocation => Self::Revocation,
            Endpoint::Introspection => Self::Introspection,
            Endpoint::Metadata => Self::Metadata,
        }
    }
}

macro_rules! spans {
    ($at:ident: $($place:ident = $name:literal),*) => {
        match $at {
            $(Place::$place => tracing::info_span!(
                target: "grantor", $name, endpoint = $at.name(), client = Empty, grant = Empty, outcome = Empty
            ),)*
        }
    };
}

fn span(at: Place) -> Span {
    spans! {
        at: Authorize = "grantor.authorize", Consent = "grantor.consent", Token = "grantor.token",
        Revocation = "grantor.revocation", Introspection = "grantor.introspection", Resource = "grantor.resource",
        Metadata = "grantor.metadata"
    }
}

/// Does it in the span. It stays where it is pinned: these futures are large, and `instrument` would move them.
pub(super) fn within<F: Future>(span: &Span, mut future: Pin<&mut F>) -> impl Future<Output = F::Output> {
    poll_fn(move |context| {
        let _entered = (!span.is_none()).then(|| span.enter());
        future.as_mut().poll(context)
    })
}

/// The client of the request that is being answered became known.
pub(super) fn note_client(client: &ClientId) {
    if let Some(span) = own_span() {
        span.record("client", display(client));
    }
}

/// The grant of the request that is being answered became known.
pub(super) fn note_grant(grant: &GrantId) {
    if let Some(span) = own_span() {
        span.record("grant", display(grant));
    }
}

/// Where this library's spans are filtered out, the current one is somebody else's.
fn own_span() -> Option<Span> {
    let span = Span::current();
    let is_own = span.metadata().is_some_and(|metadata| metadata.target() == "grantor");
    is_own.then_some(span)
}
