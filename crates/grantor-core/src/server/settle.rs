//! One compare-and-swap: load, judge, replace, and look again when it was lost or nobody knows.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{
    AuthorizationServer, EndCause, Event,
    deed::{Change, Deed},
};
use crate::{
    grant::{Draw, Grant, Terms, authorization_code, consent, refresh_token},
    protocol::Reason,
    store::{StoreError, Swap},
    types::{Client, ClientId, GrantId, Version},
};

/// How often a request decides before it gives up.
const TRIES: usize = 8;

/// One step in the life of a grant: an event, judged by one of the tables.
pub(super) trait Step {
    type Row: Copy;
    type Answer;

    fn judge(&self, grant: &Grant, welcome: bool, terms: &Terms<'_>) -> Self::Row;
    fn asks_welcome(row: Self::Row) -> bool;

    /// What the row makes of random bytes. Most make nothing.
    fn needs(&self, _: Self::Row) -> Needs {
        Needs::Nothing
    }

    fn apply(&self, row: Self::Row, grant: Grant, draw: Option<&Draw>, terms: &Terms<'_>) -> (Self::Answer, Option<Grant>);
    fn deed(row: Self::Row) -> Deed;
}

/// How many random bytes a row needs beside the version of its write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    Secret,
    /// A secret, and what a line of refresh tokens begins with.
    Line,
}

/// A decision that came true, by the row that made it.
pub(super) struct Settled<S: Step> {
    pub(super) row: S::Row,
    pub(super) answer: S::Answer,
}

/// A decision, and the write that makes it true, if it needs one.
struct Made<S: Step> {
    settled: Settled<S>,
    write: Option<(Version, Change, Grant)>,
}

/// Nothing could be decided: 503. The operator was told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trouble(pub(super) Reason);

impl AuthorizationServer {
    /// Takes the step on the grant, as it is in the store or as it was `loaded` a moment ago. `None`: no such grant.
    ///
    /// Each try keeps its version with its answer. When a try was lost or its outcome is unknown, the grant is loaded
    /// anew: the version of any own try means that this try happened, with its answer. Otherwise what stands there is
    /// judged again, unless a failed write left nothing of ours behind. Whatever came true is told before this returns.
    pub(super) async fn settle<S: Step>(
        &self,
        id: &GrantId,
        loaded: Option<Box<Grant>>,
        step: &S,
        client: Option<&Client>,
        now: OffsetDateTime,
    ) -> Result<Option<Settled<S>>, Trouble> {
        let terms = self.terms(client);
        let mut loaded = loaded;
        let mut tries: Vec<(Version, Settled<S>, Change)> = Vec::new();
        let mut failed_on: Option<Version> = None;
        loop {
            let grant = match loaded.take() {
                Some(grant) => grant,
                None => match self.load(id).await? {
                    Some(grant) => Box::new(grant),
                    None => return Ok(None),
                },
            };
            let read = *grant.version();
            if let Some(own) = tries.iter().position(|(version, ..)| *version == read) {
                let (_, settled, change) = tries.swap_remove(own);
                self.announce(&change, S::deed(settled.row));
                return Ok(Some(settled));
            }
            if failed_on == Some(read) {
                return Err(Trouble(Reason::StoreUnavailable));
            }
            if tries.len() == TRIES {
                return Err(self.gave_up(Reason::StoreContended));
            }
            let mut row = step.judge(&grant, true, &terms);
            if S::asks_welcome(row) && !self.is_welcome(&grant, client).await? {
                row = step.judge(&grant, false, &terms);
            }
            let Made { settled, write } = self.make(step, row, *grant, now, &terms)?;
            let Some((version, change, next)) = write else { return Ok(Some(settled)) };
            match self.0.grants.replace(read, next).await {
                Ok(Swap::Done) => {
                    self.announce(&change, S::deed(settled.row));
                    return Ok(Some(settled));
                }
                Ok(Swap::Lost) => {}
                Err(error) => {
                    self.store_failed(&error);
                    failed_on = Some(read);
                }
            }
            tries.push((version, settled, change));
        }
    }

    /// Lets the row make of the grant what it makes of it. No future keeps a grant for this.
    fn make<S: Step>(
        &self,
        step: &S,
        row: S::Row,
        grant: Grant,
        now: OffsetDateTime,
        terms: &Terms<'_>,
    ) -> Result<Made<S>, Trouble> {
        let before = grant.stage();
        let draw = self.draw(step.needs(row))?;
        let (answer, next) = step.apply(row, grant, draw.as_ref(), terms);
        let settled = Settled { row, answer };
        let Some(next) = next else { return Ok(Made { settled, write: None }) };
        let next = next.marked(self.version(draw.as_ref())?, now);
        let (version, change) = (*next.version(), Change::new(Some(before), &next));
        Ok(Made { settled, write: Some((version, change, next)) })
    }

    /// Keeps a new grant that is made from fresh random bytes, and returns what was made with it.
    pub(super) async fn begin<T>(
        &self,
        now: OffsetDateTime,
        make: impl Fn(&Draw) -> (Grant, T),
    ) -> Result<(GrantId, T), Trouble> {
        for _ in 0..TRIES {
            let draw = Draw::new(&*self.random_bytes()?);
            let (grant, made) = make(&draw);
            let grant = grant.marked(draw.version(), now);
            let (id, version) = (*grant.id(), *grant.version());
            let (change, deed) = (Change::new(None, &grant), Deed::of_new(&grant));
            let failure = self.0.grants.insert(grant).await.err();
            let is_there = match &failure {
                None => true,
                Some(_) => self.load(&id).await?.is_some_and(|kept| *kept.version() == version),
            };
            if is_there {
                self.announce(&change, deed);
                return Ok((id, made));
            }
            if let Some(failure) = failure.filter(|failure| !matches!(failure, StoreError::Conflict)) {
                return Err(self.store_failed(&failure));
            }
        }
        Err(self.gave_up(Reason::StoreContended))
    }

    /// The grant, if it is one of this issuer's: several issuers may share a store, and know nothing of each other.
    pub(super) async fn load(&self, id: &GrantId) -> Result<Option<Grant>, Trouble> {
        let grant = self.0.grants.load(id).await.map_err(|error| self.store_failed(&error))?;
        Ok(grant.filter(|grant| grant.is_of(self.issuer())))
    }

    pub(super) async fn find_client(&self, id: &ClientId) -> Result<Option<Client>, Trouble> {
        self.0.clients.find(id).await.map_err(|error| self.store_failed(&error))
    }

    /// Whether the client is still there and fits, and the host has nothing against the person.
    async fn is_welcome(&self, grant: &Grant, client: Option<&Client>) -> Result<bool, Trouble> {
        if !client.is_some_and(|client| grant.fits(client)) {
            return Ok(false);
        }
        match (&self.0.still_welcome, grant.subject()) {
            (Some(hook), Some(subject)) => hook.still_welcome(subject, grant).await.map_err(|error| self.store_failed(&error)),
            _ => Ok(true),
        }
    }

    fn draw(&self, needs: Needs) -> Result<Option<Draw>, Trouble> {
        Ok(match needs {
            Needs::Nothing => None,
            Needs::Secret => Some(Draw::new(&*self.random_bytes()?)),
            Needs::Line => Some(Draw::with_line(&*self.random_bytes()?)),
        })
    }

    /// The mark of a write: from what was drawn for it, or else drawn alone.
    fn version(&self, draw: Option<&Draw>) -> Result<[u8; 16], Trouble> {
        match draw {
            Some(draw) => Ok(draw.version()),
            None => self.random_bytes().map(|bytes| *bytes),
        }
    }

    fn random_bytes<const N: usize>(&self) -> Result<Zeroizing<[u8; N]>, Trouble> {
        let mut bytes = Zeroizing::new([0; N]);
        match self.0.random.fill(&mut *bytes) {
            Ok(()) => Ok(bytes),
            Err(_) => Err(self.gave_up(Reason::RandomUnavailable)),
        }
    }

    fn store_failed(&self, error: &StoreError) -> Trouble {
        self.tell(&Event::StoreFailed { reason: Reason::StoreUnavailable, error: Some(error) });
        Trouble(Reason::StoreUnavailable)
    }

    fn gave_up(&self, reason: Reason) -> Trouble {
        self.tell(&Event::StoreFailed { reason, error: None });
        Trouble(reason)
    }
}

impl Step for consent::Answering<'_> {
    type Row = consent::Row;
    type Answer = consent::Outcome;

    fn judge(&self, grant: &Grant, welcome: bool, terms: &Terms<'_>) -> consent::Row {
        consent::judge(grant, self, welcome, terms.lifetimes.retry_window)
    }

    fn asks_welcome(row: consent::Row) -> bool {
        row.asks_welcome()
    }

    fn needs(&self, row: consent::Row) -> Needs {
        if row.draws() { Needs::Secret } else { Needs::Nothing }
    }

    fn apply(
        &self,
        row: consent::Row,
        grant: Grant,
        draw: Option<&Draw>,
        terms: &Terms<'_>,
    ) -> (consent::Outcome, Option<Grant>) {
        consent::apply(row, grant, self, draw, terms)
    }

    fn deed(row: consent::Row) -> Deed {
        use consent::Row::{P1, P2, P3, P4, P5, P6, P7, P8, P9};
        match row {
            P2 => Deed::Ends(EndCause::Unwelcome),
            P4 => Deed::Approves,
            P5 | P7 => Deed::Denies,
            P1 | P3 | P6 | P8 | P9 => Deed::Nothing,
        }
    }
}

impl Step for authorization_code::Redeeming<'_> {
    type Row = authorization_code::Row;
    type Answer = Option<crate::grant::Issued>;

    fn judge(&self, grant: &Grant, welcome: bool, terms: &Terms<'_>) -> authorization_code::Row {
        authorization_code::judge(grant, self, welcome, terms)
    }

    fn asks_welcome(row: authorization_code::Row) -> bool {
        row.asks_welcome()
    }

    fn needs(&self, row: authorization_code::Row) -> Needs {
        match (row.draws(), self.client.uses_refresh_token()) {
            (true, true) => Needs::Line,
            (true, false) => Needs::Secret,
            (false, _) => Needs::Nothing,
        }
    }

    fn apply(
        &self,
        row: authorization_code::Row,
        grant: Grant,
        draw: Option<&Draw>,
        terms: &Terms<'_>,
    ) -> (Self::Answer, Option<Grant>) {
        authorization_code::apply(row, grant, self, draw, terms)
    }

    fn deed(row: authorization_code::Row) -> Deed {
        use authorization_code::Row::{R1, R2, R3, R4, R5, R6, R7, R8, R9, R10};
        match row {
            R4 => Deed::Ends(EndCause::Guessed),
            R6 => Deed::Ends(EndCause::Unwelcome),
            R7 => Deed::Redeems,
            R8 => Deed::Ends(EndCause::Replayed),
            R1 | R2 | R3 | R5 | R9 | R10 => Deed::Nothing,
        }
    }
}

impl Step for refresh_token::Refreshing<'_> {
    type Row = refresh_token::Row;
    type Answer = Option<crate::grant::Issued>;

    fn judge(&self, grant: &Grant, welcome: bool, terms: &Terms<'_>) -> refresh_token::Row {
        refresh_token::judge(grant, self, welcome, terms)
    }

    fn asks_welcome(row: refresh_token::Row) -> bool {
        row.asks_welcome()
    }

    fn needs(&self, row: refresh_token::Row) -> Needs {
        if row.draws() { Needs::Secret } else { Needs::Nothing }
    }

    fn apply(
        &self,
        row: refresh_token::Row,
        grant: Grant,
        draw: Option<&Draw>,
        terms: &Terms<'_>,
    ) -> (Self::Answer, Option<Grant>) {
        refresh_token::apply(row, grant, self, draw, terms)
    }

    fn deed(row: refresh_token::Row) -> Deed {
        use refresh_token::Row::{F2, F3, F4, F5, F6Scope, F6Target, F7, F8, F9, F10, F11};
        match row {
            F5 => Deed::Ends(EndCause::Unwelcome),
            F10 => Deed::Ends(EndCause::Reused),
            F11 => Deed::Refreshes,
            F2 | F3 | F4 | F6Scope | F6Target | F7 | F8 | F9 => Deed::Nothing,
        }
    }
}
