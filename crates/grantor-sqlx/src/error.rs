use std::fmt;

use grantor_core::StoreError;

use crate::engine::Engine;

/// Why the database did not do it: what kind of fault, and the database's own code for it.
///
/// It keeps nothing else of the driver's error. No connection string, credential, path or value can come out of its text,
/// so that it may be logged as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    fault: Fault,
    code: Option<Box<str>>,
    meaning: Option<&'static str>,
}

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The connection settings cannot be read, or do not fit this database.
    Settings,
    /// There is no connection: refused, broken off, or none was free in time.
    Unreachable,
    /// No answer within the store's timeout. Whether a write happened is not known.
    TimedOut,
    /// The database answered, and said no.
    Refused,
    /// What is stored cannot be read by this release.
    Unreadable,
}

impl Error {
    pub(crate) const fn new(fault: Fault) -> Self {
        Self { fault, code: None, meaning: None }
    }

    /// What is left of the driver's error.
    pub(crate) fn of<D: Engine>(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let code = error.code();
                let meaning = code.as_deref().and_then(D::meaning);
                Self { fault: Fault::Refused, code: code.map(|code| code.into()), meaning }
            }
            sqlx::Error::Io(error) => {
                Self { fault: Fault::Unreachable, code: Some(error.kind().to_string().into()), meaning: None }
            }
            sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => Self::new(Fault::Settings),
            sqlx::Error::Tls(_) => Self { fault: Fault::Unreachable, code: Some("TLS".into()), meaning: None },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::new(Fault::Unreadable),
            _ => Self::new(Fault::Unreachable),
        }
    }

    /// No answer in time, and this was the last one before.
    pub(crate) fn timed_out(self) -> Self {
        Self { fault: Fault::TimedOut, ..self }
    }

    /// What kind of fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// The database's code: SQLSTATE of PostgreSQL, the result code of SQLite, or the kind of an input/output error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::Settings => "the database's connection settings are not usable",
            Fault::Unreachable => "the database cannot be reached",
            Fault::TimedOut => "the database did not answer in time",
            Fault::Refused => "the database refused",
            Fault::Unreadable => "the database holds what cannot be read",
        })?;
        match (&self.code, self.meaning) {
            (Some(code), Some(meaning)) => write!(f, " ({code}: {meaning})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, _) => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::unavailable(error)
    }
}
