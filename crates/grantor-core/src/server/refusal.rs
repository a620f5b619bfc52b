use super::{observe, settle::Trouble};
use crate::{
    protocol::{ErrorCode, Reason, Reply, form::Fault, reply},
    types::{Client, ClientId, GrantId},
};

/// A refused request to an endpoint that answers in JSON: what the client is told, why, and whom it was about.
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

    /// Tells the operator, and makes the answer for the client.
    pub(super) fn tell(&self) -> Reply {
        match (&self.grant, &self.client) {
            (Some(grant), Some(client)) => observe::refused_grant(grant, client, self.code, self.reason),
            (None, Some(client)) => observe::refused_client(client, self.code, self.reason),
            (_, None) => observe::refused(self.code, self.reason),
        }
        reply::token_error(self.code, self.reason)
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
