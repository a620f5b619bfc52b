//! The person's answer to a parked request.
//!
//! A double click, a back button or a lost redirect must not become an error page: the code is derived from the ticket, so
//! that the same answer can be given again while the window is open and the code is unspent.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Approved, Draw, Grant, Handed, Kind, Moment, Person, State, Terms, derive::Successors};
use crate::{
    protocol::Reason,
    types::{Login, ScopeSet, SecretText},
};

/// The table, row by row; the first that matches decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// No such grant, wrong secret, other subject or session, or past ten minutes while parked: "start again", unchanged.
    P1,
    /// Parked or approved, and no longer welcome: a page, and the grant ends.
    P2,
    /// Parked, allow with scopes outside the request: a page, unchanged.
    P3,
    /// Parked, allow: redirect with a code, approved.
    P4,
    /// Parked, deny: redirect `access_denied`, ended.
    P5,
    /// Approved by this ticket, code unspent, inside the window, allow with the same scopes: the same redirect, unchanged.
    P6,
    /// Approved by this ticket, code unspent, deny: redirect `access_denied`, ended.
    P7,
    /// Ended by P5 or P7, inside the window, deny: the same redirect, unchanged.
    P8,
    /// Anything else: "already answered", unchanged.
    P9,
}

impl Row {
    /// Whether the row holds only for a grant that is still welcome, so that the host must be asked.
    pub(crate) fn asks_welcome(self) -> bool {
        matches!(self, Self::P3 | Self::P4 | Self::P5 | Self::P6 | Self::P7 | Self::P9)
    }

    /// Whether the row makes something of random bytes.
    pub(crate) fn draws(self) -> bool {
        self == Self::P4
    }

    /// What an operator reads.
    #[must_use]
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::P1 => Some(Reason::TicketUnknown),
            Self::P2 => Some(Reason::ConsentUnwelcome),
            Self::P3 => Some(Reason::ConsentWidened),
            Self::P5 | Self::P7 | Self::P8 => Some(Reason::Denied),
            Self::P9 => Some(Reason::ConsentAnswered),
            Self::P4 | Self::P6 => None,
        }
    }
}

/// Yes or no.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes, to these scopes; `None` stands for a list with something in it that is no scope.
    Allow(Option<ScopeSet>),
    /// No.
    Deny,
}

/// One answer of one person.
#[derive(Debug)]
pub struct Answering<'a> {
    /// The ticket that was presented.
    pub ticket: &'a Handed,
    /// Who presents it.
    pub login: &'a Login,
    /// What they say.
    pub answer: &'a Answer,
    /// When the request arrived.
    pub now: OffsetDateTime,
}

/// What comes back.
#[derive(Debug)]
pub enum Outcome {
    /// A redirect with this code.
    Code(SecretText),
    /// A redirect that says no.
    Denied,
    /// A page.
    Page(Reason),
}

/// Whether the ticket is this grant's, in this login, and not too old: what P1 asks.
#[must_use]
pub fn recognises(grant: &Grant, ticket: &Handed, login: &Login, now: OffsetDateTime) -> bool {
    let now = grant.judged_at(now);
    let right_ticket = grant.ticket.is_some_and(|kept| kept.matches(&ticket.digest()));
    let in_time = !matches!(&grant.stage, State::Parked { expires, .. } if now >= *expires);
    right_ticket && grant.is_bound_to(login) && in_time
}

/// The row that decides.
#[must_use]
pub fn judge(grant: &Grant, event: &Answering<'_>, welcome: bool, window: Duration) -> Row {
    let now = grant.judged_at(event.now);
    if !recognises(grant, event.ticket, event.login, event.now) {
        return Row::P1;
    }
    match (&grant.stage, event.answer) {
        (State::Parked { .. } | State::Approved(_), _) if !welcome => Row::P2,
        (State::Parked { .. }, Answer::Allow(scopes)) => match scopes {
            Some(scopes) if grant.scopes().covers(scopes) => Row::P4,
            _ => Row::P3,
        },
        (State::Parked { .. }, Answer::Deny) => Row::P5,
        (State::Approved(approved), Answer::Allow(Some(scopes))) if now - approved.at < window && scopes == &approved.scopes => {
            Row::P6
        }
        (State::Approved(_), Answer::Deny) => Row::P7,
        (State::Ended { at, denied: true }, Answer::Deny) if now - *at < window => Row::P8,
        _ => Row::P9,
    }
}

/// What the row answers, and what the grant becomes if it changes. Without random bytes nothing is approved.
#[must_use]
pub fn apply(row: Row, grant: Grant, event: &Answering<'_>, draw: Option<&Draw>, terms: &Terms<'_>) -> (Outcome, Option<Grant>) {
    let (now, window) = (grant.judged_at(event.now), terms.lifetimes.retry_window);
    match (row, event.answer) {
        (Row::P4, Answer::Allow(Some(scopes))) => {
            let Some(draw) = draw else { return (Outcome::Page(Reason::ConsentAnswered), None) };
            let salt = draw.secret().clone();
            let code = derived_code(&grant, event.ticket, &salt, terms);
            let text = code.to_text();
            (Outcome::Code(text), Some(grant.approve(scopes, &code, (!window.is_zero()).then_some(salt), now, terms)))
        }
        (Row::P6, _) => match &grant.stage {
            State::Approved(Approved { salt: Some(salt), .. }) => {
                (Outcome::Code(derived_code(&grant, event.ticket, salt, terms).to_text()), None)
            }
            _ => (Outcome::Page(Reason::ConsentAnswered), None),
        },
        (Row::P2, _) => (Outcome::Page(Reason::ConsentUnwelcome), Some(grant.end(now, window))),
        (Row::P5 | Row::P7, _) => (Outcome::Denied, Some(grant.deny(now, window))),
        (Row::P8, _) => (Outcome::Denied, None),
        (Row::P1 | Row::P3 | Row::P4 | Row::P9, _) => (Outcome::Page(row.reason().unwrap_or(Reason::ConsentAnswered)), None),
    }
}

fn derived_code(grant: &Grant, ticket: &Handed, salt: &crate::types::SecretBytes, terms: &Terms<'_>) -> Handed {
    let secret = Successors::of(ticket.secret(), salt, terms.pepper).next(Kind::Code, &grant.id, [b"", b""]);
    Handed::new(Kind::Code, grant.id, secret)
}

impl Grant {
    /// Keeps the handle by which a request that waits for a login is found again. The grant is still nobody's.
    pub(crate) fn wait_for_login(mut self, draw: &Draw) -> (Self, Handed) {
        let handed = Handed::new(Kind::Handle, self.id, draw.secret().clone());
        if let State::Parked { handle, .. } = &mut self.stage {
            *handle = Some(handed.digest());
        }
        (self, handed)
    }

    /// Whether the handle finds this request again: still parked, and in time. Whose it is, [`belongs_to_another`] tells.
    ///
    /// [`belongs_to_another`]: Self::belongs_to_another
    pub(crate) fn waits_for(&self, handle: &Handed, now: OffsetDateTime) -> bool {
        match &self.stage {
            State::Parked { expires, handle: Some(kept) } => self.judged_at(now) < *expires && kept.matches(&handle.digest()),
            _ => false,
        }
    }

    /// Whether somebody else was bound to it.
    pub(crate) fn belongs_to_another(&self, login: &Login) -> bool {
        self.person.is_some() && !self.is_bound_to(login)
    }

    /// Binds the parked request to a login and hands out the ticket of its question; an earlier ticket dies.
    pub(crate) fn park(mut self, login: &Login, draw: &Draw) -> (Self, SecretText) {
        let handed = Handed::new(Kind::Ticket, self.id, draw.secret().clone());
        self.bind(login);
        self.ticket = Some(handed.digest());
        (self, handed.to_text())
    }

    /// Approves a request whose person need not be asked: a code that is drawn, not derived.
    pub(crate) fn approve_unasked(
        mut self,
        login: &Login,
        scopes: &ScopeSet,
        draw: &Draw,
        now: OffsetDateTime,
        terms: &Terms<'_>,
    ) -> (Self, SecretText) {
        let code = Handed::new(Kind::Code, self.id, draw.secret().clone());
        // No ticket is out, so nothing is left that its session would have to be known for.
        self.person = Some(Person::of(login));
        self.ticket = None;
        (self.approve(scopes, &code, None, now.into(), terms), code.to_text())
    }

    /// Denies a request that waited for a login and was not parked again: it ends as by P5.
    pub(crate) fn deny_unasked(mut self, login: &Login, now: OffsetDateTime, terms: &Terms<'_>) -> Self {
        self.bind(login);
        let now = self.judged_at(now);
        self.deny(now, terms.lifetimes.retry_window)
    }

    fn approve(
        mut self,
        scopes: &ScopeSet,
        code: &Handed,
        salt: Option<crate::types::SecretBytes>,
        now: Moment,
        terms: &Terms<'_>,
    ) -> Self {
        let expires = now + terms.lifetimes.code;
        let scopes = self.scopes().common(scopes);
        self.forget_after = expires + terms.lifetimes.retry_window;
        self.stage = State::Approved(Approved { scopes, code: code.digest(), at: now, expires, failures: 0, salt });
        self
    }
}

#[cfg(test)]
mod tests;
