//! What the guard adds to a request: one route without it, and the same route behind it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

use axum::{Router, body::Body, http::Request, routing::get};
use criterion::{BatchSize, Criterion};
use grantor_core::{AuthorizationServer, Call, Client, ClientSecret, Needed, Payload};
use grantor_tower::{Access, RequireToken};
use tower::ServiceExt as _;

const SECRET: &str = "a-generated-secret-of-many-random-bits";

fn server() -> AuthorizationServer {
    let bot = Client::confidential("bot", ClientSecret::sha256_of(SECRET)).without_authorization_code();
    let bot = bot.client_credentials(["mail"]).build().unwrap();
    AuthorizationServer::builder("https://id.example").scope("mail", "Your mail").client(bot).build().unwrap()
}

async fn token(server: &AuthorizationServer) -> String {
    let body = format!("grant_type=client_credentials&client_id=bot&client_secret={SECRET}");
    let headers: [(&str, &[u8]); 1] = [("content-type", b"application/x-www-form-urlencoded")];
    let body = Payload::Whole(body.as_bytes());
    let reply = server.token(Call { method: "POST", query: None, headers: &headers, body, peer: None }).await;
    let body = String::from_utf8(reply.into_body().into_bytes().to_vec()).unwrap();
    let (_, rest) = body.split_once("\"access_token\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    let server = server();
    let bearer = format!("Bearer {}", runtime.block_on(token(&server)));
    let guard = RequireToken::new(&server.guard(), Needed::all_of(["mail"]).unwrap());
    let app = Router::new()
        .route("/open", get(|| async { "mail" }))
        .route("/guarded", get(|| async { "mail" }).layer(guard.clone()))
        .route("/known", get(|access: Access| async move { access.sub().to_owned() }).layer(guard));
    for (case, path, status) in [
        ("a route without a guard", "/open", 200),
        ("the same behind the guard", "/guarded", 200),
        ("behind the guard, and told who it is", "/known", 200),
    ] {
        criterion.bench_function(case, |bench| {
            let request = || Request::get(path).header("authorization", &bearer).body(Body::empty()).unwrap();
            let answer = async |request| {
                let response = app.clone().oneshot(request).await.unwrap();
                assert_eq!(response.status().as_u16(), status);
                response
            };
            bench.to_async(&runtime).iter_batched(request, answer, BatchSize::SmallInput);
        });
    }
    criterion.bench_function("a request without a token", |bench| {
        let request = || Request::get("/guarded").body(Body::empty()).unwrap();
        let answer = async |request| {
            let response = app.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status().as_u16(), 401);
            response
        };
        bench.to_async(&runtime).iter_batched(request, answer, BatchSize::SmallInput);
    });
    criterion.final_summary();
}
