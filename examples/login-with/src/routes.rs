//! Which handler answers where.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{any, get, post};
use grantor::tower::{Access, Peer, RequireToken, resource_metadata};
use login_with_host::{Host, PATIENCE, forms};
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::handlers;

/// The whole service. The authorization endpoint takes every method, because the library answers for
/// each of them; the token endpoint and the metadata are services that the library brings along.
pub(crate) fn routes(host: Arc<Host>) -> Router {
    let (server, guard) = (host.server().clone(), host.server().guard());
    let small = DefaultBodyLimit::max(forms::MOST_BYTES);
    let mut router = Router::new()
        .route(server.authorize_path(), any(handlers::authorize))
        .route("/consent", post(handlers::consent).layer(small))
        .route("/login", get(handlers::login_page).post(handlers::log_in).layer(small))
        .route("/apps", get(handlers::apps))
        .route("/apps/end", post(handlers::end_app).layer(small))
        .route("/account/close", post(handlers::close_account).layer(small))
        .route("/", get(handlers::home))
        .route("/callback", get(handlers::callback))
        .route("/style.css", get(handlers::style));
    for api in host.apis() {
        let (guarded, protected) = (RequireToken::new(&guard, api.needed.clone()), api.clone());
        let answer = get(move |access: Access| async move { handlers::protected(&protected, &access) });
        router = router.route(&api.path, answer.route_layer(guarded));
    }
    let router = router.with_state(App(host));
    let router = resource_metadata(&guard).fold(router, |router, (path, service)| router.route_service(&path, service));
    let endpoints = grantor::tower::routes(&server);
    let router = endpoints.fold(router, |router, (path, service)| router.route_service(&path, service));
    router.layer(from_fn(with_peer)).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE))
}

/// Tells the library who sent the request, as far as the connection knows.
async fn with_peer(mut request: Request, next: Next) -> Response {
    if let Some(&ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        request.extensions_mut().insert(Peer(address.ip()));
    }
    next.run(request).await
}
