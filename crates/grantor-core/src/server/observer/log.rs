//! The operator's log: `tracing` events under the target `grantor`, made of the events and of nothing else.
//!
//! Each has a fixed message and the event's name; a refusal has its stable reason code and the rule's source. Signs of theft
//! are warnings; failures, and what only the host's code can mend, are errors. A person's name is for audit logs: not here.

use tracing::{Level, field::display};

use super::{Event, Observer};
use crate::protocol::Reason;

const TARGET: &str = "grantor";

pub(super) struct Log;

impl Observer for Log {
    fn observe(&self, event: &Event<'_>) {
        let name = event.name();
        let (grant, client) = (event.grant().map(display), event.client().map(display));
        match *event {
            Event::GrantApproved { scopes, .. } => {
                tracing::info!(target: TARGET, event = name, grant, client, scopes = scopes.as_str(), "granted a code");
            }
            Event::GrantDenied { .. } => tracing::info!(target: TARGET, event = name, grant, client, "denied"),
            Event::CodeRedeemed { scopes, has_refresh, .. } => {
                let scopes = scopes.as_str();
                tracing::info!(target: TARGET, event = name, grant, client, scopes, has_refresh, "granted tokens");
            }
            Event::TokenRefreshed { .. } => {
                tracing::info!(target: TARGET, event = name, grant, client, "granted refreshed tokens");
            }
            Event::TokenIssued { scopes, .. } => {
                tracing::info!(target: TARGET, event = name, grant, client, scopes = scopes.as_str(), "granted a client its token");
            }
            Event::TokenRevoked { .. } => tracing::info!(target: TARGET, event = name, grant, client, "revoked"),
            Event::ReplaySeen { .. } => {
                let (reason, rfc) = words(Reason::CodeReplayed);
                tracing::warn!(target: TARGET, event = name, grant, client, reason, rfc, "a spent code came again");
            }
            Event::ReuseSeen { .. } => {
                let (reason, rfc) = words(Reason::RefreshReused);
                tracing::warn!(target: TARGET, event = name, grant, client, reason, rfc, "a spent refresh token came again");
            }
            Event::RetrySeen { reason, count, .. } => {
                let (reason, rfc) = words(reason);
                tracing::warn!(target: TARGET, event = name, grant, client, reason, rfc, count, "a retry, or a thief");
            }
            Event::GrantEnded { cause, .. } => {
                tracing::info!(target: TARGET, event = name, grant, client, cause = cause.name(), "ended");
            }
            Event::Refused { at, code, reason, .. } => {
                let (at, error, fix) = (at.name(), code.as_str(), reason.fix());
                let level = level(reason);
                let (reason, rfc) = words(reason);
                if level == Level::ERROR {
                    tracing::error!(target: TARGET, event = name, at, grant, client, error, reason, rfc, fix, "refused");
                } else if level == Level::WARN {
                    tracing::warn!(target: TARGET, event = name, at, grant, client, error, reason, rfc, "refused");
                } else {
                    tracing::info!(target: TARGET, event = name, at, grant, client, error, reason, rfc, "refused");
                }
            }
            Event::StoreFailed { reason: Reason::StoreUnavailable, error } => {
                let (reason, error) = (Reason::StoreUnavailable.code(), error.map(display));
                tracing::error!(target: TARGET, event = name, reason, error, "the store failed");
            }
            Event::StoreFailed { reason, error } => {
                let (reason, error) = (reason.code(), error.map(display));
                tracing::error!(target: TARGET, event = name, reason, error, "gave up");
            }
        }
    }
}

fn words(reason: Reason) -> (&'static str, &'static str) {
    (reason.code(), reason.rfc())
}

fn level(reason: Reason) -> Level {
    match reason {
        Reason::CodeReplayed
        | Reason::CodeReplayedByOther
        | Reason::CodeVerifier
        | Reason::RefreshReused
        | Reason::RefreshRecent
        | Reason::RefreshOtherRetry => Level::WARN,
        Reason::ApprovedUnasked | Reason::CredentialsUncheckable | Reason::Unguarded => Level::ERROR,
        _ => Level::INFO,
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Mutex};

    use super::{super::sample, *};

    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    struct Written;

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            WRITTEN.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// TH-07
    #[test]
    fn each_event_is_one_line_with_its_name_and_without_the_person() {
        let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(|| Written);
        let mut names = Vec::new();
        tracing::subscriber::with_default(subscriber.finish(), || {
            sample::each(&mut |event| {
                names.push(event.name());
                Log.observe(event);
            });
        });
        let text = String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), names.len(), "{text}");
        for (line, name) in lines.iter().zip(&names) {
            assert!(line.contains(&format!("event=\"{name}\"")) && !line.contains("ann"), "{line}");
        }
        let level = |level: &str| {
            let of = |(line, _): &(&&str, &&str)| line.contains(level);
            lines.iter().zip(&names).filter(of).map(|(_, name)| *name).collect::<Vec<_>>()
        };
        assert_eq!(level(" WARN "), ["replay_seen", "reuse_seen", "retry_seen", "refused"]);
        assert_eq!(level("ERROR "), ["store_failed", "store_failed"]);
        assert!(text.contains("the disk is gone") && text.contains("count=3") && text.contains("cause=\"replayed\""), "{text}");
    }

    #[test]
    fn what_only_the_hosts_code_can_mend_is_an_error_and_signs_of_theft_are_warnings() {
        let of = |wanted: Level| Reason::ALL.iter().filter(|reason| level(**reason) == wanted).count();
        assert_eq!((of(Level::ERROR), of(Level::WARN)), (3, 6));
    }
}
