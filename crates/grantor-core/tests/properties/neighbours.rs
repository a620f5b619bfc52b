//! Texts that are almost valid.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What separates, escapes, ends or looks like something else in one of the grammars.
const TELLING: &[char] = &[
    ' ', '\t', '\r', '\n', '\0', '\u{7f}', '%', '+', '&', '=', '#', '?', '/', '\\', ':', '@', ';', ',', '.', '~', '_', '-', '!',
    '*', '"', '\'', '<', '>', '[', ']', '{', '}', '|', '^', '`', '0', '9', 'a', 'A', 'z', 'é', '．', '％', '\u{202e}',
    '\u{feff}',
];

/// So many cases, and more where `PROPTEST_CASES` asks for more.
pub(crate) fn at_least(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(cases), ..usual }
}

#[derive(Debug, Clone)]
enum Change {
    Insert(Index, char),
    Remove(Index),
    Replace(Index, char),
    FlipCase(Index),
    Encode(Index),
    Double(Index),
    Swap(Index),
}

/// One or two changes away from a valid text.
pub(crate) fn neighbours(valid: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let changes = vec(change(), 1..=2);
    (valid, changes).prop_map(|(text, changes)| changes.iter().fold(text, |text, change| change.apply(&text)))
}

/// One character, most often one that means something.
pub(crate) fn character() -> impl Strategy<Value = char> {
    prop_oneof![8 => select(TELLING), 1 => any::<char>()]
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), character()).prop_map(|(at, c)| Change::Insert(at, c)),
        at().prop_map(Change::Remove),
        (at(), character()).prop_map(|(at, c)| Change::Replace(at, c)),
        at().prop_map(Change::FlipCase),
        at().prop_map(Change::Encode),
        at().prop_map(Change::Double),
        at().prop_map(Change::Swap),
    ]
}

impl Change {
    fn apply(&self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        if let Self::Insert(at, c) = self {
            characters.insert(at.index(characters.len() + 1), *c);
            return characters.into_iter().collect();
        }
        if characters.is_empty() {
            return String::new();
        }
        let place = |at: &Index| at.index(characters.len());
        match self {
            Self::Insert(..) => {}
            Self::Remove(at) => {
                characters.remove(place(at));
            }
            Self::Replace(at, c) => characters[at.index(text.chars().count())] = *c,
            Self::FlipCase(at) => {
                let at = place(at);
                let c = characters[at];
                characters[at] = if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
            }
            Self::Encode(at) => {
                let at = place(at);
                let mut octets = [0; 4];
                let encoded: String =
                    characters[at].encode_utf8(&mut octets).bytes().map(|byte| format!("%{byte:02X}")).collect();
                characters.splice(at..=at, encoded.chars());
            }
            Self::Double(at) => {
                let at = place(at);
                characters.insert(at, characters[at]);
            }
            Self::Swap(at) => {
                let at = place(at);
                let other = (at + 1) % characters.len();
                characters.swap(at, other);
            }
        }
        characters.into_iter().collect()
    }
}
