//! The tables of a grant's life as data, written from the design and not from the engine: the first row whose every fact
//! holds decides what is answered and what becomes of the grant.
//!
//! Left out are the rows that no store, clock or race decides: another client's secret, a host that withdraws its welcome, a
//! scope or a resource too many (R5, R6, F3, F5, F6, P2, P3).

/// What can be true of a request and the grant it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Parked,
    Approved,
    Active,
    Ended,
    EndedByNo,
    Forgotten,
    /// The person's time to answer, the code or the line of refresh tokens is over.
    Late,
    /// The consent was given, or the no said, less than a window ago.
    JustNow,
    /// The redeemer does not know the verifier.
    WrongVerifier,
    /// Four wrong verifiers came before.
    Worn,
    /// The consent names the scopes that were allowed before.
    SameScopes,
    /// The refresh token is the newest of its line.
    Current,
    /// It is the one before, and was replaced less than a window ago.
    Previous,
    /// It was replaced less than a window ago.
    Recent,
    /// It is asked for the scopes that were asked for before.
    SameRequest,
    /// The access token that was handed out with the newest refresh token lives.
    AnswerLives,
    /// The access token was neither dropped nor revoked.
    Kept,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Says {
    Code,
    Tokens,
    Denied,
    Page,
    InvalidGrant,
    Revoked,
    Busy,
}

/// What becomes of the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Same,
    Approved,
    OneMoreFailure,
    Active,
    Rotated,
    TokenGone,
    Ended,
    EndedByNo,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) when: &'static [Fact],
    pub(crate) says: Says,
    pub(crate) then: Then,
}

const fn row(name: &'static str, when: &'static [Fact], says: Says, then: Then) -> Row {
    Row { name, when, says, then }
}

/// A person says yes.
pub(crate) const ALLOWING: &[Row] = &[
    row("P1", &[Fact::Forgotten], Says::Page, Then::Same),
    row("P1", &[Fact::Parked, Fact::Late], Says::Page, Then::Same),
    row("P4", &[Fact::Parked], Says::Code, Then::Approved),
    row("P6", &[Fact::Approved, Fact::JustNow, Fact::SameScopes], Says::Code, Then::Same),
    row("P9", &[], Says::Page, Then::Same),
];

/// A person says no.
pub(crate) const DENYING: &[Row] = &[
    row("P1", &[Fact::Forgotten], Says::Page, Then::Same),
    row("P1", &[Fact::Parked, Fact::Late], Says::Page, Then::Same),
    row("P5", &[Fact::Parked], Says::Denied, Then::EndedByNo),
    row("P7", &[Fact::Approved], Says::Denied, Then::EndedByNo),
    row("P8", &[Fact::EndedByNo, Fact::JustNow], Says::Denied, Then::Same),
    row("P9", &[], Says::Page, Then::Same),
];

/// A client redeems a code.
pub(crate) const REDEEMING: &[Row] = &[
    row("R1", &[Fact::Forgotten], Says::InvalidGrant, Then::Same),
    row("R1", &[Fact::Parked], Says::InvalidGrant, Then::Same),
    row("R2", &[Fact::Approved, Fact::Late], Says::InvalidGrant, Then::Same),
    row("R4", &[Fact::Approved, Fact::WrongVerifier, Fact::Worn], Says::InvalidGrant, Then::Ended),
    row("R4", &[Fact::Approved, Fact::WrongVerifier], Says::InvalidGrant, Then::OneMoreFailure),
    row("R7", &[Fact::Approved], Says::Tokens, Then::Active),
    row("R9", &[Fact::Active, Fact::WrongVerifier], Says::InvalidGrant, Then::Same),
    row("R8", &[Fact::Active], Says::InvalidGrant, Then::Ended),
    row("R10", &[Fact::Ended], Says::InvalidGrant, Then::Same),
];

/// A client refreshes.
pub(crate) const REFRESHING: &[Row] = &[
    row("F2", &[Fact::Forgotten], Says::InvalidGrant, Then::Same),
    row("F2", &[Fact::Parked], Says::InvalidGrant, Then::Same),
    row("F2", &[Fact::Approved], Says::InvalidGrant, Then::Same),
    row("F4", &[Fact::Ended], Says::InvalidGrant, Then::Same),
    row("F4", &[Fact::Active, Fact::Late], Says::InvalidGrant, Then::Same),
    row("F7", &[Fact::Previous, Fact::SameRequest, Fact::AnswerLives], Says::Tokens, Then::Same),
    row("F8", &[Fact::Previous], Says::InvalidGrant, Then::Same),
    row("F11", &[Fact::Current], Says::Tokens, Then::Rotated),
    row("F9", &[Fact::Recent], Says::Busy, Then::Same),
    row("F10", &[Fact::Active], Says::InvalidGrant, Then::Ended),
];

/// A client revokes a refresh token.
pub(crate) const REVOKING: &[Row] = &[
    row("V0", &[Fact::Ended], Says::Revoked, Then::Same),
    row("V1", &[Fact::Active], Says::Revoked, Then::Ended),
    row("V3", &[], Says::Revoked, Then::Same),
];

/// A client revokes an access token.
pub(crate) const REVOKING_ACCESS: &[Row] = &[
    row("V0", &[Fact::Ended], Says::Revoked, Then::Same),
    row("V2", &[Fact::Active, Fact::Kept], Says::Revoked, Then::TokenGone),
    row("V3", &[], Says::Revoked, Then::Same),
];

pub(crate) const ALL: [&[Row]; 6] = [ALLOWING, DENYING, REDEEMING, REFRESHING, REVOKING, REVOKING_ACCESS];
