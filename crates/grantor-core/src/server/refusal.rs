use std::time::Duration;

use super::{Guess, observe, settle::Trouble};
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
    /// Which client the request says it is from: a stranger's text, never logged.
    named: Option<ClientId>,
    /// After how long it may be tried again, if it came too often.
    wait: Option<Duration>,
}

impl Refusal {
    pub(super) fn of(mut self, client: &Client) -> Self {
        self.client = Some(client.id().clone());
        self
    }

    pub(super) fn naming(self, named: Option<ClientId>) -> Self {
        Self { named, ..self }
    }

    pub(super) fn too_many(wait: Duration) -> Self {
        Self { wait: Some(wait), ..(ErrorCode::TemporarilyUnavailable, Reason::RateLimited).into() }
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
        match self.wait {
            Some(wait) => reply::too_many(wait),
            None => reply::token_error(self.code, self.reason),
        }
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

impl From<Fault> for Refusal {
    fn from((code, reason): Fault) -> Self {
        Self { code, reason, client: None, grant: None, named: None, wait: None }
    }
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        (ErrorCode::ServerError, trouble.0).into()
    }
}
