//! The public client: a page and its script, with no server behind them that could keep a secret. The script draws state and
//! verifier, keeps them in the tab, and calls the provider and the API itself.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};

use crate::capture::captured;
use crate::pages::{Leave, furniture, page_with, script, see_other};
use crate::story::{Config, Loot, Places, Story, origin};
use crate::traffic::Role;
use crate::web_app::from_here;

const SCRIPT: &str = include_str!("../assets/spa.js");

#[derive(Template)]
#[template(path = "spa.html")]
struct Page<'a> {
    config: &'a Config,
    places: &'a Places,
    watched: bool,
    intercepted: bool,
}

pub(crate) fn router(story: &Arc<Story>) -> Router {
    let flow = Router::new().route("/callback", get(callback)).with_state(story.clone());
    let flow = captured(flow, &story.config.traffic, Role::Client);
    Router::new()
        .route("/", get(home))
        .route("/watch", post(watch))
        .with_state(story.clone())
        .route("/spa.js", get(|| async { script(SCRIPT) }))
        .merge(flow)
        .merge(furniture())
}

async fn home(State(story): State<Arc<Story>>) -> Response {
    show(&story, false)
}

/// The same page. That its server sees the code in passing is why a code alone must be worth nothing.
async fn callback(State(story): State<Arc<Story>>, Query(answer): Query<Vec<(String, String)>>) -> Response {
    let code = answer.into_iter().find(|(name, _)| name == "code").map(|(_, code)| code);
    let intercepted = code.is_some_and(|code| {
        let redirect_uri = format!("{}/callback", story.places.spa);
        story.intercepted.offer(Loot { code, client_id: story.config.spa.clone(), redirect_uri })
    });
    show(&story, intercepted)
}

async fn watch(State(story): State<Arc<Story>>, headers: HeaderMap, Form(form): Form<Vec<(String, String)>>) -> Response {
    if from_here(&headers) {
        story.intercepted.switch(form.iter().any(|(name, value)| name == "watch" && value == "on"));
    }
    see_other("/")
}

fn show(story: &Story, intercepted: bool) -> Response {
    let connect = vec![origin(&story.config.token_endpoint), story.places.resource.clone()];
    let leave = Leave { connect, ..Leave::default() };
    let page = Page { config: &story.config, places: &story.places, watched: story.intercepted.is_on(), intercepted };
    page_with(StatusCode::OK, &leave, &page)
}
