//! The live configuration against what OAuth 2.1, RFC 9700 and MCP demand: what is met, what is not, what the host must do.

mod duties;
mod flow;
mod parties;

use std::fmt;

use serde::Serialize;

use super::rate_limit::Throttle;
use crate::types::{Client, Settings};

/// What a configuration comes to, demand by demand. Print it, or hand its JSON to whoever asks.
///
/// It holds no secret. It is the same until the service starts anew, but for one line: guessing is slowed down by address
/// when a request has come with a [`Peer`](crate::Peer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    lines: Vec<ReportLine>,
}

/// One demand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportLine {
    demand: &'static str,
    source: &'static str,
    verdict: Verdict,
    detail: String,
}

/// What became of a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The server meets it, configured as it is.
    Met,
    /// It does not; the detail says what would.
    NotMet,
    /// Only the host can meet it; the detail says how.
    HostsDuty,
}

/// What is configured, as far as a demand asks for it.
pub(super) struct Live<'a> {
    pub(super) settings: &'a Settings,
    /// The clients that were listed; `None` if they are in a store of the host's, and may change.
    pub(super) clients: Option<&'a [Client]>,
    pub(super) in_memory: bool,
    pub(super) hashes: bool,
    pub(super) welcomes: bool,
    pub(super) throttle: &'a Throttle,
    /// Whether a request ever came with the address that it came from.
    pub(super) peers: bool,
    pub(super) explains: bool,
    pub(super) well_known: &'a [String],
    pub(super) revocation: String,
    pub(super) introspection: String,
}

impl Report {
    pub(super) fn of(live: &Live<'_>) -> Self {
        let all = [flow::requests, flow::tokens, parties::clients, parties::discovery, parties::people, duties::hosts];
        Self { lines: all.into_iter().flat_map(|lines| lines(live)).collect() }
    }

    /// The demands, those of one topic beside each other.
    #[must_use]
    pub fn lines(&self) -> &[ReportLine] {
        &self.lines
    }

    /// How many demands have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.lines.iter().filter(|line| line.verdict == verdict).count()
    }

    /// The report as JSON: `{"lines": [{"demand", "source", "verdict": "met" | "not_met" | "hosts_duty", "detail"}]}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl ReportLine {
    /// What is demanded.
    #[must_use]
    pub fn demand(&self) -> &'static str {
        self.demand
    }

    /// Who demands it: a document and a section of it.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// What became of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What is configured, or what there is to do.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl Verdict {
    /// The verdict in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::HostsDuty => "host's duty",
        }
    }
}

/// One demand, and what became of it.
fn line(demand: &'static str, source: &'static str, verdict: Verdict, detail: impl Into<String>) -> ReportLine {
    ReportLine { demand, source, verdict, detail: detail.into() }
}

fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::NotMet }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One row for each demand, in columns, its detail below it, and the sums at the end.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|line| line.demand.len()).max().unwrap_or_default();
        for ReportLine { demand, source, verdict, detail } in &self.lines {
            writeln!(f, "{verdict:<11}  {demand:<width$}  {source}\n{:<13}{detail}", "")?;
        }
        let [met, not_met, duties] = [Verdict::Met, Verdict::NotMet, Verdict::HostsDuty].map(|verdict| self.count(verdict));
        writeln!(f, "{met} met, {not_met} not met, {duties} the host's duty")
    }
}

#[cfg(test)]
mod tests;
