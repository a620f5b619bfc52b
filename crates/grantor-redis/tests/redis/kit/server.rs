use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{ask, until};

/// A Redis of the test's own on a free loopback port. It ends with the value.
pub(crate) struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
    settings: Vec<String>,
}

impl Server {
    /// Starts one that keeps nothing on disk unless the settings say so, and waits until it answers.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        let server = Self::start_unready(settings);
        server.answers().await;
        server
    }

    fn start_unready(settings: &[&str]) -> Self {
        let port = free_port();
        let folder = tempfile::Builder::new().prefix("grantor-redis-").tempdir().unwrap();
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let child = spawn(port, &folder, &settings);
        Self { child, port, folder, settings }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        ask(&self.url(), words).await.unwrap()
    }

    /// Makes it a replica of another, and waits until it confirms what it gets: before its first confirmation nothing is sent.
    pub(crate) async fn follow(&self, primary: &Server) {
        self.ask::<()>(&["REPLICAOF", "127.0.0.1", &primary.port.to_string()]).await;
        primary.ask::<()>(&["SET", "a write to confirm", "1"]).await;
        until("a replica is in step", async || {
            let info = primary.ask::<String>(&["INFO", "replication"]).await;
            let line = info.lines().find(|line| line.starts_with("slave0:"));
            line.is_some_and(|line| line.contains("state=online") && !line.contains("offset=0,"))
        })
        .await;
    }

    /// Ends it as a crash would.
    pub(crate) fn crash(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again in the same place, with what it kept, and does not wait for it.
    pub(crate) fn start_again(&mut self, more: &[&str]) {
        self.settings.extend(more.iter().map(|setting| (*setting).to_owned()));
        self.child = spawn(self.port, &self.folder, &self.settings);
    }

    pub(crate) async fn answers(&self) {
        until("Redis answers", async || !matches!(ask::<String>(&self.url(), &["PING"]).await, Err(e) if e.is_io_error())).await;
    }

    /// Lets it stand still: it takes connections and answers nothing.
    pub(crate) fn freeze(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub(crate) fn thaw(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(port: u16, folder: &TempDir, settings: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--repl-diskless-sync-delay", "0"]);
    command.args(settings).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("TEST_REDIS_URL is set, and these tests start a redis-server of their own: install one")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
