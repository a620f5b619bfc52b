use std::{fmt, time::Duration};

use time::OffsetDateTime;

use super::{Active, Draw, Grant, Handed, HandedRefresh, Kind, derive};
use crate::types::{Digest, Issuer, Lifetimes, Pepper, Resource, ScopeSet, SecretBytes, SecretText};

/// How many access tokens of one grant live at once; one more ends the oldest.
pub(super) const MOST_ACCESS_TOKENS: usize = 8;

/// How long what lives, for the client at hand, under which issuer and with which pepper.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The lifetimes.
    pub lifetimes: Lifetimes,
    /// What enters tags and derivations from outside the store.
    pub pepper: &'a Pepper,
    /// Under which issuer.
    pub issuer: &'a Issuer,
}

/// What a token answer holds.
#[derive(Debug)]
pub struct Issued {
    pub(crate) access: SecretText,
    pub(crate) refresh: Option<SecretText>,
    pub(crate) expires_in: u64,
    pub(crate) scopes: ScopeSet,
}

/// An access token as it is kept.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) digest: Digest,
    pub(super) expires: OffsetDateTime,
    /// Its own scopes; none of its own means all that were granted.
    pub(super) scopes: Option<ScopeSet>,
    /// Its own audience; none of its own means all that was granted.
    pub(super) resources: Option<Vec<Resource>>,
}

/// A line of refresh tokens as it is kept.
#[derive(Clone)]
pub(super) struct Refresh {
    pub(super) key: SecretBytes,
    pub(super) generation: u32,
    pub(super) digest: Digest,
    pub(super) expires: OffsetDateTime,
    pub(super) ends: OffsetDateTime,
    pub(super) previous: Option<Previous>,
    pub(super) superseded: Vec<Superseded>,
}

/// What is kept of the last rotation, to answer it again.
#[derive(Clone)]
pub(super) struct Previous {
    pub(super) salt: SecretBytes,
    pub(super) at: OffsetDateTime,
    pub(super) request: Digest,
}

/// Generations up to this one, and after the entry before, were superseded at this instant or earlier.
#[derive(Clone)]
pub(super) struct Superseded {
    pub(super) generation: u32,
    pub(super) at: OffsetDateTime,
}

impl Refresh {
    /// A new line: generation 0, under a key of its own.
    pub(super) fn begin(grant: &Grant, draw: &Draw, now: OffsetDateTime, terms: &Terms<'_>) -> (Self, SecretText) {
        let [_, secret, key] = draw.secrets();
        let tag = derive::tag(key, terms.pepper, &grant.id, 0, secret);
        let handed = HandedRefresh { id: grant.id, generation: 0, secret: secret.clone(), tag };
        let ends = now + terms.lifetimes.refresh_absolute;
        let line = Self {
            key: key.clone(),
            generation: 0,
            digest: handed.digest(),
            expires: ends.min(now + terms.lifetimes.refresh_idle),
            ends,
            previous: None,
            superseded: Vec::new(),
        };
        (line, handed.to_text())
    }
}

impl Active {
    /// Puts an access token among the living: expired ones drop, and the oldest makes room.
    pub(super) fn keep(&mut self, access: Access, now: OffsetDateTime) {
        self.access.retain(|old| now < old.expires);
        if self.access.len() >= MOST_ACCESS_TOKENS {
            self.access.remove(0);
        }
        self.access.push(access);
    }

    /// When a store may forget the grant: a day after the last instant at which any of its tokens could be alive.
    pub(super) fn forget_after(&self, now: OffsetDateTime) -> OffsetDateTime {
        let alive = self.access.iter().map(|access| access.expires).chain(self.refresh.iter().map(|line| line.expires));
        alive.max().unwrap_or(now) + Duration::from_secs(86_400)
    }

    pub(super) fn find(&self, digest: &Digest) -> Option<&Access> {
        self.access.iter().find(|access| access.digest.matches(digest))
    }
}

/// A living access token, as a resource server may know it.
#[derive(Debug)]
pub(crate) struct Living<'a> {
    pub(crate) expires: OffsetDateTime,
    pub(crate) scopes: &'a ScopeSet,
    pub(crate) resources: &'a [Resource],
}

impl Grant {
    /// The access token, if this grant issued it and has not ended or replaced it. Its expiry is the caller's to judge.
    pub(crate) fn access(&self, token: &Handed) -> Option<Living<'_>> {
        let super::State::Active(active) = &self.stage else { return None };
        let access = active.find(&token.digest())?;
        Some(Living {
            expires: access.expires,
            scopes: access.scopes.as_ref().unwrap_or(&active.scopes),
            resources: access.resources.as_deref().unwrap_or(&self.asked.resources),
        })
    }

    /// A new access token with a given secret: as it is kept, and as it is handed out.
    pub(super) fn access_token(
        &self,
        secret: SecretBytes,
        expires: OffsetDateTime,
        scopes: Option<ScopeSet>,
        resources: &[Resource],
    ) -> (Access, SecretText) {
        let handed = Handed::new(Kind::Access, self.id, secret);
        let resources = (!resources.is_empty()).then(|| self.granted(resources));
        (Access { digest: handed.digest(), expires, scopes, resources }, handed.to_text())
    }

    /// Whether every resource was granted (RFC 8707 §2.2). A grant without audience ignores the parameter.
    pub(super) fn covers_resources(&self, resources: &[Resource]) -> bool {
        self.asked.resources.is_empty() || resources.iter().all(|resource| self.asked.resources.contains(resource))
    }

    /// The granted resources among those named, as the server spells them.
    fn granted(&self, named: &[Resource]) -> Vec<Resource> {
        self.asked.resources.iter().filter(|resource| named.contains(resource)).cloned().collect()
    }
}

/// Whole seconds from one instant to a later one, as `expires_in` tells them.
pub(super) fn seconds_until(expires: OffsetDateTime, now: OffsetDateTime) -> u64 {
    u64::try_from((expires - now).whole_seconds()).unwrap_or(0)
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("expires", &self.expires).finish_non_exhaustive()
    }
}
