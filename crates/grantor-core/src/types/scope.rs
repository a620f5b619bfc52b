use std::{collections::HashSet, fmt};

use super::{Text, ids::is_nqchar};

/// One scope token (RFC 6749 §3.3): `1*NQCHAR`, case-sensitive.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(Box<str>);

/// The text is no scope: it is empty, or has a space, `"`, `\` or a character outside printable ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one or more printable ASCII characters without space, quote and backslash (RFC 6749 section 3.3)")]
pub struct InvalidScope;

impl Scope {
    /// Reads one scope token.
    ///
    /// # Errors
    /// [`InvalidScope`] when the text leaves the grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if !text.is_empty() && text.bytes().all(is_nqchar) { Ok(Self(text.into())) } else { Err(InvalidScope) }
    }

    /// The token as it goes over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Up to how many scopes are compared with each other; more are counted by a table.
const FEW: usize = 16;

/// The longest `scope` parameter that is read, in bytes.
const SCOPE_LIMIT: usize = 4_096;

/// A set of scopes in the order they were first named, kept as the wire keeps it: tokens with one space between.
///
/// Two sets are equal when they have the same scopes, in whatever order.
#[derive(Clone, Default)]
pub struct ScopeSet(Text);

impl ScopeSet {
    /// Reads a `scope` parameter: tokens with exactly one space between. A token named twice counts once.
    ///
    /// # Errors
    /// [`InvalidScope`] for an empty text or one over 4,096 bytes, a leading, trailing or doubled space, or a character
    /// outside the grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let is_scope = |token: &str| !token.is_empty() && token.bytes().all(is_nqchar);
        let fits = text.len() <= SCOPE_LIMIT && text.split(' ').all(is_scope);
        match (fits, names_each_once(text)) {
            (true, true) => Ok(Self(text.into())),
            (true, false) => Ok(Self::join(text.split(' '))),
            (false, _) => Err(InvalidScope),
        }
    }

    /// Reads a list of scopes, as a form sends them one by one, within the same bounds as [`parse`](Self::parse); an empty
    /// list is an empty set.
    ///
    /// # Errors
    /// [`InvalidScope`] when one of them is no scope, or all of them are too long.
    pub fn from_list<S: AsRef<str>>(list: impl IntoIterator<Item = S>) -> Result<Self, InvalidScope> {
        let mut text = String::new();
        for scope in list {
            if text.len() > SCOPE_LIMIT || scope.as_ref().is_empty() || scope.as_ref().contains(' ') {
                return Err(InvalidScope);
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(scope.as_ref());
        }
        if text.is_empty() { Ok(Self::default()) } else { Self::parse(&text) }
    }

    /// The set without any scope.
    pub(crate) fn none() -> &'static Self {
        static NONE: std::sync::OnceLock<ScopeSet> = std::sync::OnceLock::new();
        NONE.get_or_init(Self::default)
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|scope| !scope.is_empty())
    }

    /// The `scope` parameter: tokens with one space between, or nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no scope is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the scope is in the set.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.iter().any(|own| own == scope)
    }

    /// Whether every scope of the other set is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0 == other.0 || other.iter().all(|scope| self.contains(scope))
    }

    /// The scopes that satisfy the test.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        if self.iter().all(&keep) { self.clone() } else { Self::join(self.iter().filter(|scope| keep(scope))) }
    }

    /// The scopes that are in both sets.
    pub(crate) fn common(&self, other: &Self) -> Self {
        if self.0 == other.0 { self.clone() } else { self.filter(|scope| other.contains(scope)) }
    }

    /// Joins tokens that are known to be scopes, in time that grows with their number only.
    fn join<'a>(tokens: impl Iterator<Item = &'a str>) -> Self {
        let mut seen = HashSet::new();
        let mut text = String::new();
        for token in tokens.filter(|token| seen.insert(*token)) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(token);
        }
        Self(text.into())
    }

    /// The same, for what outlives the grant it was read with.
    pub(crate) fn apart(&self) -> Self {
        Self(self.0.apart())
    }

    /// Takes back what [`as_str`](Self::as_str) gave to a store.
    pub(crate) fn from_stored(text: Text) -> Self {
        Self(text)
    }
}

/// Whether there are few tokens and none stands twice.
fn names_each_once(text: &str) -> bool {
    let tokens = || text.split(' ');
    tokens().nth(FEW).is_none() && tokens().enumerate().all(|(at, token)| !tokens().take(at).any(|before| before == token))
}

impl<'a> FromIterator<&'a Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a Scope>>(scopes: I) -> Self {
        Self::join(scopes.into_iter().map(Scope::as_str))
    }
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.covers(other) && other.covers(self))
    }
}

impl Eq for ScopeSet {}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AZ-28
    #[test]
    fn the_scope_parameter_is_read_strictly() {
        for bad in ["", " ", "a  b", " a", "a ", "a\tb", "a\"", "a\\", "é", "a\n"] {
            assert_eq!(ScopeSet::parse(bad), Err(InvalidScope), "{bad:?}");
        }
    }

    /// TH-02
    #[test]
    fn a_list_that_is_longer_than_a_parameter_is_no_set_and_costs_no_time() {
        let many: Vec<String> = (0..60_000).map(|number| format!("s{number}")).collect();
        assert_eq!(ScopeSet::from_list(&many), Err(InvalidScope));
        assert_eq!(ScopeSet::parse(&many.join(" ")), Err(InvalidScope));
        let mut taken = 0;
        let endless = std::iter::repeat_n("abc", 60_000).inspect(|_| taken += 1);
        assert_eq!((ScopeSet::from_list(endless), taken), (Err(InvalidScope), 1_026));
        assert_eq!(ScopeSet::from_list(["a b"]), Err(InvalidScope));
        assert_eq!(ScopeSet::from_list([""; 0]), Ok(ScopeSet::default()));
    }

    /// AZ-31
    #[test]
    fn a_scope_named_twice_counts_once_and_case_matters() {
        let set = ScopeSet::parse("b a b A").map(|set| set.to_string());
        assert_eq!(set.as_deref(), Ok("b a A"));
        assert_eq!(ScopeSet::parse("a a").map(|set| set.to_string()).as_deref(), Ok("a"));
        let many: Vec<String> = (0..40).map(|number| format!("s{number}")).collect();
        let twice = ScopeSet::parse(&[&many[..], &many[..]].concat().join(" "));
        assert_eq!(twice.map(|set| set.to_string()), Ok(many.join(" ")));
    }

    /// AZ-28
    #[test]
    fn a_scope_is_written_as_it_is() {
        let scope = Scope::parse("mail:read").unwrap();
        assert_eq!((scope.as_str(), scope.to_string().as_str()), ("mail:read", "mail:read"));
        assert_eq!(format!("{scope:?}"), "\"mail:read\"");
        for bad in ["", "a b", "\"", "\\", "\u{e9}", "\u{7f}"] {
            assert_eq!(Scope::parse(bad), Err(InvalidScope), "{bad:?}");
        }
        let set = ScopeSet::parse("b a").unwrap();
        assert_eq!((set.to_string().as_str(), format!("{set:?}").as_str()), ("b a", "{\"b\", \"a\"}"));
    }

    /// AZ-28, TH-02
    #[test]
    fn a_parameter_of_4096_bytes_is_read_and_a_longer_one_is_not() {
        let most = "x".repeat(4_096);
        assert_eq!(ScopeSet::parse(&most).unwrap().as_str(), most);
        assert_eq!(ScopeSet::from_list([&most]).unwrap().as_str(), most);
        assert_eq!(ScopeSet::parse(&format!("{most}x")), Err(InvalidScope));
        assert_eq!(ScopeSet::from_list([format!("{most}x")]), Err(InvalidScope));
        assert_eq!(ScopeSet::from_list([&most[..4_095], ""]), Err(InvalidScope));
        for bad in [&["a", "a b"][..], &["a", ""], &["", "a"], &["\""]] {
            assert_eq!(ScopeSet::from_list(bad), Err(InvalidScope), "{bad:?}");
        }
    }

    /// AZ-28, AZ-33
    #[test]
    fn sets_are_compared_by_what_is_in_them() {
        let set = |text: &str| ScopeSet::parse(text).unwrap();
        assert_eq!(set("a b"), set("b a"));
        assert!(set("a b") != set("a") && set("a") != set("a b") && set("a") != set("A"));
        assert!(set("a b").covers(&set("b")) && !set("b").covers(&set("a b")) && set("b").covers(&ScopeSet::default()));
        assert!(set("a b").contains("b") && !set("a b").contains("") && !set("ab").contains("a"));
        assert_eq!(set("a b c").filter(|scope| scope != "b").as_str(), "a c");
        assert_eq!(set("a b c").filter(|_| true).as_str(), "a b c");
        assert_eq!((set("a b c").common(&set("c d a")).as_str(), set("a").common(&set("b")).is_empty()), ("a c", true));
        assert_eq!(ScopeSet::from_list(["a", "b"]).unwrap().as_str(), "a b");
        assert!(ScopeSet::none().is_empty() && !set("a").is_empty() && ScopeSet::none().iter().next().is_none());
    }
}
