//! What grantor costs, beside the least that could answer and beside its peers. BENCHMARKS.md says how to read it.

mod contenders;
mod counts;
mod cpu;
mod flow;
mod http;
mod memory;
mod report;
mod rounds;
mod soak;

use clap::{Args, Parser, Subcommand};
use contenders::Name::{self, Floor, FloorActix, OursActix, OursCore, OursDoor, OursTower};
use flow::Mode::{self, Confidential, Flow, Introspection, Metadata, RefusedCode, UnknownClient, WrongVerifier};
use report::{Goal, Samples, cell};
use tokio::{runtime, task::LocalSet};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// By the processor time of the thread, without a socket.
    InProcess(InProcess),
    /// Over loopback, by the processor time of the server's process.
    Http(Http),
    /// What the memory store costs.
    Memory {
        #[arg(long)]
        part: Option<memory::Part>,
    },
    /// Instructions of the core, by callgrind.
    Counts,
    /// All of these.
    All(Http),
    /// Both doors at full speed for a quarter of an hour, while somebody looks at their memory.
    Soak(soak::Soak),
    /// One contender, on a port that it tells.
    #[command(hide = true)]
    Serve {
        name: Name,
        /// With a clock that runs fast.
        #[arg(long)]
        hasty: bool,
    },
    /// The core, for callgrind.
    #[command(hide = true)]
    Probe { mode: Mode, count: usize },
}

#[derive(Args)]
struct InProcess {
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// How many runs of each in one round.
    #[arg(long, default_value_t = 500)]
    count: usize,
    #[command(flatten)]
    only: Only,
}

#[derive(Args)]
struct Http {
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each is asked in one round.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
    #[command(flatten)]
    only: Only,
}

#[derive(Args, Clone)]
struct Only {
    /// Only these contenders; all by default.
    #[arg(long, value_delimiter = ',')]
    names: Vec<Name>,
    /// Only these modes; all by default.
    #[arg(long, value_delimiter = ',')]
    modes: Vec<Mode>,
}

impl Only {
    fn names(&self) -> Vec<Name> {
        if self.names.is_empty() { Name::ALL.to_vec() } else { self.names.clone() }
    }

    fn modes(&self) -> Vec<Mode> {
        if self.modes.is_empty() { Mode::ALL.to_vec() } else { self.modes.clone() }
    }
}

fn main() {
    let arguments = Arguments::parse();
    if !matches!(arguments.what, What::Serve { .. } | What::Probe { .. } | What::Memory { part: Some(_) }) {
        report::print_machine();
    }
    match arguments.what {
        What::InProcess(arguments) => in_process(&arguments),
        What::Http(arguments) => http(&arguments),
        What::Memory { part: None } => memory::run_all(),
        What::Memory { part: Some(part) } => on_this_thread(memory::run(part)),
        What::Counts => assert!(counts::run(), "the core needs more instructions than it may"),
        What::Serve { name, hasty } => http::serve(name, hasty).expect("a server"),
        What::Soak(soak) => assert!(on_this_thread(soak::run(&soak)), "the soak found something"),
        What::Probe { mode, count } => counts::probe(mode, count),
        What::All(arguments) => {
            in_process(&InProcess { rounds: 21, count: 500, only: arguments.only.clone() });
            http(&arguments);
            memory::run_all();
            assert!(counts::run(), "the core needs more instructions than it may");
        }
    }
}

fn on_this_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, work)
}

fn to_floor(what: &'static str, mode: Mode, most: f64) -> Goal {
    Goal { what, of: cell(OursTower, mode), to: cell(Floor, mode), most }
}

fn in_process(arguments: &InProcess) {
    let InProcess { rounds, count, only } = arguments;
    println!("## In process\n\n{rounds} rounds of {count} runs\n");
    let samples = on_this_thread(rounds::run(*rounds, *count, &only.names(), &only.modes()));
    samples.print("µs");
    samples.print_goals(&[
        to_floor("full flow, x floor", Flow, 1.0),
        to_floor("refused code, x floor", RefusedCode, 0.8),
        to_floor("unknown client, x floor", UnknownClient, 0.8),
        to_floor("wrong verifier, x floor", WrongVerifier, 0.8),
        Goal { what: "full flow on actix, x its floor", of: cell(OursActix, Flow), to: cell(FloorActix, Flow), most: 1.15 },
        Goal {
            what: "full flow of a confidential client, x a public one's",
            of: cell(OursTower, Confidential),
            to: cell(OursTower, Flow),
            most: 1.05,
        },
    ]);
    if let Some(two) = door(&samples) {
        report::print_goal("µs of the tower door for one request", 0.4, two / 2.0);
    }
}

/// What the door adds to a flow, which is two requests.
fn door(samples: &Samples) -> Option<f64> {
    samples.difference(cell(OursDoor, Flow), cell(OursCore, Flow))
}

fn http(arguments: &Http) {
    let Http { rounds, seconds, only } = arguments;
    let names: Vec<Name> = only.names().into_iter().filter(|name| name.over_http()).collect();
    for connections in [8, 64] {
        println!("\n## Over HTTP, {connections} connections\n\n{rounds} rounds of {seconds} seconds\n");
        let figures = on_this_thread(http::run(*rounds, *seconds, connections, &names, &only.modes()));
        for (samples, unit) in [(&figures.cpu, "µs of processor"), (&figures.p50, "µs, p50"), (&figures.p99, "µs, p99")] {
            samples.print(unit);
            println!();
        }
        figures.cpu.print_goals(&[
            to_floor("full flow, processor, x floor", Flow, 1.05),
            to_floor("refresh, processor, x floor", Mode::Refresh, 1.2),
            to_floor("introspection, processor, x floor", Introspection, 1.1),
            to_floor("metadata, processor, x floor", Metadata, 1.05),
        ]);
        figures.p99.print_goals(&[to_floor("full flow, p99, x floor", Flow, 1.3)]);
    }
}
