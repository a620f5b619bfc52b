//! The life of one grant: what a person allowed one client, from the parked request to the end of the last token.
//!
//! Everything that is handed out for one authorization belongs to one [`Grant`], and a store keeps whole grants. The rules
//! are tables: [`consent`], [`authorization_code`], [`refresh_token`] and [`revocation`] each judge one event against one
//! grant by the first row that matches, and then say what the grant becomes. They are pure: time and random bytes are
//! handed in.

pub mod authorization_code;
mod client_credentials;
pub mod consent;
mod credential;
mod derive;
mod draw;
mod end;
#[cfg(test)]
pub(crate) mod fixture;
mod moment;
pub mod refresh_token;
pub mod revocation;
mod stored;
mod tokens;

pub use credential::{AnyToken, Handed, HandedRefresh, Kind};
pub use draw::Draw;
pub(crate) use moment::Moment;
pub use stored::InvalidGrant;
pub(crate) use stored::Stored;
pub(crate) use tokens::Living;
pub use tokens::{Issued, Terms};

use std::fmt;

use time::OffsetDateTime;

use crate::{
    protocol::{Asked, AuthorizationRequest},
    types::{Client, ClientId, Digest, GrantId, Issuer, Login, Resource, ScopeSet, SecretBytes, Subject, Text, Version},
};
use tokens::{Access, Refresh};

/// One authorization, whole: a store loads it and replaces it, and never looks inside.
///
/// Its fields are private; it begins with a validated [`AuthorizationRequest`] and changes by the tables alone.
///
/// ```compile_fail
/// fn peek(grant: grantor_core::grant::Grant) {
///     let _ = grant.stage;
/// }
/// ```
#[derive(Clone)]
pub struct Grant {
    id: GrantId,
    version: Version,
    /// Which of the issuers that share a store it belongs to: the first bytes of the issuer's SHA-256.
    issuer: [u8; 8],
    client_id: ClientId,
    created: Moment,
    /// The newest instant any writer saw: no later request is judged as if it came before it.
    newest: Moment,
    forget_after: Moment,
    /// What a person was asked; nothing for a client that acts for itself.
    asked: Option<Asked>,
    person: Option<Person>,
    ticket: Option<Digest>,
    stage: State,
}

/// Who was bound to the grant.
#[derive(Clone)]
struct Person {
    subject: Subject,
    /// Of a question that was asked: nobody else may answer it.
    session: Option<Digest>,
    auth_time: Moment,
    acr: Option<Text>,
    amr: Vec<Text>,
}

#[derive(Clone)]
enum State {
    Parked { expires: Moment, handle: Option<Digest> },
    Approved(Approved),
    Active(Active),
    Ended { at: Moment, denied: bool },
}

#[derive(Clone)]
struct Approved {
    scopes: ScopeSet,
    code: Digest,
    at: Moment,
    expires: Moment,
    failures: u8,
    /// What the code was derived with, if a ticket approved it.
    salt: Option<SecretBytes>,
}

#[derive(Clone)]
struct Active {
    scopes: ScopeSet,
    /// The code that was spent, if there was one.
    code: Option<Digest>,
    access: Vec<Access>,
    /// Apart, since most grants have none and every grant is handed on as a whole.
    refresh: Option<Box<Refresh>>,
}

/// How far a grant has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A request that waits for the person's answer, or for a login.
    Parked,
    /// A code is out.
    Approved,
    /// The code was redeemed; tokens are out.
    Active,
    /// Nothing of it is good any more.
    Ended,
}

impl Stage {
    /// A name for a database column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Approved => "approved",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

impl Grant {
    /// Begins the grant of a validated request: parked, and bound to nobody yet.
    pub(crate) fn begin(id: GrantId, request: &AuthorizationRequest, now: OffsetDateTime, terms: &Terms<'_>) -> Self {
        let now = Moment::from(now);
        let expires = now + terms.lifetimes.parked;
        Self {
            id,
            version: Version::from_bytes([0; 16]),
            issuer: terms.issuer.mark(),
            client_id: request.client().id().clone(),
            created: now,
            newest: now,
            forget_after: expires,
            asked: Some(request.asked().clone()),
            person: None,
            ticket: None,
            stage: State::Parked { expires, handle: None },
        }
    }

    /// Its key.
    #[must_use]
    pub fn id(&self) -> &GrantId {
        &self.id
    }

    /// The mark of the write that made it what it is.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The person, once there is one.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.person.as_ref().map(|person| &person.subject)
    }

    /// The client it speaks to.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// When the request came.
    #[must_use]
    pub fn created(&self) -> OffsetDateTime {
        self.created.into()
    }

    /// When the person last authenticated before they allowed it.
    #[must_use]
    pub fn auth_time(&self) -> Option<OffsetDateTime> {
        self.person.as_ref().map(|person| person.auth_time.into())
    }

    /// The authentication context class of that login (OpenID Connect Core §2).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.person.as_ref()?.acr.as_deref()
    }

    /// The methods of that login (RFC 8176).
    pub fn amr(&self) -> impl Iterator<Item = &str> {
        self.person.iter().flat_map(|person| person.amr.iter().map(|method| &**method))
    }

    /// What the person was asked; nothing for a client that acts for itself.
    #[must_use]
    pub fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()
    }

    /// The resources a person was asked about.
    fn resources(&self) -> &[Resource] {
        self.asked.as_ref().map_or(&[], |asked| &asked.resources)
    }

    /// What the person allowed; what was asked for while they have not answered.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        match &self.stage {
            State::Approved(approved) => &approved.scopes,
            State::Active(active) => &active.scopes,
            State::Parked { .. } | State::Ended { .. } => match &self.asked {
                Some(asked) => &asked.scopes,
                None => ScopeSet::none(),
            },
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self.stage {
            State::Parked { .. } => Stage::Parked,
            State::Approved(_) => Stage::Approved,
            State::Active(_) => Stage::Active,
            State::Ended { .. } => Stage::Ended,
        }
    }

    /// Whether a refresh token of it is out.
    pub(crate) fn has_refresh(&self) -> bool {
        matches!(&self.stage, State::Active(Active { refresh: Some(_), .. }))
    }

    /// When a store may forget it: not before it could matter to anybody.
    #[must_use]
    pub fn forget_after(&self) -> OffsetDateTime {
        self.forget_after.into()
    }

    /// The same, as it is kept.
    pub(crate) fn due(&self) -> Moment {
        self.forget_after
    }

    /// When the request came, as it is kept.
    pub(crate) fn since(&self) -> Moment {
        self.created
    }

    /// Whether it was begun under this issuer.
    pub(crate) fn is_of(&self, issuer: &Issuer) -> bool {
        self.issuer == issuer.mark()
    }

    /// The instant a request that arrived at `now` is judged at.
    pub(crate) fn judged_at(&self, now: OffsetDateTime) -> Moment {
        self.newest.max(now.into())
    }

    /// Marks the write that is about to happen.
    pub(crate) fn marked(mut self, version: [u8; 16], now: OffsetDateTime) -> Self {
        self.version = Version::from_bytes(version);
        self.newest = self.judged_at(now);
        self
    }

    /// Whether the client, as it is now, may still hold this grant: enabled, not newer than the grant, and still
    /// registered for the redirect URI, the scopes and the resources. What the host thinks of the person is its hook's to say.
    pub(crate) fn fits(&self, client: &Client) -> bool {
        client.is_enabled()
            && client.id() == &self.client_id
            && client.not_before().is_none_or(|instant| self.created() >= instant)
            && self.asked.as_ref().is_none_or(|asked| client.redirect_uri(&asked.redirect_uri).is_some())
            && client.allows_scopes(self.scopes())
            && self.resources().iter().all(|resource| client.allows_resource(resource))
    }

    /// Whether the login is the one that the grant is bound to: same subject, same session.
    pub(crate) fn is_bound_to(&self, login: &Login) -> bool {
        let same_session = |kept: &Digest| kept.matches(&self.session_digest(login));
        let own = |person: &Person| person.subject == login.subject && person.session.as_ref().is_some_and(same_session);
        self.person.as_ref().is_some_and(own)
    }

    /// The host's session id is kept as a digest only, and under the grant's id, so that two grants do not show one session.
    fn session_digest(&self, login: &Login) -> Digest {
        Digest::of(&[b"session", self.id.as_bytes(), login.session.expose().as_bytes()])
    }

    /// Binds it to the login that will be asked: same subject, same session.
    pub(crate) fn bind(&mut self, login: &Login) {
        self.person = Some(Person { session: Some(self.session_digest(login)), ..Person::of(login) });
    }
}

impl Person {
    /// Whoever is logged in, in whichever session.
    fn of(login: &Login) -> Self {
        let Login { subject, auth_time, acr, amr, .. } = login;
        Self { subject: subject.clone(), session: None, auth_time: (*auth_time).into(), acr: acr.clone(), amr: amr.clone() }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Grant");
        text.field("id", &self.id).field("version", &self.version).field("client_id", &self.client_id);
        text.field("stage", &self.stage()).finish_non_exhaustive()
    }
}
