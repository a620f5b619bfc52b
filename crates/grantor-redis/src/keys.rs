//! Under which names Redis keeps things.
//!
//! - a grant: `PREFIX:grant:{ID}`, with the id in base64url. All that will ever be kept for one grant stands under names with
//!   the same `{ID}`, so that it is in one slot of a cluster;
//! - a client: `PREFIX:client:ID`.

use grantor_core::types::{ClientId, GrantId};

use crate::OpenError;

pub(crate) const DEFAULT_PREFIX: &str = "grantor";

/// What every name begins with. Two stores with different prefixes in one Redis see nothing of each other.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Box<str>);

impl Keys {
    /// A colon would let one prefix be the beginning of another's names, and a brace would move the grants of all to one slot.
    pub(crate) fn parse(prefix: &str) -> Result<Self, OpenError> {
        let fits = (1..=64).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/'));
        if fits { Ok(Self(prefix.into())) } else { Err(OpenError::Prefix) }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.0
    }

    pub(crate) fn grant(&self, id: &GrantId) -> String {
        format!("{}:grant:{{{id}}}", self.0)
    }

    pub(crate) fn client(&self, id: &ClientId) -> String {
        format!("{}:client:{id}", self.0)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self(DEFAULT_PREFIX.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_to_64_safe_characters() {
        for good in ["grantor", "a", "id.example.com", "shop/eu-1_A", &"x".repeat(64)] {
            assert!(Keys::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a:b", "{a}", "a b", "a\n", "é", "*", "a\0", &"x".repeat(65)] {
            assert!(Keys::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Keys::parse(DEFAULT_PREFIX).unwrap().prefix(), Keys::default().prefix());
    }

    #[test]
    fn the_id_is_the_hash_tag_of_a_grant() {
        let key = Keys::default().grant(&GrantId::from_bytes([7; 16]));
        assert_eq!(key, "grantor:grant:{BwcHBwcHBwcHBwcHBwcHBw}");
    }
}
