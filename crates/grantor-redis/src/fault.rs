use std::time::Duration;

use grantor_core::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why Redis could not be asked. Its text never holds an address, a user, a password, a key or a value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("Redis did not answer within {0:?}")]
    TimedOut(Duration),
    #[error("no connection to Redis: {0}")]
    Disconnected(&'static str),
    #[error("Redis refused the command: {0}")]
    Refused(Box<str>),
    #[error("Redis answered what was not asked")]
    Answer,
    #[error("what Redis holds under this key cannot be read")]
    Unreadable,
    #[error("{reached} of {needed} replicas confirmed the write in time: a failover may lose it")]
    Replicas { reached: u32, needed: u32 },
}

impl Fault {
    /// Takes of the error what is safe to log: its kind, and the first word of what the server said.
    pub(crate) fn of(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Io if error.is_connection_refusal() => Self::Disconnected("connection refused"),
            ErrorKind::Io => Self::Disconnected("connection lost"),
            ErrorKind::AuthenticationFailed => Self::Disconnected("the credentials were not accepted"),
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Self::Answer,
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Refused(code(error)),
            _ => Self::Disconnected("the client cannot be used as it is configured"),
        }
    }

    /// Whether the connection it came over is better not used again: it is broken, or leads to what is no primary (any more).
    pub(crate) fn spoils_connection(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Disconnected(_) | Self::Answer => true,
            Self::Refused(code) => matches!(&**code, "READONLY" | "MASTERDOWN" | "NOAUTH" | "CLUSTERDOWN" | "MOVED"),
            Self::Unreadable | Self::Replicas { .. } => false,
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::unavailable(fault)
    }
}

pub(crate) fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// The error code, which is one word in capitals by convention. What follows it may name users, keys and addresses.
fn code(error: RedisError) -> Box<str> {
    let is_code = |code: &&str| (1..=24).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let errors = error.into_server_errors();
    let first = errors.as_deref().and_then(|errors| errors.first());
    first.map(|(_, error)| error.code()).filter(is_code).unwrap_or("ERR").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(code: &str) -> RedisError {
        redis::make_extension_error(code.into(), Some("user alice at redis://alice:hunter2@10.0.0.1 key grantor:x".into()))
    }

    #[test]
    fn a_text_holds_the_code_of_an_error_and_nothing_of_what_follows() {
        let texts = ["OOM", "NOREPLICAS", "MISCONF"].map(|code| Fault::of(server_error(code)).to_string());
        assert_eq!(texts[0], "Redis refused the command: OOM");
        assert!(texts.iter().all(|text| !text.contains("alice") && !text.contains("hunter2")));
    }

    #[test]
    fn a_code_that_is_no_code_is_not_repeated() {
        for odd in ["hunter2", "", "UPPER:hunter2", "VERYVERYVERYVERYVERYVERYLONG"] {
            assert_eq!(Fault::of(server_error(odd)).to_string(), "Redis refused the command: ERR");
        }
    }

    #[test]
    fn a_replica_spoils_the_connection_and_a_full_memory_does_not() {
        assert!(Fault::of(server_error("READONLY")).spoils_connection());
        assert!(!Fault::of(server_error("OOM")).spoils_connection());
    }
}
