use crate::types::{GrantId, SecretBytes};

/// The random bytes of one attempt, drawn by the engine in one go and handed to the tables.
#[derive(Debug, Clone)]
pub struct Draw {
    version: [u8; 16],
    id: [u8; 16],
    secret: SecretBytes,
    line: Option<[SecretBytes; 2]>,
}

impl Draw {
    /// How many bytes most attempts need.
    pub const LENGTH: usize = 64;

    /// How many bytes an attempt needs that may begin a line of refresh tokens.
    pub const WITH_LINE: usize = 128;

    /// Divides the bytes.
    #[must_use]
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self { version: take(bytes, 0), id: take(bytes, 16), secret: SecretBytes::new(take(bytes, 32)), line: None }
    }

    /// Divides the bytes, those for a line of refresh tokens among them.
    #[must_use]
    pub fn with_line(bytes: &[u8; Self::WITH_LINE]) -> Self {
        let line = [64, 96].map(|from| SecretBytes::new(take(bytes, from)));
        Self { line: Some(line), ..Self::new(&take(bytes, 0)) }
    }

    pub(crate) fn version(&self) -> [u8; 16] {
        self.version
    }

    pub(crate) fn grant_id(&self) -> GrantId {
        GrantId::from_bytes(self.id)
    }

    /// The secret of the attempt: of a code, a ticket or an access token, or a salt.
    pub(crate) fn secret(&self) -> &SecretBytes {
        &self.secret
    }

    /// The secret of a first refresh token, and the key of its line, where the attempt may begin one.
    pub(crate) fn line(&self) -> Option<&[SecretBytes; 2]> {
        self.line.as_ref()
    }
}

fn take<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    let slice = bytes.get(from..).and_then(|rest| rest.first_chunk());
    slice.copied().unwrap_or([0; N])
}
