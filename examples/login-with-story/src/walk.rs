//! The walk: the flow as it happens, drawn from what was captured.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::diagram::{LANES, Step, steps};
use crate::pages::page;
use crate::story::{Places, Story};
use crate::style::Style;
use crate::traffic::{Exchange, Role};

#[derive(Template)]
#[template(path = "walk.html")]
struct Walk<'a> {
    lanes: [(Role, &'static str); 4],
    steps: Vec<Step>,
    styles: [Style; 3],
    chosen: Style,
    places: &'a Places,
}

#[derive(Template)]
#[template(path = "steps.html")]
struct Steps {
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "without_pkce.html")]
struct WithoutPkce {
    lanes: [&'static str; 4],
    steps: [(End, End, &'static str); 5],
}

/// A lane of the drawing: its name, and where it is.
type End = (&'static str, u32);

const BROWSER: End = ("Browser", 50);
const CLIENT: End = ("Client", 150);
const PROVIDER: End = ("Provider", 250);
const THIEF: End = ("Thief", 350);

/// The story without the challenge. No request of it is ever made.
const UNPROTECTED: [(End, End, &str); 5] = [
    (CLIENT, BROWSER, "The app sends the browser to the provider with state and scope, and without a challenge."),
    (BROWSER, PROVIDER, "The person logs in and allows it, as always."),
    (
        PROVIDER,
        THIEF,
        "The redirect with the code reaches the thief: their app claimed the same address on the phone, or they read a log.",
    ),
    (
        THIEF,
        PROVIDER,
        "The thief redeems the code. The app is public, so its client_id is all that is asked for, and everybody knows it.",
    ),
    (PROVIDER, THIEF, "The provider cannot tell the thief from the app. The thief gets the tokens, and reads the person's mail."),
];

pub(crate) fn router(story: &Arc<Story>) -> Router {
    Router::new()
        .route("/walk", get(walk))
        .route("/walk/steps", get(live))
        .route("/walk/without-pkce", get(without_pkce))
        .with_state(story.clone())
}

/// The steps of a flow as the walk shows them: a list that is a drawing as well.
pub fn draw(exchanges: &[Exchange]) -> Option<String> {
    Steps { steps: steps(exchanges) }.render().ok()
}

async fn walk(State(story): State<Arc<Story>>, Query(asked): Query<Vec<(String, String)>>) -> Response {
    let steps = steps(&story.config.traffic.latest_flow());
    let chosen = Style::chosen(&asked);
    page(StatusCode::OK, &Walk { lanes: LANES, steps, styles: Style::ALL, chosen, places: &story.places })
}

/// The list alone, for the page's script.
async fn live(State(story): State<Arc<Story>>) -> Response {
    page(StatusCode::OK, &Steps { steps: steps(&story.config.traffic.latest_flow()) })
}

/// A drawing, and nothing but a drawing: the library has no way to switch PKCE off.
async fn without_pkce() -> Response {
    page(StatusCode::OK, &WithoutPkce { lanes: [BROWSER, CLIENT, PROVIDER, THIEF].map(|(name, _)| name), steps: UNPROTECTED })
}
