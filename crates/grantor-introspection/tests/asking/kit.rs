use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use grantor_core::types::Clock;
use grantor_core::{Access, StoreError, TokenSource};
use grantor_introspection::{Introspection, IntrospectionBuilder};
use time::OffsetDateTime;
use tokio::sync::watch;

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";

/// A clock that stands still until it is moved.
pub(crate) struct Hand(Mutex<OffsetDateTime>);

impl Hand {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000))))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += time::Duration::seconds(seconds);
    }

    /// The instant so many seconds from now.
    pub(crate) fn in_seconds(&self, seconds: i64) -> i64 {
        self.now().unix_timestamp() + seconds
    }
}

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// What a server says.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn json(body: impl Into<String>) -> Self {
        Self { status: 200, headers: vec![("content-type", "application/json".to_owned())], body: body.into() }
    }

    pub(crate) fn active(exp: i64) -> Self {
        let who = r#""client_id":"app","sub":"ann","scope":"profile","token_type":"Bearer""#;
        Self::json(format!(r#"{{"active":true,{who},"exp":{exp},"iss":"{ISSUER}"}}"#))
    }

    pub(crate) fn inactive() -> Self {
        Self::json(r#"{"active":false}"#)
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// A server that answers as it is told, and counts. It goes with its runtime.
pub(crate) struct Fake {
    pub(crate) base: String,
    seen: Arc<Seen>,
}

struct Seen {
    asked: AtomicUsize,
    said: Mutex<Said>,
    last: Mutex<(String, HeaderMap)>,
    open: watch::Sender<bool>,
}

impl Fake {
    pub(crate) async fn start(said: Said) -> Self {
        let (open, _) = watch::channel(true);
        let (said, last) = (Mutex::new(said), Mutex::default());
        let seen = Arc::new(Seen { asked: AtomicUsize::new(0), said, last, open });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, seen }
    }

    pub(crate) fn says(&self, said: Said) {
        *self.seen.said.lock().unwrap() = said;
    }

    /// Whether answers go out, or wait.
    pub(crate) fn open(&self, open: bool) {
        self.seen.open.send_replace(open);
    }

    pub(crate) fn asked(&self) -> usize {
        self.seen.asked.load(Ordering::SeqCst)
    }

    /// Method, path and body of the last request, and its headers.
    pub(crate) fn last(&self) -> (String, HeaderMap) {
        self.seen.last.lock().unwrap().clone()
    }

    /// One that asks this server, as a resource server would.
    pub(crate) fn builder(&self, clock: &Arc<Hand>) -> IntrospectionBuilder {
        let asking = Introspection::builder(ISSUER).endpoint(format!("{}/introspect", self.base));
        asking.client("rs", "its secret").clock(Arc::clone(clock) as Arc<dyn Clock>)
    }

    pub(crate) fn asking(&self, clock: &Arc<Hand>) -> Introspection {
        self.builder(clock).build().unwrap()
    }
}

async fn answer(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    seen.asked.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 65_536).await.unwrap();
    let line = format!("{} {} {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
    *seen.last.lock().unwrap() = (line, parts.headers);
    seen.open.subscribe().wait_for(|open| *open).await.unwrap();
    let Said { status, headers, body } = seen.said.lock().unwrap().clone();
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    response.headers_mut().remove("content-type");
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// What is told of the token; a shorthand.
pub(crate) async fn look_up(source: &Introspection) -> Result<Option<Access>, StoreError> {
    source.look_up(TOKEN).await
}

pub(crate) async fn is_good(source: &Introspection) -> bool {
    look_up(source).await.unwrap().is_some()
}
