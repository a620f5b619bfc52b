//! A provider to tell the story with: the smallest host of `grantor`, on ports of its own, and the story around it.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, FromRef, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, post};
use grantor::tower::{Authorize, routes};
use grantor::{AuthorizationServer, Client, ClientSecret, Login, Next, Reply};
use login_with_story::{Config, Places, Role, Stage, Thief, Traffic, captured};
use time::OffsetDateTime;
use tower_http::cors::CorsLayer;

pub type Fault = Box<dyn Error + Send + Sync>;
pub const SECRET: &str = "a-secret-that-nobody-should-ever-see";

/// A running story.
pub struct Running {
    pub issuer: String,
    pub places: Places,
    pub traffic: Traffic,
    pub web: reqwest::Client,
    pub thief: Thief,
}

#[derive(Clone)]
struct Host {
    server: AuthorizationServer,
    sessions: Arc<Mutex<BTreeMap<String, OffsetDateTime>>>,
}

impl FromRef<Host> for AuthorizationServer {
    fn from_ref(host: &Host) -> Self {
        host.server.clone()
    }
}

impl Host {
    fn login(&self, headers: &HeaderMap) -> Option<Login> {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let id = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session="))?;
        let began = *self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(id)?;
        Some(Login::new("alice", id, began))
    }
}

pub async fn run() -> Result<Running, Fault> {
    let provider = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", provider.local_addr()?);
    let stage = Stage::bind(0)?;
    let mut web_app = Client::confidential("web-app", ClientSecret::sha256_of(SECRET)).native().refresh_tokens();
    for uri in stage.web_app_redirect_uris() {
        web_app = web_app.redirect_uri(uri);
    }
    let mut spa = Client::public("spa").refresh_tokens();
    for uri in stage.spa_redirect_uris() {
        spa = spa.redirect_uri(uri);
    }
    let server = AuthorizationServer::builder(&issuer)
        .client(web_app.build()?)
        .client(spa.build()?)
        .scope("profile", "See your name")
        .scope("mail.read", "Read your mail")
        .retry_window(Duration::from_secs(1))
        .build()?;
    let traffic = Traffic::new();
    let host = captured(host(server.clone(), stage.spa_origin())?, &traffic, Role::Provider);
    tokio::spawn(async move { axum::serve(provider, host).await });
    let config = Config::new(&server, ("web-app", SECRET), "spa", ("alice", "alice"), &traffic);
    let story = stage.start(config)?;
    let (places, thief) = (story.places.clone(), story.thief.clone());
    tokio::spawn(story.serve(std::future::pending()));
    let web = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build()?;
    Ok(Running { issuer, places, traffic, web, thief })
}

fn host(server: AuthorizationServer, spa: &str) -> Result<Router, Fault> {
    let cors = CorsLayer::new().allow_origin(HeaderValue::from_str(spa)?);
    let state = Host { server: server.clone(), sessions: Arc::default() };
    let app = Router::new()
        .route(server.authorize_path(), any(authorize))
        .route("/consent", post(consent))
        .route("/login", post(log_in))
        .with_state(state);
    Ok(routes(&server).fold(app, |app, (path, service)| app.route_service(&path, service)).layer(cors))
}

async fn authorize(State(host): State<Host>, headers: HeaderMap, Authorize(pending): Authorize) -> Result<Response, Reply> {
    Ok(match pending.next(host.login(&headers)).await? {
        Next::LogIn(return_to) => {
            form("login", "return_to", return_to.as_str(), "<input name=\"username\"><input name=\"password\">")
        }
        Next::Ask(question) => {
            let parked = question.park().await?;
            let boxes = "<input type=\"checkbox\" name=\"scope\" value=\"profile\" checked>";
            form("consent", "ticket", parked.ticket(), boxes)
        }
        Next::Answer(reply) => reply.into_response(),
    })
}

fn form(action: &str, name: &str, value: &str, more: &str) -> Response {
    let value = value.replace('&', "&amp;").replace('"', "&quot;");
    let hidden = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    Html(format!("<form method=\"post\" action=\"/{action}\">{hidden}{more}</form>")).into_response()
}

async fn log_in(State(host): State<Host>, Form(form): Form<BTreeMap<String, String>>) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let Some(return_to) = host.server.return_to(field("return_to")) else { return StatusCode::BAD_REQUEST.into_response() };
    if (field("username"), field("password")) != ("alice", "alice") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut sessions = host.sessions.lock().unwrap_or_else(PoisonError::into_inner);
    let id = format!("session-{}", sessions.len());
    let cookie = format!("session={id}; HttpOnly; SameSite=Lax; Path=/");
    sessions.insert(id, OffsetDateTime::now_utc());
    ([(header::SET_COOKIE, cookie)], Redirect::to(return_to.as_str())).into_response()
}

async fn consent(
    State(host): State<Host>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Reply> {
    let is_ours = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let Some(login) = host.login(&headers).filter(|_| is_ours) else {
        return Ok((StatusCode::FORBIDDEN, "Another site sent this form").into_response());
    };
    let question = host.server.resume(field("ticket"), &login).await?;
    Ok(match field("decision") {
        "allow" => question.approve_all().await.into_response(),
        _ => question.deny().await.into_response(),
    })
}

impl Running {
    /// A page, and its answer.
    pub async fn get(&self, place: &str) -> Result<(reqwest::StatusCode, HeaderMap, String), Fault> {
        let answer = self.web.get(place).send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok((status, headers, answer.text().await?))
    }

    /// A form, and where its answer leads.
    pub async fn post(&self, place: &str, fields: &[(&str, &str)]) -> Result<String, Fault> {
        Ok(location(&self.web.post(place).form(fields).send().await?))
    }

    /// Logs in at the web app as a browser would, up to the provider's answer: the address of the callback.
    pub async fn log_in(&self, style: &str, decision: &str) -> Result<String, Fault> {
        let link = location(&self.web.get(format!("{}/login?style={style}", self.places.web_app)).send().await?);
        let mut page = self.web.get(&link).send().await?.text().await?;
        if let Some(return_to) = hidden(&page, "return_to") {
            let fields = [("return_to", return_to.as_str()), ("username", "alice"), ("password", "alice")];
            self.post(&format!("{}/login", self.issuer), &fields).await?;
            page = self.web.get(&link).send().await?.text().await?;
        }
        let ticket = hidden(&page, "ticket").ok_or("no consent form")?;
        self.post(&format!("{}/consent", self.issuer), &[("ticket", ticket.as_str()), ("decision", decision)]).await
    }
}

pub fn location(answer: &reqwest::Response) -> String {
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok());
    place.unwrap_or_default().to_owned()
}

fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split_once('"')?.0.replace("&amp;", "&"))
}
