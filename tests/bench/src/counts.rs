//! Instructions of the core for one run of each mode, by callgrind: the same on every run, so that a gate can stand on it.
//!
//! A probe answers a number of runs and a greater number of runs; the difference is what one run needs. Only what happens
//! below `counted_call` counts.

use std::process::Command;

use clap::ValueEnum;

use crate::{contenders::ours, flow::Mode};

const FEW: usize = 50;
const MANY: usize = 250;

pub(crate) fn run() {
    println!("\n## Instructions of the core\n\n| | instructions |\n|---|---:|");
    for mode in Mode::ALL {
        let one = (collected(mode, MANY) - collected(mode, FEW)) as f64 / (MANY - FEW) as f64;
        println!("| {} | {one:.0} |", mode.as_str());
    }
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
