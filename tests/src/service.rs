//! A built example as a child process.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::LazyLock;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use tempfile::TempDir;

use crate::process::Process;
use crate::{Answer, Door, Fields};

/// The flag for a second person, whose password has colons. (Each one costs every start a slow hash.)
pub const BOB: [&str; 2] = ["--user", "bob:with:colons"];

/// The clients every service of these tests knows, unless a test brings its own file.
pub const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/clients.json");

/// A test asks more often than any address should, but for those that are about just this.
const STANDARD: &[&str] = &[
    "--no-rate-limit",
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
    process: Process,
    #[expect(dead_code, reason = "where it runs, removed with it")]
    folder: Option<TempDir>,
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

    /// The example with exactly these flags, on a free port, and on a store in memory unless they name one.
    pub fn bare(door: Door, flags: &[&str]) -> Self {
        Self::spawn(door, flags, &[])
    }

    /// The same, with variables added to its environment.
    pub fn spawn(door: Door, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let service = Self::serve(door, folder.path(), &with_store(flags), environment);
        Self { folder: Some(folder), ..service }
    }

    /// The example as [`with`](Self::with), in this folder, and on the store that it takes by itself unless the flags name one.
    pub fn in_folder(door: Door, folder: &Path, flags: &[&str]) -> Self {
        Self::serve(door, folder, &[STANDARD, flags].concat(), &[])
    }

    /// Runs the example with flags it must refuse, to its end.
    pub fn refuses(door: Door, flags: &[&str]) -> Exit {
        let folder = TempDir::new().unwrap();
        let (code, output) = Process::run(&mut command(door, folder.path(), &with_store(flags)));
        Exit { code, output }
    }

    fn serve(door: Door, folder: &Path, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let issuer = flags.windows(2).find(|pair| pair[0] == "--issuer").map(|pair| pair[1]);
        Self::running(command(door, folder, flags).envs(environment.iter().copied()), issuer)
    }

    /// Any example that says where it listens; it is its own issuer unless there is another.
    pub(crate) fn running(command: &mut Command, issuer: Option<&str>) -> Self {
        let (process, base) = Process::serve(command);
        let base = base.unwrap_or_else(|| panic!("{command:?} is not ready: {}", process.output()));
        let issuer = issuer.unwrap_or(&base).to_owned();
        Self { process, folder: None, base, issuer }
    }

    /// Asks it to end, and waits for it.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.process.stop()
    }

    /// Ends it as a crash would, at once.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Ends it: everything it printed.
    pub fn end(mut self) -> String {
        self.process.end()
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        self.process.output()
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
        self.try_send(method, path, headers, body).await.expect("an answer")
    }

    /// The same, where the answer may get lost.
    pub async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = HTTP.request(method.parse().unwrap(), format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.to_owned()).send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await?;
        Ok(Answer::new(format!("{method} {path}"), &self.issuer, status, headers, &body))
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
        self.post("token", authorization, body).await
    }

    /// A form for an endpoint, written by hand.
    pub async fn post(&self, endpoint: &str, authorization: Option<&str>, body: &str) -> Answer {
        let mut headers = vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        headers.extend(authorization.map(|value| (AUTHORIZATION.as_str(), value)));
        self.send("POST", &self.path(endpoint), &headers, body).await
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

fn command(door: Door, folder: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(door.program());
    command.args(["--listen", "127.0.0.1:0"]).args(flags).current_dir(folder).env_remove("RUST_LOG");
    command
}

fn with_store<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    let store: &[&str] = if flags.contains(&"--store") { &[] } else { &["--store", "memory"] };
    [store, flags].concat()
}
