//! An actix-web service with a login of its own that mounts an OAuth 2.1 authorization server.

mod app;
mod capture;
mod handlers;
mod routes;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorRequestTimeout;
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::{System, spawn, time::timeout};
use actix_web::{App, Error, HttpMessage as _, HttpServer};
use grantor::actix::Peer;
use login_with_host::{PATIENCE, Started};

fn main() -> ExitCode {
    System::new().block_on(async {
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
    })
}

async fn serve(mut started: Started) -> io::Result<()> {
    let stop = login_with_host::stop_signal()?;
    started.announce();
    let traffic = started.tell()?;
    let host = started.host;
    let app = move || {
        let (host, traffic) = (Arc::clone(&host), traffic.clone());
        let app = App::new().wrap(from_fn(move |request, next| capture::capture(traffic.clone(), request, next)));
        app.wrap(from_fn(with_peer)).wrap(from_fn(patient)).configure(routes::routes(host))
    };
    let server = HttpServer::new(app).disable_signals().shutdown_timeout(5).listen(started.listener)?.run();
    let handle = server.handle();
    spawn(async move {
        stop.await;
        handle.stop(true).await;
    });
    server.await
}

/// Tells the library who sent the request, as far as the connection knows.
async fn with_peer<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if let Some(address) = request.peer_addr() {
        request.extensions_mut().insert(Peer(address.ip()));
    }
    next.call(request).await
}

async fn patient<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    timeout(PATIENCE, next.call(request)).await.unwrap_or_else(|_| Err(ErrorRequestTimeout("")))
}
