//! Medians, ratios within the round, and the goals.

use std::collections::BTreeMap;

use crate::{contenders::Name, flow::Mode};

/// What one number is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) name: Name,
    pub(crate) mode: Mode,
}

/// One number for each cell and round.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<Cell, Vec<f64>>);

/// A goal: the ratio of two cells, and the most it may be.
pub(crate) struct Goal {
    pub(crate) what: &'static str,
    pub(crate) of: Cell,
    pub(crate) to: Cell,
    pub(crate) most: f64,
}

pub(crate) const fn cell(name: Name, mode: Mode) -> Cell {
    Cell { name, mode }
}

impl Samples {
    pub(crate) fn add(&mut self, cell: Cell, value: f64) {
        self.0.entry(cell).or_default().push(value);
    }

    fn median(&self, cell: Cell) -> Option<f64> {
        self.0.get(&cell).map(|values| quantile(values, 0.5))
    }

    /// The ratios of the rounds.
    fn ratios(&self, of: Cell, to: Cell) -> Option<Vec<f64>> {
        let pairs = self.0.get(&of)?.iter().zip(self.0.get(&to)?);
        Some(pairs.map(|(of, to)| of / to).collect())
    }

    fn ratio(&self, of: Cell, to: Cell) -> Option<f64> {
        self.ratios(of, to).map(|ratios| quantile(&ratios, 0.5))
    }

    /// How much more the one is than the other.
    pub(crate) fn difference(&self, of: Cell, less: Cell) -> Option<f64> {
        let pairs = self.0.get(&of)?.iter().zip(self.0.get(&less)?);
        Some(quantile(&pairs.map(|(of, less)| of - less).collect::<Vec<_>>(), 0.5))
    }

    /// A table of all cells, each beside the floor of its framework.
    pub(crate) fn print(&self, unit: &str) {
        println!("| | {unit} | x floor | middle half |\n|---|---:|---:|---:|");
        for mode in Mode::ALL {
            for cell in self.0.keys().filter(|cell| cell.mode == mode) {
                let median = self.median(*cell).unwrap_or_default();
                let floor = Cell { name: cell.name.floor(), mode: if mode == Mode::Confidential { Mode::Flow } else { mode } };
                let ratios = self.ratios(*cell, floor).unwrap_or_default();
                let of = |at| quantile(&ratios, at);
                let (name, mode) = (cell.name.as_str(), mode.as_str());
                match ratios.is_empty() {
                    true => println!("| {mode}: {name} | {median:.2} | | |"),
                    false => println!("| {mode}: {name} | {median:.2} | {:.2} | {:.2} to {:.2} |", of(0.5), of(0.25), of(0.75)),
                }
            }
        }
    }

    pub(crate) fn print_goals(&self, goals: &[Goal]) {
        println!("\n| goal | at most | is | |\n|---|---:|---:|---|");
        for goal in goals {
            if let Some(is) = self.ratio(goal.of, goal.to) {
                print_goal(goal.what, goal.most, is);
            }
        }
    }
}

/// When and where the figures are from, and how busy it is there.
pub(crate) fn print_machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let facts = read("/proc/cpuinfo");
    let fact =
        |name: &str| facts.lines().find_map(|line| line.strip_prefix(name)?.split_once(": ")).map_or("", |(_, value)| value);
    let hashes = if fact("flags").contains("sha_ni") { "with" } else { "without" };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let date = time::OffsetDateTime::now_utc().date();
    println!("{date}, {}, {cores} cores, {hashes} SHA instructions, load {load}\n", fact("model name"));
}

pub(crate) fn print_goal(what: &str, most: f64, is: f64) {
    let verdict = if is <= most { "met" } else { "**missed**" };
    println!("| {what} | {most:.2} | {is:.2} | {verdict} |");
}

pub(crate) fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * at).round() as usize).copied().unwrap_or(f64::NAN)
}
