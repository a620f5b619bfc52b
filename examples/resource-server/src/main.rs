//! An API in a process of its own. The authorization server is another process, and knows the tokens: this one asks it
//! (RFC 7662), remembers the answer for a moment, and says where tokens come from (RFC 9728).

mod api;
mod flags;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use grantor::Guard;
use grantor::introspection::{Introspection, IntrospectionFault};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::flags::Flags;

/// A wrong flag, or something that is not there now: what went wrong, and the status that it ends with.
struct Fault(u8, String);

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    match serve(&Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault(status, text)) => {
            let _ = writeln!(io::stderr(), "error: {text}");
            ExitCode::from(status)
        }
    }
}

async fn serve(flags: &Flags) -> Result<(), Fault> {
    let listener =
        TcpListener::bind(&flags.listen).await.map_err(|fault| Fault(2, format!("--listen {}: {fault}", flags.listen)))?;
    let address = listener.local_addr().map_err(broken)?;
    let (guard, apis) = (guard(flags, address).await?, flags.apis());
    refuse_taken(&guard, &apis)?;
    let (stop, overdue) = (stop().map_err(broken)?, stop().map_err(broken)?);
    let mut stdout = io::stdout();
    // Nobody has to read it.
    let _ = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
    let server = axum::serve(listener, api::routes(&guard, &apis)).with_graceful_shutdown(stop);
    tokio::select! {
        ended = async { server.await } => ended.map_err(broken),
        // Connections that stay open get no more time.
        () = async { overdue.await; tokio::time::sleep(Duration::from_secs(5)).await } => Ok(()),
    }
}

/// A router takes a path once.
fn refuse_taken(guard: &Guard, apis: &[flags::Api]) -> Result<(), Fault> {
    let mut taken: Vec<&str> = guard.metadata_paths().collect();
    for api in apis {
        if taken.contains(&api.path.as_str()) {
            return Err(Fault(2, format!("--api {}: this path is taken", api.path)));
        }
        taken.push(&api.path);
    }
    Ok(())
}

/// Whom to ask, and what a token must be for.
async fn guard(flags: &Flags, address: SocketAddr) -> Result<Guard, Fault> {
    let source = Introspection::builder(&flags.issuer)
        .client(&flags.client_id, &flags.client_secret)
        .keep_for(Duration::from_secs(flags.keep_for))
        .discover()
        .await
        .map_err(|error| {
            // The server may not be up yet; all else is a flag's fault.
            let later = error.faults().iter().all(|fault| matches!(fault, IntrospectionFault::Metadata(..)));
            Fault(if later { 1 } else { 2 }, format!("--issuer {}: {error}", flags.issuer))
        })?;
    let guard = Guard::asking(Arc::new(source)).name("An API elsewhere").scopes(scopes(flags));
    let guard = match &flags.resource {
        Some(resource) => guard.resource(resource),
        // The demo's server has no resources, so that its tokens are for none.
        None => guard.resource(format!("http://{address}")).tokens_without_audience(),
    };
    guard.build().map_err(|error| Fault(2, format!("--resource: {error}")))
}

fn scopes(flags: &Flags) -> Vec<String> {
    let mut scopes: Vec<String> = flags.apis().iter().flat_map(|api| api.needed.scopes().iter().map(str::to_owned)).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn broken(fault: io::Error) -> Fault {
    Fault(1, fault.to_string())
}

/// Resolves at SIGTERM or SIGINT, which are caught from this call on.
#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
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
fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
