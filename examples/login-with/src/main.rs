//! An axum service with a login of its own that mounts an OAuth 2.1 authorization server.

mod app;
mod handlers;
mod routes;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::http::StatusCode;
use login_with_host::{PATIENCE, Started};
use login_with_story::{Role, captured};
use tower_http::timeout::TimeoutLayer;

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
        // What is written down is read first: that has its time too.
        let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE);
        app = captured(app, &traffic, Role::Provider).layer(timeout);
    }
    let listener = tokio::net::TcpListener::from_std(started.listener)?;
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(stop);
    tokio::select! {
        ended = async { server.await } => ended,
        () = overdue => Ok(()),
    }
}
