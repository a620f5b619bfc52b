//! The stored form of a grant: a head of fixed places, then the fields, then all texts in one piece.
//!
//! Whatever is read here was written here. A later version reads all earlier ones.
//!
//! | bytes | |
//! |---|---|
//! | 1 | the version of the form |
//! | 16, 16 | id and version of the grant |
//! | 1 | its stage |
//! | 4 | how many bytes of text there are, the lowest first |
//! | | the fields, as [`Form`] writes them: lengths, numbers and digests |
//! | | the texts, one behind the other |
//!
//! Instants are whole milliseconds, counted from the one at which the grant was created.

mod form;
mod look;

pub(crate) use look::{Stored, Whose};

use super::{
    Active, Approved, Grant, Moment, Person, Stage, State,
    tokens::{Access, Previous, Refresh, Superseded},
};
use crate::{
    protocol::{Asked, CodeChallenge, Prompt},
    types::{ClientId, Digest, Resource, ScopeSet, SecretBytes, Subject},
};
use form::{Room, Sink, Sizes, Source};
use look::Head;

const VERSION: u8 = 1;

/// The bytes are no grant of a version that this release reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not a stored grant of a known version")]
pub struct InvalidGrant;

impl Grant {
    /// The bytes to store.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut sizes = Sizes::default();
        Form { grant: self, texts: 0 }.write(&mut sizes);
        let mut bytes = vec![0; sizes.fields + sizes.texts];
        let (fields, texts) = bytes.split_at_mut(sizes.fields);
        // Of texts near 4 GiB nothing could be read again; what is handed in is bounded far below.
        let form = Form { grant: self, texts: u32::try_from(sizes.texts).unwrap_or(u32::MAX) };
        form.write(&mut Room { fields, texts });
        bytes
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`InvalidGrant`] when the bytes are of no version that is known here, or are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, InvalidGrant> {
        let (head, mut from) = Head::read(bytes)?;
        from.keep_texts();
        let issuer = from.raw()?;
        let client_id = ClientId::from_stored(from.kept()?).map_err(|_| InvalidGrant)?;
        let created = Moment::of_milliseconds(from.signed()?)?;
        let person = from.option(|from| from.person(created))?;
        let [newest, forget_after] = [from.instant(created)?, from.instant(created)?];
        let asked = from.option(Source::asked)?;
        let ticket = from.option(Source::digest)?;
        let stage = match head.stage {
            Stage::Parked => State::Parked { expires: from.instant(created)?, handle: from.option(Source::digest)? },
            Stage::Approved => State::Approved(from.approved(created, asked.as_ref())?),
            Stage::Active => State::Active(from.active(created, asked.as_ref())?),
            Stage::Ended => State::Ended { at: from.instant(created)?, denied: from.byte()? != 0 },
        };
        if !from.is_read() {
            return Err(InvalidGrant);
        }
        let Head { id, version, .. } = head;
        Ok(Self { id, version, issuer, client_id, created, newest, forget_after, asked, person, ticket, stage })
    }
}

/// A grant on its way into its stored form, which has so many bytes of text.
struct Form<'a> {
    grant: &'a Grant,
    texts: u32,
}

impl Form<'_> {
    fn write(&self, to: &mut impl Sink) {
        let grant = self.grant;
        to.raw(&[VERSION]);
        to.raw(grant.id.as_bytes());
        to.raw(grant.version.as_bytes());
        to.raw(&[grant.stage() as u8]);
        to.raw(&self.texts.to_le_bytes());
        to.raw(&grant.issuer);
        to.text(grant.client_id.as_str());
        to.signed(grant.created.milliseconds());
        to.option(grant.person.as_ref(), |to, person| self.person(to, person));
        self.instant(to, grant.newest);
        self.instant(to, grant.forget_after);
        to.option(grant.asked.as_ref(), asked);
        to.option(grant.ticket.as_ref(), digest);
        match &grant.stage {
            State::Parked { expires, handle } => {
                self.instant(to, *expires);
                to.option(handle.as_ref(), digest);
            }
            State::Approved(approved) => self.approved(to, approved),
            State::Active(active) => self.active(to, active),
            State::Ended { at, denied } => {
                self.instant(to, *at);
                to.raw(&[u8::from(*denied)]);
            }
        }
    }

    fn instant(&self, to: &mut impl Sink, instant: Moment) {
        to.signed(instant.milliseconds() - self.grant.created.milliseconds());
    }

    fn person(&self, to: &mut impl Sink, person: &Person) {
        to.text(person.subject.as_str());
        to.option(person.session.as_ref(), digest);
        self.instant(to, person.auth_time);
        to.option(person.acr.as_deref(), Sink::text);
        to.list(&person.amr, |to, method| to.text(method));
    }

    /// Most people allow what was asked; then the scopes are there already.
    fn scopes(&self, to: &mut impl Sink, scopes: &ScopeSet) {
        let asked = self.grant.asked.as_ref().map(|asked| asked.scopes.as_str());
        to.option(Some(scopes.as_str()).filter(|scopes| asked != Some(scopes)), Sink::text);
    }

    fn approved(&self, to: &mut impl Sink, approved: &Approved) {
        self.scopes(to, &approved.scopes);
        digest(to, &approved.code);
        self.instant(to, approved.at);
        self.instant(to, approved.expires);
        to.raw(&[approved.failures]);
        to.option(approved.salt.as_ref(), secret);
    }

    fn active(&self, to: &mut impl Sink, active: &Active) {
        self.scopes(to, &active.scopes);
        to.option(active.code.as_ref(), digest);
        to.list(&active.access, |to, access| {
            digest(to, &access.digest);
            self.instant(to, access.issued);
            self.instant(to, access.expires);
            to.option(access.scopes.as_ref().map(ScopeSet::as_str), Sink::text);
            to.option(access.resources.as_deref(), resources);
        });
        to.option(active.refresh.as_deref(), |to, line| self.refresh(to, line));
    }

    fn refresh(&self, to: &mut impl Sink, line: &Refresh) {
        secret(to, &line.key);
        to.number(line.generation.into());
        digest(to, &line.digest);
        self.instant(to, line.expires);
        self.instant(to, line.ends);
        to.option(line.previous.as_ref(), |to, last| {
            secret(to, &last.salt);
            self.instant(to, last.at);
        });
        to.list(&line.superseded, |to, entry| {
            to.number(entry.generation.into());
            self.instant(to, entry.at);
        });
    }
}

fn asked(to: &mut impl Sink, asked: &Asked) {
    let Prompt { none, login, consent, select_account } = asked.prompt;
    to.text(&asked.redirect_uri);
    to.option(asked.state.as_deref(), Sink::text);
    to.text(asked.scopes.as_str());
    resources(to, &asked.resources);
    to.text(asked.challenge.as_str());
    to.option(asked.nonce.as_deref(), Sink::text);
    to.raw(&[[none, login, consent, select_account].iter().rev().fold(0, |bits, bit| bits << 1 | u8::from(*bit))]);
    to.option(asked.max_age, |to, seconds| to.number(seconds.into()));
}

fn digest(to: &mut impl Sink, digest: &Digest) {
    to.raw(digest.as_bytes());
}

fn secret(to: &mut impl Sink, secret: &SecretBytes) {
    to.raw(secret.expose());
}

fn resources(to: &mut impl Sink, resources: &[Resource]) {
    to.list(resources, |to, resource| to.text(resource.as_str()));
}

impl Source<'_> {
    fn instant(&mut self, since: Moment) -> Result<Moment, InvalidGrant> {
        Moment::of_milliseconds(self.signed()?.saturating_add(since.milliseconds()))
    }

    fn digest(&mut self) -> Result<Digest, InvalidGrant> {
        self.raw().map(Digest::from_bytes)
    }

    fn secret(&mut self) -> Result<SecretBytes, InvalidGrant> {
        self.raw().map(SecretBytes::new)
    }

    fn small(&mut self) -> Result<u32, InvalidGrant> {
        u32::try_from(self.number()?).map_err(|_| InvalidGrant)
    }

    fn resources(&mut self) -> Result<Vec<Resource>, InvalidGrant> {
        self.list(|from| Resource::from_stored(from.kept()?).map_err(|_| InvalidGrant))
    }

    fn some_scopes(&mut self) -> Result<ScopeSet, InvalidGrant> {
        self.kept().map(ScopeSet::from_stored)
    }

    fn scopes(&mut self, asked: Option<&Asked>) -> Result<ScopeSet, InvalidGrant> {
        let own = self.option(Self::some_scopes)?;
        own.or_else(|| asked.map(|asked| asked.scopes.clone())).ok_or(InvalidGrant)
    }

    fn person(&mut self, created: Moment) -> Result<Person, InvalidGrant> {
        Ok(Person {
            subject: Subject::from_stored(self.kept()?),
            session: self.option(Self::digest)?,
            auth_time: self.instant(created)?,
            acr: self.option(Self::kept)?,
            amr: self.list(Self::kept)?,
        })
    }

    fn asked(&mut self) -> Result<Asked, InvalidGrant> {
        let redirect_uri = self.kept()?;
        let state = self.option(Self::kept)?;
        let (scopes, resources) = (self.some_scopes()?, self.resources()?);
        let challenge = CodeChallenge::parse(self.text()?).map_err(|_| InvalidGrant)?;
        let nonce = self.option(Self::kept)?;
        let bits = self.byte()?;
        let bit = |at: u8| bits >> at & 1 == 1;
        let prompt = Prompt { none: bit(0), login: bit(1), consent: bit(2), select_account: bit(3) };
        let max_age = self.option(Self::small)?;
        Ok(Asked { redirect_uri, state, scopes, resources, challenge, nonce, prompt, max_age })
    }

    fn approved(&mut self, created: Moment, asked: Option<&Asked>) -> Result<Approved, InvalidGrant> {
        Ok(Approved {
            scopes: self.scopes(asked)?,
            code: self.digest()?,
            at: self.instant(created)?,
            expires: self.instant(created)?,
            failures: self.byte()?,
            salt: self.option(Self::secret)?,
        })
    }

    fn active(&mut self, created: Moment, asked: Option<&Asked>) -> Result<Active, InvalidGrant> {
        let access = |from: &mut Self| {
            Ok(Access {
                digest: from.digest()?,
                issued: from.instant(created)?,
                expires: from.instant(created)?,
                scopes: from.option(Self::some_scopes)?,
                resources: from.option(Self::resources)?,
            })
        };
        Ok(Active {
            scopes: self.scopes(asked)?,
            code: self.option(Self::digest)?,
            access: self.list(access)?,
            refresh: self.option(|from| from.refresh(created).map(Box::new))?,
        })
    }

    fn refresh(&mut self, created: Moment) -> Result<Refresh, InvalidGrant> {
        Ok(Refresh {
            key: self.secret()?,
            generation: self.small()?,
            digest: self.digest()?,
            expires: self.instant(created)?,
            ends: self.instant(created)?,
            previous: self.option(|from| Ok(Previous { salt: from.secret()?, at: from.instant(created)? }))?,
            superseded: self.list(|from| Ok(Superseded { generation: from.small()?, at: from.instant(created)? }))?,
        })
    }
}

#[cfg(test)]
mod tests;
