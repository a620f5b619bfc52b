use std::mem;

use bytes::{Buf, Bytes, BytesMut};

use super::call::Payload;

/// The content of a request (RFC 9110 §6.4) as a door reads it: piece by piece, and never more than a limit.
///
/// Of content that comes in one piece nothing is copied.
pub struct Content {
    left: usize,
    first: Bytes,
    /// Everything, once there is more than one piece.
    all: BytesMut,
    fault: Option<Fault>,
}

enum Fault {
    TooLarge,
    Broken,
}

impl Content {
    /// Nothing yet, and room for so many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { left: limit, first: Bytes::new(), all: BytesMut::new(), fault: None }
    }

    /// Takes the next piece, or refuses it as too large before a byte is copied. Whether more may come.
    #[must_use]
    pub fn add(&mut self, mut piece: impl Buf) -> bool {
        let Some(left) = self.left.checked_sub(piece.remaining()) else {
            self.fail(Fault::TooLarge);
            return false;
        };
        self.left = left;
        let piece = piece.copy_to_bytes(piece.remaining());
        if self.first.is_empty() && self.all.is_empty() {
            self.first = piece;
        } else {
            self.all.extend_from_slice(&mem::take(&mut self.first));
            self.all.extend_from_slice(&piece);
        }
        true
    }

    /// The framework found that there is more than it lets through.
    #[must_use]
    pub fn too_large(mut self) -> Self {
        self.fail(Fault::TooLarge);
        self
    }

    /// The connection or the framing broke off.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.fail(Fault::Broken);
        self
    }

    fn fail(&mut self, fault: Fault) {
        *self = Self { fault: Some(fault), ..Self::new(0) };
    }

    /// What came of it.
    #[must_use]
    pub fn payload(&self) -> Payload<'_> {
        match self.fault {
            Some(Fault::TooLarge) => Payload::TooLarge,
            Some(Fault::Broken) => Payload::Broken,
            None if self.all.is_empty() => Payload::Whole(&self.first),
            None => Payload::Whole(&self.all),
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(content: &Content) -> Option<&[u8]> {
        match content.payload() {
            Payload::Whole(bytes) => Some(bytes),
            Payload::TooLarge | Payload::Broken => None,
        }
    }

    /// TK-09
    #[test]
    fn pieces_are_put_together_up_to_the_limit() {
        let mut content = Content::new(6);
        assert_eq!(whole(&content), Some(&b""[..]));
        for (piece, so_far) in [("ab", "ab"), ("", "ab"), ("cd", "abcd"), ("ef", "abcdef"), ("", "abcdef")] {
            assert!(content.add(piece.as_bytes()));
            assert_eq!(whole(&content), Some(so_far.as_bytes()));
        }
        assert!(!content.add(&b"g"[..]));
        assert!(matches!(content.payload(), Payload::TooLarge));
        assert!(!content.add(&b"h"[..]));
    }

    #[test]
    fn one_piece_is_not_copied() {
        let (mut content, piece) = (Content::new(6), Bytes::from(b"abcdef".to_vec()));
        assert!(content.add(piece.clone()));
        assert_eq!(whole(&content).map(<[u8]>::as_ptr), Some(piece.as_ptr()));
    }

    #[test]
    fn what_broke_off_or_was_refused_by_the_framework_is_no_content() {
        let begun = || {
            let mut content = Content::new(6);
            assert!(content.add(&b"ab"[..]));
            content
        };
        assert!(matches!(begun().broken().payload(), Payload::Broken));
        assert!(matches!(begun().too_large().payload(), Payload::TooLarge));
        assert_eq!(format!("{:?}", begun()), "[REDACTED]");
    }
}
