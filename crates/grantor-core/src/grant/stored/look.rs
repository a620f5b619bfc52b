use serde::Deserialize;

use super::{InvalidGrant, StoredGrant, VERSION};
use crate::{grant::Grant, types::Version};

/// A grant in its stored form, and what can be told of it without reading all of it.
pub(crate) struct Stored(Box<[u8]>);

impl Stored {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self(grant.encode().into())
    }

    pub(crate) fn read(&self) -> Result<Grant, InvalidGrant> {
        Grant::decode(&self.0)
    }

    pub(crate) fn is_at(&self, version: &Version) -> bool {
        Head::read(&self.0).is_some_and(|head| head.version == *version.as_bytes())
    }

    pub(crate) fn whose(&self) -> Option<Whose<'_>> {
        Whose::read(&self.0)
    }
}

/// What a stored grant begins with.
#[derive(Deserialize)]
struct Head {
    _id: [u8; 16],
    version: [u8; 16],
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let Some((&VERSION, bytes)) = bytes.split_first() else { return None };
        postcard::take_from_bytes(bytes).ok().map(|(head, _)| head)
    }
}

/// Whose a stored grant is.
pub(crate) struct Whose<'a> {
    pub(crate) client_id: &'a str,
    /// None for one that is bound to nobody yet, or to nobody at all.
    pub(crate) subject: Option<&'a str>,
}

impl<'a> Whose<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let StoredGrant { client_id, person, texts, .. } = StoredGrant::read(bytes).ok()?;
        let (client_id, rest) = texts.split_at_checked(usize::try_from(client_id).ok()?)?;
        let subject = match person {
            Some(person) => Some(rest.get(..usize::try_from(person.subject).ok()?)?),
            None => None,
        };
        Some(Self { client_id, subject })
    }
}
