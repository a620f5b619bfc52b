use std::fmt;

/// Why a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndCause {
    /// The person, or the host for them, said no.
    Denied,
    /// Its code was replayed.
    Replayed,
    /// One of its refresh tokens was used again.
    Reused,
    /// The host wants the person no more, or the client is gone, disabled or no longer registered for this.
    Unwelcome,
    /// Five wrong verifiers: somebody guesses.
    Guessed,
    /// The client gave it back (RFC 7009).
    Revoked,
    /// The host ended it.
    ByHost,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The authorization endpoint (RFC 6749 §3.1).
    Authorize,
    /// The person's answer.
    Consent,
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The revocation endpoint (RFC 7009).
    Revocation,
    /// The introspection endpoint (RFC 7662).
    Introspection,
    /// An API that the server guards (RFC 6750).
    Resource,
    /// A metadata document (RFC 8414, RFC 9728).
    Metadata,
}

impl EndCause {
    /// The cause's stable name, for logs and labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Replayed => "replayed",
            Self::Reused => "reused",
            Self::Unwelcome => "unwelcome",
            Self::Guessed => "guessed",
            Self::Revoked => "revoked",
            Self::ByHost => "by_host",
        }
    }
}

impl Place {
    /// The place's stable name, for logs and labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Consent => "consent",
            Self::Token => "token",
            Self::Revocation => "revocation",
            Self::Introspection => "introspection",
            Self::Resource => "resource",
            Self::Metadata => "metadata",
        }
    }
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
