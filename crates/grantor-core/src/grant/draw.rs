use crate::types::{GrantId, SecretBytes};

/// The random bytes of one attempt, drawn by the engine in one go and handed to the tables.
#[derive(Debug, Clone)]
pub struct Draw {
    version: [u8; 16],
    id: [u8; 16],
    secrets: [SecretBytes; 3],
}

impl Draw {
    /// How many bytes an attempt needs.
    pub const LENGTH: usize = 128;

    /// Divides the bytes.
    #[must_use]
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        let secret = |from| SecretBytes::new(take(bytes, from));
        Self { version: take(bytes, 0), id: take(bytes, 16), secrets: [secret(32), secret(64), secret(96)] }
    }

    pub(crate) fn version(&self) -> [u8; 16] {
        self.version
    }

    pub(crate) fn grant_id(&self) -> GrantId {
        GrantId::from_bytes(self.id)
    }

    /// The attempt's secrets: as many as any table hands out at once.
    pub(crate) fn secrets(&self) -> &[SecretBytes; 3] {
        &self.secrets
    }

    /// The first secret, for an attempt that needs one.
    pub(crate) fn secret(&self) -> &SecretBytes {
        let [first, ..] = &self.secrets;
        first
    }
}

fn take<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let mut taken = [0; N];
    for (to, byte) in taken.iter_mut().zip(bytes.iter().skip(from)) {
        *to = *byte;
    }
    taken
}
