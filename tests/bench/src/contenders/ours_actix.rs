//! grantor in an actix-web app, as its README mounts it.

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use grantor::{
    Next,
    actix::{Answer, Authorize, routes},
};

use super::ours_tower;
use crate::flow::Paths;

pub(super) fn paths() -> Paths {
    ours_tower::paths()
}

pub(super) fn configure() -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let server = ours_tower::server();
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
        other => panic!("no question: {other:?}"),
    }
}
