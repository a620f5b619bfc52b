//! The model of one grant: what the tables speak of, and nothing else. Times are milliseconds since the beginning.

use super::{
    call::Call,
    tables::{self, Fact, Row, Then},
};

pub(crate) const WINDOW: i64 = 10_000;
pub(crate) const PARKED: i64 = 600_000;
pub(crate) const CODE: i64 = 60_000;
pub(crate) const ACCESS: i64 = 600_000;
pub(crate) const IDLE: i64 = 30 * 86_400_000;

/// A grant, as far as the tables know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Life {
    /// The newest instant any writer saw.
    pub(crate) newest: i64,
    pub(crate) stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Parked { until: i64 },
    Approved { at: i64, until: i64, wrong: u8, whole: bool },
    Active(Active),
    Ended { at: i64, no: bool },
    Forgotten,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Active {
    pub(crate) until: i64,
    /// When which generation of refresh tokens was replaced; the newest was not.
    pub(crate) replaced: Vec<i64>,
    /// Whether the last rotation was asked for all scopes.
    pub(crate) whole: bool,
    /// The access tokens that are kept: of which generation, and until when they live.
    pub(crate) access: Vec<(u8, i64)>,
}

impl Active {
    pub(crate) fn generation(&self) -> u8 {
        self.replaced.len() as u8
    }

    fn replaced_within(&self, generation: u8, now: i64) -> bool {
        self.replaced.get(usize::from(generation)).is_some_and(|at| now - at < WINDOW)
    }

    fn access_lives(&self, generation: u8, now: i64) -> bool {
        self.access.iter().any(|(of, until)| *of == generation && now < *until)
    }
}

impl Life {
    pub(crate) fn now(&self, arrived: i64) -> i64 {
        arrived.max(self.newest)
    }

    /// The row that decides about a request that arrived then.
    pub(crate) fn judge(&self, call: Call, arrived: i64) -> &'static Row {
        let table = match call {
            Call::Approve | Call::ApproveLess => tables::ALLOWING,
            Call::Deny => tables::DENYING,
            Call::Redeem | Call::RedeemWrong => tables::REDEEMING,
            Call::Refresh(_) | Call::RefreshLess(_) => tables::REFRESHING,
            Call::Revoke(_) => tables::REVOKING,
            Call::RevokeAccess(_) => tables::REVOKING_ACCESS,
        };
        let now = self.now(arrived);
        let decides = |row: &&Row| row.when.iter().all(|fact| self.holds(*fact, call, now));
        table.iter().find(decides).unwrap_or_else(|| panic!("no row for {call:?} on {self:?}"))
    }

    fn holds(&self, fact: Fact, call: Call, now: i64) -> bool {
        let active = |holds: &dyn Fn(&Active, u8) -> bool| match (&self.stage, call.generation()) {
            (Stage::Active(active), Some(generation)) => holds(active, generation),
            _ => false,
        };
        match fact {
            Fact::Parked => matches!(self.stage, Stage::Parked { .. }),
            Fact::Approved => matches!(self.stage, Stage::Approved { .. }),
            Fact::Active => matches!(self.stage, Stage::Active(_)),
            Fact::Ended => matches!(self.stage, Stage::Ended { .. }),
            Fact::EndedByNo => matches!(self.stage, Stage::Ended { no: true, .. }),
            Fact::Forgotten => self.stage == Stage::Forgotten,
            Fact::Late => match &self.stage {
                Stage::Parked { until } | Stage::Approved { until, .. } | Stage::Active(Active { until, .. }) => now >= *until,
                Stage::Ended { .. } | Stage::Forgotten => false,
            },
            Fact::JustNow => match &self.stage {
                Stage::Approved { at, .. } | Stage::Ended { at, .. } => now - at < WINDOW,
                _ => false,
            },
            Fact::WrongVerifier => call == Call::RedeemWrong,
            Fact::Worn => matches!(self.stage, Stage::Approved { wrong: 4.., .. }),
            Fact::SameScopes => matches!(self.stage, Stage::Approved { whole, .. } if whole == (call == Call::Approve)),
            Fact::Current => active(&|active, presented| presented == active.generation()),
            Fact::Previous => {
                active(&|active, presented| presented + 1 == active.generation() && active.replaced_within(presented, now))
            }
            Fact::Recent => active(&|active, presented| active.replaced_within(presented, now)),
            Fact::SameRequest => active(&|active, _| active.whole == matches!(call, Call::Refresh(_))),
            Fact::AnswerLives => active(&|active, _| active.access_lives(active.generation(), now)),
            Fact::Kept => active(&|active, presented| active.access.iter().any(|(of, _)| *of == presented)),
        }
    }

    /// Lets the row come true.
    pub(crate) fn become_by(&mut self, row: &Row, call: Call, arrived: i64) {
        let now = self.now(arrived);
        self.newest = now;
        let ended = |no| Stage::Ended { at: now, no };
        match (row.then, &mut self.stage) {
            (Then::Same, _) => {}
            (Then::Approved, stage) => {
                *stage = Stage::Approved { at: now, until: now + CODE, wrong: 0, whole: call == Call::Approve };
            }
            (Then::OneMoreFailure, Stage::Approved { wrong, .. }) => *wrong += 1,
            (Then::Active, stage) => {
                let access = vec![(0, now + ACCESS)];
                *stage = Stage::Active(Active { until: now + IDLE, replaced: Vec::new(), whole: true, access });
            }
            (Then::Rotated, Stage::Active(active)) => {
                active.replaced.push(now);
                active.until = now + IDLE;
                active.whole = matches!(call, Call::Refresh(_));
                active.access.retain(|(_, until)| now < *until);
                let generation = active.generation();
                active.access.push((generation, now + ACCESS));
            }
            (Then::TokenGone, Stage::Active(active)) => active.access.retain(|(of, _)| Some(*of) != call.generation()),
            (Then::Ended, stage) => *stage = ended(false),
            (Then::EndedByNo, stage) => *stage = ended(true),
            (then, stage) => panic!("{then:?} of {stage:?}"),
        }
    }

    /// Whether the engine has a reason to end the grant when this refresh token comes: it was replaced a window ago.
    pub(crate) fn is_stale(&self, generation: u8, arrived: i64) -> bool {
        let Stage::Active(active) = &self.stage else { return false };
        generation < active.generation() && !active.replaced_within(generation, self.now(arrived))
    }

    pub(crate) fn code_lives(&self, now: i64) -> bool {
        matches!(self.stage, Stage::Approved { until, .. } if self.now(now) < until)
    }

    pub(crate) fn access_lives(&self, generation: u8, now: i64) -> bool {
        matches!(&self.stage, Stage::Active(active) if active.access_lives(generation, self.now(now)))
    }

    pub(crate) fn refresh_lives(&self, generation: u8, now: i64) -> bool {
        self.judge(Call::Refresh(generation), now).says == tables::Says::Tokens
    }

    /// The name the engine gives the stage.
    pub(crate) fn stage_name(&self) -> Option<&'static str> {
        match self.stage {
            Stage::Parked { .. } => Some("parked"),
            Stage::Approved { .. } => Some("approved"),
            Stage::Active(_) => Some("active"),
            Stage::Ended { .. } => Some("ended"),
            Stage::Forgotten => None,
        }
    }
}
