//! Pages by templates: everything in them is escaped, no script stands in them, nothing comes from elsewhere.

use askama::Template;
use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const STYLE: &str = include_str!("../templates/style.css");
const LIVE: &str = include_str!("../assets/live.js");

/// What a page may do beyond its style sheet and the scripts of its own origin.
#[derive(Default)]
pub(crate) struct Leave {
    /// Origins that its script may call.
    pub(crate) connect: Vec<String>,
    /// Origins that its forms may go to; where there is none, no form leaves its own origin.
    pub(crate) forms: Vec<String>,
}

impl Leave {
    fn policy(&self) -> String {
        let with = |directive: &str, more: &[String]| format!("{directive} 'self' {}", more.join(" ")).trim_end().to_owned();
        [
            "default-src 'none'".to_owned(),
            "script-src 'self'".to_owned(),
            "style-src 'self'".to_owned(),
            with("connect-src", &self.connect),
            with("form-action", &self.forms),
            "frame-ancestors 'none'".to_owned(),
            "base-uri 'none'".to_owned(),
        ]
        .join("; ")
    }
}

/// A page with no leave of its own.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    page_with(status, &Leave::default(), template)
}

/// A page.
pub(crate) fn page_with(status: StatusCode, leave: &Leave, template: &impl Template) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, leave.policy()),
        (header::X_FRAME_OPTIONS, "DENY".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    match template.render() {
        Ok(html) => (status, headers, html).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    text: &'a str,
}

/// A few words and a way back.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, &Message { title, text })
}

/// 303 to a place.
pub(crate) fn see_other(place: &str) -> Response {
    let headers = [(header::LOCATION, place), (header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The style sheet and the script that every site of the story has.
pub(crate) fn furniture<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/style.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/live.js", get(|| async { script(LIVE) }))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
}

/// A script of our own.
pub(crate) fn script(text: &'static str) -> Response {
    asset("text/javascript; charset=utf-8", text)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 3] =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}
