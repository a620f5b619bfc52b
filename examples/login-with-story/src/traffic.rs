//! The log of what the roles said to each other: bounded, shared, and without a secret.
//!
//! - Each role writes down what it receives, so that no exchange stands there twice.
//! - Values are shortened before they are kept ([`crate::shorten`]).
//! - Which flow an exchange belongs to is told by the `state`, the code or the token in it. Of these a digest is kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use form_urlencoded::parse;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::html;
use crate::shorten::{self, Fact};

/// Exchanges that are kept; the oldest go first.
const MOST_EXCHANGES: usize = 400;
/// Digests that are kept to tell flows apart.
const MOST_MARKS: usize = 4_000;
/// The thief's programs say who they are, so that what they do is not taken for the person's own flow.
pub const THIEF_AGENT: &str = "grantor-thief";

/// What an answer that is a page tells: its title.
pub(crate) const PAGE: &str = "Page";
/// What an answer that is a page tells: the fields of its form, without their values.
pub(crate) const FORM: &str = "Form fields";

/// Who says or hears something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person's browser.
    Browser,
    /// The web app, or the single-page app's script.
    Client,
    /// The authorization server and the login pages around it.
    Provider,
    /// The API.
    Resource,
    /// Somebody else.
    Thief,
}

/// A header by its name in lower case.
pub type Header<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// A request and its answer as one role saw them, in no framework's words.
pub struct Seen<'a> {
    /// What [`Traffic::arrival`] said when the request came in.
    pub arrival: u64,
    /// Who received the request.
    pub to: Role,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// The query, without the question mark.
    pub query: &'a str,
    /// The headers of the request.
    pub header: Header<'a>,
    /// The body of the request: only a form is read.
    pub body: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// The headers of the answer.
    pub answer_header: Header<'a>,
    /// The body of the answer: of JSON the members are told, of a page its title and what its form asks for.
    pub answer: &'a [u8],
}

/// One exchange, as it is kept.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The order in which requests came in. There may be gaps.
    pub number: u64,
    /// Which flow it belongs to, where that can be told.
    pub flow: Option<u32>,
    /// Who asked.
    pub from: Role,
    /// Who answered.
    pub to: Role,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The headers that count, the query and the form, shortened.
    pub parameters: Vec<Fact>,
    /// The status of the answer.
    pub status: u16,
    /// Where the answer leads, and what its JSON says, shortened.
    pub answer: Vec<Fact>,
}

/// The log. Clones share it.
#[derive(Clone, Default)]
pub struct Traffic(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    exchanges: VecDeque<Exchange>,
    last_number: u64,
    last_flow: u32,
    marks: BTreeMap<[u8; 32], u32>,
    mark_order: VecDeque<[u8; 32]>,
}

impl Traffic {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// To be asked when a request comes in: while it is answered others may come and go, and the picture has it before them.
    pub fn arrival(&self) -> u64 {
        let mut log = self.log();
        log.last_number += 1;
        log.last_number
    }

    /// Writes down an exchange. Style sheets, scripts, start pages and the walk itself are passed over.
    pub fn record(&self, seen: &Seen<'_>) {
        if is_furniture(seen.path) {
            return;
        }
        let from = sender(seen);
        let form: Vec<u8> = if is_form(seen) { seen.body.to_vec() } else { Vec::new() };
        let mut log = self.log();
        let flow = log.flow(seen, &form, from != Role::Thief);
        let exchange = Exchange {
            number: seen.arrival,
            flow,
            from,
            to: seen.to,
            method: seen.method.chars().take(16).collect(),
            path: seen.path.chars().take(100).collect(),
            parameters: parameters(seen, &form),
            status: seen.status,
            answer: answer(seen),
        };
        let later = log.exchanges.iter().rev().take_while(|other| other.number > exchange.number).count();
        let place = log.exchanges.len() - later;
        log.exchanges.insert(place, exchange);
        if log.exchanges.len() > MOST_EXCHANGES {
            log.exchanges.pop_front();
        }
    }

    /// Everything that is kept, oldest first.
    pub fn all(&self) -> Vec<Exchange> {
        self.log().exchanges.iter().cloned().collect()
    }

    /// The latest flow and what belongs to it, oldest first. What no flow claims belongs to the one it happened in.
    pub fn latest_flow(&self) -> Vec<Exchange> {
        let log = self.log();
        let theirs = || log.exchanges.iter().filter(|exchange| exchange.from != Role::Thief);
        let Some(latest) = theirs().filter_map(|exchange| exchange.flow).max() else { return Vec::new() };
        let first = theirs().find(|exchange| exchange.flow == Some(latest)).map_or(0, |exchange| exchange.number);
        let belongs = |exchange: &&Exchange| match exchange.flow {
            Some(flow) => flow == latest,
            None => exchange.number > first,
        };
        theirs().filter(belongs).cloned().collect()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// The flow that the exchange names, or a new one that it begins. What it answers is remembered for that flow.
    fn flow(&mut self, seen: &Seen<'_>, form: &[u8], may_begin: bool) -> Option<u32> {
        let location = (seen.answer_header)("location").unwrap_or_default();
        let location_query = location.split_once('?').map_or("", |(_, query)| query);
        let (mut asked, mut answered) = (marks(seen.query.as_bytes()), marks(location_query.as_bytes()));
        asked.extend(marks(form));
        asked.extend((seen.header)("authorization").and_then(|it| it.strip_prefix("Bearer ")).map(digest));
        answered.extend(tokens(seen.answer));
        let known = asked.iter().chain(&answered).find_map(|mark| self.marks.get(mark).copied());
        let begins = |query: &str| parse(query.as_bytes()).any(|(name, _)| name == "response_type");
        let begins = may_begin && (begins(seen.query) || begins(location_query));
        let flow = known.or_else(|| begins.then(|| self.last_flow + 1))?;
        self.last_flow = self.last_flow.max(flow);
        for mark in asked.into_iter().chain(answered) {
            if self.marks.insert(mark, flow).is_none() {
                self.mark_order.push_back(mark);
            }
        }
        while self.mark_order.len() > MOST_MARKS {
            if let Some(oldest) = self.mark_order.pop_front() {
                self.marks.remove(&oldest);
            }
        }
        Some(flow)
    }
}

/// Digests of what tells flows apart in a query or a form; also of the request that a login form leads back to.
fn marks(form: &[u8]) -> Vec<[u8; 32]> {
    let mut found = Vec::new();
    for (name, value) in parse(form) {
        match name.as_ref() {
            "state" | "code" | "refresh_token" if !value.is_empty() => found.push(digest(&value)),
            "return_to" => {
                let query = value.split_once('?').map_or("", |(_, query)| query);
                found.extend(parse(query.as_bytes()).filter(|(name, _)| name == "state").map(|(_, state)| digest(&state)));
            }
            _ => {}
        }
    }
    found
}

fn tokens(json: &[u8]) -> Vec<[u8; 32]> {
    let Ok(answer) = serde_json::from_slice::<Value>(json) else { return Vec::new() };
    ["access_token", "refresh_token"].iter().filter_map(|name| answer.get(name)?.as_str()).map(digest).collect()
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn is_furniture(path: &str) -> bool {
    path == "/" || path.starts_with("/walk") || [".css", ".js", ".ico"].iter().any(|end| path.ends_with(end))
}

fn is_form(seen: &Seen<'_>) -> bool {
    (seen.header)("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

fn sender(seen: &Seen<'_>) -> Role {
    if (seen.header)("user-agent").is_some_and(|agent| agent.starts_with(THIEF_AGENT)) {
        return Role::Thief;
    }
    let asks_tokens = seen.method == "POST" && seen.path.ends_with("/token");
    match seen.to {
        Role::Provider if asks_tokens || seen.path.contains("/.well-known/") => Role::Client,
        Role::Resource if seen.method != "OPTIONS" => Role::Client,
        _ => Role::Browser,
    }
}

fn parameters(seen: &Seen<'_>, form: &[u8]) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(header) = (seen.header)("authorization") {
        facts.push(Fact { name: "Authorization".to_owned(), value: shorten::authorization(header) });
    }
    facts.extend(shorten::pairs(seen.query.as_bytes()));
    facts.extend(shorten::pairs(form));
    facts
}

fn answer(seen: &Seen<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(location) = (seen.answer_header)("location") {
        facts.push(Fact { name: "Location".to_owned(), value: shorten::place(location) });
    }
    if let Some(challenge) = (seen.answer_header)("www-authenticate") {
        facts.push(Fact { name: "WWW-Authenticate".to_owned(), value: challenge.chars().take(300).collect() });
    }
    if (seen.answer_header)("set-cookie").is_some() {
        facts.push(Fact { name: "Set-Cookie".to_owned(), value: "a cookie, not shown".to_owned() });
    }
    if (seen.answer_header)("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        let page = String::from_utf8_lossy(seen.answer);
        facts.extend(html::title(&page).map(|title| Fact { name: PAGE.to_owned(), value: title.chars().take(80).collect() }));
        let names = html::form(&page).map(|form| form.fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
        facts.extend(names.map(|names| Fact { name: FORM.to_owned(), value: names.join(", ").chars().take(80).collect() }));
    }
    facts.extend(shorten::members(seen.answer));
    facts
}
