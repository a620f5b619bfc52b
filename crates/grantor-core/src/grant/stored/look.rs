use serde::Deserialize;
use serde_bytes::ByteArray;

use super::{InvalidGrant, VERSION};
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
        Head::read(&self.0).is_some_and(|head| *head.version == *version.as_bytes())
    }
}

/// What a stored grant begins with.
#[derive(Deserialize)]
struct Head {
    _id: ByteArray<16>,
    version: ByteArray<16>,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let Some((&VERSION, bytes)) = bytes.split_first() else { return None };
        postcard::take_from_bytes(bytes).ok().map(|(head, _)| head)
    }
}
