//! The stored form of a grant: one version byte, then the fields in the compact binary form of `postcard`.
//!
//! Whatever is read here was written here. A later version reads all earlier ones.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Active, Approved, Grant, Person, State,
    tokens::{Access, Previous, Refresh, Superseded},
};
use crate::{
    protocol::{Asked, CodeChallenge, Prompt},
    types::{ClientId, Digest, GrantId, Resource, ScopeSet, SecretBytes, Version},
};

const VERSION: u8 = 1;

/// The bytes are no grant of a version that this release reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a stored grant of a known version")]
pub struct InvalidGrant;

#[derive(Serialize, Deserialize)]
struct StoredGrant<'a> {
    id: [u8; 16],
    version: [u8; 16],
    issuer: [u8; 8],
    client_id: &'a str,
    created: i64,
    newest: i64,
    forget_after: i64,
    #[serde(borrow)]
    asked: Option<StoredAsked<'a>>,
    person: Option<StoredPerson<'a>>,
    ticket: Option<[u8; 32]>,
    stage: StoredState<'a>,
}

#[derive(Serialize, Deserialize)]
struct StoredAsked<'a> {
    redirect_uri: &'a str,
    state: Option<&'a str>,
    scopes: &'a str,
    #[serde(borrow)]
    resources: Vec<&'a str>,
    challenge: &'a str,
    nonce: Option<&'a str>,
    /// Bits: none, login, consent, select_account.
    prompt: u8,
    max_age: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct StoredPerson<'a> {
    subject: &'a str,
    session: [u8; 32],
    auth_time: i64,
    acr: Option<&'a str>,
    #[serde(borrow)]
    amr: Vec<&'a str>,
}

#[derive(Serialize, Deserialize)]
enum StoredState<'a> {
    Parked {
        expires: i64,
        handle: Option<[u8; 32]>,
    },
    Approved {
        scopes: &'a str,
        code: [u8; 32],
        at: i64,
        expires: i64,
        failures: u8,
        salt: Option<[u8; 32]>,
    },
    Active {
        scopes: &'a str,
        code: Option<[u8; 32]>,
        #[serde(borrow)]
        access: Vec<StoredAccess<'a>>,
        refresh: Option<StoredRefresh>,
    },
    Ended {
        at: i64,
        denied: bool,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredAccess<'a> {
    digest: [u8; 32],
    issued: i64,
    expires: i64,
    scopes: Option<&'a str>,
    #[serde(borrow)]
    resources: Option<Vec<&'a str>>,
}

#[derive(Serialize, Deserialize)]
struct StoredRefresh {
    key: [u8; 32],
    generation: u32,
    digest: [u8; 32],
    expires: i64,
    ends: i64,
    /// Salt and instant.
    previous: Option<([u8; 32], i64)>,
    superseded: Vec<(u32, i64)>,
}

impl Grant {
    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let stored = StoredGrant {
            id: *self.id.as_bytes(),
            version: *self.version.as_bytes(),
            issuer: self.issuer,
            client_id: self.client_id.as_str(),
            created: to_milliseconds(self.created),
            newest: to_milliseconds(self.newest),
            forget_after: to_milliseconds(self.forget_after),
            asked: self.asked.as_ref().map(StoredAsked::of),
            person: self.person.as_ref().map(StoredPerson::of),
            ticket: self.ticket.as_ref().map(|digest| *digest.as_bytes()),
            stage: StoredState::of(&self.stage),
        };
        // Serializing to memory fails for no value of these types.
        postcard::to_extend(&stored, vec![VERSION]).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`InvalidGrant`] when the bytes are of no version that is known here, or are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidGrant> {
        let Some((&VERSION, bytes)) = bytes.split_first() else { return Err(InvalidGrant) };
        let (stored, rest) = postcard::take_from_bytes::<StoredGrant<'_>>(bytes).map_err(|_| InvalidGrant)?;
        if !rest.is_empty() {
            return Err(InvalidGrant);
        }
        Ok(Self {
            id: GrantId::from_bytes(stored.id),
            version: Version::from_bytes(stored.version),
            issuer: stored.issuer,
            client_id: ClientId::parse(stored.client_id).map_err(|_| InvalidGrant)?,
            created: instant(stored.created)?,
            newest: instant(stored.newest)?,
            forget_after: instant(stored.forget_after)?,
            asked: stored.asked.map(StoredAsked::restore).transpose()?,
            person: stored.person.map(StoredPerson::restore).transpose()?,
            ticket: stored.ticket.map(Digest::from_bytes),
            stage: stored.stage.restore()?,
        })
    }
}

impl<'a> StoredAsked<'a> {
    fn of(asked: &'a Asked) -> Self {
        let Prompt { none, login, consent, select_account } = asked.prompt;
        Self {
            redirect_uri: &asked.redirect_uri,
            state: asked.state.as_deref(),
            scopes: asked.scopes.as_str(),
            resources: texts(&asked.resources),
            challenge: asked.challenge.as_str(),
            nonce: asked.nonce.as_deref(),
            prompt: [none, login, consent, select_account].iter().rev().fold(0, |bits, bit| bits << 1 | u8::from(*bit)),
            max_age: asked.max_age,
        }
    }

    fn restore(self) -> Result<Asked, InvalidGrant> {
        let bit = |at: u8| self.prompt >> at & 1 == 1;
        Ok(Asked {
            redirect_uri: self.redirect_uri.into(),
            state: self.state.map(Into::into),
            scopes: ScopeSet::from_stored(self.scopes),
            resources: resources(&self.resources)?,
            challenge: CodeChallenge::parse(self.challenge).map_err(|_| InvalidGrant)?,
            nonce: self.nonce.map(Into::into),
            prompt: Prompt { none: bit(0), login: bit(1), consent: bit(2), select_account: bit(3) },
            max_age: self.max_age,
        })
    }
}

impl<'a> StoredPerson<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            subject: person.subject.as_str(),
            session: *person.session.as_bytes(),
            auth_time: to_milliseconds(person.auth_time),
            acr: person.acr.as_deref(),
            amr: person.amr.iter().map(|method| &**method).collect(),
        }
    }

    fn restore(self) -> Result<Person, InvalidGrant> {
        Ok(Person {
            subject: self.subject.into(),
            session: Digest::from_bytes(self.session),
            auth_time: instant(self.auth_time)?,
            acr: self.acr.map(Into::into),
            amr: self.amr.into_iter().map(Into::into).collect(),
        })
    }
}

impl<'a> StoredState<'a> {
    fn of(state: &'a State) -> Self {
        match state {
            State::Parked { expires, handle } => {
                Self::Parked { expires: to_milliseconds(*expires), handle: handle.as_ref().map(|digest| *digest.as_bytes()) }
            }
            State::Approved(approved) => Self::Approved {
                scopes: approved.scopes.as_str(),
                code: *approved.code.as_bytes(),
                at: to_milliseconds(approved.at),
                expires: to_milliseconds(approved.expires),
                failures: approved.failures,
                salt: approved.salt.as_ref().map(|salt| *salt.expose()),
            },
            State::Active(active) => Self::Active {
                scopes: active.scopes.as_str(),
                code: active.code.as_ref().map(|code| *code.as_bytes()),
                access: active.access.iter().map(StoredAccess::of).collect(),
                refresh: active.refresh.as_ref().map(StoredRefresh::of),
            },
            State::Ended { at, denied } => Self::Ended { at: to_milliseconds(*at), denied: *denied },
        }
    }

    fn restore(self) -> Result<State, InvalidGrant> {
        Ok(match self {
            Self::Parked { expires, handle } => {
                State::Parked { expires: instant(expires)?, handle: handle.map(Digest::from_bytes) }
            }
            Self::Approved { scopes, code, at, expires, failures, salt } => State::Approved(Approved {
                scopes: ScopeSet::from_stored(scopes),
                code: Digest::from_bytes(code),
                at: instant(at)?,
                expires: instant(expires)?,
                failures,
                salt: salt.map(SecretBytes::new),
            }),
            Self::Active { scopes, code, access, refresh } => State::Active(Active {
                scopes: ScopeSet::from_stored(scopes),
                code: code.map(Digest::from_bytes),
                access: access.into_iter().map(StoredAccess::restore).collect::<Result<_, _>>()?,
                refresh: refresh.map(StoredRefresh::restore).transpose()?,
            }),
            Self::Ended { at, denied } => State::Ended { at: instant(at)?, denied },
        })
    }
}

impl<'a> StoredAccess<'a> {
    fn of(access: &'a Access) -> Self {
        Self {
            digest: *access.digest.as_bytes(),
            issued: to_milliseconds(access.issued),
            expires: to_milliseconds(access.expires),
            scopes: access.scopes.as_ref().map(ScopeSet::as_str),
            resources: access.resources.as_deref().map(texts),
        }
    }

    fn restore(self) -> Result<Access, InvalidGrant> {
        Ok(Access {
            digest: Digest::from_bytes(self.digest),
            issued: instant(self.issued)?,
            expires: instant(self.expires)?,
            scopes: self.scopes.map(ScopeSet::from_stored),
            resources: self.resources.as_deref().map(resources).transpose()?,
        })
    }
}

impl StoredRefresh {
    fn of(line: &Refresh) -> Self {
        let previous = line.previous.as_ref();
        Self {
            key: *line.key.expose(),
            generation: line.generation,
            digest: *line.digest.as_bytes(),
            expires: to_milliseconds(line.expires),
            ends: to_milliseconds(line.ends),
            previous: previous.map(|last| (*last.salt.expose(), to_milliseconds(last.at))),
            superseded: line.superseded.iter().map(|entry| (entry.generation, to_milliseconds(entry.at))).collect(),
        }
    }

    fn restore(self) -> Result<Refresh, InvalidGrant> {
        let previous = |(salt, at)| Ok(Previous { salt: SecretBytes::new(salt), at: instant(at)? });
        let superseded = |(generation, at)| Ok(Superseded { generation, at: instant(at)? });
        Ok(Refresh {
            key: SecretBytes::new(self.key),
            generation: self.generation,
            digest: Digest::from_bytes(self.digest),
            expires: instant(self.expires)?,
            ends: instant(self.ends)?,
            previous: self.previous.map(previous).transpose()?,
            superseded: self.superseded.into_iter().map(superseded).collect::<Result<_, _>>()?,
        })
    }
}

fn texts(resources: &[Resource]) -> Vec<&str> {
    resources.iter().map(Resource::as_str).collect()
}

fn resources(texts: &[&str]) -> Result<Vec<Resource>, InvalidGrant> {
    texts.iter().map(|text| Resource::parse(text).map_err(|_| InvalidGrant)).collect()
}

/// Instants in a grant have whole milliseconds, so nothing is lost here.
fn to_milliseconds(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn instant(milliseconds: i64) -> Result<OffsetDateTime, InvalidGrant> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).map_err(|_| InvalidGrant)
}

#[cfg(test)]
mod tests;
