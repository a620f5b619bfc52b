//! The thief: a site of its own, with a button for everything they try.

mod attacks;
mod attempts;
mod browser;
mod hand;
mod jobs;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};

use crate::pages::{Leave, furniture, message, page, page_with, see_other};
use crate::story::{Fault, Loot, Places, Story};
use crate::web_app::from_here;
use jobs::{Jobs, State as Job};

pub use attacks::{ATTACKS, Attack, Outcome};
pub use hand::{Kind, Move, Wire};

/// What a person hardly notices as waiting; most attacks are over by then.
const SOON: Duration = Duration::from_millis(800);

#[derive(Clone)]
struct App {
    story: Arc<Story>,
    jobs: Arc<Jobs>,
}

#[derive(Template)]
#[template(path = "thief.html")]
struct Home<'a> {
    attacks: &'a [Attack],
    loot: Option<&'a Loot>,
    watched: bool,
    places: &'a Places,
    consent: &'a str,
    window: u64,
}

#[derive(Template)]
#[template(path = "attack.html")]
struct Tried<'a> {
    attack: &'a Attack,
    outcome: &'a Outcome,
    places: &'a Places,
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct Waiting<'a> {
    attack: &'a Attack,
    doing: &'a str,
    percent: u32,
}

pub(crate) fn router(story: &Arc<Story>) -> Router {
    let app = App { story: story.clone(), jobs: Arc::new(Jobs::default()) };
    Router::new()
        .route("/", get(home))
        .route("/try/{attack}", post(attempt))
        .route("/tried/{job}", get(tried))
        .with_state(app)
        .merge(furniture())
}

async fn home(State(App { story, .. }): State<App>) -> Response {
    let loot = story.intercepted.loot();
    let home = Home {
        attacks: &ATTACKS,
        loot: loot.as_ref(),
        watched: story.intercepted.is_on(),
        places: &story.places,
        consent: &story.config.consent_endpoint,
        window: story.config.retry_window.as_secs() + 1,
    };
    let leave = Leave { forms: vec![story.provider()], ..Leave::default() };
    page_with(StatusCode::OK, &leave, &home)
}

async fn attempt(State(App { story, jobs }): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let Some(attack) = ATTACKS.iter().find(|attack| attack.id == id).filter(|_| from_here(&headers)) else {
        return message(StatusCode::NOT_FOUND, "Nothing here", "There is no such attack.");
    };
    match jobs.start(attack, Thief(story), SOON).await {
        Some(job) => see_other(&format!("/tried/{job}")),
        None => message(StatusCode::SERVICE_UNAVAILABLE, "Too much at once", "Let the other attempts end first."),
    }
}

async fn tried(State(App { story, jobs }): State<App>, Path(job): Path<String>) -> Response {
    let Some((attack, state)) = jobs.find(&job) else {
        return message(StatusCode::NOT_FOUND, "Nothing here", "This attempt was a while ago. Try it again.");
    };
    match state {
        Job::Running(progress) => page(StatusCode::OK, &Waiting { attack, doing: &progress.doing, percent: progress.percent }),
        Job::Done(outcome) => page(StatusCode::OK, &Tried { attack, outcome: &outcome, places: &story.places }),
        Job::Failed(fault) => message(StatusCode::BAD_GATEWAY, "The attempt could not be made", &fault),
    }
}

/// The thief without a page: for whoever wants to run the list.
#[derive(Clone)]
pub struct Thief(pub(crate) Arc<Story>);

impl Thief {
    /// Runs an attack to its end.
    ///
    /// # Errors
    /// It could not be made: a site is not reached, or the scripted browser does not find its way.
    pub async fn attempt(&self, attack: &Attack) -> Result<Outcome, Fault> {
        self.run(attack, Arc::default()).await
    }

    async fn run(&self, attack: &Attack, progress: Arc<jobs::Shared>) -> Result<Outcome, Fault> {
        let hand = hand::Hand::new(self.0.clone(), progress);
        (attack.run)(&hand).await?;
        Ok(Outcome { moves: hand.into_moves() })
    }
}
