use super::{
    Active, Draw, Grant, Handed, Issued, Kind, Moment, State, Terms, Version,
    tokens::{Access, seconds_until},
};
use crate::types::{Client, Resource, ScopeSet};

use time::OffsetDateTime;

impl Grant {
    /// The grant of a client that acts for itself (RFC 6749 §4.4): no person, no code, one access token, no refresh token.
    /// It is forgotten with its token, since nothing of it can be replayed.
    pub(crate) fn of_client(
        client: &Client,
        scopes: ScopeSet,
        resources: &[Resource],
        draw: &Draw,
        now: OffsetDateTime,
        terms: &Terms<'_>,
    ) -> (Self, Issued) {
        let now = Moment::from(now);
        let (id, expires) = (draw.grant_id(), now + terms.lifetimes.access);
        let handed = Handed::new(Kind::Access, id, draw.secret().clone());
        let access = Access { digest: handed.digest(), issued: now, expires, scopes: None, resources: Some(resources.to_vec()) };
        let issued =
            Issued { access: handed.to_text(), refresh: None, expires_in: seconds_until(expires, now), scopes: scopes.clone() };
        let grant = Self {
            id,
            version: Version::from_bytes([0; 16]),
            issuer: terms.issuer.mark(),
            client_id: client.id().clone(),
            created: now,
            newest: now,
            forget_after: expires,
            asked: None,
            person: None,
            ticket: None,
            stage: State::Active(Active { scopes, code: None, access: vec![access], refresh: None }),
        };
        (grant, issued)
    }
}
