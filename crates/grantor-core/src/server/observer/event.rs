use super::{EndCause, Place};
use crate::{
    protocol::{ErrorCode, Reason},
    store::StoreError,
    types::{ClientId, GrantId, ScopeSet, Subject},
};

/// One thing that happened, with whom and what it concerns as far as that is known.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request was approved, by a person's answer or by the host without asking: a code is out.
    #[non_exhaustive]
    GrantApproved {
        /// The grant.
        grant: &'a GrantId,
        /// The client that asked.
        client: &'a ClientId,
        /// The person.
        subject: &'a Subject,
        /// What was allowed.
        scopes: &'a ScopeSet,
    },
    /// A request was denied, by the person or by the host.
    #[non_exhaustive]
    GrantDenied {
        /// The grant; `None` if the request was never kept.
        grant: Option<&'a GrantId>,
        /// The client that asked.
        client: &'a ClientId,
        /// The person.
        subject: &'a Subject,
    },
    /// A code was redeemed (RFC 6749 §4.1.3): tokens are out.
    #[non_exhaustive]
    CodeRedeemed {
        /// The grant.
        grant: &'a GrantId,
        /// The client that holds the tokens.
        client: &'a ClientId,
        /// The person.
        subject: &'a Subject,
        /// What the tokens are good for.
        scopes: &'a ScopeSet,
        /// Whether there is a refresh token among them.
        has_refresh: bool,
    },
    /// A refresh token was rotated (RFC 6749 §6).
    #[non_exhaustive]
    TokenRefreshed {
        /// The grant.
        grant: &'a GrantId,
        /// The client that holds the tokens.
        client: &'a ClientId,
    },
    /// A client got a token for itself (RFC 6749 §4.4).
    #[non_exhaustive]
    TokenIssued {
        /// The grant.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
        /// What the token is good for.
        scopes: &'a ScopeSet,
    },
    /// A client gave a token back (RFC 7009).
    #[non_exhaustive]
    TokenRevoked {
        /// The grant.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
    },
    /// A spent code came again, with everything that only its holder knows: somebody else may hold it (OAuth 2.1 §7.5.2).
    #[non_exhaustive]
    ReplaySeen {
        /// The grant, which ended.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
    },
    /// A refresh token came again after its window: it was stolen, or its successor was (RFC 9700 §4.14.2).
    #[non_exhaustive]
    ReuseSeen {
        /// The grant, which ended.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
    },
    /// A refresh token came again inside its window: a lost answer that is asked for again, or a thief. Nobody can tell; a
    /// host that sees many may end the grant: [`end_grant`](crate::AuthorizationServer::end_grant).
    #[non_exhaustive]
    RetrySeen {
        /// The grant, which is unchanged.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
        /// Which kind: [`RefreshRetried`](Reason::RefreshRetried), [`RefreshOtherRetry`](Reason::RefreshOtherRetry), or
        /// [`RefreshRecent`](Reason::RefreshRecent).
        reason: Reason,
        /// How many of them this process saw for this grant within one window up to now, this one included; 32 stands for
        /// more. Other processes count for themselves.
        count: u32,
    },
    /// A grant ended: every credential of it is dead.
    #[non_exhaustive]
    GrantEnded {
        /// The grant.
        grant: &'a GrantId,
        /// The client.
        client: &'a ClientId,
        /// Why.
        cause: EndCause,
    },
    /// A request was refused.
    #[non_exhaustive]
    Refused {
        /// Where it came in.
        at: Place,
        /// The client, if the request's is known. Where authentication failed (`invalid_client`) it is the one that the
        /// request claimed to be from: anybody can claim that.
        client: Option<&'a ClientId>,
        /// The grant, if the request's is known.
        grant: Option<&'a GrantId>,
        /// What the client was told.
        code: ErrorCode,
        /// Why.
        reason: Reason,
    },
    /// A request could not be decided: a store failed, others kept changing the grant, or there was no randomness.
    #[non_exhaustive]
    StoreFailed {
        /// Which of them.
        reason: Reason,
        /// What the store said.
        error: Option<&'a StoreError>,
    },
}

impl<'a> Event<'a> {
    /// The event's stable name, for logs and labels.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GrantApproved { .. } => "grant_approved",
            Self::GrantDenied { .. } => "grant_denied",
            Self::CodeRedeemed { .. } => "code_redeemed",
            Self::TokenRefreshed { .. } => "token_refreshed",
            Self::TokenIssued { .. } => "token_issued",
            Self::TokenRevoked { .. } => "token_revoked",
            Self::ReplaySeen { .. } => "replay_seen",
            Self::ReuseSeen { .. } => "reuse_seen",
            Self::RetrySeen { .. } => "retry_seen",
            Self::GrantEnded { .. } => "grant_ended",
            Self::Refused { .. } => "refused",
            Self::StoreFailed { .. } => "store_failed",
        }
    }

    /// The grant it concerns, if any is known.
    #[must_use]
    pub const fn grant(&self) -> Option<&'a GrantId> {
        match *self {
            Self::GrantApproved { grant, .. }
            | Self::CodeRedeemed { grant, .. }
            | Self::TokenRefreshed { grant, .. }
            | Self::TokenIssued { grant, .. }
            | Self::TokenRevoked { grant, .. }
            | Self::ReplaySeen { grant, .. }
            | Self::ReuseSeen { grant, .. }
            | Self::RetrySeen { grant, .. }
            | Self::GrantEnded { grant, .. } => Some(grant),
            Self::GrantDenied { grant, .. } | Self::Refused { grant, .. } => grant,
            Self::StoreFailed { .. } => None,
        }
    }

    /// The client it concerns, if any is known.
    #[must_use]
    pub const fn client(&self) -> Option<&'a ClientId> {
        match *self {
            Self::GrantApproved { client, .. }
            | Self::GrantDenied { client, .. }
            | Self::CodeRedeemed { client, .. }
            | Self::TokenRefreshed { client, .. }
            | Self::TokenIssued { client, .. }
            | Self::TokenRevoked { client, .. }
            | Self::ReplaySeen { client, .. }
            | Self::ReuseSeen { client, .. }
            | Self::RetrySeen { client, .. }
            | Self::GrantEnded { client, .. } => Some(client),
            Self::Refused { client, .. } => client,
            Self::StoreFailed { .. } => None,
        }
    }
}
