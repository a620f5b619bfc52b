//! How long it takes to check an access token and to introspect one, among a thousand, a hundred thousand and a million
//! that live. The last lines tell how both grow with the store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]
#![allow(clippy::print_stdout, reason = "the growth is read off its last lines")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion};
use grantor_core::{AuthorizationServer, Call, Client, ClientSecret, Guard, MemoryStore, Needed, Payload, Reply};
use tokio::runtime::Runtime;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const SECRET: &str = "a-generated-secret-of-many-random-bits";
const FORM: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");

fn server() -> AuthorizationServer {
    let client = |id: &str| Client::confidential(id, ClientSecret::sha256_of(SECRET)).without_authorization_code();
    let builder = AuthorizationServer::builder("https://id.example").scope("mail", "Your mail").without_rate_limits();
    let builder = builder.client(client("bot").client_credentials(["mail"]).build().unwrap());
    let builder = builder.client(client("api").introspects().build().unwrap());
    let day = Duration::from_secs(86_400);
    builder.access_lifetime(day).grants(Arc::new(MemoryStore::with_limit(2_000_000))).build().unwrap()
}

fn post(body: &str) -> Call<'_> {
    Call { method: "POST", query: None, headers: &[FORM], body: Payload::Whole(body.as_bytes()), peer: None }
}

async fn token(server: &AuthorizationServer) -> String {
    let body = format!("grant_type=client_credentials&client_id=bot&client_secret={SECRET}");
    let reply = server.token(post(&body)).await;
    let body = String::from_utf8(reply.into_body().into_bytes().to_vec()).unwrap();
    let (_, rest) = body.split_once("\"access_token\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn verify(guard: &Guard, needed: &Needed, token: &str) {
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_bytes())];
    let call = Call { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
    assert!(black_box(guard.verify(&call, needed).await).is_ok());
}

async fn introspect(server: &AuthorizationServer, token: &str) -> Reply {
    let body = format!("client_id=api&client_secret={SECRET}&token={token}");
    let reply = server.introspect(post(&body)).await;
    assert_eq!(reply.status().as_u16(), 200);
    black_box(reply)
}

/// Nanoseconds for one, over all the times it was done.
#[derive(Default)]
struct Mean {
    spent: Duration,
    times: u64,
}

impl Mean {
    fn nanoseconds(&self) -> f64 {
        self.spent.as_secs_f64() * 1e9 / self.times as f64
    }
}

/// Measures `act` over tokens from all over the store.
fn measure(criterion: &mut Criterion, runtime: &Runtime, name: &str, tokens: &[String], act: impl AsyncFn(&str) + Copy) -> f64 {
    let (mut mean, mut at) = (Mean::default(), 0_usize);
    criterion.bench_with_input(BenchmarkId::new(name, tokens.len()), &(), |bench, ()| {
        bench.iter_custom(|times| {
            let begin = Instant::now();
            runtime.block_on(async {
                for _ in 0..times {
                    // A stride that meets every token before it meets one again.
                    at = (at + 618_033) % tokens.len();
                    act(tokens.get(at).unwrap()).await;
                }
            });
            let spent = begin.elapsed();
            mean.spent += spent;
            mean.times += times;
            spent
        });
    });
    mean.nanoseconds()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    let (server, needed) = (server(), Needed::all_of(["mail"]).unwrap());
    let guard = server.guard();
    let mut tokens: Vec<String> = Vec::new();
    let mut means = Vec::new();
    for size in SIZES {
        runtime.block_on(async {
            while tokens.len() < size {
                tokens.push(token(&server).await);
            }
        });
        let verified = measure(&mut criterion, &runtime, "verify", &tokens, async |token| verify(&guard, &needed, token).await);
        let told = measure(&mut criterion, &runtime, "introspect", &tokens, async |token| drop(introspect(&server, token).await));
        means.push((size, verified, told));
    }
    criterion.final_summary();
    if let Some((_, verified, told)) = means.first().copied() {
        for (size, verify, introspect) in means {
            println!(
                "{size:>9} live grants: verify {verify:.0} ns (x{:.2}), introspect {introspect:.0} ns (x{:.2})",
                verify / verified,
                introspect / told
            );
        }
    }
}
