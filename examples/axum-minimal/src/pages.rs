//! The two pages: templates that escape, without script, and headers that keep frames out.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use grantor::Parked;

#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    pub(crate) return_to: &'a str,
}

#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) parked: Parked,
}

pub(crate) fn page(template: &impl Template) -> Response {
    let csp = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
    let headers =
        [(header::CONTENT_SECURITY_POLICY, csp), (header::REFERRER_POLICY, "no-referrer"), (header::CACHE_CONTROL, "no-store")];
    match template.render() {
        Ok(html) => (headers, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
