//! An axum service with a login of its own that mounts an OAuth 2.1 authorization server.

mod app;
mod handlers;
mod routes;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use login_with_host::Started;
use login_with_story::{Role, captured};

#[tokio::main]
async fn main() -> ExitCode {
    let started = match login_with_host::start().await {
        Ok(started) => started,
        Err(status) => return status,
    };
    match serve(started).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            tracing::error!(%fault, "cannot serve");
            ExitCode::FAILURE
        }
    }
}

async fn serve(mut started: Started) -> io::Result<()> {
    let (stop, overdue) = (login_with_host::stop_signal()?, login_with_host::overdue()?);
    started.announce();
    let traffic = started.tell()?;
    let mut app = routes::routes(started.host);
    if let Some(traffic) = traffic {
        app = captured(app, &traffic, Role::Provider);
    }
    let listener = tokio::net::TcpListener::from_std(started.listener)?;
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop);
    tokio::select! {
        ended = async { server.await } => ended,
        () = overdue => Ok(()),
    }
}
