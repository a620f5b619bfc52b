//! One event of each kind, for the tests of those that are told.

use super::{EndCause, Event, Place};
use crate::{
    protocol::{ErrorCode, Reason},
    store::StoreError,
    types::{ClientId, GrantId, ScopeSet, Subject},
};

pub(super) fn each(tell: &mut dyn FnMut(&Event<'_>)) {
    let (grant, client) = (&GrantId::from_bytes([7; 16]), &ClientId::parse("the-app").unwrap());
    let (subject, scopes) = (&Subject::from("ann"), &ScopeSet::parse("profile mail").unwrap());
    let error = StoreError::unavailable("the disk is gone");
    let (code, reason) = (ErrorCode::InvalidGrant, Reason::CodeReplayed);
    let events = [
        Event::GrantApproved { grant, client, subject, scopes },
        Event::GrantDenied { grant: Some(grant), client, subject },
        Event::CodeRedeemed { grant, client, subject, scopes, has_refresh: true },
        Event::TokenRefreshed { grant, client },
        Event::TokenIssued { grant, client, scopes },
        Event::TokenRevoked { grant, client },
        Event::ReplaySeen { grant, client },
        Event::ReuseSeen { grant, client },
        Event::RetrySeen { grant, client, reason: Reason::RefreshRetried, count: 3 },
        Event::GrantEnded { grant, client, cause: EndCause::Replayed },
        Event::Refused { at: Place::Token, client: Some(client), grant: Some(grant), code, reason },
        Event::Refused {
            at: Place::Metadata,
            client: None,
            grant: None,
            code: ErrorCode::InvalidRequest,
            reason: Reason::Method,
        },
        Event::StoreFailed { reason: Reason::StoreUnavailable, error: Some(&error) },
        Event::StoreFailed { reason: Reason::RandomUnavailable, error: None },
    ];
    events.iter().for_each(tell);
}
