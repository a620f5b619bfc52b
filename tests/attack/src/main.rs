//! Known attacks on OAuth authorization servers as a table of HTTP cases, run against any server's URL.

mod corpus;
mod flags;
mod http;
mod judge;
mod person;
mod run;
mod target;
mod variables;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::corpus::{Level, Row};
use crate::flags::Flags;
use crate::http::Http;
use crate::person::Person;
use crate::run::{Run, Verdict};
use crate::target::Target;

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = std::io::stdout();
    match run(&Flags::parse(), &mut out).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "attack: {fault}");
            ExitCode::from(2)
        }
    }
}

/// Whether every attack failed.
async fn run(flags: &Flags, out: &mut impl Write) -> Result<bool, String> {
    let mut rows = corpus::rows()?;
    for file in &flags.corpus {
        let text = std::fs::read_to_string(file).map_err(|fault| format!("{file}: {fault}"))?;
        rows.extend(corpus::read(file, &text)?);
    }
    let groups: BTreeSet<_> = rows.iter().map(|row| row.group.clone()).collect();
    let is_named = |row: &Row, text: &String| if groups.contains(text) { row.group == *text } else { row.name.contains(text) };
    rows.retain(|row| flags.only.is_empty() || flags.only.iter().any(|text| is_named(row, text)));
    if flags.list {
        for row in &rows {
            print(out, "", row)?;
        }
        return say(out, &format!("{} cases", rows.len())).map(|()| true);
    }
    let http = Http::new()?;
    let target = Target::find(flags, &http).await?;
    let person = Person::new(flags, &target, &http);
    let run = Run { target: &target, http: &http, person: &person };
    run.rehearse(!flags.fill.is_empty() || !flags.cookie.is_empty() || flags.code_command.is_some()).await?;
    let [mut passed, mut failed, mut weak, mut skipped] = [0; 4];
    for row in &rows {
        tokio::time::sleep(Duration::from_millis(flags.pause)).await;
        match run.row(row).await.unwrap_or_else(Verdict::Fail) {
            Verdict::Pass => {
                passed += 1;
                print(out, "pass", row)?;
            }
            Verdict::NotApplicable(why) => {
                skipped += 1;
                print(out, "n/a", row)?;
                say(out, &format!("       {why}"))?;
            }
            Verdict::Fail(why) => {
                let is_weak = row.case.level == Level::Should && !flags.strict;
                *(if is_weak { &mut weak } else { &mut failed }) += 1;
                print(out, if is_weak { "weak" } else { "FAIL" }, row)?;
                say(out, &format!("       {why}"))?;
            }
        }
    }
    let count = rows.len();
    say(out, &format!("{count} cases: {passed} passed, {failed} failed, {weak} weak, {skipped} not applicable"))?;
    Ok(failed == 0)
}

fn print(out: &mut impl Write, verdict: &str, row: &Row) -> Result<(), String> {
    say(out, &format!("{verdict:<5}  {:<9}{:<76}  {}", row.group, row.name, row.case.source))
}

fn say(out: &mut impl Write, line: &str) -> Result<(), String> {
    writeln!(out, "{line}").map_err(|fault| fault.to_string())
}
