//! The three ways to mount, on actix-web.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use actix_web::{
    App, HttpMessage as _,
    dev::{Service, ServiceResponse},
    http::{Method, StatusCode},
    test::{TestRequest, init_service},
    web::{self, Data},
};
use grantor_actix::{Answer, Authorize, Peer, endpoints, routes, well_known};
use grantor_core::{AuthorizationServer, Client, RateLimits};

fn server(issuer: &str) -> AuthorizationServer {
    let client = Client::public("app").redirect_uri("https://app.example/cb").build().unwrap();
    AuthorizationServer::builder(issuer).mount("/oauth").client(client).scope("profile", "Your name").build().unwrap()
}

async fn authorize(Authorize(_pending): Authorize) -> Result<&'static str, Answer> {
    Ok("the host decides")
}

/// What every mount of this server must answer.
async fn assert_mounted(app: impl Service<actix_http::Request, Response = ServiceResponse, Error = actix_web::Error>) {
    for (method, uri, expected) in [
        (Method::POST, "/oauth/token", StatusCode::BAD_REQUEST),
        (Method::GET, "/oauth/token", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/oauth/token/", StatusCode::NOT_FOUND),
        (Method::POST, "/token", StatusCode::NOT_FOUND),
        (Method::GET, "/oauth/authorize", StatusCode::BAD_REQUEST),
        (Method::HEAD, "/oauth/authorize", StatusCode::BAD_REQUEST),
        (Method::DELETE, "/oauth/authorize", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/.well-known/oauth-authorization-server/t", StatusCode::OK),
        (Method::GET, "/t/.well-known/oauth-authorization-server", StatusCode::OK),
        (Method::PUT, "/t/.well-known/oauth-authorization-server", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/.well-known/oauth-authorization-server", StatusCode::NOT_FOUND),
        (Method::GET, "/.well-known/openid-configuration", StatusCode::NOT_FOUND),
        (Method::GET, "/own", StatusCode::OK),
    ] {
        let request = TestRequest::default().method(method.clone()).uri(uri).to_request();
        let status = match app.call(request).await {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        assert_eq!(status, expected, "{method} {uri}");
    }
}

/// MD-02, MD-04, TH-36
#[actix_web::test]
async fn absolute_routes_live_beside_the_hosts_own() {
    let server = server("https://id.example/t");
    let app = App::new()
        .app_data(Data::new(server.clone()))
        .route(server.authorize_path(), web::route().to(authorize))
        .configure(routes(&server))
        .route("/own", web::get().to(|| async { "own" }));
    assert_mounted(init_service(app).await).await;
}

/// MD-02, TH-36
#[actix_web::test]
async fn a_scope_takes_the_endpoints_and_the_root_the_metadata() {
    let server = server("https://id.example/t");
    let scope =
        web::scope("/oauth").route(server.authorize_path_in_mount(), web::route().to(authorize)).configure(endpoints(&server));
    let app = App::new()
        .app_data(Data::new(server.clone()))
        .service(scope)
        .configure(well_known(&server))
        .route("/own", web::get().to(|| async { "own" }));
    assert_mounted(init_service(app).await).await;
}

/// TH-38, TK-18
#[actix_web::test]
async fn only_the_address_that_the_host_tells_counts() {
    let client = Client::public("app").redirect_uri("https://app.example/cb").build().unwrap();
    let limits = RateLimits::default().token_requests(1, Duration::from_secs(3_600));
    let server = AuthorizationServer::builder("https://id.example").client(client).scope("profile", "Your name");
    let server = server.rate_limits(limits).build().unwrap();
    let app = init_service(App::new().configure(routes(&server))).await;
    let ip = [192, 0, 2, 1];
    for (told, expected) in [
        (false, StatusCode::BAD_REQUEST),
        (false, StatusCode::BAD_REQUEST),
        (true, StatusCode::BAD_REQUEST),
        (true, StatusCode::TOO_MANY_REQUESTS),
    ] {
        let request = TestRequest::post().uri("/token").peer_addr((ip, 4_000).into()).to_request();
        if told {
            request.extensions_mut().insert(Peer(ip.into()));
        }
        assert_eq!(app.call(request).await.unwrap().status(), expected, "told: {told}");
    }
}
