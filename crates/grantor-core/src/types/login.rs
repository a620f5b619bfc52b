use std::sync::Arc;

use time::OffsetDateTime;

use super::{Subject, Text};

/// Who is logged in at the host, in which of its sessions, and since when.
///
/// The host makes one from its own session at each request. `session` may be any stable name of the session (its id, or a
/// digest of it); the library keeps it only as a digest, and a consent ticket works in that session alone.
#[derive(Debug, Clone)]
pub struct Login {
    pub(crate) subject: Subject,
    pub(crate) session: super::SecretText,
    pub(crate) auth_time: OffsetDateTime,
    pub(crate) acr: Option<Text>,
    pub(crate) amr: Vec<Text>,
}

impl Login {
    /// A login of `subject` in the host's session `session`, authenticated at `auth_time`.
    #[must_use]
    pub fn new(subject: impl Into<Subject>, session: impl Into<String>, auth_time: OffsetDateTime) -> Self {
        let session = super::SecretText::new(session.into());
        Self { subject: subject.into(), session, auth_time, acr: None, amr: Vec::new() }
    }

    /// The authentication context class that was reached (OpenID Connect Core §2).
    #[must_use]
    pub fn acr(mut self, acr: impl Into<Arc<str>>) -> Self {
        self.acr = Some(Text::from(acr));
        self
    }

    /// The authentication methods that were used (RFC 8176).
    #[must_use]
    pub fn amr<I: Into<Arc<str>>>(mut self, amr: impl IntoIterator<Item = I>) -> Self {
        self.amr = amr.into_iter().map(Text::from).collect();
        self
    }

    /// The person.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}
