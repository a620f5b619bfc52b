//! How long the pure redemption of a code takes, and one whole flow in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

use std::{
    hint::black_box,
    sync::{Arc, Mutex},
};

use criterion::{BatchSize, Criterion};
use grantor_core::{
    AuthorizationServer, Call, Client, GrantStore, Login, MemoryStore, Next, Payload, Pepper, Reply, StoreError, Swap,
    grant::{
        Draw, Grant, Handed, Kind, Terms,
        authorization_code::{Redeeming, Row, apply, judge},
    },
    protocol::CodeChallenge,
    types::{GrantId, Lifetimes, Version},
};
use time::OffsetDateTime;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn client() -> Client {
    Client::public("app").redirect_uri("https://app.example/cb").refresh_tokens().build().unwrap()
}

fn server(grants: Arc<dyn GrantStore>) -> AuthorizationServer {
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    builder.client(client()).grants(grants).build().unwrap()
}

fn query() -> String {
    format!(
        "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=profile+mail&state=xyz&code_challenge={}&code_challenge_method=S256",
        CodeChallenge::of(VERIFIER).as_str()
    )
}

async fn code(server: &AuthorizationServer, query: &str) -> String {
    let call = Call { method: "GET", query: Some(query), headers: &[], body: Payload::Whole(b""), peer: None };
    let login = Login::new("ann", "session", OffsetDateTime::now_utc());
    let Next::Ask(question) = server.authorize(call).await.unwrap().next(Some(login)).await.unwrap() else {
        panic!("no question")
    };
    let reply = question.approve_all().await;
    let location = reply.headers()["location"].to_str().unwrap();
    let (_, code) = location.split_once("code=").unwrap();
    code.split('&').next().unwrap().to_owned()
}

async fn token(server: &AuthorizationServer, code: &str) -> Reply {
    let body = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}");
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let body = Payload::Whole(body.as_bytes());
    server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await
}

/// Keeps the last grant that was inserted.
#[derive(Default)]
struct Last(Mutex<Option<Grant>>);

#[async_trait::async_trait]
impl GrantStore for Last {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(grant);
        Ok(())
    }

    async fn load(&self, _: &GrantId) -> Result<Option<Grant>, StoreError> {
        Ok(None)
    }

    async fn replace(&self, _: Version, _: Grant) -> Result<Swap, StoreError> {
        Ok(Swap::Lost)
    }

    async fn sweep(&self, _: OffsetDateTime, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args();

    let last = Arc::new(Last::default());
    let server_of_last = server(last.clone());
    let code_text = runtime.block_on(code(&server_of_last, &query()));
    let grant = last.0.lock().unwrap().take().unwrap();
    let (client, code_read, pepper) = (client(), Handed::parse(Kind::Code, &code_text).unwrap(), Pepper::new([7; 32]));
    let terms =
        Terms { lifetimes: Lifetimes::default(), pepper: &pepper, issuer: server_of_last.issuer(), default_resource: None };
    let draw = Draw::new(&[9; Draw::LENGTH]);
    let event = Redeeming {
        client: &client,
        code: &code_read,
        redirect_uri: None,
        verifier: Some(VERIFIER),
        resources: &[],
        now: grant.created(),
    };
    criterion.bench_function("redeem, pure", |bench| {
        let redeem = |grant: Grant| {
            let row = judge(black_box(&grant), black_box(&event), true, &terms);
            assert_eq!(row, Row::R7);
            apply(row, grant, &event, Some(&draw), &terms)
        };
        bench.iter_batched(|| grant.clone(), redeem, BatchSize::SmallInput);
    });

    let query = query();
    criterion.bench_function("authorize, approve, token, in memory", |bench| {
        let server = server(Arc::new(MemoryStore::with_limit(10_000_000)));
        bench.to_async(&runtime).iter(|| async {
            let reply = token(&server, &code(&server, black_box(&query)).await).await;
            assert_eq!(reply.status().as_u16(), 200);
            reply
        });
    });
    criterion.final_summary();
}
