//! What a flow and a refresh cost on Redis, and what the bare commands cost beside them in the same run.
//!
//! `TEST_REDIS_URL=redis://127.0.0.1:6379/ cargo bench -p grantor-redis`. At the end it prints the ratio of the medians.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark fails by panicking and tells figures"
)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use criterion::Criterion;
use grantor_core::{AuthorizationServer, Call, Client, GrantStore, Login, MemoryStore, Next, Payload, protocol::CodeChallenge};
use grantor_redis::RedisStore;
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions, aio::MultiplexedConnection};
use time::OffsetDateTime;
use tokio::{runtime::Runtime, task::JoinSet};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CONCURRENT: [u64; 3] = [1, 16, 64];

/// As long as a stored grant with its tokens out.
const VALUE: [u8; 520] = [7; 520];

const REPLACE: &str = "local kept = redis.call('GETEX', KEYS[1])
if not kept or string.sub(kept, 1, 16) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
return 1";

fn main() {
    let Some(url) = std::env::var("TEST_REDIS_URL").ok().filter(|url| !url.is_empty()) else {
        println!("grantor-redis: no benchmark ran; TEST_REDIS_URL=redis://127.0.0.1:6379/ turns it on");
        return;
    };
    let runtime = Runtime::new().unwrap();
    let prefix = format!("bench-{}", std::process::id());
    let alone = server(MemoryStore::with_limit(10_000_000));
    let server = server(RedisStore::open(&url).unwrap().with_prefix(&prefix).unwrap());
    let bare = runtime.block_on(Bare::new(&url, &prefix));
    let mut bench = Bench { criterion: Criterion::default().configure_from_args(), runtime, figures: BTreeMap::new() };

    for concurrent in CONCURRENT {
        bench.run("flow", "on Redis", concurrent, async || Flow(server.clone()));
        bench.run("flow", "in memory", concurrent, async || Flow(alone.clone()));
        bench.run("flow", "bare", concurrent, async || BareFlow(bare.clone()));
        bench.run("refresh", "on Redis", concurrent, async || Refresh(server.clone(), tokens(&server).await));
        bench.run("refresh", "in memory", concurrent, async || Refresh(alone.clone(), tokens(&alone).await));
        bench.run("refresh", "bare", concurrent, async || BareRefresh(bare.clone(), bare.begin().await));
    }
    bench.criterion.final_summary();
    bench.tell();
    bench.runtime.block_on(bare.clean());
}

/// What is done again and again.
trait Work: Send + 'static {
    fn once(&mut self) -> impl Future<Output = ()> + Send;
}

struct Flow(AuthorizationServer);
struct Refresh(AuthorizationServer, String);
struct BareFlow(Bare);
struct BareRefresh(Bare, String);

impl Work for Flow {
    async fn once(&mut self) {
        tokens(&self.0).await;
    }
}

impl Work for Refresh {
    async fn once(&mut self) {
        self.1 = token(&self.0, &format!("grant_type=refresh_token&client_id=app&refresh_token={}", self.1)).await;
    }
}

impl Work for BareFlow {
    async fn once(&mut self) {
        let key = self.0.begin().await;
        self.0.load_and_replace(&key).await;
    }
}

impl Work for BareRefresh {
    async fn once(&mut self) {
        self.0.load_and_replace(&self.1).await;
    }
}

struct Bench {
    criterion: Criterion,
    runtime: Runtime,
    /// Of each benchmark, what one operation took in each sample.
    figures: BTreeMap<(&'static str, u64, &'static str), Vec<f64>>,
}

impl Bench {
    /// Lets `concurrent` tasks share the iterations; each has a `work` of its own.
    fn run<W: Work>(&mut self, what: &'static str, whose: &'static str, concurrent: u64, work: impl AsyncFn() -> W) {
        let figures = Mutex::new(Vec::new());
        self.criterion.bench_function(&format!("{what}, {concurrent} at once, {whose}"), |bench| {
            bench.iter_custom(|iterations| {
                let took = self.runtime.block_on(share(iterations, concurrent, &work));
                figures.lock().unwrap().push(took.as_nanos() as f64 / iterations as f64);
                took
            });
        });
        self.figures.insert((what, concurrent, whose), figures.into_inner().unwrap());
    }

    /// The ratio is of a flow to its bare commands. What the server costs without a store stands beside them.
    fn tell(&self) {
        println!("\n{:<8} {:>8} {:>12} {:>12} {:>12} {:>7}", "", "at once", "on Redis", "bare", "in memory", "ratio");
        for what in ["flow", "refresh"] {
            for concurrent in CONCURRENT {
                let median = |whose| self.figures.get(&(what, concurrent, whose)).map_or(f64::NAN, |all| median(all) / 1e3);
                let [own, bare, alone] = ["on Redis", "bare", "in memory"].map(median);
                let ratio = own / bare;
                println!("{what:<8} {concurrent:>8} {own:>9.1} µs {bare:>9.1} µs {alone:>9.1} µs {ratio:>7.2}");
            }
        }
    }
}

/// At least one operation for each task, so that a small sample is concurrent as well; it counts as many as were asked for.
async fn share<W: Work>(iterations: u64, concurrent: u64, work: &impl AsyncFn() -> W) -> Duration {
    let each = iterations.div_ceil(concurrent);
    let mut works = Vec::new();
    for _ in 0..concurrent {
        works.push(work().await);
    }
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for mut work in works {
        tasks.spawn(async move {
            for _ in 0..each {
                work.once().await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    begun.elapsed().mul_f64(iterations as f64 / (each * concurrent) as f64)
}

fn median(all: &[f64]) -> f64 {
    let mut all = all.to_vec();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

fn server(store: impl GrantStore) -> AuthorizationServer {
    let client = Client::public("app").redirect_uri("https://app.example/cb").refresh_tokens().build().unwrap();
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").client(client);
    builder.grants(Arc::new(store)).build().unwrap()
}

/// One flow: one insert, one load, one replace. Returns the refresh token.
async fn tokens(server: &AuthorizationServer) -> String {
    let challenge = CodeChallenge::of(VERIFIER);
    let query = format!(
        "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=profile&state=xyz&code_challenge={}&code_challenge_method=S256",
        challenge.as_str()
    );
    let call = Call { method: "GET", query: Some(&query), headers: &[], body: Payload::Whole(b""), peer: None };
    let login = Login::new("ann", "session", OffsetDateTime::now_utc());
    let Next::Ask(question) = server.authorize(call).await.unwrap().next(Some(login)).await.unwrap() else {
        panic!("no question")
    };
    let reply = question.approve_all().await;
    let (_, code) = reply.headers()["location"].to_str().unwrap().split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    token(server, &format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}")).await
}

async fn token(server: &AuthorizationServer, body: &str) -> String {
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let body = Payload::Whole(body.as_bytes());
    let reply = server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await;
    assert_eq!(reply.status().as_u16(), 200);
    let body: serde_json::Value = serde_json::from_slice(&reply.into_body().into_bytes()).unwrap();
    body["refresh_token"].as_str().unwrap().to_owned()
}

/// The same commands, and nothing else, on a connection of the same kind.
#[derive(Clone)]
struct Bare {
    connection: MultiplexedConnection,
    prefix: String,
    replace: Arc<redis::Script>,
    next: Arc<AtomicU64>,
}

impl Bare {
    async fn new(url: &str, prefix: &str) -> Self {
        let info = redis::IntoConnectionInfo::into_connection_info(url).unwrap();
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let client = redis::Client::open(info.set_tcp_settings(tcp)).unwrap();
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
        Self { connection, prefix: prefix.to_owned(), replace: Arc::new(redis::Script::new(REPLACE)), next: Arc::default() }
    }

    /// A fresh key.
    async fn begin(&self) -> String {
        let key = format!("{}:bare:{{{}}}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed));
        let options = SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(SetExpiry::PXAT(expiry()));
        self.connection.clone().set_options::<_, _, ()>(&key, &VALUE[..], options).await.unwrap();
        key
    }

    async fn load_and_replace(&self, key: &str) {
        let mut connection = self.connection.clone();
        let kept: Vec<u8> = redis::cmd("GETEX").arg(key).query_async(&mut connection).await.unwrap();
        let mut replace = self.replace.key(key);
        replace.arg(&kept[..16]).arg(&VALUE[..]).arg(expiry());
        assert_eq!(replace.invoke_async::<i64>(&mut connection).await.unwrap(), 1);
    }

    async fn clean(&self) {
        let mut connection = self.connection.clone();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{}:*", self.prefix)).arg("COUNT").arg(10_000);
            let (next, names): (u64, Vec<String>) = scan.query_async(&mut connection).await.unwrap();
            if !names.is_empty() {
                connection.unlink::<_, ()>(names).await.unwrap();
            }
            cursor = next;
            if cursor == 0 {
                return;
            }
        }
    }
}

fn expiry() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp() + 600).unwrap() * 1_000
}
