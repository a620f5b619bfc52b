//! What can happen next, and what it leads to: the model that `stateright` walks.
//!
//! Requests run on the real engine and wait at the store alone, so a step of an actor is one thing the store does for it. What
//! a request does next depends on nothing but itself and what it heard: a state is therefore the stored grant, the clock,
//! what each actor heard so far, and what was handed out, and equal states have equal futures.

use grantor_core::types::Version;
use stateright::{Model, Property};

use super::{
    call::{Answer, Call},
    facts::{self, Seen},
    life::{Life, Stage},
    shared::{Shared, Stored},
    starts::{Held, Purse, Role, Start},
    tables::{Says, Then},
    world::{Heard, Run, Said, Step},
};

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) actors: usize,
    pub(crate) faults: u8,
    pub(crate) jumps: usize,
}

impl Limits {
    /// As many as can be.
    pub(crate) const ANY: u8 = u8::MAX;
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// The grant, until a sweep forgets it.
    pub(crate) stored: Option<Stored>,
    /// What the tables make of it.
    pub(crate) life: Shared<Life>,
    pub(crate) purse: Shared<Purse>,
    /// What the clock showed so far, and shows.
    pub(crate) times: Vec<i64>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) faults: u8,
    pub(crate) seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Actor {
    pub(crate) role: Role,
    /// Whether its answer was lost and this is the second time.
    pub(crate) again: bool,
    pub(crate) doing: Doing,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Doing {
    /// Nothing yet; it may have come at any time since this one.
    Idle(usize),
    Waiting(Shared<Waiting>),
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Waiting {
    pub(crate) run: Shared<Run>,
    pub(crate) step: Shared<Step>,
    /// The model's grant when this request last read the engine's.
    read: Option<Shared<Life>>,
    /// What its own writes that came true have it answer.
    wrote: Vec<Wrote>,
    /// It read its own write, so that nothing is left to do but to answer.
    is_settled: bool,
    failed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Wrote {
    version: Version,
    says: Says,
    /// The generation of the tokens that it hands out.
    generation: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A request that came at this of the clock's times has the store do its first step.
    Begin(usize, usize, Outcome),
    Go(usize, Outcome),
    /// The clock goes on by the retry window: a lost answer can no longer be had again.
    WindowCloses,
    /// The clock goes on by a hundred days: codes, tokens and lines are over.
    Expire,
    /// The store forgets the grant, whose time to be kept has passed.
    Sweep,
}

/// How a step at the store ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As it should: of a replace that came too late, this is that it was lost.
    Well,
    /// The store fails and did nothing.
    Unavailable,
    /// The store fails and yet it was written.
    UnavailableButWritten,
    /// The request dies and nothing was done.
    Crash,
    /// The request dies, and yet it was written.
    CrashButWritten,
}

pub(crate) struct Walk {
    pub(crate) start: Start,
    pub(crate) roles: Vec<Role>,
    pub(crate) limits: Limits,
    pub(crate) notes: facts::Notes,
}

impl State {
    pub(crate) fn now(&self) -> i64 {
        self.times.last().copied().unwrap_or_default()
    }

    /// The credential of an idle actor and the times at which it may have come. Of actors with one role the first comes first.
    fn comes(&self, number: usize) -> Option<std::ops::Range<usize>> {
        let actor = &self.actors[number];
        let Doing::Idle(since) = actor.doing else { return None };
        let unborn = |other: &Actor| other.role == actor.role && !other.again && matches!(other.doing, Doing::Idle(_));
        if self.actors[..number].iter().any(unborn) {
            return None;
        }
        let held = self.purse.credential(actor.role.call())?.since;
        Some(since.max(held)..self.times.len())
    }
}

impl Model for Walk {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let actor = |role: &Role| Actor { role: *role, again: false, doing: Doing::Idle(0) };
        vec![State {
            stored: Some(self.start.stored.clone()),
            life: Shared::new(self.start.life.clone()),
            purse: Shared::new(self.start.purse.clone()),
            times: vec![0],
            actors: self.roles.iter().map(actor).collect(),
            faults: 0,
            seen: Seen::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.notes.visit(state);
        let may_fail = state.faults < self.limits.faults;
        for (number, actor) in state.actors.iter().enumerate() {
            if let Some(times) = state.comes(number) {
                for time in times {
                    actions.push(Action::Begin(number, time, Outcome::Well));
                    if may_fail {
                        actions.push(Action::Begin(number, time, Outcome::Unavailable));
                    }
                }
            }
            let Doing::Waiting(waiting) = &actor.doing else { continue };
            actions.push(Action::Go(number, Outcome::Well));
            if may_fail {
                actions.extend([Outcome::Unavailable, Outcome::Crash].map(|outcome| Action::Go(number, outcome)));
            }
            if may_fail && state.would_write(&waiting.step) {
                let written = [Outcome::UnavailableButWritten, Outcome::CrashButWritten];
                actions.extend(written.map(|outcome| Action::Go(number, outcome)));
            }
        }
        // Time alone changes nothing that nobody asks about.
        if actions.is_empty() {
            return;
        }
        if state.times.len() <= self.limits.jumps {
            actions.extend([Action::WindowCloses, Action::Expire]);
        }
        if state.stored.as_ref().is_some_and(|stored| stored.forget_after < super::world::at(state.now())) {
            actions.push(Action::Sweep);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::WindowCloses => state.times.push(state.now() + super::life::WINDOW),
            Action::Expire => state.times.push(state.now() + 100 * 86_400_000),
            Action::Sweep => {
                state.stored = None;
                state.life = Shared::new(Life { stage: Stage::Forgotten, ..Life::clone(&state.life) });
            }
            Action::Begin(number, time, outcome) => {
                let actor = &state.actors[number];
                let (call, arrived) = (actor.role.call(), last.times[time]);
                let text = last.purse.credential(call)?.what;
                let seed = ((number as u64 + 1) << 40) + (u64::from(actor.again) << 32);
                let run = Shared::new(Run { call, text, seed, arrived, heard: Vec::new() });
                let step = self.notes.run(&run);
                let waiting = Waiting { run, step, read: None, wrote: Vec::new(), is_settled: false, failed: false };
                self.go(&mut state, number, waiting, outcome);
            }
            Action::Go(number, outcome) => {
                let Doing::Waiting(waiting) = &last.actors[number].doing else { return None };
                self.go(&mut state, number, Waiting::clone(waiting), outcome);
            }
        }
        self.notes.lead(&state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        facts::properties()
    }
}

impl State {
    fn hold(&mut self, change: impl FnOnce(&mut Purse)) {
        let mut purse = Purse::clone(&self.purse);
        change(&mut purse);
        self.purse = Shared::new(purse);
    }

    fn would_write(&self, step: &Step) -> bool {
        matches!(step, Step::Replaces { read, .. } if self.stored.as_ref().is_some_and(|stored| stored.version == *read))
    }
}

impl Walk {
    fn go(&self, state: &mut State, number: usize, mut waiting: Waiting, outcome: Outcome) {
        let written = matches!(outcome, Outcome::Well | Outcome::UnavailableButWritten | Outcome::CrashButWritten);
        let step = waiting.step.clone();
        let said = match &*step {
            Step::Loads => {
                let version = state.stored.as_ref().map(|stored| stored.version);
                waiting.is_settled = waiting.wrote.iter().any(|wrote| Some(wrote.version) == version);
                waiting.read = (outcome == Outcome::Well && !waiting.is_settled).then(|| state.life.clone());
                Said::Loaded(state.stored.clone())
            }
            Step::Replaces { next, .. } => {
                let done = written && state.would_write(&step);
                if done {
                    self.write(state, &mut waiting, next.clone());
                }
                Said::Swapped(done)
            }
            Step::Answers(answer) => return self.answered(state, number, &waiting, answer),
        };
        // Without a limit there is nothing to count, and more states are the same.
        state.faults += u8::from(outcome != Outcome::Well && self.limits.faults != Limits::ANY);
        let said = match outcome {
            Outcome::Well => said,
            Outcome::Unavailable | Outcome::UnavailableButWritten => Said::Unavailable,
            Outcome::Crash | Outcome::CrashButWritten => return self.leave(state, number),
        };
        waiting.failed |= outcome != Outcome::Well;
        waiting.run = Shared::new(waiting.run.told(Heard { at: state.now(), said }));
        waiting.step = self.notes.run(&waiting.run);
        if let Step::Answers(answer) = &*waiting.step {
            self.answered(state, number, &waiting, answer);
        } else {
            state.actors[number].doing = Doing::Waiting(Shared::new(waiting));
        }
    }

    /// A write came true: the tables must want it, just so.
    fn write(&self, state: &mut State, waiting: &mut Waiting, next: Stored) {
        let (call, arrived) = (waiting.run.call, waiting.run.arrived);
        let row = state.life.judge(call, arrived);
        self.notes.row(row.name);
        let before = state.life.clone();
        let mut life = Life::clone(&before);
        life.become_by(row, call, arrived);
        state.life = Shared::new(life);
        let version = next.version;
        state.stored = Some(next);
        state.seen.off_the_tables |= row.then == Then::Same || waiting.is_settled;
        let ends = |state: &State| state.stored.as_ref().is_some_and(|stored| stored.stage == grantor_core::grant::Stage::Ended);
        if ends(state) {
            state.seen.lost_answer_ended |= match call {
                Call::Approve | Call::ApproveLess => true,
                Call::Refresh(generation) | Call::RefreshLess(generation) => !before.is_stale(generation, arrived),
                _ => false,
            };
        }
        let generation = match &state.life.stage {
            Stage::Active(active) => Some(active.generation()),
            _ => None,
        };
        waiting.read = None;
        waiting.wrote.push(Wrote { version, says: row.says, generation });
    }

    /// An answer is there: an own write or the grant as it was last read must explain it.
    fn answered(&self, state: &mut State, number: usize, waiting: &Waiting, answer: &Answer) {
        let (call, arrived) = (waiting.run.call, waiting.run.arrived);
        let read = waiting.read.as_ref().map(|life| (life, life.judge(call, arrived)));
        if let Some((_, row)) = read {
            self.notes.row(row.name);
        }
        let unchanged =
            read.filter(|(_, row)| row.then == Then::Same && answer.says == Ok(row.says)).map(|(life, _)| match &life.stage {
                Stage::Active(active) => Some(active.generation()),
                _ => None,
            });
        let own = waiting.wrote.iter().find(|wrote| answer.says == Ok(wrote.says)).map(|wrote| wrote.generation);
        let busy = waiting.failed && answer.says == Ok(Says::Busy);
        state.seen.off_the_tables |= own.or(unchanged).is_none() && !busy;
        state.seen.answer(call, answer, &state.life);

        let is_lost = matches!(state.actors[number].role, Role::LostThenAgain(_)) && !state.actors[number].again;
        let since = if is_lost { Held::<()>::NEVER } else { state.times.len() - 1 };
        if let (Some(tokens), Some(Some(generation))) = (&answer.tokens, own.or(unchanged)) {
            let known = state.purse.pair(generation).is_some_and(|known| known.what != *tokens);
            state.seen.two_lines |= known;
            state.hold(|purse| purse.keep(generation, tokens.clone(), since));
        }
        if let Some(code) = &answer.code {
            state.seen.off_the_tables |= state.purse.code.as_ref().is_some_and(|known| known.what != *code);
            state.hold(|purse| Held::keep(&mut purse.code, code.clone(), since));
        }
        self.leave(state, number);
    }

    /// The request is over; an actor who lost the answer comes again.
    fn leave(&self, state: &mut State, number: usize) {
        let since = state.times.len() - 1;
        let actor = &mut state.actors[number];
        let comes_again = matches!(actor.role, Role::LostThenAgain(_)) && !actor.again;
        actor.doing = if comes_again { Doing::Idle(since) } else { Doing::Done };
        actor.again |= comes_again;
    }
}
