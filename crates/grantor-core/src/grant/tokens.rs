use std::{fmt, slice, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use time::OffsetDateTime;

use super::{Active, Grant, Handed, HandedRefresh, Kind, Moment, State, derive};
use crate::types::{Digest, Issuer, Lifetimes, Pepper, Resource, ScopeSet, SecretBytes, SecretText};

/// How many access tokens of one grant live at once; one more ends the oldest.
pub(super) const MOST_ACCESS_TOKENS: usize = 8;

/// How long what lives, for the client at hand, under which issuer, with which pepper and for which resource.
#[derive(Debug, Clone)]
pub struct Terms<'a> {
    /// The lifetimes.
    pub lifetimes: Lifetimes,
    /// What enters tags and derivations from outside the store.
    pub pepper: &'a Pepper,
    /// Under which issuer.
    pub issuer: &'a Issuer,
    /// The resource of a grant that names none, if the client may have it.
    pub default_resource: Option<&'a Resource>,
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
    pub(super) issued: Moment,
    pub(super) expires: Moment,
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
    pub(super) expires: Moment,
    pub(super) ends: Moment,
    pub(super) previous: Option<Previous>,
    pub(super) superseded: Vec<Superseded>,
}

/// What is kept of the last rotation, to answer it again.
#[derive(Clone)]
pub(super) struct Previous {
    pub(super) salt: SecretBytes,
    pub(super) at: Moment,
}

/// Generations up to this one, and after the entry before, were superseded at this instant or earlier.
#[derive(Clone)]
pub(super) struct Superseded {
    pub(super) generation: u32,
    pub(super) at: Moment,
}

impl Refresh {
    /// A new line: generation 0, under a key of its own.
    pub(super) fn begin(grant: &Grant, [secret, key]: &[SecretBytes; 2], now: Moment, terms: &Terms<'_>) -> (Self, SecretText) {
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

    /// Whether the token is the newest. Its generation alone does not say so: a store may have been set back.
    pub(super) fn is_current(&self, token: &HandedRefresh) -> bool {
        token.generation == self.generation && self.digest.matches(&token.digest())
    }
}

impl Active {
    /// Puts an access token among the living: expired ones drop, and the oldest makes room.
    pub(super) fn keep(&mut self, access: Access, now: Moment) {
        self.access.retain(|old| now < old.expires);
        if self.access.len() >= MOST_ACCESS_TOKENS {
            self.access.remove(0);
        }
        self.access.push(access);
    }

    /// When a store may forget the grant: a day after the last instant at which any of its tokens could be alive.
    pub(super) fn forget_after(&self, now: Moment) -> Moment {
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
    digest: &'a Digest,
    pub(crate) issued: OffsetDateTime,
    pub(crate) expires: OffsetDateTime,
    pub(crate) scopes: &'a ScopeSet,
    pub(crate) resources: &'a [Resource],
}

impl Living<'_> {
    /// A name for the token that is of no use to anybody (RFC 7662 §2.2, `jti`).
    pub(crate) fn jti(&self) -> String {
        let named = Digest::of(&[b"jti", self.digest.as_bytes()]);
        URL_SAFE_NO_PAD.encode(named.as_bytes().first_chunk::<16>().copied().unwrap_or_default())
    }
}

impl Grant {
    /// When the refresh token dies by itself, if it is the current one and still alive.
    pub(crate) fn refresh_expiry(&self, token: &HandedRefresh, now: OffsetDateTime, pepper: &Pepper) -> Option<OffsetDateTime> {
        let State::Active(Active { refresh: Some(line), .. }) = &self.stage else { return None };
        let ours = derive::is_ours(token, &line.key, pepper);
        (ours && line.is_current(token) && self.judged_at(now) < line.expires).then(|| line.expires.into())
    }

    /// Whether anything of it is good for anything: a code, an access token or a refresh token.
    pub(crate) fn is_alive(&self, now: OffsetDateTime) -> bool {
        let now = self.judged_at(now);
        match &self.stage {
            State::Approved(approved) => now < approved.expires,
            State::Active(active) => {
                active.refresh.as_ref().is_some_and(|line| now < line.expires)
                    || active.access.iter().any(|access| now < access.expires)
            }
            State::Parked { .. } | State::Ended { .. } => false,
        }
    }

    /// The access token, if this grant issued it and has not ended or replaced it. Its expiry is the caller's to judge.
    pub(crate) fn access(&self, token: &Handed) -> Option<Living<'_>> {
        let State::Active(active) = &self.stage else { return None };
        let access = active.find(&token.digest())?;
        Some(Living {
            digest: &access.digest,
            issued: access.issued.into(),
            expires: access.expires.into(),
            scopes: access.scopes.as_ref().unwrap_or(&active.scopes),
            resources: access.resources.as_deref().unwrap_or(self.resources()),
        })
    }

    /// A new access token with a given secret: as it is kept, and as it is handed out.
    pub(super) fn access_token(
        &self,
        secret: SecretBytes,
        issued: Moment,
        expires: Moment,
        scopes: Option<ScopeSet>,
        named: &[Resource],
        terms: &Terms<'_>,
    ) -> (Access, SecretText) {
        let handed = Handed::new(Kind::Access, self.id, secret);
        let is_meant = |resource: &&Resource| named.is_empty() || named.contains(resource);
        let meant: Vec<Resource> = self.audience(terms).iter().filter(is_meant).cloned().collect();
        let resources = (meant != self.resources()).then_some(meant);
        (Access { digest: handed.digest(), issued, expires, scopes, resources }, handed.to_text())
    }

    /// Whether every resource was granted (RFC 8707 §2.2). A grant without audience ignores the parameter.
    pub(super) fn covers_resources(&self, resources: &[Resource], terms: &Terms<'_>) -> bool {
        let audience = self.audience(terms);
        audience.is_empty() || resources.iter().all(|resource| audience.contains(resource))
    }

    /// The resources that were granted, as the server spells them. A grant from before the server had resources goes on with
    /// the default, as a request does that names none.
    fn audience<'a>(&'a self, terms: &Terms<'a>) -> &'a [Resource] {
        match (self.resources(), terms.default_resource) {
            ([], Some(default)) => slice::from_ref(default),
            (own, _) => own,
        }
    }
}

/// Whole seconds from one instant to a later one, as `expires_in` tells them.
pub(super) fn seconds_until(expires: Moment, now: Moment) -> u64 {
    u64::try_from((expires - now).whole_seconds()).unwrap_or(0)
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("expires", &self.expires).finish_non_exhaustive()
    }
}
