//! A built example as a child process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use rustix::process::{Pid, Signal, kill_process};

use crate::{Answer, Door, Fields};

/// The flag for a second person, whose password has colons. (Each one costs every start a slow hash.)
pub const BOB: [&str; 2] = ["--user", "bob:with:colons"];

/// The clients every service of these tests knows, unless a test brings its own file.
pub const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/clients.json");

const STANDARD: &[&str] = &[
    "--clients",
    CLIENTS,
    "--user",
    "alice:correct horse",
    "--scope",
    "profile=See your name",
    "--scope",
    "mail.read=Read your mail",
    "--scope",
    "calendar=See your calendar",
];

pub(crate) static HTTP: LazyLock<reqwest::Client> =
    LazyLock::new(|| reqwest::Client::builder().redirect(Policy::none()).no_proxy().pool_max_idle_per_host(0).build().unwrap());

/// A running example; it ends with this value.
#[derive(Debug)]
pub struct Service {
    child: Child,
    output: Arc<Mutex<String>>,
    /// `http://127.0.0.1:PORT`, where it listens.
    pub base: String,
    /// The issuer identifier it was started with.
    pub issuer: String,
}

/// How a program that did not stay up ended.
#[derive(Debug)]
pub struct Exit {
    /// Its exit code.
    pub code: Option<i32>,
    /// Everything it printed.
    pub output: String,
}

impl Service {
    /// The example with the clients, users and scopes of these tests.
    pub fn start(door: Door) -> Self {
        Self::with(door, &[])
    }

    /// The same with more flags.
    pub fn with(door: Door, flags: &[&str]) -> Self {
        Self::bare(door, &[STANDARD, flags].concat())
    }

    /// The example with exactly these flags, on a free port.
    pub fn bare(door: Door, flags: &[&str]) -> Self {
        Self::spawn(door, flags, &[])
    }

    /// The same, with variables added to its environment.
    pub fn spawn(door: Door, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(door.program())
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            .env_remove("RUST_LOG")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let output = Arc::default();
        let (ready, waiting) = channel();
        follow(child.stdout.take().unwrap(), &output, Some(ready));
        follow(child.stderr.take().unwrap(), &output, None);
        let Ok(base) = waiting.recv_timeout(Duration::from_secs(30)) else {
            let _ = child.kill();
            panic!("{door:?} {flags:?} is not ready: {}", output.lock().unwrap());
        };
        let issuer = flags.windows(2).find(|pair| pair[0] == "--issuer").map_or(base.clone(), |pair| pair[1].to_owned());
        Self { child, output, base, issuer }
    }

    /// Runs the example with flags it must refuse, to its end.
    pub fn refuses(door: Door, flags: &[&str]) -> Exit {
        let mut child = Command::new(door.program())
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let output = Arc::default();
        let readers = [follow(child.stdout.take().unwrap(), &output, None), follow(child.stderr.take().unwrap(), &output, None)];
        let status = wait(&mut child, Duration::from_secs(10));
        let _ = child.kill();
        let _ = child.wait();
        for reader in readers {
            reader.join().unwrap();
        }
        Exit { code: status.and_then(|status| status.code()), output: output.lock().unwrap().clone() }
    }

    /// Asks it to end, and waits for it.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        wait(&mut self.child, Duration::from_secs(10))
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// The path of an endpoint, below the path of the issuer.
    pub fn path(&self, endpoint: &str) -> String {
        let issuer: http::Uri = self.issuer.parse().unwrap();
        format!("{}/{endpoint}", issuer.path().trim_end_matches('/'))
    }

    /// The local URL, path and query, of an authorization request.
    pub fn authorize_url(&self, request: &Fields) -> String {
        format!("{}?{}", self.path("authorize"), request.encode())
    }

    /// Sends one request; nothing is followed, nothing remembered.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = HTTP.request(method.parse().unwrap(), format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("a whole body");
        Answer::new(format!("{method} {path}"), &self.issuer, status, headers, &body)
    }

    /// A GET of a local path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// An authorization request of a browser that is not logged in.
    pub async fn authorize(&self, request: &Fields) -> Answer {
        self.get(&self.authorize_url(request)).await
    }

    /// A token request; `authorization` is the whole header when there is one.
    pub async fn token(&self, authorization: Option<&str>, form: &Fields) -> Answer {
        self.token_text(authorization, &form.encode()).await
    }

    /// A token request whose body is written by hand.
    pub async fn token_text(&self, authorization: Option<&str>, body: &str) -> Answer {
        let mut headers = vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        headers.extend(authorization.map(|value| (AUTHORIZATION.as_str(), value)));
        self.send("POST", &self.path("token"), &headers, body).await
    }

    /// Calls the protected API with a bearer token.
    pub async fn api(&self, path: &str, token: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {token}"))], "").await
    }

    /// Whether the API still takes this token.
    pub async fn is_alive(&self, token: &str) -> bool {
        match self.api("/userinfo", token).await.status {
            200 => true,
            401 => false,
            other => panic!("/userinfo answered {other}"),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Asked first: a program that is killed leaves no coverage profile.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if wait(&mut self.child, Duration::from_secs(2)).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("our own child") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

fn follow(
    stream: impl Read + Send + 'static,
    output: &Arc<Mutex<String>>,
    ready: Option<Sender<String>>,
) -> thread::JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let (Some(ready), Some(base)) = (&ready, line.strip_prefix("listening on ")) {
                let _ = ready.send(base.trim().to_owned());
            }
            let mut output = output.lock().unwrap();
            output.push_str(&line);
            output.push('\n');
        }
    })
}
