//! The confidential client: a web app with a server of its own, which keeps a secret.
//!
//! - State and verifier are drawn for each request and stay on the server, under the browser's cookie.
//! - An answer whose state or issuer is not what was asked for is not taken; a state is good for one answer.
//! - After a login the browser has a new cookie.

mod landing;
mod oauth;
mod visits;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;

use crate::capture::captured;
use crate::pages::{furniture, message, page, see_other};
use crate::story::{Loot, Story};
use crate::style::Style;
use crate::traffic::Role;
use crate::walk;
use landing::Landings;
use visits::{Held, Tokens, Visit, Visits};

/// The state of the web app.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) story: Arc<Story>,
    visits: Arc<Visits>,
    landings: Arc<Landings>,
}

#[derive(Template)]
#[template(path = "web_app.html")]
struct Home<'a> {
    styles: [Style; 3],
    chosen: Style,
    name: Option<&'a str>,
    scope: &'a str,
    can_refresh: bool,
    mail: &'a [(String, String)],
    notice: Option<&'a str>,
    held: bool,
    watched: bool,
    thief: &'a str,
    spa: &'a str,
}

pub(crate) fn router(story: &Arc<Story>) -> Router {
    let app = App { story: story.clone(), visits: Arc::new(Visits::new(&story.places.web_app)), landings: Arc::default() };
    let flow = Router::new().route("/login", get(log_in)).route("/callback", get(callback)).with_state(app.clone());
    let flow = captured(flow, &story.config.traffic, Role::Client);
    Router::new()
        .route("/", get(home))
        .route("/watch", post(watch))
        .route("/go-on", post(go_on))
        .route("/refresh", post(refresh))
        .route("/mail", post(mail))
        .route("/logout", post(log_out))
        .with_state(app)
        .merge(flow)
        .merge(walk::router(story))
        .merge(furniture())
}

async fn home(
    State(App { story, visits, .. }): State<App>,
    headers: HeaderMap,
    Query(asked): Query<Vec<(String, String)>>,
) -> Response {
    let chosen = Style::chosen(&asked);
    let watched = story.intercepted.is_on();
    let show = |visit: &mut Visit| {
        let notice = visit.notice.take();
        let home = Home {
            styles: Style::ALL,
            chosen,
            name: visit.name.as_deref(),
            scope: visit.tokens.as_ref().map_or("", |tokens| tokens.scope.as_str()),
            can_refresh: visit.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some()),
            mail: visit.mail.as_deref().unwrap_or_default(),
            notice: notice.as_deref(),
            held: visit.held.is_some(),
            watched,
            thief: &story.places.thief,
            spa: &story.places.spa,
        };
        page(StatusCode::OK, &home)
    };
    let shown = visits.find(&headers).and_then(|id| visits.with(&id, show));
    shown.unwrap_or_else(|| show(&mut Visit::default()))
}

/// Sends the browser to the provider.
async fn log_in(
    State(App { story, visits, .. }): State<App>,
    headers: HeaderMap,
    Query(asked): Query<Vec<(String, String)>>,
) -> Response {
    let id = visits.find(&headers).or_else(|| visits.begin(Visit::default()));
    let Some(id) = id else { return busy() };
    let Ok((link, pending)) = oauth::request(&story, Style::chosen(&asked)) else { return busy() };
    visits.with(&id, |visit| visit.wait_for(pending));
    with_cookie(see_other(link.as_str()), &visits, &id)
}

/// The provider's answer, by way of the browser.
async fn callback(
    State(App { story, visits, landings }): State<App>,
    headers: HeaderMap,
    Query(answer): Query<Vec<(String, String)>>,
) -> Response {
    let field = |name: &str| answer.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let not_ours = || {
        let text = "It was used before, or it does not belong to a login that this browser began here. Nothing was done with it.";
        message(StatusCode::BAD_REQUEST, "This answer is not for you", text)
    };
    if field("iss") != Some(story.config.issuer.as_str()) {
        return not_ours();
    }
    if !headers.contains_key(header::COOKIE) {
        let text = "So the app cannot tell whether this answer is yours, and does not use it. Allow cookies for this site, and start again.";
        return message(StatusCode::BAD_REQUEST, "Your browser kept no cookie", text);
    }
    // A double click on the provider's page brings the same answer twice, and the first may be cut off.
    let answer = format!("{} {}", field("state").unwrap_or_default(), field("code").unwrap_or_default());
    let Some(cookie) = visits.cookie(&headers) else { return not_ours() };
    if let Some(outcome) = landings.find(&cookie, &answer) {
        return landed(outcome.await, &visits);
    }
    // Taken before it is redeemed.
    let take = |visit: &mut Visit| visit.take_pending(field("state")?);
    let id = cookie;
    let Some(pending) = visits.with(&id, take).flatten() else { return not_ours() };
    if let Some(error) = field("error") {
        visits.with(&id, |visit| visit.notice = Some(format!("The provider did not let the app in: {error}.")));
        return see_other("/");
    }
    let Some(code) = field("code") else { return not_ours() };
    let held = Held { code: code.to_owned(), verifier: pending.verifier, redirect_uri: pending.redirect_uri };
    let client_id = story.config.web_app.0.clone();
    let loot = Loot { code: held.code.clone(), client_id, redirect_uri: held.redirect_uri.clone() };
    if story.intercepted.offer(loot) {
        visits.with(&id, |visit| visit.held = Some(held));
        return see_other("/");
    }
    let outcome = landings.land(&id, &answer, finish(story, visits.clone(), id.clone(), held));
    landed(outcome.await, &visits)
}

/// Redeems the code that waited for the thief.
async fn go_on(State(App { story, visits, .. }): State<App>, headers: HeaderMap) -> Response {
    let Some(id) = visits.find(&headers).filter(|_| from_here(&headers)) else { return see_other("/") };
    match visits.with(&id, |visit| visit.held.take()).flatten() {
        Some(held) => landed(finish(story, visits.clone(), id, held).await, &visits),
        None => see_other("/"),
    }
}

/// Redeems a code: the browser's new visit, or what went wrong.
async fn finish(story: Arc<Story>, visits: Arc<Visits>, id: String, held: Held) -> Result<String, String> {
    let tokens = oauth::redeem(&story, held).await.map_err(|fault| fault.to_string())?;
    let profile = oauth::call(&story, "/userinfo", &tokens).await;
    let name = profile.ok().and_then(|profile| Some(profile.get("name")?.as_str()?.to_owned()));
    // Whoever unticked that scope is logged in all the same.
    let name = name.or_else(|| Some("somebody, whose name this app may not see".to_owned()));
    // Other tabs may still wait for their answers.
    let pending = visits.take(&id).map(|visit| visit.pending).unwrap_or_default();
    let visit = Visit { tokens: Some(tokens), name, pending, ..Visit::default() };
    visits.begin(visit).ok_or_else(|| "There are no random bits.".to_owned())
}

fn landed(outcome: Result<String, String>, visits: &Visits) -> Response {
    match outcome {
        Ok(id) => with_cookie(see_other("/"), visits, &id),
        Err(fault) => message(StatusCode::BAD_GATEWAY, "The login did not work", &fault),
    }
}

async fn refresh(State(App { story, visits, .. }): State<App>, headers: HeaderMap) -> Response {
    let Some((id, tokens)) = logged_in(&visits, &headers) else { return see_other("/") };
    let Some(refresh_token) = tokens.refresh else { return see_other("/") };
    let fresh = oauth::refresh(&story, refresh_token).await;
    visits.with(&id, |visit| match fresh {
        Ok(fresh) => {
            visit.tokens = Some(fresh);
            visit.notice = Some("The app has a new pair of tokens. The old refresh token is used up.".to_owned());
        }
        Err(fault) => visit.notice = Some(fault.to_string()),
    });
    see_other("/")
}

async fn mail(State(App { story, visits, .. }): State<App>, headers: HeaderMap) -> Response {
    let Some((id, tokens)) = logged_in(&visits, &headers) else { return see_other("/") };
    let answer = oauth::call(&story, "/messages", &tokens).await;
    visits.with(&id, |visit| match answer {
        Ok(answer) => visit.mail = Some(mails(&answer)),
        Err(fault) => visit.notice = Some(format!("The API refused: {fault}.")),
    });
    see_other("/")
}

fn mails(answer: &Value) -> Vec<(String, String)> {
    let text = |mail: &Value, name: &str| mail.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mails = answer.get("messages").and_then(Value::as_array);
    mails.into_iter().flatten().map(|mail| (text(mail, "from"), text(mail, "subject"))).collect()
}

async fn log_out(State(App { visits, .. }): State<App>, headers: HeaderMap) -> Response {
    if let Some(id) = visits.find(&headers).filter(|_| from_here(&headers)) {
        visits.take(&id);
    }
    see_other("/")
}

/// Lets the thief see redirects, or no longer.
async fn watch(State(App { story, .. }): State<App>, headers: HeaderMap, Form(form): Form<Vec<(String, String)>>) -> Response {
    if from_here(&headers) {
        story.intercepted.switch(form.iter().any(|(name, value)| name == "watch" && value == "on"));
    }
    see_other("/")
}

fn logged_in(visits: &Visits, headers: &HeaderMap) -> Option<(String, Tokens)> {
    let id = visits.find(headers).filter(|_| from_here(headers))?;
    let tokens = visits.with(&id, |visit| visit.tokens.clone())??;
    Some((id, tokens))
}

/// Whether a form came from one of our own pages, or from something that is no browser.
pub(crate) fn from_here(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn with_cookie(mut response: Response, visits: &Visits, id: &str) -> Response {
    if let Ok(cookie) = visits.set_cookie(id).parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn busy() -> Response {
    let text = "Something that the app needs does not answer. Try again in a moment.";
    message(StatusCode::SERVICE_UNAVAILABLE, "Try again", text).into_response()
}
