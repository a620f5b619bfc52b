//! The three ways to mount, on axum.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::{Router, body::Body, extract::State, response::IntoResponse, routing::any};
use grantor_core::{AuthorizationServer, Client, Reply};
use grantor_tower::{Authorize, endpoints, routes, well_known};
use http::{Request, StatusCode};
use tower::ServiceExt;

fn server(issuer: &str) -> AuthorizationServer {
    let client = Client::public("app").redirect_uri("https://app.example/cb").build().unwrap();
    AuthorizationServer::builder(issuer).mount("/oauth").client(client).scope("profile", "Your name").build().unwrap()
}

async fn authorize(State(_): State<AuthorizationServer>, Authorize(_pending): Authorize) -> Result<&'static str, Reply> {
    Ok("the host decides")
}

async fn status(app: &Router, method: &str, uri: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.into_response().status()
}

/// What every mount of this server must answer.
async fn assert_mounted(app: Router) {
    for (method, uri, expected) in [
        ("POST", "/oauth/token", StatusCode::BAD_REQUEST),
        ("GET", "/oauth/token", StatusCode::METHOD_NOT_ALLOWED),
        ("POST", "/oauth/token/", StatusCode::NOT_FOUND),
        ("POST", "/token", StatusCode::NOT_FOUND),
        ("GET", "/oauth/authorize", StatusCode::BAD_REQUEST),
        ("HEAD", "/oauth/authorize", StatusCode::BAD_REQUEST),
        ("DELETE", "/oauth/authorize", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/.well-known/oauth-authorization-server/t", StatusCode::OK),
        ("GET", "/t/.well-known/oauth-authorization-server", StatusCode::OK),
        ("PUT", "/t/.well-known/oauth-authorization-server", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/.well-known/oauth-authorization-server", StatusCode::NOT_FOUND),
        ("GET", "/.well-known/openid-configuration", StatusCode::NOT_FOUND),
        ("GET", "/own", StatusCode::OK),
    ] {
        assert_eq!(status(&app, method, uri).await, expected, "{method} {uri}");
    }
}

/// MD-02, MD-04, TH-36
#[tokio::test]
async fn absolute_routes_live_beside_the_hosts_own() {
    let server = server("https://id.example/t");
    let app = Router::new().route(server.authorize_path(), any(authorize)).with_state(server.clone());
    let app = routes(&server).fold(app, |app, (path, service)| app.route_service(&path, service));
    assert_mounted(app.route("/own", any(|| async { "own" }))).await;
}

/// MD-02, TH-36
#[tokio::test]
async fn a_nested_router_takes_the_endpoints_and_the_root_the_metadata() {
    let server = server("https://id.example/t");
    let nested = Router::new().route(server.authorize_path_in_mount(), any(authorize)).with_state(server.clone());
    let nested = endpoints(&server).fold(nested, |app, (path, service)| app.route_service(&path, service));
    let app = Router::new().nest("/oauth", nested);
    let app = well_known(&server).fold(app, |app, (path, service)| app.route_service(&path, service));
    assert_mounted(app.route("/own", any(|| async { "own" }))).await;
}
