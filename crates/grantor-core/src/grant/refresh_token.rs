//! Refreshing (RFC 6749 §6) with rotation for every client (RFC 9700 §4.14.2).
//!
//! Successors are derived from the presented token, so a client that lost the answer asks again and gets the same pair.
//! Inside the retry window the theft of an unbound refresh token cannot be told from a retry; after it, reuse ends the grant.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    Active, Draw, Grant, Handed, HandedRefresh, Issued, Kind, Moment, State, Terms,
    derive::{self, Successors},
    tokens::{Previous, Refresh, Superseded, seconds_until},
};
use crate::{
    protocol::{ErrorCode, Reason},
    types::{Client, Digest, Resource, ScopeSet, SecretBytes},
};

/// How many past rotations are told apart inside the window; beyond, two of the oldest count as one.
const MOST_SUPERSEDED: usize = 16;

/// The table, row by row; the first that matches decides. (F1, a client that is not authenticated, is decided before.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// No grant, tag wrong, other kind: `invalid_grant`, unchanged.
    F2,
    /// Ours, not the right holder: `invalid_grant`, unchanged.
    F3,
    /// Ours, stage ended or the current token's lifetime over: `invalid_grant`, unchanged.
    F4,
    /// Current, or previous inside the window, no longer welcome: `invalid_grant`, ended.
    F5,
    /// Current, or previous inside the window, scope wider than granted: `invalid_scope`, unchanged.
    F6Scope,
    /// Current, or previous inside the window, resource outside the grant: `invalid_target`, unchanged.
    F6Target,
    /// Previous inside the window, the same request, and that answer's access token still lives: 200, the same pair, unchanged.
    F7,
    /// Previous inside the window, any other request: `invalid_grant`, unchanged.
    F8,
    /// Older, superseded less than a window ago: 503 with `Retry-After`, unchanged.
    F9,
    /// Ours, and not current: `invalid_grant`, ended.
    F10,
    /// Current, all match: 200 with a new pair, generation + 1.
    F11,
}

impl Row {
    /// Whether the row holds only for a grant that is still welcome, so that the host must be asked.
    pub(crate) fn asks_welcome(self) -> bool {
        matches!(self, Self::F6Scope | Self::F6Target | Self::F7 | Self::F8 | Self::F11)
    }

    /// Whether the row makes something of random bytes.
    pub(crate) fn draws(self) -> bool {
        self == Self::F11
    }

    /// What the client is told, and what an operator reads.
    #[must_use]
    pub fn refusal(self) -> Option<(ErrorCode, Reason)> {
        let (code, reason) = match self {
            Self::F2 => (ErrorCode::InvalidGrant, Reason::RefreshUnknown),
            Self::F3 => (ErrorCode::InvalidGrant, Reason::RefreshHolder),
            Self::F4 => (ErrorCode::InvalidGrant, Reason::RefreshEnded),
            Self::F5 => (ErrorCode::InvalidGrant, Reason::RefreshUnwelcome),
            Self::F6Scope => (ErrorCode::InvalidScope, Reason::RefreshScope),
            Self::F6Target => (ErrorCode::InvalidTarget, Reason::RefreshResource),
            Self::F8 => (ErrorCode::InvalidGrant, Reason::RefreshOtherRetry),
            Self::F9 => (ErrorCode::ServerError, Reason::RefreshRecent),
            Self::F10 => (ErrorCode::InvalidGrant, Reason::RefreshReused),
            Self::F7 | Self::F11 => return None,
        };
        Some((code, reason))
    }
}

/// One try to refresh.
#[derive(Debug)]
pub struct Refreshing<'a> {
    /// The client, authenticated.
    pub client: &'a Client,
    /// The refresh token.
    pub token: &'a HandedRefresh,
    /// Fewer scopes than were granted, perhaps.
    pub scopes: Option<&'a ScopeSet>,
    /// The resources the access token is for; none means all that were granted.
    pub resources: &'a [Resource],
    /// When the request arrived.
    pub now: OffsetDateTime,
}

/// The row that decides.
#[must_use]
pub fn judge(grant: &Grant, event: &Refreshing<'_>, welcome: bool, terms: &Terms<'_>) -> Row {
    let (now, window) = (grant.judged_at(event.now), terms.lifetimes.retry_window);
    let (active, line) = match &grant.stage {
        // An ended grant keeps no key, so what belongs to it cannot be told from what does not: the answer is the same.
        State::Ended { .. } => return Row::F4,
        State::Active(active) => match &active.refresh {
            Some(line) => (active, line),
            None => return Row::F2,
        },
        State::Parked { .. } | State::Approved(_) => return Row::F2,
    };
    if !derive::is_ours(event.token, &line.key, terms.pepper) {
        return Row::F2;
    }
    if event.client.id() != &grant.client_id {
        return Row::F3;
    }
    if now >= line.expires {
        return Row::F4;
    }
    let current = line.is_current(event.token);
    let retried = if current { None } else { line.retried(event, now, window) };
    if current || retried.is_some() {
        if !welcome {
            return Row::F5;
        }
        if event.scopes.is_some_and(|scopes| !active.scopes.covers(scopes)) {
            return Row::F6Scope;
        }
        if !grant.covers_resources(event.resources, terms) {
            return Row::F6Target;
        }
    }
    if let Some(previous) = retried {
        let pair = Pair::derive(grant, active, event, line, &previous.salt, terms);
        // Another request derives another pair, which is not the one that was issued.
        let alive = active.find(&pair.access.digest()).is_some_and(|access| now < access.expires);
        return if alive && line.digest.matches(&pair.refresh.digest()) { Row::F7 } else { Row::F8 };
    }
    if current {
        Row::F11
    } else if line.superseded_within(event.token.generation, now, window) {
        Row::F9
    } else {
        Row::F10
    }
}

/// What the row answers, and what the grant becomes if it changes. Without random bytes nothing is issued.
#[must_use]
pub fn apply(
    row: Row,
    grant: Grant,
    event: &Refreshing<'_>,
    draw: Option<&Draw>,
    terms: &Terms<'_>,
) -> (Option<Issued>, Option<Grant>) {
    let (now, window) = (grant.judged_at(event.now), terms.lifetimes.retry_window);
    match row {
        Row::F5 | Row::F10 => (None, Some(grant.end(now, window))),
        Row::F7 => (again(&grant, event, now, terms), None),
        Row::F11 => match draw.and_then(|draw| rotate(grant, event, draw, now, terms)) {
            Some((issued, grant)) => (Some(issued), Some(grant)),
            None => (None, None),
        },
        Row::F2 | Row::F3 | Row::F4 | Row::F6Scope | Row::F6Target | Row::F8 | Row::F9 => (None, None),
    }
}

/// The two tokens that follow from a presented one.
struct Pair {
    access: Handed,
    refresh: HandedRefresh,
}

impl Pair {
    fn derive(
        grant: &Grant,
        active: &Active,
        event: &Refreshing<'_>,
        line: &Refresh,
        salt: &SecretBytes,
        terms: &Terms<'_>,
    ) -> Self {
        let id = grant.id;
        let generation = event.token.generation.wrapping_add(1);
        let request = request_digest(grant, active, event);
        let bound_to: [&[u8]; 2] = [&generation.to_be_bytes(), request.as_bytes()];
        let successors = Successors::of(&event.token.secret, salt, terms.pepper);
        let next = |kind| successors.next(kind, &id, bound_to);
        let secret = next(Kind::Refresh);
        let tag = derive::tag(&line.key, terms.pepper, &id, generation, &secret);
        Self { access: Handed::new(Kind::Access, id, next(Kind::Access)), refresh: HandedRefresh { id, generation, secret, tag } }
    }
}

/// What must be the same for a retry to be one: scope, resource, holder.
fn request_digest(grant: &Grant, active: &Active, event: &Refreshing<'_>) -> Digest {
    let scopes = event.scopes.unwrap_or(&active.scopes).as_str().as_bytes();
    let who = [b"refresh", grant.id.as_bytes().as_slice(), event.client.id().as_str().as_bytes(), b"\0", scopes];
    let which = event.resources.iter().flat_map(|resource| [b"\0".as_slice(), resource.as_str().as_bytes()]);
    Digest::of_all(who.into_iter().chain(which))
}

impl Refresh {
    /// The last rotation, if the token is the one it replaced and the window is still open.
    fn retried(&self, event: &Refreshing<'_>, now: Moment, window: Duration) -> Option<&Previous> {
        let previous = self.previous.as_ref()?;
        let is_previous = event.token.generation.checked_add(1) == Some(self.generation);
        (is_previous && now - previous.at < window).then_some(previous)
    }

    fn superseded_within(&self, generation: u32, now: Moment, window: Duration) -> bool {
        let entry = self.superseded.iter().find(|entry| generation <= entry.generation);
        entry.is_some_and(|entry| now - entry.at < window)
    }

    fn supersede(&mut self, now: Moment, window: Duration) {
        // The newest entry outside the window stays: it says which generations are long gone.
        let long_gone = self.superseded.iter().take_while(|entry| now - entry.at >= window).count();
        self.superseded.drain(..long_gone.saturating_sub(1));
        if self.superseded.len() >= MOST_SUPERSEDED {
            self.superseded.remove(1);
        }
        self.superseded.push(Superseded { generation: self.generation, at: now });
    }
}

/// The answer of the last rotation once more, with what is left of its time.
fn again(grant: &Grant, event: &Refreshing<'_>, now: Moment, terms: &Terms<'_>) -> Option<Issued> {
    let State::Active(active) = &grant.stage else { return None };
    let line = active.refresh.as_ref()?;
    let pair = Pair::derive(grant, active, event, line, &line.previous.as_ref()?.salt, terms);
    let access = active.find(&pair.access.digest())?;
    Some(Issued {
        access: pair.access.to_text(),
        refresh: Some(pair.refresh.to_text()),
        expires_in: seconds_until(access.expires, now),
        scopes: access.scopes.as_ref().unwrap_or(&active.scopes).clone(),
    })
}

fn rotate(mut grant: Grant, event: &Refreshing<'_>, draw: &Draw, now: Moment, terms: &Terms<'_>) -> Option<(Issued, Grant)> {
    let State::Active(mut active) = std::mem::replace(&mut grant.stage, State::Ended { at: now, denied: false }) else {
        return None;
    };
    let mut line = active.refresh.take()?;
    let salt = draw.secret().clone();
    let pair = Pair::derive(&grant, &active, event, &line, &salt, terms);
    let expires = now + terms.lifetimes.access;
    let scopes = event.scopes.map(|scopes| active.scopes.filter(|scope| scopes.contains(scope)));
    let issued_scopes = scopes.as_ref().unwrap_or(&active.scopes).clone();
    let (access, access_text) = grant.access_token(pair.access.secret().clone(), now, expires, scopes, event.resources, terms);

    let window = terms.lifetimes.retry_window;
    line.supersede(now, window);
    line.previous = (!window.is_zero()).then(|| Previous { salt, at: now });
    line.generation = pair.refresh.generation;
    line.digest = pair.refresh.digest();
    line.expires = line.ends.min(now + terms.lifetimes.refresh_idle);
    active.refresh = Some(line);
    active.keep(access, now);
    grant.forget_after = active.forget_after(now);
    grant.stage = State::Active(active);
    let refresh = Some(pair.refresh.to_text());
    Some((Issued { access: access_text, refresh, expires_in: seconds_until(expires, now), scopes: issued_scopes }, grant))
}

#[cfg(test)]
mod tests;
