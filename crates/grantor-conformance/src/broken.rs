use std::{error::Error, fmt};

use grantor_core::StoreError;

/// A promise that was not kept, and how that showed.
///
/// Its `Debug` is its text, so that a test that returns it reads as a sentence.
pub struct Broken {
    promise: Option<&'static str>,
    because: String,
}

/// What a promise comes to.
pub type Verdict = Result<(), Broken>;

impl Broken {
    pub(crate) fn because(text: impl Into<String>) -> Self {
        Self { promise: None, because: text.into() }
    }

    /// Says which promise it was, where that is known by name.
    #[must_use]
    pub fn of(mut self, promise: &'static str) -> Self {
        self.promise.get_or_insert(promise);
        self
    }

    /// How it showed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.because
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        let mut text = format!("the store failed: {error}");
        let mut source = error.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        Self::because(text)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.promise {
            Some(promise) => write!(f, "the promise `{promise}` is broken: {}", self.because),
            None => f.write_str(&self.because),
        }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Broken {}

/// Breaks the promise, with this text, unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err($crate::Broken::because(format!($($text)+)));
        }
    };
}
pub(crate) use ensure;
