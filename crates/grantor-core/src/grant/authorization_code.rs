//! Redeeming a code (RFC 6749 §4.1.3, OAuth 2.1 §4.1.3).
//!
//! Redemption is the one place where asking again does not give the same answer: the RFC wants a second use refused, and
//! a true replay ends the grant.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    Active, Approved, Draw, Grant, Handed, Issued, Moment, State, Terms,
    tokens::{Refresh, seconds_until},
};
use crate::{
    protocol::{ErrorCode, Reason},
    types::{Client, Resource},
};

/// How many wrong verifiers a code survives, and one more ends it.
const FAILURES_LEFT: u8 = 4;

/// The table, row by row; the first that matches decides. (R0, a client that is not authenticated, is decided before.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// No such grant, or wrong secret: `invalid_grant`, unchanged.
    R1,
    /// Approved, past its lifetime: `invalid_grant`, unchanged.
    R2,
    /// Approved, not the right holder or another redirect URI: `invalid_grant`, unchanged.
    R3,
    /// Approved, verifier missing, malformed or wrong: `invalid_grant`, one more failure; the fifth ends the grant.
    R4,
    /// Approved, verifier right, resource not granted: `invalid_target`, unchanged.
    R5,
    /// Approved, all match, no longer welcome: `invalid_grant`, ended.
    R6,
    /// Approved, all match: 200 with drawn tokens, active.
    R7,
    /// Active, this code already spent; holder, redirect URI and verifier match, a true replay: `invalid_grant`, ended.
    R8,
    /// Active, this code already spent, any of them wrong: `invalid_grant`, unchanged.
    R9,
    /// Ended: `invalid_grant`, unchanged.
    R10,
}

impl Row {
    /// Whether the row holds only for a grant that is still welcome, so that the host must be asked.
    pub(crate) fn asks_welcome(self) -> bool {
        self == Self::R7
    }

    /// Whether the row makes something of random bytes.
    pub(crate) fn draws(self) -> bool {
        self == Self::R7
    }

    /// What the client is told, and what an operator reads.
    #[must_use]
    pub fn refusal(self) -> Option<(ErrorCode, Reason)> {
        let (code, reason) = match self {
            Self::R1 => (ErrorCode::InvalidGrant, Reason::CodeUnknown),
            Self::R2 => (ErrorCode::InvalidGrant, Reason::CodeExpired),
            Self::R3 => (ErrorCode::InvalidGrant, Reason::CodeHolder),
            Self::R4 => (ErrorCode::InvalidGrant, Reason::CodeVerifier),
            Self::R5 => (ErrorCode::InvalidTarget, Reason::CodeResource),
            Self::R6 => (ErrorCode::InvalidGrant, Reason::CodeUnwelcome),
            Self::R7 => return None,
            Self::R8 => (ErrorCode::InvalidGrant, Reason::CodeReplayed),
            Self::R9 => (ErrorCode::InvalidGrant, Reason::CodeReplayedByOther),
            Self::R10 => (ErrorCode::InvalidGrant, Reason::CodeEnded),
        };
        Some((code, reason))
    }
}

/// One try to redeem a code.
#[derive(Debug)]
pub struct Redeeming<'a> {
    /// The client, authenticated.
    pub client: &'a Client,
    /// The code.
    pub code: &'a Handed,
    /// The redirect URI, if the client says it again.
    pub redirect_uri: Option<&'a str>,
    /// The PKCE verifier.
    pub verifier: Option<&'a str>,
    /// The resources the access token is for; none means all that were granted.
    pub resources: &'a [Resource],
    /// When the request arrived.
    pub now: OffsetDateTime,
}

/// The row that decides.
#[must_use]
pub fn judge(grant: &Grant, event: &Redeeming<'_>, welcome: bool, terms: &Terms<'_>) -> Row {
    let now = grant.judged_at(event.now);
    let digest = event.code.digest();
    match &grant.stage {
        State::Ended { .. } => Row::R10,
        State::Approved(approved) if approved.code.matches(&digest) => {
            if now >= approved.expires {
                Row::R2
            } else if !holds(grant, event) {
                Row::R3
            } else if !proves(grant, event) {
                Row::R4
            } else if !grant.covers_resources(event.resources, terms) {
                Row::R5
            } else if !welcome {
                Row::R6
            } else {
                Row::R7
            }
        }
        State::Active(active) if active.code.as_ref().is_some_and(|code| code.matches(&digest)) => {
            if holds(grant, event) && proves(grant, event) { Row::R8 } else { Row::R9 }
        }
        State::Parked { .. } | State::Approved(_) | State::Active(_) => Row::R1,
    }
}

/// The right holder, with the redirect URI of the request if it says one at all (OAuth 2.1 §10.2).
fn holds(grant: &Grant, event: &Redeeming<'_>) -> bool {
    let same_uri = |uri| grant.asked.as_ref().is_some_and(|asked| uri == &*asked.redirect_uri);
    event.client.id() == &grant.client_id && event.redirect_uri.is_none_or(same_uri)
}

fn proves(grant: &Grant, event: &Redeeming<'_>) -> bool {
    let matches = |verifier| grant.asked.as_ref().is_some_and(|asked| asked.challenge.verify(verifier));
    event.verifier.is_some_and(matches)
}

/// What the row answers, and what the grant becomes if it changes. Without random bytes nothing is issued.
#[must_use]
pub fn apply(
    row: Row,
    grant: Grant,
    event: &Redeeming<'_>,
    draw: Option<&Draw>,
    terms: &Terms<'_>,
) -> (Option<Issued>, Option<Grant>) {
    let now = grant.judged_at(event.now);
    let window = terms.lifetimes.retry_window;
    match row {
        Row::R4 => (None, Some(grant.fail(now, window))),
        Row::R6 | Row::R8 => (None, Some(grant.end(now, window))),
        Row::R7 => draw.and_then(|draw| activate(grant, event, draw, now, terms)).unzip(),
        Row::R1 | Row::R2 | Row::R3 | Row::R5 | Row::R9 | Row::R10 => (None, None),
    }
}

impl Grant {
    /// Counts a wrong verifier.
    fn fail(mut self, now: Moment, window: Duration) -> Self {
        match &mut self.stage {
            State::Approved(approved) if approved.failures < FAILURES_LEFT => approved.failures += 1,
            _ => return self.end(now, window),
        }
        self
    }
}

fn activate(mut grant: Grant, event: &Redeeming<'_>, draw: &Draw, now: Moment, terms: &Terms<'_>) -> Option<(Issued, Grant)> {
    let State::Approved(Approved { code, .. }) = grant.stage else { return None };
    let expires = now + terms.lifetimes.access;
    let (access, access_text) = grant.access_token(draw.secret().clone(), now, expires, None, event.resources, terms);
    let line = draw.line().filter(|_| event.client.uses_refresh_token());
    let (refresh, refresh_text) = line.map(|drawn| Refresh::begin(&grant, drawn, now, terms)).unzip();
    let scopes = grant.scopes().clone();
    let active = Active { scopes: scopes.clone(), code: Some(code), access: vec![access], refresh: refresh.map(Box::new) };
    grant.forget_after = active.forget_after(now);
    grant.stage = State::Active(active);
    Some((Issued { access: access_text, refresh: refresh_text, expires_in: seconds_until(expires, now), scopes }, grant))
}

#[cfg(test)]
mod tests;
