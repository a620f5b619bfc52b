//! The two pages: templates that escape, without script, and headers that keep frames out.

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
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

pub(crate) fn page(template: &impl Template) -> HttpResponse {
    let Ok(html) = template.render() else {
        return HttpResponse::InternalServerError().finish();
    };
    let csp = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
    HttpResponse::Ok()
        .content_type(header::ContentType::html())
        .insert_header((header::CONTENT_SECURITY_POLICY, csp))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}
