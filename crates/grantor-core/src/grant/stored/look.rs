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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::fixture::{House, at};

    /// ST-11
    #[test]
    fn a_form_of_an_unknown_version_or_without_a_head_is_at_no_version() {
        let grant = House::new().parked(at(0)).0;
        let stored = Stored::of(&grant);
        assert!(stored.is_at(grant.version()) && !stored.is_at(&Version::from_bytes([9; 16])));
        assert!(stored.read().is_ok_and(|same| same.encode() == grant.encode()));
        for form in [vec![], vec![VERSION + 1], [&[VERSION + 1], &stored.0[1..]].concat(), stored.0[..32].to_vec()] {
            let stored = Stored(form.into());
            assert!(!stored.is_at(grant.version()));
            assert_eq!(stored.read().err(), Some(InvalidGrant));
        }
    }
}
