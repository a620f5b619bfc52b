//! What the memory store costs: bytes, the slowest single operation, look-ups, and when the expired is gone.
//!
//! Each part runs in a process of its own, so that none finds the heap of another.

use std::{
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use grantor::{
    AuthorizationServer, Call, GrantStore, MemoryStore, Next, Payload, StoreError, Swap,
    grant::{Grant, Handed, Kind},
    types::{GrantId, Version},
};
use rand::{TryRng, rngs::SysRng};
use time::OffsetDateTime;

use crate::{
    contenders::ours,
    cpu,
    flow::{Answer, Mode, Paths},
    report::print_goal,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    Codes,
    Flows,
    Growth,
    Expiry,
}

/// All parts, one after the other.
pub(crate) fn run_all() {
    println!("\n## The memory store\n\n| goal | at most | is | |\n|---|---:|---:|---|");
    for part in ["codes", "flows", "growth", "expiry"] {
        let program = std::env::current_exe().expect("a program");
        let status = Command::new(program).args(["memory", "--part", part]).status().expect("a process");
        assert!(status.success(), "{part}: {status}");
    }
}

pub(crate) async fn run(part: Part) {
    match part {
        Part::Codes => print_goal("bytes of an outstanding code", 400.0, bytes(false).await),
        Part::Flows => print_goal("bytes of a finished flow", 700.0, bytes(true).await),
        Part::Growth => growth().await,
        Part::Expiry => expiry().await,
    }
}

struct Host {
    server: AuthorizationServer,
    paths: Paths,
}

impl Host {
    /// Its codes live as long as they may, so that none expires before all are there.
    fn new(grants: Arc<dyn GrantStore>) -> Self {
        Self::of(ours::builder().grants(grants).code_lifetime(Duration::from_secs(600)))
    }

    fn of(builder: grantor::Builder) -> Self {
        Self { server: builder.build().expect("a server"), paths: ours::paths() }
    }

    async fn code(&self) -> String {
        let ask = self.paths.authorize(Mode::Flow.client());
        let query = ask.target.split_once('?').map(|(_, query)| query);
        let call = Call { method: "GET", query, headers: &[], body: Payload::Whole(b""), peer: None };
        let pending = self.server.authorize(call).await.expect("a request that is right");
        let Ok(Next::Ask(question)) = pending.next(Some(ours::login())).await else { panic!("no question") };
        Answer::read(question.approve_all().await).await.code().to_owned()
    }

    async fn redeem(&self, code: &str) {
        let form = self.paths.token(Mode::Flow, code).form.unwrap_or_default();
        let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
        let body = Payload::Whole(form.as_bytes());
        let reply = self.server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await;
        assert_eq!(reply.status().as_u16(), 200);
    }
}

/// What a grant adds to the resident memory of the process.
async fn bytes(finished: bool) -> f64 {
    const WARM: usize = 20_000;
    const MORE: usize = 200_000;
    let host = Host::new(Arc::new(MemoryStore::new()));
    let mut before = 0;
    for at in 0..WARM + MORE {
        if at == WARM {
            before = cpu::resident("self");
        }
        let code = host.code().await;
        if finished {
            host.redeem(&code).await;
        }
    }
    (cpu::resident("self") - before) as f64 / MORE as f64
}

/// Grows to a million grants, and looks up at a thousand and at a million.
async fn growth() {
    const MILLION: usize = 1_000_000;
    let timed = Arc::new(Timed { store: MemoryStore::new(), slowest: Mutex::default() });
    let host = Host::new(timed.clone());
    let (mut ids, mut at_thousand) = (Vec::with_capacity(MILLION), 0.0);
    for count in 1..=MILLION {
        let code = Handed::parse(Kind::Code, &host.code().await).expect("a code");
        ids.push(*code.grant_id());
        if count == 1_000 {
            at_thousand = look_up(&timed.store, &ids).await;
        }
    }
    let at_million = look_up(&timed.store, &ids).await;
    let slowest = timed.slowest.lock().unwrap_or_else(PoisonError::into_inner).as_secs_f64() * 1e3;
    print_goal("ms of the slowest single operation while growing to a million grants", 2.0, slowest);
    print_goal(&format!("look-up at a million grants, x at a thousand ({at_thousand:.2} µs)"), 3.0, at_million / at_thousand);
}

/// Microseconds of one look-up, among all of them in no order.
async fn look_up(store: &MemoryStore, ids: &[GrantId]) -> f64 {
    const TIMES: usize = 200_000;
    let mut random = vec![0; TIMES * 4];
    SysRng.try_fill_bytes(&mut random).expect("random bytes");
    let numbers = random.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four bytes")) as usize);
    let wanted: Vec<GrantId> = numbers.map(|number| ids[number % ids.len()]).collect();
    let before = cpu::of_thread();
    for id in &wanted {
        assert!(store.load(id).await.is_ok_and(|grant| grant.is_some()));
    }
    (cpu::of_thread() - before).as_secs_f64() * 1e6 / TIMES as f64
}

/// How many of ten thousand codes are still there a minute after their second, and nobody asked for anything.
async fn expiry() {
    const CODES: usize = 10_000;
    let store = Arc::new(MemoryStore::new());
    let builder = ours::builder().grants(store.clone()).code_lifetime(Duration::from_secs(1)).retry_window(Duration::ZERO);
    let host = Host::of(builder);
    for _ in 0..CODES {
        host.code().await;
    }
    for _ in 0..61 {
        if store.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    print_goal("of 10,000 expired codes still there after a minute without a request", 0.0, store.len() as f64);
    let mut requests = 0;
    while store.len() > requests && requests < CODES {
        host.code().await;
        requests += 1;
    }
    println!("| requests until all expired codes are gone | | {requests} | |");
}

/// The memory store, and what its slowest operation took of the thread's time.
struct Timed {
    store: MemoryStore,
    slowest: Mutex<Duration>,
}

impl Timed {
    async fn time<T>(&self, operation: impl Future<Output = T>) -> T {
        let before = cpu::of_thread();
        let outcome = operation.await;
        let took = cpu::of_thread() - before;
        let mut slowest = self.slowest.lock().unwrap_or_else(PoisonError::into_inner);
        *slowest = took.max(*slowest);
        outcome
    }
}

#[async_trait]
impl GrantStore for Timed {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        self.time(self.store.insert(grant)).await
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.time(self.store.load(id)).await
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        self.time(self.store.replace(read, next)).await
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        self.time(self.store.sweep(now, limit)).await
    }
}
