//! Over loopback: each contender is a process of its own, asked in turn by one client with many kept-alive connections.
//!
//! Load and server share the machine, so what is told first is the processor time of the server's process.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    contenders::Name,
    cpu,
    flow::{Answer, Ask, Mode, Paths, unknown_code},
    report::{Cell, Samples, quantile},
};

/// However fast the machine is, a connection asks no more often than this in one turn.
const MOST: usize = 20_000;

/// The figures of one number of connections.
#[derive(Default)]
pub(crate) struct Figures {
    /// Microseconds of the server's processor time for each run.
    pub(crate) cpu: Samples,
    /// Microseconds that half of the runs took at most.
    pub(crate) p50: Samples,
    /// Microseconds that 99 of 100 runs took at most.
    pub(crate) p99: Samples,
}

/// The contender as a server: it tells its port, and its processor time as often as a line comes in.
pub(crate) fn serve(name: Name, hasty: bool) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        for _ in std::io::stdin().lines() {
            println!("{}", cpu::of_process().as_nanos());
        }
        std::process::exit(0);
    });
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    name.serve(listener, workers, hasty)
}

pub(crate) struct Server {
    child: Child,
    control: ChildStdin,
    told: BufReader<ChildStdout>,
    address: SocketAddr,
    paths: Paths,
}

impl Server {
    async fn start(name: Name) -> Self {
        Self::start_with(name, &[]).await
    }

    /// One of ours whose clock runs fast.
    pub(crate) async fn start_hasty(name: Name) -> Self {
        Self::start_with(name, &["--hasty"]).await
    }

    async fn start_with(name: Name, more: &[&str]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a program"));
        command.args(["serve", name.argument().as_str()]).args(more).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a process");
        let (control, told) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut told = BufReader::new(told);
        let port: u16 = line(&mut told).parse().expect("a port");
        Self { child, control, told, address: ([127, 0, 0, 1], port).into(), paths: name.paths().await }
    }

    pub(crate) async fn open(&self, mode: Mode) -> Connection {
        Connection::open(self.address, &self.paths, mode).await
    }

    /// The bytes of memory that its process holds.
    pub(crate) fn resident(&self) -> usize {
        cpu::resident(&self.child.id().to_string())
    }

    fn cpu(&mut self) -> Duration {
        self.control.write_all(b"\n").expect("a server that listens");
        Duration::from_nanos(line(&mut self.told).parse().expect("nanoseconds"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

async fn connect(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("a connection");
    tokio::spawn(connection);
    sender
}

/// One connection, and what it needs for its mode.
pub(crate) struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    paths: Paths,
    mode: Mode,
    token: String,
}

impl Connection {
    async fn open(address: SocketAddr, paths: &Paths, mode: Mode) -> Self {
        let mut own = Self { address, sender: connect(address).await, paths: paths.clone(), mode, token: String::new() };
        own.token = match mode {
            Mode::RefusedCode | Mode::UnknownClient => unknown_code(&own.code(Mode::Flow).await),
            Mode::Refresh => own.redeem().await.member("refresh_token"),
            Mode::Introspection => own.redeem().await.member("access_token"),
            Mode::Flow | Mode::Confidential | Mode::WrongVerifier | Mode::Metadata => String::new(),
        };
        own
    }

    async fn ask(&mut self, ask: &Ask) -> Answer {
        self.sender.ready().await.expect("a connection");
        Answer::read(self.sender.send_request(ask.to_http()).await.expect("an answer")).await
    }

    async fn code(&mut self, mode: Mode) -> String {
        let ask = self.paths.authorize(mode.client());
        self.ask(&ask).await.code().to_owned()
    }

    async fn redeem(&mut self) -> Answer {
        let code = self.code(self.mode).await;
        let ask = self.paths.token(self.mode, &code);
        self.ask(&ask).await
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The status that any request gets, if it gets one. A server may close the connection when it leaves a body unread, so
    /// there is a second try on a new one.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Option<u16> {
        for _ in 0..2 {
            if let Ok(answer) = self.sender.send_request(request.clone()).await {
                return Some(Answer::read(answer).await.status);
            }
            self.sender = connect(self.address).await;
        }
        None
    }

    /// One run of another mode than the connection's own.
    pub(crate) async fn run_as(&mut self, mode: Mode) {
        let own = std::mem::replace(&mut self.mode, mode);
        self.run().await;
        self.mode = own;
    }

    async fn run(&mut self) {
        let answer = match self.mode {
            Mode::Flow | Mode::Confidential | Mode::WrongVerifier => self.redeem().await,
            mode => {
                let ask = match mode {
                    Mode::Refresh => self.paths.refresh(&self.token),
                    Mode::Introspection => self.paths.introspect(&self.token),
                    Mode::Metadata => self.paths.metadata(),
                    _ => self.paths.token(mode, &self.token),
                };
                self.ask(&ask).await
            }
        };
        if !self.mode.is_answered_by(answer.status) {
            answer.complain();
        }
        if self.mode == Mode::Refresh {
            self.token = answer.member("refresh_token");
        }
    }

    /// How long each run took, in microseconds.
    async fn run_until(mut self, end: Instant) -> Vec<f64> {
        let mut took = Vec::new();
        while took.len() < MOST && Instant::now() < end {
            let begun = Instant::now();
            self.run().await;
            took.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        took
    }
}

/// Runs the contenders against each other, each for `seconds` in each mode and round.
pub(crate) async fn run(rounds: usize, seconds: f64, connections: usize, names: &[Name], modes: &[Mode]) -> Figures {
    let mut servers = BTreeMap::new();
    for name in names {
        servers.insert(*name, Server::start(*name).await);
    }
    let mut figures = Figures::default();
    for round in 0..=rounds {
        for mode in modes {
            let turn = names.iter().cycle().skip(round).take(names.len()).filter(|name| name.does(*mode));
            for name in turn {
                let server = servers.get_mut(name).expect("a server");
                let mut open = Vec::new();
                for _ in 0..connections {
                    open.push(server.open(*mode).await);
                }
                let before = server.cpu();
                let end = Instant::now() + Duration::from_secs_f64(seconds);
                let mut running: JoinSet<Vec<f64>> = open.into_iter().map(|connection| connection.run_until(end)).collect();
                let mut took = Vec::new();
                while let Some(of_one) = running.join_next().await {
                    took.extend(of_one.expect("a connection that ended well"));
                }
                let used = server.cpu() - before;
                if round > 0 {
                    let cell = Cell { name: *name, mode: *mode };
                    figures.cpu.add(cell, used.as_secs_f64() * 1e6 / took.len() as f64);
                    figures.p50.add(cell, quantile(&took, 0.5));
                    figures.p99.add(cell, quantile(&took, 0.99));
                }
            }
        }
    }
    figures
}
