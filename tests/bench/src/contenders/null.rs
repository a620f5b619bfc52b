//! The framework, answering constants.

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};

use super::{Tower, floor};

const LOCATION: &str = "https://app.example/cb?code=Jx0Zp9GmEwVbC3h1YkqTtq1OJdU1bS5fXb8ZkX3pQnE&state=mPbLuhvJmDk5x2Yt";

pub(super) fn tower() -> Tower {
    let paths = floor::paths();
    let json = || async { ([(header::CONTENT_TYPE, "application/json")], floor::TOKENS) };
    let router = Router::new()
        .route(&paths.authorize, get(|| async { (StatusCode::SEE_OTHER, [(header::LOCATION, LOCATION)]).into_response() }))
        .route(&paths.token, post(json))
        .route(&paths.metadata, get(json));
    Tower { paths, router }
}
