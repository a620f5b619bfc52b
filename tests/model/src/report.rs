//! Walks every start with every choice of actors, two walks at a time on two cores, and tells how far it came.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Instant,
};

use stateright::{Checker, HasDiscoveries, Model};

use super::{
    facts::{self, Known, Notes},
    starts::{Role, Start},
    walk::{Limits, Walk},
};

/// What was walked.
#[derive(Debug, Default)]
pub(crate) struct Total {
    walks: usize,
    states: usize,
    steps: usize,
    runs: usize,
    schedules: u128,
    longest: usize,
    pub(crate) is_all: bool,
    pub(crate) rows: BTreeSet<&'static str>,
}

/// The promises that were broken, each with a schedule that breaks it.
pub(crate) type Broken = BTreeMap<&'static str, String>;

/// How far to go: as `MODEL` says, and otherwise as far as there is time for.
pub(crate) fn limits() -> Vec<Limits> {
    let by_default = if cfg!(debug_assertions) { "2,any,0 2,1,1" } else { "3,any,0 3,1,1 2,any,2" };
    let text = std::env::var("MODEL").unwrap_or_else(|_| by_default.to_owned());
    let limits = |part: &str| {
        let [actors, faults, jumps] = part.split(',').collect::<Vec<_>>().try_into().expect("actors,faults,jumps");
        let faults = if faults == "any" { Limits::ANY } else { faults.parse().unwrap() };
        Limits { actors: actors.parse().unwrap(), faults, jumps: jumps.parse().unwrap() }
    };
    let all: Vec<_> = text.split_whitespace().map(limits).collect();
    assert!(!all.is_empty(), "MODEL names no walk");
    all
}

/// The promise whose breach ends the walk at once: a mutant needs no more.
fn until() -> Option<String> {
    std::env::var("MODEL_UNTIL").ok().filter(|promise| !promise.is_empty())
}

pub(crate) fn walk_all(limits: Limits) -> (Total, Broken) {
    let (began, mut total, mut broken) = (Instant::now(), Total { is_all: true, ..Total::default() }, Broken::new());
    let Limits { actors, faults, jumps } = limits;
    let faults = if faults == Limits::ANY { "any number of".to_owned() } else { format!("at most {faults}") };
    println!("\n{actors} requests at once; in one schedule {faults} faults and at most {jumps} jumps of the clock");
    println!("from                              walks     states      steps  engine                schedules  longest  all");
    for start in Start::all() {
        let (part, faults) = walk_start(&start, limits);
        part.print(start.name);
        total.add(part);
        for (promise, how) in faults {
            broken.entry(promise).or_insert(how);
        }
        if until().is_some_and(|promise| broken.contains_key(&*promise)) {
            break;
        }
    }
    total.print("together");
    let all = if total.is_all { "all schedules within these limits were walked" } else { "NOT all schedules were walked" };
    println!("{all}, states that are the same once: {:.0} s", began.elapsed().as_secs_f64());
    (total, broken)
}

fn walk_start(start: &Start, limits: Limits) -> (Total, Broken) {
    let (queue, known) = (Mutex::new(choices(&start.roles, limits.actors)), Arc::new(Known::default()));
    let result = Mutex::new((Total { is_all: true, ..Total::default() }, Broken::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let Some(roles) = queue.lock().unwrap().pop() else { return };
            let (part, faults) = walk(start, roles, limits, known.clone());
            let mut result = result.lock().unwrap();
            result.0.add(part);
            for (promise, how) in faults {
                result.1.entry(promise).or_insert(how);
            }
            if until().is_some_and(|promise| result.1.contains_key(&*promise)) {
                queue.lock().unwrap().clear();
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let (mut total, broken) = result.into_inner().unwrap();
    total.runs = known.engine_runs();
    (total, broken)
}

fn walk(start: &Start, roles: Vec<Role>, limits: Limits, known: Arc<Known>) -> (Total, Broken) {
    let model = Walk { start: start.clone(), roles: roles.clone(), limits, notes: Notes::new(known) };
    let first = model.init_states().remove(0);
    let enough = match facts::PROMISES.into_iter().find(|promise| until().as_deref() == Some(promise)) {
        Some(promise) => HasDiscoveries::AnyOf([promise].into()),
        None => HasDiscoveries::All,
    };
    let checker = model.checker().finish_when(enough).spawn_bfs().join();
    let broken: Broken = checker
        .discoveries()
        .into_iter()
        .map(|(promise, path)| {
            let steps: Vec<_> = path.into_actions().iter().map(|action| format!("  {action:?}")).collect();
            (promise, format!("from {:?} by {roles:?}:\n{}", start.name, steps.join("\n")))
        })
        .collect();
    let notes = &checker.model().notes;
    let total = Total {
        walks: 1,
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        runs: 0,
        schedules: notes.schedules(&first),
        longest: checker.max_depth().saturating_sub(1),
        is_all: broken.is_empty() && checker.is_done(),
        rows: notes.rows(),
    };
    (total, broken)
}

/// Every choice of so many roles, the same more than once included.
fn choices(roles: &[Role], many: usize) -> Vec<Vec<Role>> {
    let Some(fewer) = many.checked_sub(1) else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for (number, role) in roles.iter().enumerate() {
        all.extend(choices(&roles[number..], fewer).into_iter().map(|rest| [vec![*role], rest].concat()));
    }
    all
}

impl Total {
    fn add(&mut self, other: Self) {
        self.walks += other.walks;
        self.states += other.states;
        self.steps += other.steps;
        self.runs += other.runs;
        self.schedules += other.schedules;
        self.longest = self.longest.max(other.longest);
        self.is_all &= other.is_all;
        self.rows.extend(other.rows);
    }

    fn print(&self, name: &str) {
        let Self { walks, states, steps, runs, schedules, longest, is_all, .. } = self;
        let all = if *is_all { "yes" } else { "NO" };
        println!("{name:33} {walks:5} {states:10} {steps:10} {runs:7} {schedules:24} {longest:8}  {all}");
    }
}
