use super::{InvalidGrant, VERSION, form::Source};
use crate::{
    grant::{Grant, Stage},
    types::{GrantId, Version},
};

/// A grant in its stored form, and what can be told of it without reading all of it.
pub(crate) struct Stored(Box<[u8]>);

impl Stored {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self(grant.encode().into())
    }

    pub(crate) fn read(&self) -> Result<Grant, InvalidGrant> {
        Grant::decode(&self.0)
    }

    pub(crate) fn is_in(&self, stage: Stage) -> bool {
        Head::of(&self.0).is_ok_and(|(head, ..)| head.stage == stage)
    }

    pub(crate) fn is_at(&self, version: &Version) -> bool {
        Head::of(&self.0).is_ok_and(|(head, ..)| head.version == *version)
    }

    pub(crate) fn whose(&self) -> Option<Whose<'_>> {
        Whose::read(&self.0).ok()
    }
}

/// Whose a stored grant is.
pub(crate) struct Whose<'a> {
    pub(crate) client_id: &'a str,
    /// None for one that is bound to nobody yet, or to nobody at all.
    pub(crate) subject: Option<&'a str>,
}

impl<'a> Whose<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, InvalidGrant> {
        let (_, mut from) = Head::read(bytes)?;
        let _issuer: [u8; 8] = from.raw()?;
        let client_id = from.text()?;
        let _created = from.signed()?;
        Ok(Self { client_id, subject: from.option(Source::text)? })
    }
}

/// What stands before the fields.
pub(super) struct Head {
    pub(super) id: GrantId,
    pub(super) version: Version,
    pub(super) stage: Stage,
}

impl Head {
    /// The head, and fields and texts behind it.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Source<'_>), InvalidGrant> {
        let (head, texts, from) = Self::of(bytes)?;
        Ok((head, from.with_texts(texts)?))
    }

    /// The head, how long the texts are, and what stands behind it.
    fn of(bytes: &[u8]) -> Result<(Self, usize, Source<'_>), InvalidGrant> {
        let mut from = Source::new(bytes);
        if from.byte()? != VERSION {
            return Err(InvalidGrant);
        }
        let (id, version) = (GrantId::from_bytes(from.raw()?), Version::from_bytes(from.raw()?));
        let stage = match from.byte()? {
            0 => Stage::Parked,
            1 => Stage::Approved,
            2 => Stage::Active,
            3 => Stage::Ended,
            _ => return Err(InvalidGrant),
        };
        let texts = u32::from_le_bytes(from.raw()?) as usize;
        Ok((Self { id, version, stage }, texts, from))
    }
}
