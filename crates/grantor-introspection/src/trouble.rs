use grantor_core::protocol::InvalidIntrospection;

use crate::question::ANSWER_LIMIT;

/// Why an answer is none. No text holds a token, a secret, or what a server wrote.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the authorization server does not answer in time")]
    Timeout,
    #[error("the authorization server cannot be reached: {0}")]
    Unreachable(String),
    /// Its own fault, or too much at once: another time it may do.
    #[error("the authorization server answers {0}")]
    Busy(u16),
    #[error("the authorization server answers {0}: the credentials or the endpoint that are configured here are wrong")]
    Refused(u16),
    #[error("the authorization server answers {0}, and nothing else than 200 is believed or followed")]
    Status(u16),
    #[error("the authorization server's answer is not application/json")]
    NotJson,
    #[error("the authorization server's answer is longer than {ANSWER_LIMIT} bytes")]
    TooLong,
    #[error(transparent)]
    Answer(#[from] InvalidIntrospection),
}

impl Trouble {
    /// What any other status than 200 means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            408 | 429 | 500..=599 => Self::Busy(status),
            400..=499 => Self::Refused(status),
            _ => Self::Status(status),
        }
    }

    /// What became of a request that got no answer, or half of one.
    pub(crate) fn of_request(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        // The topmost text says no more than that a request failed; the reason lies below.
        let error = error.without_url();
        let mut reasons: Vec<String> = Vec::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(reason) = next {
            reasons.push(reason.to_string());
            next = reason.source();
        }
        Self::Unreachable(reasons.join(": "))
    }

    /// For the operator's log, stable.
    fn reason(&self) -> &'static str {
        match self {
            Self::Timeout => "introspection_timeout",
            Self::Unreachable(_) => "introspection_unreachable",
            Self::Busy(_) => "introspection_busy",
            Self::Refused(_) => "introspection_refused",
            Self::Status(_) | Self::NotJson | Self::TooLong | Self::Answer(_) => "introspection_answer",
        }
    }

    /// Tells the operator. What goes by itself is a warning; what somebody has to mend is an error.
    pub(crate) fn tell(&self) {
        let (reason, rfc) = (self.reason(), "RFC 7662 section 2.3");
        match self {
            Self::Timeout | Self::Unreachable(_) | Self::Busy(_) => {
                tracing::warn!(target: "grantor", reason, rfc, error = %self, "introspection failed");
            }
            _ => tracing::error!(target: "grantor", reason, rfc, error = %self, "introspection failed"),
        }
    }
}

/// Tells the operator that an active token was refused, and what lets it through.
pub(crate) fn untyped() {
    let (reason, rfc) = ("introspection_untyped", "RFC 6749 section 7.1");
    tracing::warn!(target: "grantor", reason, rfc, "an active token without token_type is refused; see tokens_without_type(..)");
}
