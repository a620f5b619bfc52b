//! Parameters in the order they were written, repeated names included.

use form_urlencoded::Serializer;

/// A query or a form body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// Fields from pairs.
pub fn fields<const N: usize>(pairs: [(&str, &str); N]) -> Fields {
    Fields(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
}

impl Fields {
    /// Reads form-urlencoded text.
    pub fn decode(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The same, with `name` set to `value` wherever it stood, or at the end.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut next = self.clone();
        match next.0.iter_mut().find(|(known, _)| known == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => next.0.push((name.to_owned(), value.to_owned())),
        }
        next
    }

    /// The same, with one more `name` at the end.
    #[must_use]
    pub fn and(&self, name: &str, value: &str) -> Self {
        let mut next = self.clone();
        next.0.push((name.to_owned(), value.to_owned()));
        next
    }

    /// The same, with no `name`.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| known != name).cloned().collect())
    }

    /// The first `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every name, in order.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Form-urlencoded.
    pub fn encode(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}
