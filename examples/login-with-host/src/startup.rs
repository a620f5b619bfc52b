//! From flags to a host that is ready to serve, and the end of it.

use std::io::{self, Write};
use std::net::{TcpListener, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use login_with_story::Traffic;
use tracing_subscriber::EnvFilter;

use crate::flags::{Flags, ReportFormat};
use crate::host::Host;
use crate::setup::build;
use crate::store::{Place, Store};
use crate::story;

/// How long a request may take, its body included: whoever sends it byte by byte holds nothing for long.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What a door needs to serve.
pub struct Started {
    /// The host.
    pub host: Arc<Host>,
    /// Bound, listening, and not blocking.
    pub listener: TcpListener,
    story: Option<login_with_story::Started>,
}

/// Reads the flags, binds, connects to the store, and builds the host. A fault is told on stderr; it ends with status 2,
/// or 1 when it is the store's. With `--report` it ends with status 0, and nothing was opened.
pub async fn start() -> Result<Started, ExitCode> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let mut flags = Flags::parse();
    if let Some(format) = flags.report {
        return Err(report(&flags, format));
    }
    let listener = listen(&flags.listen).map_err(|fault| refuse(&[format!("--listen {}: {fault}", flags.listen)]))?;
    let address = listener.local_addr().map_err(|fault| refuse(&[fault.to_string()]))?;
    let place = Place::read(&flags.store).map_err(|fault| refuse(&[fault]))?;
    let store = Store::open(&place).await.map_err(|fault| give_up(&fault))?;
    let stage = story::stage(&flags, address.port()).map_err(|fault| refuse(&[fault.to_string()]))?;
    flags.allow_origin.extend(stage.iter().map(|stage| stage.spa_origin().to_owned()));
    let mut host = build(&flags, address, store.clone()).map_err(|faults| refuse(&faults))?;
    let story = stage.map(|stage| story::around(&mut host, stage)).transpose();
    let story = story.map_err(|fault| refuse(&[fault.to_string()]))?;
    tokio::spawn(store.keep_tidy());
    Ok(Started { host: Arc::new(host), listener, story })
}

fn listen(address: &str) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// What the flags come to, on stdout. Neither the port nor the store is needed for it.
fn report(flags: &Flags, format: ReportFormat) -> ExitCode {
    let label = |fault: io::Error| refuse(&[format!("--listen {}: {fault}", flags.listen)]);
    let mut addresses = match flags.listen.to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(fault) => return label(fault),
    };
    let Some(address) = addresses.next() else { return label(io::ErrorKind::AddrNotAvailable.into()) };
    let report = match build(flags, address, Store::memory()) {
        Ok(host) => host.server.report(),
        Err(faults) => return refuse(&faults),
    };
    let text = match format {
        ReportFormat::Text => report.to_string(),
        ReportFormat::Json => report.to_json() + "\n",
    };
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(faults: &[String]) -> ExitCode {
    let mut stderr = io::stderr().lock();
    for fault in faults {
        let _ = writeln!(stderr, "error: {fault}");
    }
    let _ = writeln!(stderr, "\nFor more information, try '--help'.");
    ExitCode::from(2)
}

fn give_up(fault: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: --store: {fault}");
    ExitCode::FAILURE
}

impl Started {
    /// Says where it listens, on stdout; and where the demo can be watched. Nobody has to read it.
    pub fn announce(&self) {
        let mut stdout = io::stdout().lock();
        if let Ok(address) = self.listener.local_addr() {
            let _ = writeln!(stdout, "listening on http://{address}");
        }
        if let Some(story) = &self.story {
            let words = "Watch a login as it happens, and a thief who gets nothing (log in as alice, password alice):";
            let _ = writeln!(stdout, "\n{words}\n\n  {}\n", story.link());
        }
        let _ = stdout.flush();
    }

    /// Serves the sites around the provider until a stop is asked for. What reaches the provider belongs in their log.
    pub fn tell(&mut self) -> io::Result<Option<Traffic>> {
        let Some(story) = self.story.take() else { return Ok(None) };
        let (traffic, stop) = (story.traffic(), stop_signal()?);
        tokio::spawn(async move {
            if let Err(fault) = story.serve(stop).await {
                tracing::error!(%fault, "the sites around the provider cannot be served");
            }
        });
        Ok(Some(traffic))
    }
}

/// Resolves at SIGTERM or SIGINT. The signals are caught from this call on, not only once it is awaited.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves at ctrl-c.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Resolves when a stop has been waited for long enough: open connections get no more time.
pub fn overdue() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let stop = stop_signal()?;
    Ok(async move {
        stop.await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
}
