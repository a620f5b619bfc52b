//! Connected apps: who has access to a person's account, how to take it back, and how to close the account.
//!
//! An account is closed in this order: nobody can log in, its sessions are over, its grants end. A grant that begins while
//! the grants are being ended could be missed; from the first step on none can, because the library asks
//! [`still_welcome`](grantor::StillWelcome) wherever one would become tokens.

use std::time::Duration;

use grantor::{ClientId, StoreError, Subject};

use crate::forms::field;
use crate::host::{Host, cross_site};
use crate::pages::{Apps, Page};
use crate::sessions::Session;
use crate::visitor::Visitor;

/// How long to wait before grants that could not be ended are tried again.
const AGAIN: Duration = Duration::from_secs(5);

impl Host {
    /// `GET /apps`
    pub async fn apps(&self, visitor: &Visitor, query: &str) -> Page {
        let notice = field(query, "notice").filter(|notice| notice == "ended");
        let notice = notice.map(|_| "Its access has ended.");
        match &visitor.session {
            Some(session) => self.apps_of(session, notice, None).await,
            None => Page::apps(&Apps::default()),
        }
    }

    /// `POST /apps/end`
    pub async fn end_app(&self, visitor: &Visitor, body: &[u8]) -> Page {
        let session = match sender(visitor) {
            Ok(session) => session,
            Err(page) => return page,
        };
        let client = form_field(body, "client_id").and_then(|id| ClientId::parse(&id).ok());
        let (Some(client), Some(directory)) = (client, &self.directory) else { return incomplete() };
        // First, so that no remembered consent connects it anew.
        if self.sessions.forget(session).await.is_err() {
            return Page::busy();
        }
        match self.server.disconnect(directory.as_ref(), &Subject::from(session.subject()), &client).await {
            Ok(_) => Page::see_other("/apps?notice=ended"),
            Err(fault) => busy(&fault),
        }
    }

    /// `POST /account/close`
    pub async fn close_account(&self, visitor: &Visitor, body: &[u8]) -> Page {
        let session = match sender(visitor) {
            Ok(session) => session,
            Err(page) => return page,
        };
        let Some(password) = form_field(body, "password") else { return incomplete() };
        if !self.accounts.check(session.subject(), &password).await {
            return self.apps_of(session, None, Some("That is not your password. Nothing was done.")).await;
        }
        if self.sessions.close(session.subject()).await.is_err() {
            return Page::busy();
        }
        let text = if self.end_grants(session.subject()).await {
            "No app has access to it, and nobody can log in to it."
        } else {
            "Nobody can log in to it, and no app can renew its access. What an app has now may still work for a while."
        };
        Page::message(200, "Your account is closed", text).with("set-cookie", self.site.clear_cookie())
    }

    async fn apps_of(&self, session: &Session, notice: Option<&str>, fault: Option<&str>) -> Page {
        let subject = session.subject();
        let connections = match &self.directory {
            Some(directory) => match self.server.connections(directory.as_ref(), &Subject::from(subject)).await {
                Ok(connections) => Some(connections),
                Err(fault) => return busy(&fault),
            },
            None => None,
        };
        Page::apps(&Apps { subject: Some(subject), connections: connections.as_deref(), notice, fault })
    }

    /// Ends all that a person allowed, and tells whether that is done. Where the store fails it is tried again from time to
    /// time: whoever closed an account cannot come back and ask once more.
    async fn end_grants(&self, subject: &str) -> bool {
        let Some(directory) = self.directory.clone() else { return false };
        let (server, subject) = (self.server.clone(), Subject::from(subject));
        let Err(fault) = server.end_subject(directory.as_ref(), &subject).await else { return true };
        tracing::error!(%fault, "grants of a closed account could not be ended yet");
        tokio::spawn(async move {
            while server.end_subject(directory.as_ref(), &subject).await.is_err() {
                tokio::time::sleep(AGAIN).await;
            }
        });
        false
    }
}

/// Who sent a form of our own pages.
fn sender(visitor: &Visitor) -> Result<&Session, Page> {
    if !visitor.from_here {
        return Err(cross_site());
    }
    let over = || Page::message(403, "Log in first", "Your login is over, and nothing was done.");
    visitor.session.as_ref().ok_or_else(over)
}

fn form_field(body: &[u8], name: &str) -> Option<String> {
    field(std::str::from_utf8(body).ok()?, name)
}

fn incomplete() -> Page {
    Page::message(400, "Try again", "The form was not complete.")
}

fn busy(fault: &StoreError) -> Page {
    tracing::error!(%fault, "grants cannot be listed or ended");
    Page::busy()
}
