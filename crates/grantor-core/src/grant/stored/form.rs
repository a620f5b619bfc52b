//! The two streams of a stored grant: fields, and behind them all texts in one piece. A field holds a text's length.

use std::{ops::Range, sync::Arc};

use super::InvalidGrant;
use crate::types::Text;

/// Where a grant is written to.
pub(super) trait Sink {
    fn raw(&mut self, bytes: &[u8]);
    /// The length among the fields, the text among the texts.
    fn text(&mut self, text: &str);

    /// Seven bits a byte, the lowest first; the highest bit of a byte says that there is one more.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.raw(&[number.to_le_bytes()[0] | 0x80]);
            number >>= 7;
        }
        self.raw(&[number.to_le_bytes()[0]]);
    }

    /// A small number of either sign in few bytes.
    fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.raw(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, values: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(values.len() as u64);
        values.iter().for_each(|value| write(self, value));
    }
}

/// How long both streams become.
#[derive(Default)]
pub(super) struct Sizes {
    pub(super) fields: usize,
    pub(super) texts: usize,
}

impl Sink for Sizes {
    fn raw(&mut self, bytes: &[u8]) {
        self.fields += bytes.len();
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.texts += text.len();
    }
}

/// Room of exactly these sizes, which is filled from the front.
pub(super) struct Room<'a> {
    pub(super) fields: &'a mut [u8],
    pub(super) texts: &'a mut [u8],
}

impl Sink for Room<'_> {
    fn raw(&mut self, bytes: &[u8]) {
        fill(&mut self.fields, bytes);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        fill(&mut self.texts, text.as_bytes());
    }
}

fn fill(room: &mut &mut [u8], bytes: &[u8]) {
    if let Some((front, rest)) = std::mem::take(room).split_at_mut_checked(bytes.len()) {
        front.copy_from_slice(bytes);
        *room = rest;
    }
}

/// Where a grant is read from: what is left of the fields, and how far the texts are read.
pub(super) struct Source<'a> {
    fields: &'a [u8],
    texts: &'a str,
    at: usize,
    /// The texts once more, for what outlives the bytes.
    whole: Arc<str>,
}

impl<'a> Source<'a> {
    /// Nothing but fields.
    pub(super) fn new(fields: &'a [u8]) -> Self {
        Self { fields, texts: "", at: 0, whole: Arc::default() }
    }

    /// The last `length` bytes are texts.
    pub(super) fn with_texts(self, length: usize) -> Result<Self, InvalidGrant> {
        let fields = self.fields.len().checked_sub(length).ok_or(InvalidGrant)?;
        let (fields, texts) = self.fields.split_at_checked(fields).ok_or(InvalidGrant)?;
        Ok(Self { fields, texts: std::str::from_utf8(texts).map_err(|_| InvalidGrant)?, ..self })
    }

    /// From here on texts can be kept; all of them share one buffer.
    pub(super) fn keep_texts(&mut self) {
        self.whole = self.texts.into();
    }

    pub(super) fn is_read(&self) -> bool {
        self.fields.is_empty() && self.at == self.texts.len()
    }

    pub(super) fn raw<const N: usize>(&mut self) -> Result<[u8; N], InvalidGrant> {
        let (bytes, rest) = self.fields.split_first_chunk().ok_or(InvalidGrant)?;
        self.fields = rest;
        Ok(*bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, InvalidGrant> {
        self.raw().map(|[byte]| byte)
    }

    pub(super) fn number(&mut self) -> Result<u64, InvalidGrant> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(InvalidGrant)
    }

    pub(super) fn signed(&mut self) -> Result<i64, InvalidGrant> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn span(&mut self) -> Result<Range<usize>, InvalidGrant> {
        let length = usize::try_from(self.number()?).map_err(|_| InvalidGrant)?;
        let span = self.at..self.at.checked_add(length).ok_or(InvalidGrant)?;
        self.at = span.end;
        Ok(span)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, InvalidGrant> {
        let span = self.span()?;
        self.texts.get(span).ok_or(InvalidGrant)
    }

    /// The text, to be kept.
    pub(super) fn kept(&mut self) -> Result<Text, InvalidGrant> {
        let span = self.span()?;
        let is_text = self.whole.get(span.clone()).is_some();
        if is_text { Ok(Text::part(&self.whole, span.start, span.end)) } else { Err(InvalidGrant) }
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidGrant>,
    ) -> Result<Option<T>, InvalidGrant> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(InvalidGrant),
        }
    }

    /// Every entry has a byte at least, so that there is no room made for a long list that is not there.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, InvalidGrant>) -> Result<Vec<T>, InvalidGrant> {
        let length = usize::try_from(self.number()?).map_err(|_| InvalidGrant)?;
        if length > self.fields.len() {
            return Err(InvalidGrant);
        }
        let mut list = Vec::with_capacity(length);
        for _ in 0..length {
            list.push(read(self)?);
        }
        Ok(list)
    }
}
