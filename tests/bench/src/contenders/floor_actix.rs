//! The floor on actix-web.

use actix_web::{
    HttpResponse,
    http::header,
    web::{Data, Form, Query, ServiceConfig, get, post},
};

use super::floor::{self, Floor, METADATA, Question, REFUSED, Redemption, Request};
use crate::flow::Paths;

pub(super) fn paths() -> Paths {
    floor::paths()
}

pub(super) fn configure() -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (paths, floor) = (paths(), Floor::default());
    move |config| {
        config
            .app_data(Data::new(floor.clone()))
            .route(&paths.authorize, get().to(authorize))
            .route(&paths.token, post().to(token))
            .route(&paths.introspection, post().to(introspect))
            .route(&paths.metadata, get().to(async || json(HttpResponse::Ok(), METADATA)));
    }
}

async fn authorize(floor: Data<Floor>, Query(request): Query<Request>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, floor.authorize(request))).finish()
}

async fn token(floor: Data<Floor>, Form(form): Form<Redemption>) -> HttpResponse {
    match floor.token(&form) {
        Some(tokens) => HttpResponse::Ok().content_type(header::ContentType::json()).body(tokens),
        None => json(HttpResponse::BadRequest(), REFUSED),
    }
}

async fn introspect(floor: Data<Floor>, Form(form): Form<Question>) -> HttpResponse {
    json(HttpResponse::Ok(), floor.introspect(&form.token))
}

fn json(mut response: actix_web::HttpResponseBuilder, body: &'static str) -> HttpResponse {
    response.content_type(header::ContentType::json()).body(body)
}
