//! What must hold in every state, and how it is found out: by what was answered, and by trying on a copy of the store what
//! still works.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use grantor_core::{AuthorizationServer, GrantStore, MemoryStore};
use stateright::Property;

use super::{
    call::{Answer, Call, is_good},
    life::{Life, Stage, WINDOW},
    shared::{Shared, Stored, mark},
    starts::Purse,
    tables::Says,
    walk::{State, Walk},
    world::{Hands, Run, Step, now, server},
};

/// What happened that a promise speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Seen {
    successes: u8,
    replayed: bool,
    revoked: bool,
    revoked_access: BTreeSet<u8>,
    pub(crate) two_lines: bool,
    pub(crate) lost_answer_ended: bool,
    pub(crate) off_the_tables: bool,
}

impl Seen {
    pub(crate) fn answer(&mut self, call: Call, answer: &Answer, life: &Life) {
        let is_spent = !matches!(life.stage, Stage::Parked { .. } | Stage::Approved { .. });
        match (call, &answer.says) {
            (Call::Redeem | Call::RedeemWrong, Ok(Says::Tokens)) => self.successes = self.successes.saturating_add(1),
            (Call::Redeem, Ok(Says::InvalidGrant)) => self.replayed |= is_spent,
            (Call::Revoke(_), Ok(Says::Revoked)) => self.revoked = true,
            (Call::RevokeAccess(generation), Ok(Says::Revoked)) => {
                self.revoked_access.insert(generation);
            }
            _ => {}
        }
    }
}

/// What of the purse still works, tried one by one, each on a copy of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Alive {
    /// The code, access tokens and refresh tokens by their generation.
    works: (bool, Vec<bool>, Vec<bool>),
    /// How many refresh tokens buy new ones when no retry explains it any more.
    lines: usize,
}

impl Alive {
    fn of(stored: Option<&Stored>, purse: &Purse, at: i64) -> Self {
        let Some(stored) = stored else { return Self::dead(purse) };
        let tokens = |call: Call, text: &str, at| now(call.send(&copy(stored, at), text)).says == Ok(Says::Tokens);
        let pairs = || purse.pairs.iter().map(|pair| pair.as_ref().map(|pair| &pair.what));
        let refreshes = |at| pairs().map(move |pair| pair.is_some_and(|pair| tokens(Call::Refresh(0), &pair.refresh, at)));
        let server = copy(stored, at);
        let works = (
            purse.code.as_ref().is_some_and(|code| tokens(Call::Redeem, &code.what, at)),
            pairs().map(|pair| pair.is_some_and(|pair| now(is_good(&server, &pair.access)))).collect(),
            refreshes(at).collect(),
        );
        let lines = if purse.pairs.is_empty() { 0 } else { refreshes(at + WINDOW).filter(|is_alive| *is_alive).count() };
        Self { works, lines }
    }

    fn dead(purse: &Purse) -> Self {
        let none = vec![false; purse.pairs.len()];
        Self { works: (false, none.clone(), none), lines: 0 }
    }

    /// What the tables say of it.
    fn by_the_tables(life: &Life, purse: &Purse, at: i64) -> (bool, Vec<bool>, Vec<bool>) {
        let each = |lives: &dyn Fn(u8) -> bool| (0..).zip(&purse.pairs).map(|(of, pair)| pair.is_some() && lives(of)).collect();
        let code = purse.code.is_some() && life.code_lives(at);
        (code, each(&|of| life.access_lives(of, at)), each(&|of| life.refresh_lives(of, at)))
    }
}

fn copy(stored: &Stored, at: i64) -> AuthorizationServer {
    let hands = Arc::new(Hands::default());
    hands.0.store(at, std::sync::atomic::Ordering::Relaxed);
    let store = MemoryStore::new().with_clock(hands.clone());
    now(store.insert(stored.grant())).unwrap();
    server(hands, Arc::new(store), u64::MAX / 3)
}

pub(crate) const ONE_SUCCESS: &str = "at most one success per code";
pub(crate) const ONE_LINE: &str = "at most one live refresh lineage";
pub(crate) const REPLAY_ENDS: &str = "after a replay with right bindings nothing is alive";
pub(crate) const RETRY_SPARES: &str = "a lost answer, asked again inside the window, never ends a grant";
pub(crate) const TABLES_RULE: &str = "a request changes and answers what the tables say, and a refused one nothing else";
pub(crate) const REVOKED_IS_DEAD: &str = "after revocation returned nothing is alive";

pub(crate) const PROMISES: [&str; 6] = [ONE_SUCCESS, ONE_LINE, REPLAY_ENDS, RETRY_SPARES, TABLES_RULE, REVOKED_IS_DEAD];

pub(crate) fn properties() -> Vec<Property<Walk>> {
    vec![
        Property::always(ONE_SUCCESS, |_: &Walk, state: &State| state.seen.successes <= 1),
        Property::always(ONE_LINE, |walk: &Walk, state: &State| !state.seen.two_lines && walk.notes.alive(state).lines <= 1),
        Property::always(REPLAY_ENDS, |walk: &Walk, state: &State| !state.seen.replayed || walk.notes.is_dead(state)),
        Property::always(RETRY_SPARES, |_: &Walk, state: &State| !state.seen.lost_answer_ended),
        Property::always(TABLES_RULE, |walk: &Walk, state: &State| {
            let alive = walk.notes.alive(state);
            let stage = state.stored.as_ref().map(|stored| stored.stage.as_str());
            let said = Alive::by_the_tables(&state.life, &state.purse, state.now());
            !state.seen.off_the_tables && stage == state.life.stage_name() && said == alive.works
        }),
        Property::always(REVOKED_IS_DEAD, |walk: &Walk, state: &State| {
            let lives = |of: &u8| walk.notes.alive(state).works.1.get(usize::from(*of)).is_some_and(|lives| *lives);
            (!state.seen.revoked || walk.notes.is_dead(state)) && !state.seen.revoked_access.iter().any(lives)
        }),
    ]
}

/// On what it was tried what works: the stored grant, the purse, and when.
type Tried = (Option<Stored>, Shared<Purse>, i64);

/// What the engine did: it is deterministic here, so what it did once it does again, in every walk from the same start.
#[derive(Default)]
pub(crate) struct Known {
    runs: Mutex<HashMap<Shared<Run>, Shared<Step>>>,
    alive: Mutex<HashMap<Tried, Arc<Alive>>>,
}

impl Known {
    pub(crate) fn engine_runs(&self) -> usize {
        self.runs.lock().unwrap().len()
    }
}

/// What a walk remembers: which rows decided, and which state led to which.
#[derive(Default)]
pub(crate) struct Notes {
    known: Arc<Known>,
    last: Mutex<Option<(Tried, Arc<Alive>)>>,
    rows: Mutex<BTreeSet<&'static str>>,
    leads: Mutex<Leads>,
}

#[derive(Default)]
struct Leads {
    from: u64,
    to: HashMap<u64, Vec<u64>>,
}

impl Notes {
    pub(crate) fn new(known: Arc<Known>) -> Self {
        Self { known, ..Self::default() }
    }

    pub(crate) fn run(&self, run: &Shared<Run>) -> Shared<Step> {
        if let Some(step) = self.known.runs.lock().unwrap().get(run) {
            return step.clone();
        }
        let step = Shared::new(run.next());
        self.known.runs.lock().unwrap().insert(run.clone(), step.clone());
        step
    }

    fn alive(&self, state: &State) -> Arc<Alive> {
        let tried = (state.stored.clone(), state.purse.clone(), state.now());
        let mut last = self.last.lock().unwrap();
        if let Some((_, alive)) = last.as_ref().filter(|(last, _)| *last == tried) {
            return alive.clone();
        }
        let known = self.known.alive.lock().unwrap().get(&tried).cloned();
        let alive = known.unwrap_or_else(|| {
            let alive = Arc::new(Alive::of(state.stored.as_ref(), &state.purse, state.now()));
            self.known.alive.lock().unwrap().insert(tried.clone(), alive.clone());
            alive
        });
        *last = Some((tried, alive.clone()));
        alive
    }

    fn is_dead(&self, state: &State) -> bool {
        *self.alive(state) == Alive::dead(&state.purse)
    }

    pub(crate) fn row(&self, name: &'static str) {
        self.rows.lock().unwrap().insert(name);
    }

    pub(crate) fn rows(&self) -> BTreeSet<&'static str> {
        self.rows.lock().unwrap().clone()
    }

    /// From here the walk goes on.
    pub(crate) fn visit(&self, state: &State) {
        self.leads.lock().unwrap().from = mark(state);
    }

    /// To here it came from where it was.
    pub(crate) fn lead(&self, to: &State) {
        let leads = &mut *self.leads.lock().unwrap();
        leads.to.entry(leads.from).or_default().push(mark(to));
    }

    /// How many schedules lead from this state to an end.
    pub(crate) fn schedules(&self, from: &State) -> u128 {
        fn count(of: u64, leads: &HashMap<u64, Vec<u64>>, known: &mut HashMap<u64, u128>) -> u128 {
            if let Some(known) = known.get(&of) {
                return *known;
            }
            let next = leads.get(&of).map(Vec::as_slice).unwrap_or_default();
            let sum = next.iter().map(|next| count(*next, leads, known)).sum::<u128>().max(1);
            known.insert(of, sum);
            sum
        }
        count(mark(from), &self.leads.lock().unwrap().to, &mut HashMap::new())
    }
}
