//! What one full flow costs beside the framework, in numbers that do not depend on the machine: allocations, and draws
//! from the random source.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
    response::IntoResponse,
    routing::{any, get, post},
};
use grantor_core::{
    AuthorizationServer, Client, Login, Next, Reply,
    server::{Random, RandomUnavailable},
};
use grantor_tower::{Authorize, routes};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const QUERY: &str = "response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=profile+mail\
    &state=mPbLuhvJmDk5x2Yt&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
const LOCATION: &str = "https://app.example/cb?code=gr_c_AAAA&state=mPbLuhvJmDk5x2Yt";

/// How many more a full flow (authorize and token, a public client, no refresh token) makes than the same two requests to
/// handlers that answer constants. One more is a reason to look; one fewer is to be written down here.
const BEYOND_NULL: u64 = 25;

/// Numbers every draw, so that two are never the same, and keeps all grants in one shard of the memory store.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        let draw = self.0.fetch_add(1, Ordering::Relaxed);
        bytes.fill(7);
        for chunk in bytes.chunks_mut(16) {
            chunk[8..].copy_from_slice(&draw.to_be_bytes());
        }
        Ok(())
    }
}

async fn authorize(Authorize(pending): Authorize) -> Result<Reply, Reply> {
    let login = Login::new("ann", "session", OffsetDateTime::UNIX_EPOCH);
    match pending.next(Some(login)).await? {
        Next::Ask(question) => Ok(question.approve_all().await),
        other => panic!("no question: {other:?}"),
    }
}

fn ours(random: Arc<dyn Random>) -> Router {
    let client = Client::public("app").redirect_uri("https://app.example/cb").build().unwrap();
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    let server = builder.client(client).random(random).build().unwrap();
    let router = Router::new().route(server.authorize_path(), any(authorize)).with_state(server.clone());
    routes(&server).fold(router, |router, (path, service)| router.route_service(&path, service))
}

fn null() -> Router {
    let redirect = || async { (StatusCode::SEE_OTHER, [(header::LOCATION, LOCATION)]).into_response() };
    let tokens = || async { ([(header::CONTENT_TYPE, "application/json")], "{}").into_response() };
    Router::new().route("/authorize", get(redirect)).route("/token", post(tokens))
}

/// Sends the request, and counts what happens from then until the answer was read and dropped.
fn counted(runtime: &Runtime, router: &Router, request: Request<Body>) -> (u64, Response<()>) {
    let mut kept = None;
    let info = allocation_counter::measure(|| {
        kept = Some(runtime.block_on(async {
            let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
            to_bytes(body, usize::MAX).await.unwrap();
            Response::from_parts(parts, ())
        }));
    });
    (info.count_total, kept.unwrap())
}

fn full_flow(runtime: &Runtime, router: &Router) -> u64 {
    let (authorizing, answer) =
        counted(runtime, router, Request::get(format!("/authorize?{QUERY}")).body(Body::empty()).unwrap());
    assert_eq!(answer.status(), 303);
    let (_, code) = answer.headers()["location"].to_str().unwrap().split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier={VERIFIER}&client_id=app"
    );
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let (redeeming, answer) = counted(runtime, router, request.body(form.into()).unwrap());
    assert_eq!(answer.status(), 200);
    authorizing + redeeming
}

#[test]
fn a_full_flow_allocates_so_often_beyond_its_framework_and_no_more() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let (ours, null) = (ours(Arc::new(Counted::default())), null());
    // The store's tables grow by doubling: after twenty flows the next one finds room.
    for _ in 0..20 {
        full_flow(&runtime, &ours);
        full_flow(&runtime, &null);
    }
    assert_eq!(full_flow(&runtime, &ours) - full_flow(&runtime, &null), BEYOND_NULL);
}

#[test]
fn a_request_draws_from_the_random_source_once_at_most() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let random = Arc::new(Counted::default());
    full_flow(&runtime, &ours(random.clone()));
    assert!(random.0.load(Ordering::Relaxed) <= 2, "two requests drew {:?} times", random.0);
}
