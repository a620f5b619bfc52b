//! What an operator sees: `tracing` events under the target `grantor`, with a stable reason code, the rule's source, and
//! the grant's id where there is one. Never a secret, a code, a token or a stranger's text.

use crate::{
    protocol::{ErrorCode, Reason},
    store::StoreError,
    types::{ClientId, GrantId},
};

/// A request was refused before any grant or client was known.
pub(super) fn refused(error: ErrorCode, reason: Reason) {
    tracing::info!(target: "grantor", error = error.as_str(), reason = reason.code(), rfc = reason.rfc(), "refused");
}

/// A known client was refused.
pub(super) fn refused_client(client: &ClientId, error: ErrorCode, reason: Reason) {
    tracing::info!(target: "grantor", %client, error = error.as_str(), reason = reason.code(), rfc = reason.rfc(), "refused");
}

/// A row of a table refused something about a grant. Signs of theft are warnings.
pub(super) fn refused_grant(grant: &GrantId, client: &ClientId, error: ErrorCode, reason: Reason) {
    let (error, reason, rfc) = (error.as_str(), reason, reason.rfc());
    match reason {
        Reason::CodeReplayed
        | Reason::CodeReplayedByOther
        | Reason::CodeVerifier
        | Reason::RefreshReused
        | Reason::RefreshRecent
        | Reason::RefreshOtherRetry => {
            tracing::warn!(target: "grantor", %grant, %client, error, reason = reason.code(), rfc, "refused");
        }
        _ => tracing::info!(target: "grantor", %grant, %client, error, reason = reason.code(), rfc, "refused"),
    }
}

/// A lost answer was given again, or a thief asked inside the window: nobody can tell (RFC 9700 section 4.14.2).
pub(super) fn answered_again(grant: &GrantId, client: &ClientId, reason: Reason) {
    tracing::warn!(target: "grantor", %grant, %client, reason = reason.code(), rfc = reason.rfc(), "answered again");
}

/// Something was handed out.
pub(super) fn granted(grant: &GrantId, client: &ClientId, what: &'static str) {
    tracing::info!(target: "grantor", %grant, %client, what, "granted");
}

/// The host asked for something that the rules forbid: its code needs a look.
pub(super) fn host_fault(client: &ClientId, reason: Reason) {
    tracing::error!(target: "grantor", %client, reason = reason.code(), rfc = reason.rfc(), "the host's code asks for what is forbidden");
}

/// A client's secret is kept as a slow hash, and the server was not told how to check one.
pub(super) fn uncheckable_secret(client: &ClientId) {
    let reason = Reason::CredentialsUncheckable;
    tracing::error!(target: "grantor", %client, reason = reason.code(), "a hashed secret needs secret_hashes(..) on the builder");
}

/// A store failed.
pub(super) fn store_failed(error: &StoreError) {
    tracing::error!(target: "grantor", reason = Reason::StoreUnavailable.code(), %error, "the store failed");
}

/// A request could not be decided in the number of tries it has.
pub(super) fn gave_up(reason: Reason) {
    tracing::error!(target: "grantor", reason = reason.code(), "gave up");
}
