//! Scopes (RFC 6749 §3.3): `scope-token *( SP scope-token )`, `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.

use std::collections::BTreeSet;

use grantor_core::types::{Scope, ScopeSet};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::neighbours::neighbours;

const TOKEN: &str = "[!#-\\[\\]-~]{1,12}";

fn is_token(text: &str) -> bool {
    let ranges = ['\x21'..='\x21', '\x23'..='\x5B', '\x5D'..='\x7E'];
    !text.is_empty() && text.chars().all(|c| ranges.iter().any(|range| range.contains(&c)))
}

/// At most 4,096 bytes, as the library promises.
fn is_parameter(text: &str) -> bool {
    text.len() <= 4096 && text.split(' ').all(is_token)
}

fn parameters() -> impl Strategy<Value = String> {
    vec(TOKEN, 1..6).prop_map(|tokens| tokens.join(" "))
}

proptest! {
    /// AZ-28, AZ-31
    #[test]
    fn a_scope_parameter_comes_back_as_the_set_it_is(text in parameters()) {
        let set = ScopeSet::parse(&text).unwrap();
        prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), text.split(' ').collect::<BTreeSet<_>>());
        prop_assert_eq!(set.iter().count(), set.iter().collect::<BTreeSet<_>>().len());
        let again = ScopeSet::parse(set.as_str()).unwrap();
        prop_assert_eq!(again.as_str(), set.as_str());
        prop_assert_eq!(ScopeSet::from_list(set.iter()).unwrap(), again);
        prop_assert!(text.split(' ').all(|token| Scope::parse(token).is_ok_and(|scope| scope.as_str() == token)));
    }

    /// AZ-28
    #[test]
    fn a_neighbour_of_a_scope_parameter_is_read_as_the_grammar_says(text in neighbours(parameters())) {
        prop_assert_eq!(ScopeSet::parse(&text).is_ok(), is_parameter(&text), "{:?}", text);
        prop_assert_eq!(Scope::parse(&text).is_ok(), is_token(&text), "{:?}", text);
    }

    /// AZ-28, TH-02
    #[test]
    fn a_scope_parameter_has_its_limit(length in 4090_usize..4103) {
        let text = "a ".repeat(2051)[..length].trim_end().to_owned();
        let text = format!("{text}{}", "a".repeat(length - text.len()));
        prop_assert_eq!(ScopeSet::parse(&text).is_ok(), is_parameter(&text), "{} bytes", text.len());
    }
}
