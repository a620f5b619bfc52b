//! What stands in braces in a case.

use std::collections::BTreeMap;

/// The value of a variation.
pub(crate) const VARIED: &str = "varied";

/// Names and what they stand for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn value(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| name.to_owned())
    }

    /// Keeps what `names` stand for under names with `prefix_` in front.
    pub(crate) fn save(&mut self, prefix: &str, names: &[&str]) {
        for name in names {
            if let Some(value) = self.0.get(*name).cloned() {
                self.0.insert(format!("{prefix}_{name}"), value);
            }
        }
    }

    /// Replaces each `{name}`, and each `{letter*count}` by so many letters; what else stands in braces is text.
    ///
    /// The error is the name that stands for nothing.
    pub(crate) fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}').filter(|(name, _)| is_name(name)) else {
                filled.push('{');
                rest = after;
                continue;
            };
            match name.split_once('*') {
                Some((text, count)) => filled.push_str(&text.repeat(count.parse().map_err(|_| name.to_owned())?)),
                // What varies may name others; it never names itself.
                None if name == VARIED => filled.push_str(&self.fill(self.value(name)?)?),
                None => filled.push_str(self.value(name)?),
            }
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_*&=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_and_other_braces_stay() {
        let mut variables = Variables::default();
        variables.set("code", "abc");
        assert_eq!(variables.fill("x{code}y{code}").as_deref(), Ok("xabcyabc"));
        assert_eq!(variables.fill("{\"a\": {code}}{").as_deref(), Ok("{\"a\": abc}{"));
        assert_eq!(variables.fill("{a*3}{x=&*2}").as_deref(), Ok("aaax=&x=&"));
        variables.set(VARIED, "<{code}>");
        assert_eq!(variables.fill("{varied}").as_deref(), Ok("<abc>"));
        assert_eq!(variables.fill("{other}"), Err("other".to_owned()));
    }
}
