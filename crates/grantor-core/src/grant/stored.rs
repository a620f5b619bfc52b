//! The stored form of a grant: one version byte, then the fields in the compact binary form of `postcard`.
//!
//! Whatever is read here was written here. A later version reads all earlier ones.
//!
//! All texts stand together at the end, so that a grant that is read keeps one buffer for them; a field holds a text's
//! length. Instants are whole milliseconds, counted from the one at which the grant was created.

mod look;
mod texts;

pub(crate) use look::Stored;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::{
    Active, Approved, Grant, Moment, Person, State,
    tokens::{Access, Previous, Refresh, Superseded},
};
use crate::{
    protocol::{Asked, CodeChallenge, Prompt},
    types::{ClientId, Digest, GrantId, ScopeSet, SecretBytes, Subject, Version},
};
use texts::{Length, Read, Written};

const VERSION: u8 = 1;

/// The bytes are no grant of a version that this release reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a stored grant of a known version")]
pub struct InvalidGrant;

#[derive(Serialize, Deserialize)]
struct StoredGrant<'a> {
    id: ByteArray<16>,
    version: ByteArray<16>,
    state: StoredState,
    issuer: ByteArray<8>,
    client_id: Length,
    created: i64,
    newest: i64,
    forget_after: i64,
    person: Option<StoredPerson>,
    asked: Option<StoredAsked>,
    ticket: Option<ByteArray<32>>,
    texts: &'a str,
}

#[derive(Serialize, Deserialize)]
struct StoredPerson {
    subject: Length,
    session: Option<ByteArray<32>>,
    auth_time: i64,
    acr: Option<Length>,
    amr: Vec<Length>,
}

#[derive(Serialize, Deserialize)]
struct StoredAsked {
    redirect_uri: Length,
    state: Option<Length>,
    scopes: Length,
    resources: Vec<Length>,
    challenge: Length,
    nonce: Option<Length>,
    /// Bits: none, login, consent, select_account.
    prompt: u8,
    max_age: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum StoredState {
    Parked { expires: i64, handle: Option<ByteArray<32>> },
    Approved { scopes: Option<Length>, code: ByteArray<32>, at: i64, expires: i64, failures: u8, salt: Option<ByteArray<32>> },
    Active { scopes: Option<Length>, code: Option<ByteArray<32>>, access: Vec<StoredAccess>, refresh: Option<StoredRefresh> },
    Ended { at: i64, denied: bool },
}

#[derive(Serialize, Deserialize)]
struct StoredAccess {
    digest: ByteArray<32>,
    issued: i64,
    expires: i64,
    scopes: Option<Length>,
    resources: Option<Vec<Length>>,
}

#[derive(Serialize, Deserialize)]
struct StoredRefresh {
    key: ByteArray<32>,
    generation: u32,
    digest: ByteArray<32>,
    expires: i64,
    ends: i64,
    /// Salt and instant.
    previous: Option<(ByteArray<32>, i64)>,
    superseded: Vec<(u32, i64)>,
}

impl Grant {
    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Written::new(self.created);
        let client_id = to.text(self.client_id.as_str());
        let person = self.person.as_ref().map(|person| StoredPerson::of(person, &mut to));
        let asked = self.asked.as_ref().map(|asked| StoredAsked::of(asked, &mut to));
        let state = StoredState::of(self, &mut to);
        let stored = StoredGrant {
            id: ByteArray::new(*self.id.as_bytes()),
            version: ByteArray::new(*self.version.as_bytes()),
            state,
            issuer: ByteArray::new(self.issuer),
            client_id,
            created: self.created.milliseconds(),
            newest: to.instant(self.newest),
            forget_after: to.instant(self.forget_after),
            person,
            asked,
            ticket: self.ticket.map(array),
            texts: to.texts(),
        };
        // Serializing to memory fails for no value of these types.
        let size = postcard::experimental::serialized_size(&stored).unwrap_or_default();
        let mut bytes = Vec::with_capacity(size + 1);
        bytes.push(VERSION);
        postcard::to_extend(&stored, bytes).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`InvalidGrant`] when the bytes are of no version that is known here, or are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidGrant> {
        let stored = StoredGrant::read(bytes)?;
        let mut from = Read::new(stored.texts, Moment::of_milliseconds(stored.created)?);
        let client_id = ClientId::from_stored(from.text(stored.client_id)?).map_err(|_| InvalidGrant)?;
        let person = stored.person.map(|person| person.restore(&mut from)).transpose()?;
        let asked = stored.asked.map(|asked| asked.restore(&mut from)).transpose()?;
        let stage = stored.state.restore(asked.as_ref(), &mut from)?;
        let grant = Self {
            id: GrantId::from_bytes(stored.id.into_array()),
            version: Version::from_bytes(stored.version.into_array()),
            issuer: stored.issuer.into_array(),
            client_id,
            created: from.created(),
            newest: from.instant(stored.newest)?,
            forget_after: from.instant(stored.forget_after)?,
            asked,
            person,
            ticket: stored.ticket.map(digest),
            stage,
        };
        if from.is_read() { Ok(grant) } else { Err(InvalidGrant) }
    }
}

impl<'a> StoredGrant<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, InvalidGrant> {
        let Some((&VERSION, bytes)) = bytes.split_first() else { return Err(InvalidGrant) };
        match postcard::take_from_bytes(bytes) {
            Ok((stored, [])) => Ok(stored),
            _ => Err(InvalidGrant),
        }
    }
}

fn array(digest: Digest) -> ByteArray<32> {
    ByteArray::new(*digest.as_bytes())
}

fn digest(stored: ByteArray<32>) -> Digest {
    Digest::from_bytes(stored.into_array())
}

fn secret(stored: ByteArray<32>) -> SecretBytes {
    SecretBytes::new(stored.into_array())
}

impl StoredPerson {
    fn of(person: &Person, to: &mut Written) -> Self {
        Self {
            subject: to.text(person.subject.as_str()),
            session: person.session.map(array),
            auth_time: to.instant(person.auth_time),
            acr: person.acr.as_deref().map(|acr| to.text(acr)),
            amr: person.amr.iter().map(|method| to.text(method)).collect(),
        }
    }

    fn restore(self, from: &mut Read) -> Result<Person, InvalidGrant> {
        Ok(Person {
            subject: Subject::from_stored(from.text(self.subject)?),
            session: self.session.map(digest),
            auth_time: from.instant(self.auth_time)?,
            acr: from.option(self.acr)?,
            amr: self.amr.into_iter().map(|method| from.text(method)).collect::<Result<_, _>>()?,
        })
    }
}

impl StoredAsked {
    fn of(asked: &Asked, to: &mut Written) -> Self {
        let Prompt { none, login, consent, select_account } = asked.prompt;
        Self {
            redirect_uri: to.text(&asked.redirect_uri),
            state: asked.state.as_deref().map(|state| to.text(state)),
            scopes: to.text(asked.scopes.as_str()),
            resources: to.resources(&asked.resources),
            challenge: to.text(asked.challenge.as_str()),
            nonce: asked.nonce.as_deref().map(|nonce| to.text(nonce)),
            prompt: [none, login, consent, select_account].iter().rev().fold(0, |bits, bit| bits << 1 | u8::from(*bit)),
            max_age: asked.max_age,
        }
    }

    fn restore(self, from: &mut Read) -> Result<Asked, InvalidGrant> {
        if self.prompt >> 4 != 0 {
            return Err(InvalidGrant);
        }
        let bit = |at: u8| self.prompt >> at & 1 == 1;
        Ok(Asked {
            redirect_uri: from.text(self.redirect_uri)?,
            state: from.option(self.state)?,
            scopes: ScopeSet::from_stored(from.text(self.scopes)?),
            resources: from.resources(self.resources)?,
            challenge: CodeChallenge::parse(&from.text(self.challenge)?).map_err(|_| InvalidGrant)?,
            nonce: from.option(self.nonce)?,
            prompt: Prompt { none: bit(0), login: bit(1), consent: bit(2), select_account: bit(3) },
            max_age: self.max_age,
        })
    }
}

impl StoredState {
    fn of(grant: &Grant, to: &mut Written) -> Self {
        match &grant.stage {
            State::Parked { expires, handle } => Self::Parked { expires: to.instant(*expires), handle: handle.map(array) },
            State::Approved(approved) => Self::Approved {
                scopes: allowed(grant, &approved.scopes, to),
                code: array(approved.code),
                at: to.instant(approved.at),
                expires: to.instant(approved.expires),
                failures: approved.failures,
                salt: approved.salt.as_ref().map(|salt| ByteArray::new(*salt.expose())),
            },
            State::Active(active) => Self::Active {
                scopes: allowed(grant, &active.scopes, to),
                code: active.code.map(array),
                access: active.access.iter().map(|access| StoredAccess::of(access, to)).collect(),
                refresh: active.refresh.as_deref().map(|line| StoredRefresh::of(line, to)),
            },
            State::Ended { at, denied } => Self::Ended { at: to.instant(*at), denied: *denied },
        }
    }

    fn restore(self, asked: Option<&Asked>, from: &mut Read) -> Result<State, InvalidGrant> {
        let allowed = |scopes: Option<Length>, from: &mut Read| match (scopes, asked) {
            (Some(own), _) => from.text(own).map(ScopeSet::from_stored),
            (None, Some(asked)) => Ok(asked.scopes.clone()),
            (None, None) => Err(InvalidGrant),
        };
        Ok(match self {
            Self::Parked { expires, handle } => State::Parked { expires: from.instant(expires)?, handle: handle.map(digest) },
            Self::Approved { scopes, code, at, expires, failures, salt } => State::Approved(Approved {
                scopes: allowed(scopes, from)?,
                code: digest(code),
                at: from.instant(at)?,
                expires: from.instant(expires)?,
                failures,
                salt: salt.map(secret),
            }),
            Self::Active { scopes, code, access, refresh } => State::Active(Active {
                scopes: allowed(scopes, from)?,
                code: code.map(digest),
                access: access.into_iter().map(|access| access.restore(from)).collect::<Result<_, _>>()?,
                refresh: refresh.map(|line| line.restore(from).map(Box::new)).transpose()?,
            }),
            Self::Ended { at, denied } => State::Ended { at: from.instant(at)?, denied },
        })
    }
}

/// Most people allow what was asked; then the scopes are there already.
fn allowed(grant: &Grant, scopes: &ScopeSet, to: &mut Written) -> Option<Length> {
    let asked = grant.asked.as_ref().map(|asked| asked.scopes.as_str());
    (asked != Some(scopes.as_str())).then(|| to.text(scopes.as_str()))
}

impl StoredAccess {
    fn of(access: &Access, to: &mut Written) -> Self {
        Self {
            digest: array(access.digest),
            issued: to.instant(access.issued),
            expires: to.instant(access.expires),
            scopes: access.scopes.as_ref().map(|scopes| to.text(scopes.as_str())),
            resources: access.resources.as_deref().map(|resources| to.resources(resources)),
        }
    }

    fn restore(self, from: &mut Read) -> Result<Access, InvalidGrant> {
        Ok(Access {
            digest: digest(self.digest),
            issued: from.instant(self.issued)?,
            expires: from.instant(self.expires)?,
            scopes: from.option(self.scopes)?.map(ScopeSet::from_stored),
            resources: self.resources.map(|resources| from.resources(resources)).transpose()?,
        })
    }
}

impl StoredRefresh {
    fn of(line: &Refresh, to: &Written) -> Self {
        let previous = line.previous.as_ref();
        Self {
            key: ByteArray::new(*line.key.expose()),
            generation: line.generation,
            digest: array(line.digest),
            expires: to.instant(line.expires),
            ends: to.instant(line.ends),
            previous: previous.map(|last| (ByteArray::new(*last.salt.expose()), to.instant(last.at))),
            superseded: line.superseded.iter().map(|entry| (entry.generation, to.instant(entry.at))).collect(),
        }
    }

    fn restore(self, from: &Read) -> Result<Refresh, InvalidGrant> {
        let previous = |(salt, at)| Ok(Previous { salt: secret(salt), at: from.instant(at)? });
        let superseded = |(generation, at)| Ok(Superseded { generation, at: from.instant(at)? });
        Ok(Refresh {
            key: secret(self.key),
            generation: self.generation,
            digest: digest(self.digest),
            expires: from.instant(self.expires)?,
            ends: from.instant(self.ends)?,
            previous: self.previous.map(previous).transpose()?,
            superseded: self.superseded.into_iter().map(superseded).collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
