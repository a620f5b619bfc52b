//! What a write made of a grant: told once, when it came true, from what stood there before and stands there now.

use super::{AuthorizationServer, EndCause, Event};
use crate::{
    grant::{Grant, Stage},
    types::{ClientId, GrantId, ScopeSet, Subject},
};

/// What a row of a table does to a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing that anybody watches for.
    Nothing,
    /// A code is out, if it comes to that.
    Approves,
    /// No, by the person's word.
    Denies,
    /// A code became tokens.
    Redeems,
    /// A token for a client itself.
    Issues,
    /// A new pair of tokens.
    Refreshes,
    /// A token, and perhaps its grant, is given back.
    Revokes,
    /// The end, if it comes to that.
    Ends(EndCause),
}

/// A grant before and after one write.
pub(super) struct Change {
    before: Option<Stage>,
    after: Stage,
    grant: GrantId,
    client: ClientId,
    subject: Option<Subject>,
    scopes: ScopeSet,
    has_refresh: bool,
}

impl Change {
    /// What the write of `grant` changes in one that was in the stage `before`, or did not exist.
    pub(super) fn new(before: Option<Stage>, grant: &Grant) -> Self {
        Self {
            before,
            after: grant.stage(),
            grant: *grant.id(),
            client: grant.client_id().clone(),
            subject: grant.subject().cloned(),
            scopes: grant.scopes().clone(),
            has_refresh: grant.has_refresh(),
        }
    }

    fn ends(&self) -> bool {
        self.after == Stage::Ended && self.before != Some(Stage::Ended)
    }
}

impl AuthorizationServer {
    /// Tells what came true: first what happened, then the end that it was.
    pub(super) fn announce(&self, change: &Change, deed: Deed) {
        let Change { grant, client, scopes, has_refresh, .. } = change;
        let event = match (deed, &change.subject) {
            (Deed::Approves, Some(subject)) if change.after == Stage::Approved => {
                Some(Event::GrantApproved { grant, client, subject, scopes })
            }
            (Deed::Denies, Some(subject)) => Some(Event::GrantDenied { grant: Some(grant), client, subject }),
            (Deed::Redeems, Some(subject)) => {
                Some(Event::CodeRedeemed { grant, client, subject, scopes, has_refresh: *has_refresh })
            }
            (Deed::Issues, _) => Some(Event::TokenIssued { grant, client, scopes }),
            (Deed::Refreshes, _) => Some(Event::TokenRefreshed { grant, client }),
            (Deed::Revokes, _) => Some(Event::TokenRevoked { grant, client }),
            (Deed::Ends(EndCause::Replayed), _) => Some(Event::ReplaySeen { grant, client }),
            (Deed::Ends(EndCause::Reused), _) => Some(Event::ReuseSeen { grant, client }),
            (Deed::Nothing | Deed::Approves | Deed::Denies | Deed::Redeems | Deed::Ends(_), _) => None,
        };
        if let Some(event) = event {
            self.tell(&event);
        }
        if let (true, Some(cause)) = (change.ends(), deed.cause()) {
            self.tell(&Event::GrantEnded { grant, client, cause });
        }
    }
}

impl Deed {
    /// What a new grant is for.
    pub(super) fn of_new(grant: &Grant) -> Self {
        match grant.stage() {
            Stage::Approved => Self::Approves,
            Stage::Active => Self::Issues,
            Stage::Parked | Stage::Ended => Self::Nothing,
        }
    }

    fn cause(self) -> Option<EndCause> {
        match self {
            Self::Ends(cause) => Some(cause),
            Self::Denies => Some(EndCause::Denied),
            Self::Revokes => Some(EndCause::Revoked),
            Self::Nothing | Self::Approves | Self::Redeems | Self::Issues | Self::Refreshes => None,
        }
    }
}
