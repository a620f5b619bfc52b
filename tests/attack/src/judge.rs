//! Whether an answer is what a case demands.

use crate::corpus::{Expect, Outcome};
use crate::http::Answer;
use crate::variables::Variables;

/// What was seen of one request.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) answer: Answer,
    /// Of an authorization request.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) params: Vec<(String, String)>,
    /// Of a probe.
    pub(crate) alive: Option<bool>,
}

/// What is true of every answer, whatever was asked. The error says what is not.
pub(crate) fn always(answer: &Answer) -> Result<(), String> {
    if answer.status >= 500 && !matches!(answer.status, 501 | 503) {
        return Err("it broke".to_owned());
    }
    if answer.asked.method == "POST" && matches!(answer.status, 307 | 308) {
        return Err("a form is sent on with all that is in it (RFC 9700 4.12)".to_owned());
    }
    let stored = !answer.header("cache-control").is_some_and(|value| value.contains("no-store"));
    if answer.member("access_token").is_some() && stored {
        return Err("tokens in an answer that may be stored (RFC 6749 5.1)".to_owned());
    }
    Ok(())
}

impl Seen {
    /// Whether somebody got a code or a token.
    pub(crate) fn succeeded(&self) -> bool {
        self.outcome == Some(Outcome::Code) || (self.answer.status == 200 && self.outcome.is_none())
    }

    /// All that the case demands of it. The error says what is not so.
    pub(crate) fn check(&self, expect: &Expect, variables: &Variables) -> Result<(), String> {
        let answer = &self.answer;
        always(answer)?;
        if expect.refused {
            self.is_refused()?;
        }
        wanted("status", &expect.status, &answer.status)?;
        if let Some(outcome) = &self.outcome {
            wanted("outcome", &expect.outcome, outcome)?;
        }
        if expect.alive.is_some() && self.alive != expect.alive {
            return Err(format!("the token is {}", if self.alive == Some(true) { "alive" } else { "dead" }));
        }
        let error = self.param("error").next().map(str::to_owned).or_else(|| answer.member("error")).unwrap_or_default();
        // A page may name its error in words of its own.
        if self.outcome != Some(Outcome::Page) {
            wanted("error", &expect.error, &error)?;
        }
        for (name, part) in &expect.header {
            if !has(answer, name, part) {
                return Err(format!("{name} is {:?}, wanted {part:?}", answer.header(name).unwrap_or_default()));
            }
        }
        if !expect.any_header.is_empty() && !expect.any_header.iter().any(|(name, part)| has(answer, name, part)) {
            return Err(format!("none of {:?}", expect.any_header));
        }
        if let Some(name) = expect.absent.iter().find(|name| answer.header(name).is_some()) {
            return Err(format!("the header {name} is there"));
        }
        if let Some(selector) = expect.no_element.iter().find(|selector| answer.has_element(selector)) {
            return Err(format!("the page has {selector}"));
        }
        self.lacks(expect, variables)?;
        self.members(expect, variables)?;
        self.params(expect, variables)
    }

    fn is_refused(&self) -> Result<(), String> {
        match self.outcome {
            Some(Outcome::Code) => return Err("a code was issued".to_owned()),
            Some(_) => return Ok(()),
            None => {}
        }
        if self.answer.member("access_token").is_some() {
            return Err("tokens were issued".to_owned());
        }
        if (400..500).contains(&self.answer.status) || matches!(self.answer.status, 501 | 503) {
            Ok(())
        } else {
            Err("not refused".to_owned())
        }
    }

    fn lacks(&self, expect: &Expect, variables: &Variables) -> Result<(), String> {
        let told = format!("{:?}{}", self.answer.headers, self.answer.body).to_ascii_lowercase();
        for text in &expect.lacks {
            let text = filled(variables, text)?.to_ascii_lowercase();
            if told.contains(&text) {
                return Err(format!("the answer holds {text:?}"));
            }
        }
        Ok(())
    }

    fn members(&self, expect: &Expect, variables: &Variables) -> Result<(), String> {
        let body = self.answer.json().unwrap_or_default();
        for (name, value) in &expect.json {
            let wanted = match value.as_str() {
                Some(text) => filled(variables, text)?.into(),
                None => value.clone(),
            };
            if body.get(name) != Some(&wanted) {
                return Err(format!("{name} is {}, wanted {wanted}", body.get(name).unwrap_or(&serde_json::Value::Null)));
            }
        }
        Ok(())
    }

    fn params(&self, expect: &Expect, variables: &Variables) -> Result<(), String> {
        if self.outcome == Some(Outcome::Page) {
            return Ok(());
        }
        for (name, value) in &expect.param {
            let wanted = filled(variables, value)?;
            let got: Vec<_> = self.param(name).collect();
            if got.len() != 1 || (!wanted.is_empty() && got != [wanted.as_str()]) {
                return Err(format!("{name} in the redirect is {got:?}, wanted {wanted:?} once"));
            }
        }
        match expect.no_param.iter().find(|name| self.param(name).next().is_some()) {
            Some(name) => Err(format!("{name} is in the redirect")),
            None => Ok(()),
        }
    }

    fn param(&self, name: &str) -> impl Iterator<Item = &str> {
        self.params.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn has(answer: &Answer, name: &str, part: &str) -> bool {
    answer.header(name).is_some_and(|value| value.contains(part))
}

fn filled(variables: &Variables, text: &str) -> Result<String, String> {
    variables.fill(text).map_err(|name| format!("{{{name}}} stands for nothing"))
}

fn wanted<T: PartialEq + std::fmt::Debug>(what: &str, any: &[T], got: &T) -> Result<(), String> {
    if any.is_empty() || any.contains(got) { Ok(()) } else { Err(format!("{what} is {got:?}, wanted one of {any:?}")) }
}
