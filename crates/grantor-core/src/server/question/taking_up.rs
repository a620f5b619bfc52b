use time::OffsetDateTime;

use crate::{
    grant::{Draw, Grant, Handed, Terms},
    server::{deed::Deed, settle::Event},
    types::{Login, SecretText},
};

/// A request that waited for a login goes on, once: its handle finds it while it is parked and no other person's.
pub(super) struct TakingUp<'a, S> {
    pub(super) handle: &'a Handed,
    pub(super) login: &'a Login,
    pub(super) now: OffsetDateTime,
    pub(super) step: S,
}

impl<S: Fn(Grant, &Draw, &Terms<'_>) -> (Grant, SecretText)> Event for TakingUp<'_, S> {
    type Row = bool;
    type Answer = Option<SecretText>;

    fn judge(&self, grant: &Grant, welcome: bool, _: &Terms<'_>) -> bool {
        welcome && grant.waits_for(self.handle, self.now) && !grant.belongs_to_another(self.login)
    }

    fn asks_welcome(row: bool) -> bool {
        row
    }

    fn apply(&self, row: bool, grant: Grant, draw: &Draw, terms: &Terms<'_>) -> (Option<SecretText>, Option<Grant>) {
        if !row {
            return (None, None);
        }
        let (grant, handed) = (self.step)(grant, draw, terms);
        (Some(handed), Some(grant))
    }

    fn deed(row: bool) -> Deed {
        if row { Deed::Approves } else { Deed::Nothing }
    }
}
