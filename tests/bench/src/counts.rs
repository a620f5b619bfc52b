//! Instructions of the core for one run of each mode, by callgrind: the same on every run, so that a gate can stand on it.
//!
//! A probe answers a number of runs and a greater number of runs; the difference is what one run needs. Only what happens
//! below `counted_call` counts.

use std::process::Command;

use clap::ValueEnum;

use crate::{contenders::ours, flow::Mode};

const FEW: usize = 50;
const MANY: usize = 250;

/// How many of them one run may need: about three in a hundred more than it needed when this was written. Whoever needs fewer lowers it.
const AT_MOST: [(Mode, f64); 8] = [
    (Mode::Flow, 69_500.0),
    (Mode::Confidential, 76_000.0),
    (Mode::RefusedCode, 11_550.0),
    (Mode::UnknownClient, 8_950.0),
    (Mode::WrongVerifier, 61_300.0),
    (Mode::Refresh, 202_000.0),
    (Mode::Introspection, 109_800.0),
    (Mode::Metadata, 1_900.0),
];

/// Whether no mode needs more than it may.
pub(crate) fn run() -> bool {
    println!("\n## Instructions of the core\n\n| | at most | is | |\n|---|---:|---:|---|");
    let mut all = true;
    for (mode, most) in AT_MOST {
        let is = (collected(mode, MANY) - collected(mode, FEW)) as f64 / (MANY - FEW) as f64;
        let verdict = if is <= most { "kept" } else { "**too many**" };
        println!("| {} | {most:.0} | {is:.0} | {verdict} |", mode.as_str());
        all &= is <= most;
    }
    all
}

/// Answers this often, and no more.
pub(crate) fn probe(mode: Mode, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { ours::probe().run(mode, count).await });
}

fn collected(mode: Mode, count: usize) -> u64 {
    let mode = mode.to_possible_value().expect("a name");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_call*"])
        .arg(std::env::current_exe().expect("a program"))
        .args(["probe", mode.get_name(), &count.to_string()])
        .output()
        .expect("valgrind is installed");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let line = told.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, number)| number.trim().parse().ok()).unwrap_or_else(|| panic!("{told}"))
}
