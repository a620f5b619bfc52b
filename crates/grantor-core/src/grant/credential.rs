//! What is handed out, as text: a prefix that secret scanners can match, and base64url of grant id and secret.
//!
//! The grant id routes: every look-up is one load by key. The store sees `SHA-256(kind || grant id || secret)` alone.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::types::{Digest, GrantId, SecretBytes, SecretText};

/// How many bytes a refresh token has, which is the longest.
const LONGEST: usize = 68;

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An authorization code.
    Code,
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
    /// A consent ticket.
    Ticket,
    /// The handle of a request that waits for a login.
    Handle,
}

impl Kind {
    /// What the text begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "gr_c_",
            Self::Access => "gr_a_",
            Self::Refresh => "gr_r_",
            Self::Ticket => "gr_t_",
            Self::Handle => "gr_h_",
        }
    }

    /// What stands for the kind in digests and derivations. With one byte their messages fit into one block of SHA-256.
    pub(super) const fn tag(self) -> &'static [u8] {
        match self {
            Self::Code => b"c",
            Self::Access => b"a",
            Self::Refresh => b"r",
            Self::Ticket => b"t",
            Self::Handle => b"h",
        }
    }
}

/// A code, an access token, a ticket or a handle, read from text or about to be handed out.
#[derive(Debug, Clone)]
pub struct Handed {
    kind: Kind,
    id: GrantId,
    secret: SecretBytes,
}

impl Handed {
    pub(crate) fn new(kind: Kind, id: GrantId, secret: SecretBytes) -> Self {
        Self { kind, id, secret }
    }

    /// Reads one of this kind; `None` for every other text, a non-canonical form of a good one included.
    #[must_use]
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let bytes: Zeroizing<[u8; 48]> = read(kind, text)?;
        Some(Self { kind, id: GrantId::from_bytes(part(&*bytes, 0)), secret: SecretBytes::new(part(&*bytes, 16)) })
    }

    /// The grant it belongs to.
    #[must_use]
    pub fn grant_id(&self) -> &GrantId {
        &self.id
    }

    pub(crate) fn secret(&self) -> &SecretBytes {
        &self.secret
    }

    /// What the store keeps of it.
    pub(crate) fn digest(&self) -> Digest {
        digest(self.kind, &self.id, &self.secret)
    }

    pub(crate) fn to_text(&self) -> SecretText {
        write(self.kind, &[self.id.as_bytes(), self.secret.expose()])
    }
}

/// A refresh token: beside grant id and secret its generation, and a tag that proves we issued it.
#[derive(Debug, Clone)]
pub struct HandedRefresh {
    pub(super) id: GrantId,
    pub(super) generation: u32,
    pub(super) secret: SecretBytes,
    pub(super) tag: [u8; 16],
}

/// An access token or a refresh token: which of the two, its own text says, whatever a hint claims.
#[derive(Debug, Clone)]
pub enum AnyToken {
    /// An access token.
    Access(Handed),
    /// A refresh token.
    Refresh(HandedRefresh),
}

impl AnyToken {
    /// Reads a token of either kind; `None` for every other text, a code among them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let access = || Handed::parse(Kind::Access, text).map(Self::Access);
        access().or_else(|| HandedRefresh::parse(text).map(Self::Refresh))
    }

    /// The grant it belongs to.
    #[must_use]
    pub fn grant_id(&self) -> &GrantId {
        match self {
            Self::Access(token) => token.grant_id(),
            Self::Refresh(token) => token.grant_id(),
        }
    }
}

impl HandedRefresh {
    /// Reads a refresh token; `None` for every other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: Zeroizing<[u8; LONGEST]> = read(Kind::Refresh, text)?;
        Some(Self {
            id: GrantId::from_bytes(part(&*bytes, 0)),
            generation: u32::from_be_bytes(part(&*bytes, 16)),
            secret: SecretBytes::new(part(&*bytes, 20)),
            tag: part(&*bytes, 52),
        })
    }

    /// The grant it belongs to.
    #[must_use]
    pub fn grant_id(&self) -> &GrantId {
        &self.id
    }

    pub(super) fn digest(&self) -> Digest {
        digest(Kind::Refresh, &self.id, &self.secret)
    }

    pub(super) fn to_text(&self) -> SecretText {
        write(Kind::Refresh, &[self.id.as_bytes(), &self.generation.to_be_bytes(), self.secret.expose(), &self.tag])
    }
}

fn digest(kind: Kind, id: &GrantId, secret: &SecretBytes) -> Digest {
    Digest::of(&[kind.tag(), id.as_bytes(), secret.expose()])
}

/// Exactly `N` bytes in canonical base64url behind the kind's prefix.
fn read<const N: usize>(kind: Kind, text: &str) -> Option<Zeroizing<[u8; N]>> {
    let encoded = text.strip_prefix(kind.prefix())?;
    if encoded.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    let read = URL_SAFE_NO_PAD.decode_slice(encoded, &mut *bytes).ok()?;
    (read == N).then_some(bytes)
}

fn write(kind: Kind, parts: &[&[u8]]) -> SecretText {
    let mut bytes = Zeroizing::new([0; LONGEST]);
    let mut length = 0;
    for part in parts {
        if let Some(room) = bytes.get_mut(length..length + part.len()) {
            room.copy_from_slice(part);
        }
        length += part.len();
    }
    let mut text = String::with_capacity(kind.prefix().len() + LONGEST.div_ceil(3) * 4);
    text.push_str(kind.prefix());
    URL_SAFE_NO_PAD.encode_string(bytes.get(..length).unwrap_or_default(), &mut text);
    SecretText::new(text)
}

fn part<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let slice = bytes.get(from..).and_then(|rest| rest.first_chunk::<N>());
    slice.copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> Handed {
        Handed::new(Kind::Code, GrantId::from_bytes([7; 16]), SecretBytes::new([9; 32]))
    }

    /// AZ-37, RF-14
    #[test]
    fn a_credential_comes_back_from_its_text_and_only_as_its_own_kind() {
        let text = code().to_text();
        let read = Handed::parse(Kind::Code, text.expose());
        assert!(read.is_some_and(|read| read.digest().matches(&code().digest())));
        assert!(Handed::parse(Kind::Access, text.expose()).is_none());
        assert!(text.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
    }

    /// TK-22
    #[test]
    fn a_form_that_we_would_not_write_is_not_read() {
        let text = code().to_text().expose().to_owned();
        let bad = [
            format!("{text}="),
            format!("{text}A"),
            text.replace("gr_c_", ""),
            text.replace("gr_c_", "gr_C_"),
            format!(" {text}"),
            String::new(),
        ];
        for text in bad {
            assert!(Handed::parse(Kind::Code, &text).is_none(), "{text}");
        }
        let refresh =
            HandedRefresh { id: GrantId::from_bytes([1; 16]), generation: 3, secret: SecretBytes::new([2; 32]), tag: [4; 16] };
        let text = refresh.to_text().expose().to_owned();
        assert!(HandedRefresh::parse(&text).is_some_and(|read| read.generation == 3 && read.tag == [4; 16]));
        let stray_bits = format!("{}{}", &text[..text.len() - 1], "1");
        assert!(HandedRefresh::parse(&stray_bits).is_none());
    }
}
