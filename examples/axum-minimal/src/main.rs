//! The smallest honest host on axum: one person (alice, password alice), one client, two pages.
//! `login.rs` is what a service has already: who is logged in.
#![expect(clippy::print_stdout, reason = "one line says where it listens")]

mod login;
mod pages;

use std::error::Error;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Router, serve};
use grantor::tower::{Access, Authorize, RequireToken, routes};
use grantor::{AuthorizationServer, Client, Needed, Next, Reply};
use login::{Session, log_in};
use pages::{ConsentPage, LoginPage, page};

// README:begin
async fn authorize(session: Session, Authorize(pending): Authorize) -> Result<Response, Reply> {
    Ok(match pending.next(session.login()).await? {
        Next::LogIn(return_to) => page(&LoginPage { return_to: return_to.as_str() }),
        Next::Ask(question) => page(&ConsentPage { parked: question.park().await? }),
        Next::Answer(reply) => reply.into_response(),
    })
}

async fn consent(
    session: Session,
    State(server): State<AuthorizationServer>,
    Form(answer): Form<Answer>,
) -> Result<Response, Reply> {
    let Some(login) = session.login() else {
        return Ok((StatusCode::BAD_REQUEST, "Your login is over: start again").into_response());
    };
    let question = server.resume(&answer.ticket, &login).await?;
    let reply = match answer.decision {
        Decision::Allow => question.approve_all().await,
        Decision::Deny => question.deny().await,
    };
    Ok(reply.into_response())
}

async fn userinfo(access: Access) -> String {
    access.subject().map_or("You are an app".to_owned(), |person| format!("You are {person}"))
}

fn app(server: AuthorizationServer) -> Result<Router, Box<dyn Error>> {
    let profile = RequireToken::new(&server.guard(), Needed::all_of(["profile"])?);
    let app = Router::new()
        .route(server.authorize_path(), any(authorize))
        .route("/consent", post(consent))
        .route("/login", post(log_in))
        .route("/userinfo", get(userinfo).layer(profile))
        .with_state(server.clone());
    Ok(routes(&server).fold(app, |app, (path, service)| app.route_service(&path, service)))
}
// README:end

#[derive(serde::Deserialize)]
struct Answer {
    ticket: String,
    decision: Decision,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Allow,
    Deny,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let client = Client::public("demo-public").redirect_uri("http://127.0.0.1/callback").build()?;
    let server = AuthorizationServer::builder(&issuer).client(client).scope("profile", "See your name");
    println!("listening on {issuer}");
    Ok(serve(listener, app(server.build()?)?).await?)
}
