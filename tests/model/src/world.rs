//! The real engine with a clock, dice and a store in the model's hands: it is run until it asks the store, or answers.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, atomic::AtomicI64, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Client, GrantStore, Login, StoreError, Swap,
    grant::Grant,
    server::{Random, RandomUnavailable},
    types::{Clock, GrantId, Version},
};
use time::OffsetDateTime;

use super::{
    call::{Answer, Call, Text},
    life::{ACCESS, CODE, IDLE, WINDOW},
    shared::{Kept, Stored},
};

/// One request of one actor, and all that it saw so far: what decides what it does next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) call: Call,
    pub(crate) text: Text,
    /// From where its random bytes come; no two requests share them.
    pub(crate) seed: u64,
    pub(crate) arrived: i64,
    pub(crate) heard: Vec<Heard>,
}

/// What the store said, and what the clock showed then.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Heard {
    pub(crate) at: i64,
    pub(crate) said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Said {
    Loaded(Option<Stored>),
    Swapped(bool),
    Unavailable,
}

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Loads,
    Replaces { read: Version, next: Stored },
    Answers(Answer),
}

impl Run {
    /// The same request when it heard one thing more.
    pub(crate) fn told(&self, heard: Heard) -> Self {
        Self { heard: [self.heard.as_slice(), &[heard]].concat(), ..self.clone() }
    }

    /// Runs the engine from the arrival of the request, telling it again what it heard, up to its next step.
    pub(crate) fn next(&self) -> Step {
        let (hands, tape) = (Arc::new(Hands::default()), Arc::new(Tape::default()));
        let server = server(hands.clone(), tape.clone(), self.seed);
        let mut future = Box::pin(self.call.send(&server, &self.text));
        let mut poll = |at| {
            hands.0.store(at, Ordering::Relaxed);
            Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()))
        };
        let mut polled = poll(self.arrived);
        for heard in &self.heard {
            assert!(polled.is_pending(), "{self:?} answered before it heard all");
            *tape.0.lock().unwrap() = Reel { asked: None, said: Some(heard.said.clone()) };
            polled = poll(heard.at);
        }
        match polled {
            Poll::Ready(answer) => Step::Answers(answer),
            Poll::Pending => tape.0.lock().unwrap().asked.take().expect("the engine waits for nothing but its store"),
        }
    }
}

/// Does the work of a future that never waits.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waited"),
    }
}

pub(crate) fn server(clock: Arc<Hands>, store: Arc<dyn GrantStore>, seed: u64) -> AuthorizationServer {
    let milliseconds = |given: i64| Duration::from_millis(given.unsigned_abs());
    let app = Client::public("app").redirect_uri("https://app.example/cb").refresh_tokens().build().unwrap();
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    let builder = builder.client(app).clock(clock).random(Arc::new(Dice(Mutex::new(seed)))).grants(store);
    let builder = builder.retry_window(milliseconds(WINDOW)).code_lifetime(milliseconds(CODE));
    let builder = builder.access_lifetime(milliseconds(ACCESS)).refresh_lifetime(milliseconds(3 * IDLE), milliseconds(IDLE));
    builder.build().unwrap()
}

/// So many milliseconds after the beginning.
pub(crate) fn at(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap() + time::Duration::milliseconds(milliseconds)
}

pub(crate) fn ann() -> Login {
    Login::new("ann", "ann's session", at(-60_000))
}

/// A clock that shows what it is told to.
#[derive(Debug, Default)]
pub(crate) struct Hands(pub(crate) AtomicI64);

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        at(self.0.load(Ordering::Relaxed))
    }
}

/// The same bytes for the same seed (SplitMix64), others at each throw.
struct Dice(Mutex<u64>);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        let mut thrown = self.0.lock().unwrap();
        for byte in bytes {
            *thrown = thrown.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (*thrown ^ (*thrown >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8;
        }
        Ok(())
    }
}

/// A store that writes down what it is asked, gives way, and then says what it was told to say.
#[derive(Default)]
struct Tape(Mutex<Reel>);

#[derive(Default)]
struct Reel {
    asked: Option<Step>,
    said: Option<Said>,
}

impl Tape {
    async fn ask(&self, step: Step) -> Said {
        self.0.lock().unwrap().asked = Some(step);
        std::future::poll_fn(|_| self.0.lock().unwrap().said.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

#[async_trait]
impl GrantStore for Tape {
    async fn insert(&self, _: Grant) -> Result<(), StoreError> {
        panic!("no request of the model begins a grant")
    }

    async fn load(&self, _: &GrantId) -> Result<Option<Grant>, StoreError> {
        match self.ask(Step::Loads).await {
            Said::Loaded(stored) => Ok(stored.map(|stored| stored.grant())),
            _ => Err(StoreError::unavailable("as the model wants it")),
        }
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        match self.ask(Step::Replaces { read, next: Kept::of(&next) }).await {
            Said::Swapped(done) => Ok(if done { Swap::Done } else { Swap::Lost }),
            _ => Err(StoreError::unavailable("as the model wants it")),
        }
    }

    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        panic!("no request of the model sweeps")
    }
}
