//! grantor in an actix-web app, as its README mounts it.

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use grantor::{
    AuthorizationServer, Next,
    actix::{Answer, Authorize, routes},
};

use super::ours_tower;
use crate::flow::Paths;

pub(super) fn paths() -> Paths {
    ours_tower::paths()
}

pub(super) fn configure(server: AuthorizationServer) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    move |config| {
        config
            .app_data(Data::new(server.clone()))
            .service(web::resource(server.authorize_path()).route(web::route().to(authorize)))
            .configure(routes(&server));
    }
}

async fn authorize(Authorize(pending): Authorize) -> Result<HttpResponse, Answer> {
    match pending.next(Some(ours_tower::login())).await? {
        Next::Ask(question) => Ok(Answer(question.approve_all().await).into()),
        Next::LogIn(to) => Ok(HttpResponse::SeeOther().insert_header(("location", to.as_str())).finish()),
        Next::Answer(reply) => Ok(Answer(reply).into()),
    }
}
