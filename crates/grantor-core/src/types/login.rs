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

#[cfg(test)]
mod tests {
    use super::*;

    /// AZ-38
    #[test]
    fn a_login_names_its_person_and_prints_no_session() {
        let login = Login::new("ann", "ann's session", OffsetDateTime::UNIX_EPOCH).acr("gold").amr(["pwd", "otp"]);
        assert_eq!((login.subject().as_str(), login.subject().to_string().as_str()), ("ann", "ann"));
        assert_eq!(login.acr.as_deref(), Some("gold"));
        assert_eq!(login.amr.iter().map(|one| &**one).collect::<Vec<_>>(), ["pwd", "otp"]);
        let printed = format!("{login:?}");
        assert!(printed.contains("ann") && !printed.contains("session\"") && printed.contains("[REDACTED]"), "{printed}");
    }
}
