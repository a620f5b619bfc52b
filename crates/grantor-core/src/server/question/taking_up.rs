use time::OffsetDateTime;

use crate::{
    grant::{Draw, Grant, Handed, Terms},
    server::{
        deed::Deed,
        settle::{Needs, Step},
    },
    types::Login,
};

/// A request that waited for a login goes on, once: its handle finds it while it is parked and no other person's.
pub(super) struct TakingUp<'a, S> {
    pub(super) handle: &'a Handed,
    pub(super) login: &'a Login,
    pub(super) now: OffsetDateTime,
    /// What the step does to it.
    pub(super) deed: Deed,
    pub(super) step: S,
}

impl<T, S: Fn(Grant, &Draw, &Terms<'_>) -> (Grant, T)> Step for TakingUp<'_, S> {
    type Row = Deed;
    type Answer = Option<T>;

    fn judge(&self, grant: &Grant, welcome: bool, _: &Terms<'_>) -> Deed {
        let is_theirs = grant.waits_for(self.handle, self.now) && !grant.belongs_to_another(self.login);
        if welcome && is_theirs { self.deed } else { Deed::Nothing }
    }

    /// Anybody may say no.
    fn asks_welcome(row: Deed) -> bool {
        row == Deed::Approves
    }

    fn needs(&self, row: Deed) -> Needs {
        if row == Deed::Nothing { Needs::Nothing } else { Needs::Secret }
    }

    fn apply(&self, row: Deed, grant: Grant, draw: Option<&Draw>, terms: &Terms<'_>) -> (Option<T>, Option<Grant>) {
        let Some(draw) = draw.filter(|_| row != Deed::Nothing) else { return (None, None) };
        let (grant, handed) = (self.step)(grant, draw, terms);
        (Some(handed), Some(grant))
    }

    fn deed(row: Deed) -> Deed {
        row
    }
}
