//! Two services with one issuer on one store, one on each door, and whoever asks is sent to one after the other.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use grantor_tests::{Answer, Door, Fields, Relying, Service};
use tempfile::TempDir;
use tokio::task::block_in_place;

use super::Database;

/// Of so many answers one gets lost on its way to whoever asked.
const LOST: usize = 25;

pub(crate) struct Farm {
    flags: Vec<String>,
    folder: TempDir,
    services: [Mutex<Arc<Service>>; 2],
    turn: AtomicUsize,
    pub(crate) met: Met,
}

/// How often what came.
#[derive(Debug, Default)]
pub(crate) struct Met {
    answers: AtomicUsize,
    /// Answers that were given and did not arrive.
    lost: AtomicUsize,
    /// Connections that a dying or dead service cut or refused.
    pub(crate) cut: AtomicUsize,
    /// "Not now."
    busy: AtomicUsize,
}

/// One request, to be sent as often as it takes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Farm {
    pub(crate) fn on(database: &Database, more: &[&str]) -> Self {
        let flag = database.flag();
        let flags = [&["--issuer", "https://id.example.test", "--store", &flag], more].concat();
        let flags: Vec<String> = flags.into_iter().map(str::to_owned).collect();
        let folder = TempDir::new().unwrap();
        let services = Door::BOTH.map(|door| Mutex::new(Arc::new(start(door, &folder, &flags))));
        Self { flags, folder, services, turn: AtomicUsize::new(0), met: Met::default() }
    }

    /// Kills one of the two and starts it again, on another port.
    pub(crate) fn crash(&self, which: usize) {
        self.service(which).kill();
        let service = block_in_place(|| start(Door::BOTH[which], &self.folder, &self.flags));
        *self.services[which].lock().unwrap() = Arc::new(service);
    }

    pub(crate) fn service(&self, which: usize) -> Arc<Service> {
        Arc::clone(&self.services[which].lock().unwrap())
    }

    /// Asks the next one. `None`: nobody knows what became of it, or it was told to come back later.
    pub(crate) async fn ask_once(&self, request: &Request) -> Option<Answer> {
        let answer = self.send(request).await?;
        if self.met.answers.fetch_add(1, Relaxed) % LOST == LOST - 1 {
            self.met.lost.fetch_add(1, Relaxed);
            return None;
        }
        Some(answer)
    }

    async fn send(&self, request: &Request) -> Option<Answer> {
        let service = self.service(self.turn.fetch_add(1, Relaxed) % 2);
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let Ok(answer) = service.try_send(request.method, &request.path, &headers, &request.body).await else {
            self.met.cut.fetch_add(1, Relaxed);
            return None;
        };
        let sent_back = answer.header("location").contains("error=temporarily_unavailable");
        if answer.status == 503 {
            assert_ne!(answer.header("retry-after"), "", "{answer:?}");
        } else if !sent_back {
            return Some(answer);
        }
        self.met.busy.fetch_add(1, Relaxed);
        None
    }

    /// Asks until there is an answer.
    pub(crate) async fn ask(&self, request: &Request) -> Answer {
        for _ in 0..1_500 {
            if let Some(answer) = self.ask_once(request).await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no answer to {request:?}");
    }

    /// Asks two of them at once.
    pub(crate) async fn ask_both(&self, request: &Request) -> [Option<Answer>; 2] {
        tokio::join!(self.send(request), self.send(request)).into()
    }
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { method: "GET", path, headers: Vec::new(), body: String::new() }
    }

    pub(crate) fn post(path: &str, form: &Fields) -> Self {
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Self { method: "POST", path: path.to_owned(), headers, body: form.encode() }
    }

    pub(crate) fn token(client: Relying, form: &Fields) -> Self {
        let (authorization, form) = client.authenticate(form);
        let request = Self::post("/token", &form);
        match authorization {
            Some(authorization) => request.with("authorization", authorization),
            None => request,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

fn start(door: Door, folder: &TempDir, flags: &[String]) -> Service {
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    Service::in_folder(door, folder.path(), &flags)
}
