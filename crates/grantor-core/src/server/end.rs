//! Ending all that a person allowed, or all that a client holds.

use time::OffsetDateTime;

use super::{
    AuthorizationServer, EndCause,
    deed::Deed,
    settle::{Step, Trouble},
};
use crate::{
    grant::{Draw, Grant, Stage, Terms},
    store::{GrantDirectory, StoreError},
    types::{ClientId, GrantId, Subject},
};

/// How many grants are listed at once.
const PAGE: usize = 100;

#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
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
        self.end_one(&id, Some(Box::new(grant))).await
    }

    async fn end_one(&self, id: &GrantId, loaded: Option<Box<Grant>>) -> Result<bool, StoreError> {
        let now = self.now();
        let settled = self.settle(id, loaded, &Ending(now), None, now).await.map_err(failed)?;
        Ok(settled.is_some_and(|settled| settled.answer))
    }

    async fn end_all(&self, directory: &dyn GrantDirectory, whose: Whose<'_>) -> Result<usize, StoreError> {
        let (mut ended, mut pages) = (0, Pages::of(self, directory, whose));
        while let Some(page) = pages.next().await? {
            for grant in page {
                ended += usize::from(self.end_loaded(grant).await?);
            }
        }
        Ok(ended)
    }
}

/// The grants of a person or a client under one issuer, page by page.
pub(super) struct Pages<'a> {
    server: &'a AuthorizationServer,
    directory: &'a dyn GrantDirectory,
    whose: Whose<'a>,
    after: Option<GrantId>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn of(server: &'a AuthorizationServer, directory: &'a dyn GrantDirectory, whose: Whose<'a>) -> Self {
        Self { server, directory, whose, after: None, is_over: false }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Vec<Grant>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let mut page = match self.whose {
            Whose::Subject(subject) => self.directory.of_subject(subject, self.after.as_ref(), PAGE).await?,
            Whose::Client(client) => self.directory.of_client(client, self.after.as_ref(), PAGE).await?,
        };
        self.is_over = page.len() < PAGE;
        self.after = page.last().map(|grant| *grant.id());
        page.retain(|grant| grant.is_of(self.server.issuer()));
        Ok(Some(page))
    }
}

/// The host ends a grant, if it has not ended yet.
struct Ending(OffsetDateTime);

impl Step for Ending {
    type Row = bool;
    type Answer = bool;

    fn judge(&self, grant: &Grant, _: bool, _: &Terms<'_>) -> bool {
        grant.stage() != Stage::Ended
    }

    fn asks_welcome(_: bool) -> bool {
        false
    }

    fn apply(&self, row: bool, grant: Grant, _: Option<&Draw>, terms: &Terms<'_>) -> (bool, Option<Grant>) {
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
