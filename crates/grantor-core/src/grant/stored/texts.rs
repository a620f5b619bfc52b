//! The texts of a stored grant in one piece, and its instants as they are counted.

use std::sync::Arc;

use super::InvalidGrant;
use crate::{
    grant::Moment,
    types::{Resource, Text},
};

/// How many bytes of the texts are one text. They stand in the order in which they are written and read here.
pub(super) type Length = u32;

/// What a grant is written with.
pub(super) struct Written {
    texts: String,
    created: Moment,
}

impl Written {
    pub(super) fn new(created: Moment) -> Self {
        // Room for a usual request: an identifier, a redirect URI, a state, some scopes, and a challenge.
        Self { texts: String::with_capacity(256), created }
    }

    /// What is handed in is bounded far below 4 GiB; nothing could read a text beyond that again.
    pub(super) fn text(&mut self, text: &str) -> Length {
        self.texts.push_str(text);
        Length::try_from(text.len()).unwrap_or(Length::MAX)
    }

    pub(super) fn resources(&mut self, resources: &[Resource]) -> Vec<Length> {
        resources.iter().map(|resource| self.text(resource.as_str())).collect()
    }

    pub(super) fn instant(&self, instant: Moment) -> i64 {
        instant.milliseconds() - self.created.milliseconds()
    }

    pub(super) fn texts(&self) -> &str {
        &self.texts
    }
}

/// What a grant is read with: the texts it keeps, and how far they were read.
pub(super) struct Read {
    whole: Arc<str>,
    at: usize,
    created: Moment,
}

impl Read {
    pub(super) fn new(texts: &str, created: Moment) -> Self {
        Self { whole: texts.into(), at: 0, created }
    }

    pub(super) fn text(&mut self, length: Length) -> Result<Text, InvalidGrant> {
        let from = self.at;
        self.at = usize::try_from(length).ok().and_then(|length| from.checked_add(length)).ok_or(InvalidGrant)?;
        let is_text = self.whole.get(from..self.at).is_some();
        if is_text { Ok(Text::part(&self.whole, from, self.at)) } else { Err(InvalidGrant) }
    }

    pub(super) fn option(&mut self, length: Option<Length>) -> Result<Option<Text>, InvalidGrant> {
        length.map(|length| self.text(length)).transpose()
    }

    pub(super) fn resources(&mut self, lengths: Vec<Length>) -> Result<Vec<Resource>, InvalidGrant> {
        lengths.into_iter().map(|length| Resource::from_stored(self.text(length)?).map_err(|_| InvalidGrant)).collect()
    }

    pub(super) fn created(&self) -> Moment {
        self.created
    }

    pub(super) fn instant(&self, since: i64) -> Result<Moment, InvalidGrant> {
        Moment::of_milliseconds(since.saturating_add(self.created.milliseconds()))
    }

    pub(super) fn is_read(&self) -> bool {
        self.at == self.whole.len()
    }
}
