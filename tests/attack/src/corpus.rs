//! The table: groups of cases as they are written in `corpus/*.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// Every group that comes with the program, by its name.
const GROUPS: [(&str, &str); 7] = [
    ("redirect", include_str!("../corpus/redirect.toml")),
    ("request", include_str!("../corpus/request.toml")),
    ("pkce", include_str!("../corpus/pkce.toml")),
    ("code", include_str!("../corpus/code.toml")),
    ("client", include_str!("../corpus/client.toml")),
    ("token", include_str!("../corpus/token.toml")),
    ("answer", include_str!("../corpus/answer.toml")),
];

/// A case of a group; one row of what is printed.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) case: Case,
    /// What `{varied}` stands for.
    pub(crate) varied: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    case: Vec<Case>,
}

/// One attack, and what a server must do about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The advisory, or the section of the specification.
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) level: Level,
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
    /// Runs the case once for each value, as `{varied}`.
    #[serde(default)]
    pub(crate) vary: BTreeMap<String, String>,
    pub(crate) step: Vec<Step>,
}

/// How binding an outcome is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    /// Its source demands it: missing it fails the run.
    #[default]
    Must,
    /// Its source recommends it, or leaves it open: missing it is told, and fails a strict run.
    Should,
}

/// What the target must have for the case to mean anything, beside the variables that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    /// The client has no secret.
    Public,
    /// The client has a secret.
    Secret,
    /// Its redirect URI is http on this machine.
    Loopback,
    /// Its redirect URI is not.
    Remote,
}

/// One request, or several of the same at once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(rename = "do")]
    pub(crate) verb: Verb,
    /// Where a `send` goes.
    pub(crate) to: Option<Place>,
    /// Added to the path of the endpoint.
    pub(crate) suffix: Option<String>,
    pub(crate) method: Option<String>,
    /// Which client asks: the first unless this says `other`.
    #[serde(default)]
    pub(crate) by: Who,
    /// How it authenticates; its own way unless this says otherwise.
    pub(crate) auth: Option<Auth>,
    /// Parameters left out, changed, and added at the end.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) also: Vec<(String, String)>,
    /// Parameters as they go on the wire, at the end.
    pub(crate) raw: Option<String>,
    /// A query, as it goes on the wire, for an endpoint that takes a form.
    pub(crate) query: Option<String>,
    /// A body instead of the form.
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    /// Nobody is logged in.
    #[serde(default)]
    pub(crate) stranger: bool,
    /// Part of the way there: when it does not succeed, the case says nothing.
    #[serde(default)]
    pub(crate) given: bool,
    /// When it is refused the attack has failed already, and the case passes.
    #[serde(default)]
    pub(crate) refusable: bool,
    /// The credential that a `probe`, a `revoke` or an `introspect` is about.
    pub(crate) token: Option<String>,
    /// How many of it go out at once.
    #[serde(default = "once")]
    pub(crate) times: usize,
    /// Keeps `code`, `verifier` and the tokens under names with this in front.
    pub(crate) save: Option<String>,
    #[serde(default)]
    pub(crate) expect: Expect,
}

fn once() -> usize {
    1
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verb {
    /// An authorization request, by a person unless it is a stranger's.
    #[default]
    Authorize,
    /// Redeems `{code}`.
    Redeem,
    /// Uses `{refresh_token}`.
    Refresh,
    /// Gives `{access_token}` back.
    Revoke,
    /// Asks about `{access_token}`.
    Introspect,
    /// Asks the API, or else introspection, whether a token is alive.
    Probe,
    /// A request to an endpoint with nothing in it.
    Send,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    Authorization,
    Token,
    Revocation,
    Introspection,
    Metadata,
    Api,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Who {
    #[default]
    First,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Auth {
    /// Nothing that identifies the client.
    Nothing,
    /// Its id alone.
    Id,
}

/// What must be true of the answer. What is always looked at stands in `answer.rs`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// No code and no token.
    #[serde(default)]
    pub(crate) refused: bool,
    /// Whether a probed token is alive.
    pub(crate) alive: Option<bool>,
    #[serde(default)]
    pub(crate) status: Vec<u16>,
    /// What became of an authorization request: any of these.
    #[serde(default)]
    pub(crate) outcome: Vec<Outcome>,
    /// The `error` member or parameter: any of these.
    #[serde(default)]
    pub(crate) error: Vec<String>,
    /// Headers, each with a part of its value in lower case, or empty for any value.
    #[serde(default)]
    pub(crate) header: BTreeMap<String, String>,
    /// At least one of these headers, as above.
    #[serde(default)]
    pub(crate) any_header: BTreeMap<String, String>,
    /// Headers that are not there.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
    /// Text that stands nowhere in the answer, whatever its case.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// Elements, by CSS selector, that are not on the page.
    #[serde(default)]
    pub(crate) no_element: Vec<String>,
    /// Members of the JSON answer.
    #[serde(default)]
    pub(crate) json: BTreeMap<String, Value>,
    /// Parameters that the redirect has once, with this value, or any where it is empty.
    #[serde(default)]
    pub(crate) param: BTreeMap<String, String>,
    /// Parameters that the redirect has not.
    #[serde(default)]
    pub(crate) no_param: Vec<String>,
    /// How many of the requests sent at once may succeed.
    pub(crate) at_most: Option<usize>,
    /// All that succeed at once get the same refresh token, or none.
    #[serde(default)]
    pub(crate) one_lineage: bool,
}

/// What became of an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// A page, or a bare status: nobody was sent anywhere.
    Page,
    /// Back to the client with an error.
    SentBack,
    /// Back to the client with a code, or worse.
    Code,
    /// A login or consent page that nobody here can answer.
    Asked,
}

/// Every case, once for each of its variations.
pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (group, text) in GROUPS {
        rows.extend(read(group, text)?);
    }
    Ok(rows)
}

/// The cases of one file.
pub(crate) fn read(group: &str, text: &str) -> Result<Vec<Row>, String> {
    let parsed: Group = toml::from_str(text).map_err(|fault| format!("{group}: {fault}"))?;
    let mut rows = Vec::new();
    for case in parsed.case {
        let row = |name: String, varied| Row { group: group.to_owned(), name, case: case.clone(), varied };
        if case.vary.is_empty() {
            rows.push(row(case.name.clone(), None));
        }
        for (variation, value) in &case.vary {
            rows.push(row(format!("{}: {variation}", case.name), Some(value.clone())));
        }
    }
    let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
    if names.len() < rows.len() { Err(format!("{group}: two cases of one name")) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_read_and_says_where_it_comes_from() {
        let rows = rows().unwrap_or_default();
        assert!(rows.len() > 40, "{}", rows.len());
        for row in &rows {
            assert!(!row.case.step.is_empty() && row.case.source.contains(|c: char| c.is_ascii_digit()), "{}", row.name);
            let last = row.case.step.last();
            assert!(last.is_some_and(|step| !step.given), "{}: the last step is what is tested", row.name);
        }
    }

    #[test]
    fn a_misspelt_field_is_not_overlooked() {
        let text = "[[case]]\nname = 'x'\nsource = 'RFC 1'\nstep = [{ do = 'redeem', dropp = ['code'] }]";
        assert!(read("x", text).is_err_and(|fault| fault.contains("dropp")));
    }
}
