//! Ending all that a person allowed, or all that a client holds.

use time::OffsetDateTime;

use super::{AuthorizationServer, RandomUnavailable, settle::TRIES};
use crate::{
    grant::{Grant, Stage},
    protocol::Reason,
    store::{GrantDirectory, StoreError, Swap},
    types::{ClientId, Subject},
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

    async fn end_all(&self, directory: &dyn GrantDirectory, whose: Whose<'_>) -> Result<usize, StoreError> {
        let now = self.now();
        let (mut ended, mut after) = (0, None);
        loop {
            let page = match whose {
                Whose::Subject(subject) => directory.of_subject(subject, after.as_ref(), PAGE).await?,
                Whose::Client(client) => directory.of_client(client, after.as_ref(), PAGE).await?,
            };
            let Some(last) = page.last().map(|grant| *grant.id()) else { return Ok(ended) };
            after = Some(last);
            for grant in page {
                ended += usize::from(self.end(grant, now).await?);
            }
        }
    }

    /// Whether it was this call that ended the grant. A write whose outcome is unknown is an error: ending it again does no
    /// harm.
    async fn end(&self, mut grant: Grant, now: OffsetDateTime) -> Result<bool, StoreError> {
        let window = self.settings().lifetimes().retry_window;
        for _ in 0..TRIES {
            let (id, read) = (*grant.id(), *grant.version());
            let draw = self.draw().map_err(|_| StoreError::unavailable(RandomUnavailable))?;
            let at = grant.judged_at(now);
            if self.0.grants.replace(read, grant.end(at, window).marked(draw.version(), now)).await? == Swap::Done {
                return Ok(true);
            }
            match self.0.grants.load(&id).await? {
                Some(newer) if newer.stage() != Stage::Ended => grant = newer,
                _ => return Ok(false),
            }
        }
        Err(StoreError::unavailable(Reason::StoreContended.code()))
    }
}
