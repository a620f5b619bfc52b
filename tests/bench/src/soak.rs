//! At full speed for many minutes, on both doors at once: right requests, refused ones and rubbish, while somebody looks at
//! the memory of the servers.
//!
//! The servers' clocks run fast, so that after some minutes as much is forgotten as comes in. Memory that still grows in the last third is a
//! leak, and any answer that is not what its request deserves is an error.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request,
    header::{self, HeaderValue},
};
use rand::{TryRng, rngs::SysRng};
use tokio::task::JoinSet;

use crate::{
    contenders::Name,
    flow::{Mode, PUBLIC, REDIRECT_URI},
    http::{Connection, Server},
};

/// The kind of rubbish that no endpoint reads to its end.
const HUGE: usize = 7;

/// How much the memory may grow from the second third to the last.
const GROWTH: f64 = 1.1;

#[derive(clap::Args)]
pub(crate) struct Soak {
    #[arg(long, default_value_t = 15.0)]
    minutes: f64,
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// How often memory is looked at, in seconds.
    #[arg(long, default_value_t = 15.0)]
    every: f64,
}

#[derive(Default)]
struct Count {
    answers: AtomicU64,
    refused: AtomicU64,
}

/// Whether nothing went wrong.
pub(crate) async fn run(soak: &Soak) -> bool {
    let names = [Name::OursTower, Name::OursActix];
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(soak.minutes * 60.0);
    let mut servers = Vec::new();
    let mut running = JoinSet::new();
    for name in names {
        let server = Server::start_hasty(name).await;
        let count = Arc::new(Count::default());
        for number in 0..soak.connections {
            let (right, rude) = (server.open(Mode::Refresh).await, server.open(Mode::Flow).await);
            running.spawn_local(one(right, rude, count.clone(), end, number));
        }
        servers.push((name, server, count));
    }
    println!("\n## A soak of {} minutes, {} connections to each\n", soak.minutes, soak.connections);
    println!("| s | {0}: answers | refused | MiB | {1}: answers | refused | MiB |", names[0].as_str(), names[1].as_str());
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    let mut seen: BTreeMap<Name, Vec<f64>> = BTreeMap::new();
    while Instant::now() < end {
        let next = (Instant::now() + Duration::from_secs_f64(soak.every)).min(end);
        tokio::time::sleep_until(next.into()).await;
        let mut line = format!("| {:.0} |", begun.elapsed().as_secs_f64());
        for (name, server, count) in &servers {
            let resident = server.resident() as f64 / f64::from(1 << 20);
            seen.entry(*name).or_default().push(resident);
            let told = [&count.answers, &count.refused].map(|count| count.load(Ordering::Relaxed));
            line += &format!(" {} | {} | {resident:.1} |", told[0], told[1]);
        }
        println!("{line}");
    }
    let mut errors = 0;
    while let Some(ended) = running.join_next().await {
        errors += usize::from(ended.is_err());
    }
    println!("\nconnections that met an error: {errors}");
    let stable = seen.iter().map(|(name, resident)| is_stable(*name, resident)).fold(true, |all, one| all & one);
    errors == 0 && stable
}

fn is_stable(name: Name, resident: &[f64]) -> bool {
    let most = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let third = resident.len() / 3;
    let (second, last) = (most(&resident[third..third * 2]), most(&resident[third * 2..]));
    let stable = last <= second * GROWTH;
    let verdict = if stable { "stable" } else { "**grows**" };
    println!("{}: at most {second:.1} MiB in the second third, {last:.1} in the last: {verdict}", name.as_str());
    stable
}

/// One connection: what is right and what is wrong in turn. It panics where an answer is not what it should be.
async fn one(mut right: Connection, mut rude: Connection, count: Arc<Count>, end: Instant, number: usize) {
    let mut random = Random::default();
    for turn in number.. {
        if Instant::now() >= end {
            return;
        }
        match turn % 4 {
            0 => right.run_as(Mode::Flow).await,
            1 => right.run_as(Mode::Refresh).await,
            2 => right.run_as(Mode::WrongVerifier).await,
            _ => {
                let (request, is_huge) = rubbish(&mut random, &rude);
                let told = format!("{request:?}");
                let status = rude.send(request).await;
                assert!(status.map_or(is_huge, |status| status < 500), "{status:?} for {told}");
                count.refused.fetch_add(u64::from(status.is_some_and(|status| status >= 400)), Ordering::Relaxed);
            }
        }
        count.answers.fetch_add(1, Ordering::Relaxed);
    }
}

/// Bytes from the system, a block at a time.
#[derive(Default)]
struct Random(Vec<u8>);

impl Random {
    fn byte(&mut self) -> u8 {
        if self.0.is_empty() {
            self.0 = vec![0; 4096];
            SysRng.try_fill_bytes(&mut self.0).expect("random bytes");
        }
        self.0.pop().unwrap_or_default()
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()])) % end
    }

    /// Text that may stand in a URL, with many characters that mean something there.
    fn text(&mut self, most: usize) -> String {
        const USUAL: &[u8] = b"%%&&==+./:?az09AF-_~[]\"<>\\^`{|}";
        let length = self.below(most);
        (0..length).map(|_| char::from(USUAL[self.below(USUAL.len())])).filter(|c| !"\"<>\\^`{|}[]".contains(*c)).collect()
    }
}

/// A request that somebody who knows the endpoints might send to do harm, and whether it is too large to be read.
fn rubbish(random: &mut Random, connection: &Connection) -> (Request<Full<bytes::Bytes>>, bool) {
    let paths = connection.paths();
    let right = paths.authorize(PUBLIC).target;
    let form = "application/x-www-form-urlencoded";
    let request = |method: Method, target: String, kind: &str, body: Vec<u8>| {
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().unwrap_or_default();
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
        request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a media type"));
        request
    };
    let bytes = |random: &mut Random, length: usize| (0..length).map(|_| random.byte()).collect::<Vec<u8>>();
    let endpoint = [&paths.authorize, &paths.token, &paths.introspection, &paths.metadata][random.below(4)].clone();
    // Each of them costs a connection, and there are not so many.
    let kind = if random.below(100) == 0 { HUGE } else { random.below(HUGE) };
    let request = match kind {
        // Parks a request of nobody.
        0 => request(Method::GET, format!("{right}&prompt=login"), form, Vec::new()),
        1 => {
            let at = random.below(right.len() - 12) + 12;
            request(Method::GET, format!("{}{}{}", &right[..at], random.text(8), &right[at..]), form, Vec::new())
        }
        2 => request(Method::GET, format!("{endpoint}?{}", random.text(2_000)), form, Vec::new()),
        3 => {
            let length = random.below(3_000);
            request(Method::POST, endpoint, form, bytes(random, length))
        }
        4 => request(Method::POST, endpoint, form, random.text(4_000).into_bytes()),
        HUGE => request(Method::POST, endpoint, form, vec![b'a'; 100_000]),
        5 => request(Method::DELETE, endpoint, "application/json", b"{\"grant_type\":\"authorization_code\"}".to_vec()),
        _ => {
            let body = format!("grant_type=authorization_code&code={}&redirect_uri={REDIRECT_URI}", random.text(90));
            let mut request = request(Method::POST, paths.token.clone(), form, body.into_bytes());
            basic(request.headers_mut(), &random.text(60));
            request
        }
    };
    (request, kind == HUGE)
}

fn basic(headers: &mut HeaderMap, text: &str) {
    headers.insert(header::AUTHORIZATION, format!("Basic {text}").parse().expect("a header value"));
}
