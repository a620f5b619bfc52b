use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Text;

/// A client identifier (RFC 6749 §2.2): one to 255 characters of VSCHAR (`%x20-7E`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Text);

/// The text is no client identifier: it is empty, longer than 255 bytes, or has a character outside VSCHAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a client_id is 1 to 255 characters of printable ASCII (RFC 6749 A.1)")]
pub struct InvalidClientId;

impl ClientId {
    /// Reads a client identifier.
    ///
    /// # Errors
    /// [`InvalidClientId`] when the text is empty, over 255 bytes, or leaves VSCHAR.
    pub fn parse(text: &str) -> Result<Self, InvalidClientId> {
        if Self::fits(text) { Ok(Self(text.into())) } else { Err(InvalidClientId) }
    }

    /// Takes back what [`as_str`](Self::as_str) gave to a store.
    pub(crate) fn from_stored(text: Text) -> Result<Self, InvalidClientId> {
        if Self::fits(&text) { Ok(Self(text)) } else { Err(InvalidClientId) }
    }

    /// The same, for what outlives the grant it was read with.
    pub(crate) fn apart(&self) -> Self {
        Self(self.0.apart())
    }

    fn fits(text: &str) -> bool {
        (1..=255).contains(&text.len()) && text.bytes().all(is_vschar)
    }

    /// Stands where a builder has not read the identifier yet.
    pub(super) fn placeholder() -> Self {
        Self(Text::default())
    }

    /// The identifier as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The person a grant speaks for, named as the host names its users. The library never looks inside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Text);

impl Subject {
    /// The same, for what outlives the grant it was read with.
    pub(crate) fn apart(&self) -> Self {
        Self(self.0.apart())
    }

    /// Takes back what [`as_str`](Self::as_str) gave to a store.
    pub(crate) fn from_stored(text: Text) -> Self {
        Self(text)
    }

    /// The host's name of the person.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Subject {
    fn from(text: T) -> Self {
        Self(Text::from(text))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of one grant: 16 random bytes.
///
/// It stands in every credential of the grant, so that a look-up is one load by key. It is no secret, and it is the same
/// at every resource server that sees a token of the grant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId([u8; 16]);

/// The mark of one write of a grant: 16 random bytes, drawn anew for each attempt, never counted up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 16]);

macro_rules! sixteen_bytes {
    ($name:ident) => {
        impl $name {
            /// Takes the bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, for a database column.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}
sixteen_bytes!(GrantId);
sixteen_bytes!(Version);

/// VSCHAR of RFC 6749 appendix A: `%x20-7E`.
pub(crate) const fn is_vschar(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// NQCHAR of RFC 6749 appendix A: VSCHAR without space, `"` and `\`.
pub(crate) const fn is_nqchar(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_show_as_what_they_are() {
        assert_eq!(format!("{:?}", ClientId::parse("app").unwrap()), "\"app\"");
        assert_eq!(format!("{:?}", GrantId::from_bytes([0; 16])), "GrantId(AAAAAAAAAAAAAAAAAAAAAA)");
    }

    /// CA-17
    #[test]
    fn an_identifier_is_1_to_255_characters_of_printable_ascii() {
        for good in ["a", " ~", &"a".repeat(255)] {
            let id = ClientId::parse(good).unwrap();
            assert_eq!((id.as_str(), id.to_string().as_str(), id.apart()), (good, good, id.clone()));
            assert_eq!(ClientId::from_stored(good.into()), Ok(id));
        }
        for bad in ["", "\u{7f}", "\u{1f}", "\u{e9}", &"a".repeat(256)] {
            assert_eq!(ClientId::parse(bad), Err(InvalidClientId), "{bad:?}");
            assert_eq!(ClientId::from_stored(bad.into()), Err(InvalidClientId), "{bad:?}");
        }
        let nq: Vec<u8> = (0..=255).filter(|byte| is_vschar(*byte) && !is_nqchar(*byte)).collect();
        assert_eq!(nq, b" \"\\");
        assert_eq!((0..=255).filter(|byte| is_nqchar(*byte)).count(), 92);
    }

    #[test]
    fn a_key_and_a_mark_are_their_bytes() {
        let (id, version) = (GrantId::from_bytes([255; 16]), Version::from_bytes([7; 16]));
        assert_eq!((id.as_bytes(), version.as_bytes()), (&[255; 16], &[7; 16]));
        assert_eq!((id.to_string(), version.to_string()), ("_____________________w".into(), "BwcHBwcHBwcHBwcHBwcHBw".into()));
        assert_eq!(format!("{version:?}"), "Version(BwcHBwcHBwcHBwcHBwcHBw)");
        let subject = Subject::from("ann");
        assert_eq!((subject.as_str(), subject.to_string().as_str(), subject.apart()), ("ann", "ann", subject.clone()));
        assert_eq!(Subject::from_stored("ann".into()), subject);
    }
}
