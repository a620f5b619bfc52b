use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use criterion::Criterion;
use grantor_core::{AuthorizationServer, Reply};
use time::OffsetDateTime;
use tokio::{runtime::Runtime, sync::Barrier, task::JoinSet};

use crate::grants::{Recipe, ask, code_of, redeem, refresh};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Flow,
    Refresh,
}

/// What is done again and again: a flow, and a refresh of what it left.
pub(crate) trait Work: Send + Sync + 'static {
    type Held: Send;
    fn flow(&self) -> impl Future<Output = Self::Held> + Send;
    fn refresh(&self, held: Self::Held) -> impl Future<Output = Self::Held> + Send;
}

pub(crate) struct Engine(pub(crate) AuthorizationServer);

impl Work for Engine {
    type Held = String;

    async fn flow(&self) -> String {
        let recipe = Recipe { began: OffsetDateTime::now_utc(), ..Recipe::default() };
        let code = code_of(&ask(&self.0, recipe).await.approve_all().await);
        refresh_token(redeem(&self.0, "app", &code).await)
    }

    async fn refresh(&self, held: String) -> String {
        refresh_token(refresh(&self.0, "app", &held).await)
    }
}

fn refresh_token(reply: Reply) -> String {
    assert_eq!(reply.status(), 200);
    let body = reply.into_body().into_bytes();
    let (_, rest) = std::str::from_utf8(&body).unwrap().split_once("\"refresh_token\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Lets criterion measure the engine, with as much bare work right after each piece of it, so that a busy machine troubles
/// both alike. The ratio is the median of the pieces; `None` when criterion was told to leave this one out.
pub(crate) fn beside<D: Work>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    kind: Kind,
    at_once: u64,
    engine: &Arc<Engine>,
    bare: &Arc<D>,
) -> Option<f64> {
    let ratios = Mutex::new(Vec::new());
    criterion.bench_function(name, |bench| {
        bench.iter_custom(|wanted| {
            let each = wanted.div_ceil(at_once).max(20);
            let with_engine = runtime.block_on(round(engine, kind, at_once, each));
            let without = runtime.block_on(round(bare, kind, at_once, each));
            ratios.lock().unwrap().push(with_engine.as_secs_f64() / without.as_secs_f64());
            with_engine.mul_f64(wanted as f64 / (each * at_once) as f64)
        });
    });
    let mut ratios = ratios.into_inner().unwrap();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

/// How long it takes when so many do it at once, so often each.
async fn round<W: Work>(work: &Arc<W>, kind: Kind, at_once: u64, each: u64) -> Duration {
    let start = Arc::new(Barrier::new(usize::try_from(at_once).unwrap() + 1));
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (work, start) = (Arc::clone(work), Arc::clone(&start));
        tasks.spawn(async move {
            let mut held = work.flow().await;
            start.wait().await;
            for _ in 0..each {
                held = match kind {
                    Kind::Flow => work.flow().await,
                    Kind::Refresh => work.refresh(held).await,
                };
            }
        });
    }
    start.wait().await;
    let began = Instant::now();
    tasks.join_all().await;
    began.elapsed()
}
