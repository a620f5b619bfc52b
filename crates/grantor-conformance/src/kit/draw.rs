use std::sync::Mutex;

use grantor_core::server::{Random, RandomUnavailable};

/// Random bytes that repeat sixteen given ones, so that ids and versions are known; then the next sixteen.
pub(crate) struct Pattern(Mutex<Vec<[u8; 16]>>);

impl Pattern {
    /// These, the first first.
    pub(crate) fn new(patterns: impl IntoIterator<Item = [u8; 16]>) -> Self {
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        patterns.reverse();
        Self(Mutex::new(patterns))
    }
}

impl Random for Pattern {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        let pattern = self.0.lock().ok().and_then(|mut patterns| patterns.pop()).ok_or(RandomUnavailable)?;
        for (byte, value) in bytes.iter_mut().zip(pattern.iter().cycle()) {
            *byte = *value;
        }
        Ok(())
    }
}
