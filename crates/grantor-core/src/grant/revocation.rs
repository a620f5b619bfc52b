//! Revoking a token (RFC 7009 §2.1): a refresh token takes its grant with it, an access token only itself.
//!
//! Whatever the row, the answer is the same, so that revocation tells nobody whether a token exists or whose it is.

use std::time::Duration;

use time::OffsetDateTime;

use super::{AnyToken, Grant, Handed, State, Terms, derive};
use crate::types::Client;

/// The table, row by row; the first that matches decides. (A client that is not authenticated is decided before.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// The grant has ended: unchanged.
    V0,
    /// A refresh token of any generation, its tag right, from the right holder: ended.
    V1,
    /// An access token from the right holder: only that token dies.
    V2,
    /// Another client's, or unknown: unchanged.
    V3,
}

/// One try to revoke.
#[derive(Debug)]
pub struct Revoking<'a> {
    /// The client, authenticated.
    pub client: &'a Client,
    /// The token.
    pub token: &'a AnyToken,
    /// When the request arrived.
    pub now: OffsetDateTime,
}

/// The row that decides.
#[must_use]
pub fn judge(grant: &Grant, event: &Revoking<'_>, terms: &Terms<'_>) -> Row {
    let active = match &grant.stage {
        State::Ended { .. } => return Row::V0,
        State::Active(active) if event.client.id() == &grant.client_id => active,
        State::Parked { .. } | State::Approved(_) | State::Active(_) => return Row::V3,
    };
    match event.token {
        AnyToken::Refresh(token) => {
            let ours = active.refresh.as_ref().is_some_and(|line| derive::is_ours(token, &line.key, terms.pepper));
            if ours { Row::V1 } else { Row::V3 }
        }
        AnyToken::Access(token) => {
            if active.find(&token.digest()).is_some() {
                Row::V2
            } else {
                Row::V3
            }
        }
    }
}

/// What the grant becomes, if it changes.
#[must_use]
pub fn apply(row: Row, grant: Grant, event: &Revoking<'_>, window: Duration) -> Option<Grant> {
    let now = grant.judged_at(event.now);
    match (row, event.token) {
        (Row::V1, _) => Some(grant.end(now, window)),
        (Row::V2, AnyToken::Access(token)) => Some(grant.without(token)),
        (Row::V0 | Row::V2 | Row::V3, _) => None,
    }
}

impl Grant {
    fn without(mut self, token: &Handed) -> Self {
        if let State::Active(active) = &mut self.stage {
            active.access.retain(|access| !access.digest.matches(&token.digest()));
        }
        self
    }
}

#[cfg(test)]
mod tests;
