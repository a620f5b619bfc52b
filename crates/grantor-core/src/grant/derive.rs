//! Keyed derivations (RFC 5869, RFC 2104): successors from what was presented, and the tag that proves an old token ours.
//!
//! A client that lost an answer presents the same secret again, and the same successors come out; nobody stores a token
//! to make that work.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{HandedRefresh, Kind};
use crate::types::{GrantId, Pepper, SecretBytes};

/// What follows from a presented secret, with a salt drawn for this one step.
pub(super) struct Successors(Hkdf<Sha256>);

impl Successors {
    pub(super) fn of(presented: &SecretBytes, salt: &SecretBytes, pepper: &Pepper) -> Self {
        Self(Hkdf::new(Some(&with_pepper(salt, pepper)), presented.expose()))
    }

    /// The secret of this kind, bound to the grant and to two things more.
    pub(super) fn next(&self, kind: Kind, id: &GrantId, [this, that]: [&[u8]; 2]) -> SecretBytes {
        let mut secret = [0; 32];
        // HKDF refuses only outputs over 8,160 bytes.
        let _ = self.0.expand_multi_info(&[kind.tag(), id.as_bytes(), this, that], &mut secret);
        SecretBytes::new(secret)
    }
}

/// The tag of a refresh token under the grant's own key.
pub(super) fn tag(key: &SecretBytes, pepper: &Pepper, id: &GrantId, generation: u32, secret: &SecretBytes) -> [u8; 16] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&with_pepper(key, pepper)) else { return [0; 16] };
    for part in [Kind::Refresh.tag(), id.as_bytes(), &generation.to_be_bytes(), secret.expose()] {
        mac.update(part);
    }
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    whole.first_chunk::<16>().copied().unwrap_or([0; 16])
}

/// Whether we once issued this token, whatever became of it since.
pub(super) fn is_ours(token: &HandedRefresh, key: &SecretBytes, pepper: &Pepper) -> bool {
    tag(key, pepper, &token.id, token.generation, &token.secret).ct_eq(&token.tag).into()
}

fn with_pepper(key: &SecretBytes, pepper: &Pepper) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([key.expose(), pepper.expose()].concat())
}
