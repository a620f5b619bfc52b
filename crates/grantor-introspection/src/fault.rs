use std::{fmt, time::Duration};

use grantor_core::types::InvalidIssuer;

use crate::builder::{LONGEST_KEEP, LONGEST_WAIT};

/// A configuration that was refused, with all its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntrospectionError {
    faults: Vec<IntrospectionFault>,
}

/// One fault of a configuration, with its fix. None tells the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectionFault {
    /// The issuer leaves its rules.
    #[error("issuer {0:?}: {1}")]
    Issuer(String, InvalidIssuer),
    /// Nobody said whom to ask.
    #[error("no endpoint is configured; add endpoint(url), or end with discover() in place of build()")]
    NoEndpoint,
    /// The endpoint is none that a secret may be sent to. It is not repeated here, since it may hold a password.
    #[error(
        "the endpoint is an https URL without user information and fragment; http is for 127.0.0.1, [::1] and localhost only \
         (RFC 7662 section 4)"
    )]
    Endpoint,
    /// No client, or one without id or secret.
    #[error("the server tells nobody about tokens who does not say who it is (RFC 7662 section 2.1); add client(id, secret)")]
    NoClient,
    /// Answers would be kept too long.
    #[error("keep_for is {0:?}; it must be at most {max:?}, since a revoked token passes for so long", max = LONGEST_KEEP)]
    KeepFor(Duration),
    /// Requests would wait too long, or not at all.
    #[error("timeout is {0:?}; it must be more than zero and at most {max:?}", max = LONGEST_WAIT)]
    Timeout(Duration),
    /// A cache without room.
    #[error("capacity is 0; to keep no answers, set keep_for to zero")]
    Capacity,
    /// https, and nothing that speaks it.
    #[error("the server is reached by https; switch the feature rustls on, or bring http(..) with a TLS of your own")]
    NoTls,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Http(String),
    /// The metadata cannot be read. It may be another time: this one is worth another try.
    #[error("the metadata at {0} cannot be read: {1}; check the issuer, or name the endpoint with endpoint(url)")]
    Metadata(String, String),
    /// The metadata is another issuer's.
    #[error("the metadata at {0} names another issuer; configure the issuer exactly as the server does (RFC 8414 section 3.3)")]
    OtherIssuer(String),
    /// The metadata names no endpoint that can be asked.
    #[error(
        "the metadata at {0} names no introspection_endpoint that is reached as safely as the issuer; name it with endpoint(url)"
    )]
    NotOffered(String),
    /// The server wants the client to authenticate in another way.
    #[error("the server at {0} does not take client_secret_basic at its introspection endpoint, and nothing else is spoken here")]
    NotBasic(String),
}

impl IntrospectionError {
    pub(crate) fn new(faults: Vec<IntrospectionFault>) -> Self {
        Self { faults }
    }

    /// Every fault that was found.
    #[must_use]
    pub fn faults(&self) -> &[IntrospectionFault] {
        &self.faults
    }
}

impl From<IntrospectionFault> for IntrospectionError {
    fn from(fault: IntrospectionFault) -> Self {
        Self::new(vec![fault])
    }
}

impl fmt::Display for IntrospectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("introspection cannot be set up:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for IntrospectionError {}
