//! The sequence diagram: four lanes, and for each exchange an arrow there and an arrow back.

use crate::explain::explain;
use crate::shorten::Fact;
use crate::traffic::{Exchange, Role};

/// The lanes, from left to right.
pub const LANES: [(Role, &str); 4] =
    [(Role::Browser, "Browser"), (Role::Client, "Client"), (Role::Provider, "Provider"), (Role::Resource, "Resource server")];

/// Half of a lane's width in the drawing's own units, of which there are 400.
const HALF: u32 = 50;

/// One exchange, ready to be drawn and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The number of the exchange in the log.
    pub number: u64,
    /// What happened.
    pub sentence: String,
    /// Where the rule stands.
    pub rfc: &'static str,
    /// False if the answer is a refusal.
    pub good: bool,
    /// Who asked, in words.
    pub from: &'static str,
    /// Who answered, in words.
    pub to: &'static str,
    /// Where the arrow there begins; the arrow back ends there.
    pub left_x: u32,
    /// Where the arrow there ends.
    pub right_x: u32,
    /// The point of the arrow there, as an SVG path.
    pub there: String,
    /// The point of the arrow back.
    pub back: String,
    /// Method and path.
    pub request: String,
    /// The status of the answer, and what it means.
    pub status: String,
    /// What was sent, shortened.
    pub parameters: Vec<Fact>,
    /// What came back, shortened.
    pub answer: Vec<Fact>,
}

/// The steps of these exchanges. What is the thief's has no lane, and is not drawn here.
pub fn steps(exchanges: &[Exchange]) -> Vec<Step> {
    exchanges.iter().filter_map(step).collect()
}

fn step(exchange: &Exchange) -> Option<Step> {
    let ((from_x, from), (to_x, to)) = (lane(exchange.from)?, lane(exchange.to)?);
    let told = explain(exchange);
    Some(Step {
        number: exchange.number,
        sentence: told.sentence,
        rfc: told.rfc,
        good: told.good,
        from,
        to,
        left_x: from_x,
        right_x: to_x,
        there: point(to_x, from_x, 12),
        back: point(from_x, to_x, 34),
        request: format!("{} {}", exchange.method, exchange.path),
        status: status(exchange.status),
        parameters: exchange.parameters.clone(),
        answer: exchange.answer.clone(),
    })
}

fn lane(role: Role) -> Option<(u32, &'static str)> {
    let lanes = (HALF..).step_by(2 * HALF as usize).zip(LANES);
    lanes.into_iter().find(|(_, (lane, _))| *lane == role).map(|(x, (_, name))| (x, name))
}

/// A triangle at `tip`, coming from the side where `tail` is.
pub(crate) fn point(tip: u32, tail: u32, y: u32) -> String {
    let base = if tail < tip { tip - 9 } else { tip + 9 };
    format!("M{tip} {y} L{base} {} L{base} {} Z", y - 5, y + 5)
}

fn status(code: u16) -> String {
    let words = http::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    format!("{code} {}", words.unwrap_or_default()).trim_end().to_owned()
}
