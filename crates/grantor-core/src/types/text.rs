use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// Text that never changes: a part of a buffer that it may share with other texts. To clone it counts up and copies nothing.
///
/// It keeps the whole buffer. Texts that live equally long share one; what outlives its request has one of its own.
#[derive(Clone, Default)]
pub(crate) struct Text {
    whole: Arc<str>,
    from: u32,
    to: u32,
}

impl Text {
    /// The texts of one thing, in one buffer.
    pub(crate) fn together<const N: usize>(texts: [&str; N]) -> [Self; N] {
        let mut filled = texts.iter().filter(|text| !text.is_empty());
        let whole: Arc<str> = match (filled.next(), filled.next()) {
            (None, _) => Arc::default(),
            (Some(only), None) => Arc::from(*only),
            (Some(_), Some(_)) => texts.concat().into(),
        };
        let mut from = 0;
        texts.map(|text| {
            let to = from + text.len();
            let part = Self::part(&whole, from, to);
            from = to;
            part
        })
    }

    /// The same text in a buffer of its own.
    pub(crate) fn apart(&self) -> Self {
        Self::from(self.as_str())
    }

    pub(crate) fn as_str(&self) -> &str {
        self.whole.get(self.from as usize..self.to as usize).unwrap_or_default()
    }

    /// What is read is bounded far below 4 GiB; of what a host configures beyond that nothing is left.
    pub(crate) fn part(whole: &Arc<str>, from: usize, to: usize) -> Self {
        match (u32::try_from(from), u32::try_from(to)) {
            (Ok(from), Ok(to)) => Self { whole: Arc::clone(whole), from, to },
            _ => Self::default(),
        }
    }
}

impl<T: Into<Arc<str>>> From<T> for Text {
    fn from(text: T) -> Self {
        let whole = text.into();
        Self::part(&whole, 0, whole.len())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_made_together_share_one_buffer_and_are_themselves() {
        let [one, none, two] = Text::together(["ünö", "", "two"]);
        assert_eq!([&*one, &*none, &*two], ["ünö", "", "two"]);
        assert!(Arc::ptr_eq(&one.whole, &two.whole));
        assert_eq!(two, Text::from("two"));
        assert!(two < one && two.clone() == two);
    }

    #[test]
    fn a_text_apart_is_the_same_in_a_buffer_of_its_own() {
        let [one, two] = Text::together(["one", "two"]);
        let apart = two.apart();
        assert_eq!((&*apart, apart.whole.len(), one.whole.len()), ("two", 3, 6));
        assert!(!Arc::ptr_eq(&apart.whole, &two.whole));
        assert_eq!(format!("{two:?}"), "\"two\"");
    }

    #[test]
    fn of_what_is_too_long_to_count_nothing_is_left() {
        let whole: Arc<str> = "whole".into();
        assert_eq!(&*Text::part(&whole, 1, 4), "hol");
        let most = usize::try_from(u32::MAX).unwrap();
        for (from, to) in [(0, most + 1), (most + 1, 5)] {
            let part = Text::part(&whole, from, to);
            assert_eq!((&*part, part.whole.len()), ("", 0), "{from} to {to}");
        }
    }
}
