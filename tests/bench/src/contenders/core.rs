//! The core of grantor, called without a framework; the doors are measured against it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures_util::FutureExt;
use grantor::{
    AuthorizationServer, Builder, Call, Endpoint, Next, Payload, Reply,
    server::{Random, RandomUnavailable},
};

use super::{Contender, ours_tower};
use crate::{
    flow::{Answer, Ask, Paths},
    rounds::{Bench, Run},
};

pub(super) struct Core {
    server: AuthorizationServer,
    paths: Paths,
}

/// What a door would hand in, and the request that any host has and drops.
pub(super) struct Handed {
    _request: hyper::Request<axum::body::Body>,
    endpoint: Option<Endpoint>,
    query: Option<String>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: bytes::Bytes,
}

impl Core {
    pub(super) fn new(builder: Builder) -> Self {
        Self { server: builder.build().expect("a server"), paths: ours_tower::paths() }
    }

    /// The name by which callgrind finds what counts. Nothing in memory ever waits.
    #[inline(never)]
    fn counted_call(&self, handed: &Handed) -> Reply {
        self.reply(handed).now_or_never().expect("an answer at once")
    }

    async fn reply(&self, handed: &Handed) -> Reply {
        let headers: Vec<(&str, &[u8])> = handed.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        let method = if handed.body.is_empty() { "GET" } else { "POST" };
        let body = Payload::Whole(&handed.body);
        let call = Call { method, query: handed.query.as_deref(), headers: &headers, body, peer: None };
        match handed.endpoint {
            Some(endpoint) => self.server.serve(endpoint, call).await,
            None => match self.server.authorize(call).await {
                Ok(pending) => match pending.next(Some(ours_tower::login())).await {
                    Ok(Next::Ask(question)) => question.approve_all().await,
                    other => panic!("no question: {other:?}"),
                },
                Err(reply) => reply,
            },
        }
    }
}

impl Contender for Core {
    type Request = Handed;

    fn paths(&self) -> &Paths {
        &self.paths
    }

    fn prepare(&self, ask: &Ask) -> Handed {
        let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
        let headers = ask.headers().into_iter().filter(|(name, _)| Call::HEADERS.contains(name));
        Handed {
            _request: ask.to_http().map(axum::body::Body::new),
            endpoint: ours_tower::endpoint(&self.server, path),
            query: (!query.is_empty()).then(|| query.to_owned()),
            headers: headers.map(|(name, value)| (name, value.into_bytes())).collect(),
            body: ask.body(),
        }
    }

    async fn call(&self, handed: Handed) -> Answer {
        Answer::read(self.counted_call(&handed)).await
    }
}

/// The core with random bytes that are the same in each run.
pub(crate) fn probe() -> Box<dyn Run> {
    Box::new(Bench::new(Core::new(ours_tower::builder().random(Arc::new(Same(AtomicU64::new(1)))))))
}

struct Same(AtomicU64);

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in bytes.chunks_mut(8) {
            let mixed = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
        Ok(())
    }
}
