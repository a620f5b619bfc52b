//! A file, or a server of the test's own on a free loopback port.

use std::fs::{read_dir, read_to_string};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection as _, Row as _};
use tempfile::TempDir;

use super::until;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    Redis,
}

/// Started for one test. It ends with this value.
pub(crate) struct Database {
    kind: Kind,
    folder: TempDir,
    port: u16,
    server: Mutex<Option<Child>>,
}

impl Database {
    pub(crate) async fn start(kind: Kind) -> Self {
        let folder = tempfile::Builder::new().prefix("grantor-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let database = Self { kind, folder, port, server: Mutex::default() };
        if kind == Kind::Postgres {
            database.initialize();
        }
        database.start_again().await;
        database
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What `--store` wants.
    pub(crate) fn flag(&self) -> String {
        self.flag_by(self.port)
    }

    /// The same by way of another port.
    pub(crate) fn flag_by(&self, port: u16) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite:{}", self.path("grants.db").display()),
            Kind::Postgres => format!("postgres://test:no-password-needed@127.0.0.1:{port}/postgres?sslmode=disable"),
            Kind::Redis => format!("redis://127.0.0.1:{port}/"),
        }
    }

    /// Ends the server as a crash would; what it acknowledged must be there afterwards. A file stays as it is.
    pub(crate) fn crash(&self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            // PostgreSQL ends its children with it at QUIT and writes nothing any more.
            let signal = if self.kind == Kind::Postgres { Signal::QUIT } else { Signal::KILL };
            kill_process(Pid::from_child(&server), signal).unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts the server on what it kept, and waits until it answers.
    pub(crate) async fn start_again(&self) {
        let port = self.port.to_string();
        let mut command = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => {
                let mut command = as_postgres(&binary("postgres"));
                command.args(["-D".into(), self.path("data")]).args(["-p", &port, "-c", "listen_addresses=127.0.0.1"]);
                command.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=60"]);
                command
            }
            Kind::Redis => {
                let mut command = Command::new("redis-server");
                command.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]);
                command.args(["--appendonly", "yes", "--appendfsync", "always"]);
                command
            }
        };
        let command = command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("these tests start servers of their own: install PostgreSQL and Redis");
        *self.server.lock().unwrap() = Some(child);
        until("the server answers", async || self.answers().await).await;
    }

    /// It takes connections and answers nothing.
    pub(crate) fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    /// It answers and takes no write, or takes writes again.
    pub(crate) async fn refuse_writes(&self, refuse: bool) {
        match self.kind {
            Kind::Sqlite => unreachable!("a file has no such switch"),
            Kind::Postgres => {
                let switch = if refuse { "on" } else { "off" };
                let mut connection = self.connect().await;
                for statement in [
                    "SET default_transaction_read_only = off".to_owned(),
                    format!("ALTER SYSTEM SET default_transaction_read_only = {switch}"),
                    "SELECT pg_reload_conf()".to_owned(),
                ] {
                    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
                }
            }
            Kind::Redis => {
                let primary = if refuse { ["127.0.0.1", "1"] } else { ["NO", "ONE"] };
                self.ask::<()>(redis::cmd("REPLICAOF").arg(&primary)).await.unwrap();
            }
        }
    }

    /// Every octet that it keeps for the services.
    pub(crate) async fn dump(&self) -> Vec<u8> {
        match self.kind {
            Kind::Sqlite => {
                let files = read_dir(self.folder.path()).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
                files.collect::<Vec<_>>().concat()
            }
            Kind::Postgres => self.dump_rows().await,
            Kind::Redis => self.dump_keys().await,
        }
    }

    async fn dump_rows(&self) -> Vec<u8> {
        let (mut connection, mut dump) = (self.connect().await, Vec::new());
        let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
        for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
            let rows = format!("SELECT CAST(row_to_json(t) AS TEXT) FROM {} t", table.get::<String, _>(0));
            for row in sqlx::query(sqlx::AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap() {
                let row = row.get::<String, _>(0);
                // Octets stand there as hexadecimal digits.
                row.split("\\\\x").skip(1).for_each(|rest| dump.extend(from_hex(rest)));
                dump.extend(row.into_bytes());
            }
        }
        dump
    }

    async fn dump_keys(&self) -> Vec<u8> {
        let mut dump = Vec::new();
        for key in self.ask::<Vec<Vec<u8>>>(redis::cmd("KEYS").arg("*")).await.unwrap() {
            let kind: String = self.ask(redis::cmd("TYPE").arg(&key)).await.unwrap();
            let command = match kind.as_str() {
                "string" => "GET",
                "hash" => "HGETALL",
                "set" => "SMEMBERS",
                other => panic!("a key of type {other}"),
            };
            let value: redis::Value = self.ask(redis::cmd(command).arg(&key)).await.unwrap();
            let values = match value {
                redis::Value::BulkString(value) => vec![value],
                values => redis::from_redis_value(values).unwrap(),
            };
            dump.extend([key, values.concat()].concat());
        }
        dump
    }

    /// Holds the only lock that writers of a file can have, until it is dropped.
    pub(crate) async fn lock(&self) -> AnyConnection {
        let mut connection = self.connect().await;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
        connection
    }

    async fn connect(&self) -> AnyConnection {
        install_default_drivers();
        AnyConnection::connect(&self.flag()).await.unwrap()
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> redis::RedisResult<T> {
        let mut connection = redis::Client::open(self.flag())?.get_multiplexed_async_connection().await?;
        command.query_async(&mut connection).await
    }

    async fn answers(&self) -> bool {
        install_default_drivers();
        match self.kind {
            Kind::Sqlite => true,
            Kind::Postgres => AnyConnection::connect(&self.flag()).await.is_ok(),
            Kind::Redis => self.ask::<String>(&redis::cmd("PING")).await.is_ok(),
        }
    }

    fn initialize(&self) {
        if geteuid().is_root() {
            assert!(Command::new("chown").arg("postgres").arg(self.folder.path()).status().unwrap().success());
        }
        let mut command = as_postgres(&binary("initdb"));
        command.args(["-D".into(), self.path("data")]).args([
            "-U",
            "test",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]);
        let output = command.current_dir(self.folder.path()).output().expect("initdb");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn signal_all(&self, signal: Signal) {
        let server = self.server.lock().unwrap();
        let server = Pid::from_child(server.as_ref().unwrap());
        kill_process(server, signal).unwrap();
        let id = server.as_raw_nonzero();
        for child in read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap().split_whitespace() {
            // One that has ended in the meantime needs no signal.
            let _ = kill_process(Pid::from_raw(child.parse().unwrap()).unwrap(), signal);
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.lock().unwrap().is_some() {
            self.thaw();
            self.crash();
        }
    }
}

/// PostgreSQL does not run as root.
fn as_postgres(program: &str) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", program]);
    command
}

/// Debian keeps PostgreSQL's own programs out of the search path.
fn binary(name: &str) -> String {
    let versions = read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    newest.map_or(name.to_owned(), |path| path.display().to_string())
}

fn from_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.map_while(|octet| octet).collect()
}
