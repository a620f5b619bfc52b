//! Ending all that a person allowed, or all that a client holds.

use time::OffsetDateTime;

use super::{
    AuthorizationServer, EndCause,
    deed::Deed,
    settle::{Event, Trouble},
};
use crate::{
    grant::{Draw, Grant, Stage, Terms},
    store::{GrantDirectory, StoreError},
    types::{ClientId, GrantId, Subject},
};

/// How many grants are listed at once.
const PAGE: usize = 100;

#[derive(Clone, Copy)]
enum Whose<'a> {
    Subject(&'a Subject),
    Client(&'a ClientId),
}

impl AuthorizationServer {
    /// Ends every grant of a person and tells how many: what was allowed is no longer, and each code and token is dead when
    /// this returns.
    ///
    /// `directory` lists the store that the server was built with. First see to it that no new grant can begin (close the
    /// account, end its sessions, let [`StillWelcome`](super::StillWelcome) say no): one that begins meanwhile may be
    /// missed. It may be called again at any time, and by anybody.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store fails or others keep changing a grant. Some may have ended then; call it
    /// again.
    pub async fn end_subject(&self, directory: &dyn GrantDirectory, subject: &Subject) -> Result<usize, StoreError> {
        self.end_all(directory, Whose::Subject(subject)).await
    }

    /// Ends every grant of a client and tells how many. First remove or disable the client.
    ///
    /// # Errors
    /// As for [`end_subject`](Self::end_subject).
    pub async fn end_client(&self, directory: &dyn GrantDirectory, client: &ClientId) -> Result<usize, StoreError> {
        self.end_all(directory, Whose::Client(client)).await
    }

    /// Ends one grant, and tells whether it had not ended before. Its codes and tokens are dead when this returns.
    ///
    /// # Errors
    /// As for [`end_subject`](Self::end_subject).
    pub async fn end_grant(&self, id: &GrantId) -> Result<bool, StoreError> {
        self.end_one(id, None).await
    }

    pub(super) async fn end_loaded(&self, grant: Grant) -> Result<bool, StoreError> {
        let id = *grant.id();
        self.end_one(&id, Some(grant)).await
    }

    async fn end_one(&self, id: &GrantId, loaded: Option<Grant>) -> Result<bool, StoreError> {
        let now = self.now();
        let settled = self.settle(id, loaded, &Ending(now), None, now).await.map_err(failed)?;
        Ok(settled.is_some_and(|settled| settled.answer))
    }

    async fn end_all(&self, directory: &dyn GrantDirectory, whose: Whose<'_>) -> Result<usize, StoreError> {
        let mut ended = 0;
        self.each(directory, whose, async |grant| {
            ended += usize::from(self.end_loaded(grant).await?);
            Ok(())
        })
        .await?;
        Ok(ended)
    }

    /// Visits every grant of a person under this issuer.
    pub(super) async fn each_grant(
        &self,
        directory: &dyn GrantDirectory,
        subject: &Subject,
        visit: impl AsyncFnMut(Grant) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each(directory, Whose::Subject(subject), visit).await
    }

    async fn each(
        &self,
        directory: &dyn GrantDirectory,
        whose: Whose<'_>,
        mut visit: impl AsyncFnMut(Grant) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = match whose {
                Whose::Subject(subject) => directory.of_subject(subject, after.as_ref(), PAGE).await?,
                Whose::Client(client) => directory.of_client(client, after.as_ref(), PAGE).await?,
            };
            let is_last = page.len() < PAGE;
            after = page.last().map(|grant| *grant.id());
            for grant in page.into_iter().filter(|grant| grant.is_of(self.issuer())) {
                visit(grant).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

/// The host ends a grant, if it has not ended yet.
struct Ending(OffsetDateTime);

impl Event for Ending {
    type Row = bool;
    type Answer = bool;

    fn judge(&self, grant: &Grant, _: bool, _: &Terms<'_>) -> bool {
        grant.stage() != Stage::Ended
    }

    fn asks_welcome(_: bool) -> bool {
        false
    }

    fn apply(&self, row: bool, grant: Grant, _: &Draw, terms: &Terms<'_>) -> (bool, Option<Grant>) {
        let at = grant.judged_at(self.0);
        (row, row.then(|| grant.end(at, terms.lifetimes.retry_window)))
    }

    fn deed(_: bool) -> Deed {
        Deed::Ends(EndCause::ByHost)
    }
}

pub(super) fn failed(trouble: Trouble) -> StoreError {
    StoreError::unavailable(trouble.0.text())
}
