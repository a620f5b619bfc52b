//! Which handler answers where.

use std::future::ready;
use std::sync::Arc;

use actix_web::http::header::ALLOW;
use actix_web::web::{self, PayloadConfig, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route, guard as condition};
use grantor::actix::{Access, RequireToken, resource_metadata};
use login_with_host::{Host, forms};

use crate::app::App;
use crate::handlers;

/// The whole service. The authorization endpoint takes every method, because the library answers for
/// each of them; the token endpoint and the metadata are services that the library brings along.
pub(crate) fn routes(host: Arc<Host>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let (server, guard) = (host.server(), host.server().guard());
        config
            .app_data(web::Data::new(server.clone()))
            .app_data(App::from(Arc::clone(&host)))
            .service(web::resource(server.authorize_path()).route(web::route().to(handlers::authorize)))
            .service(form("/consent").route(web::post().to(handlers::consent)).route(not_allowed("POST")))
            .service(
                form("/login")
                    .route(get().to(handlers::login_page))
                    .route(web::post().to(handlers::log_in))
                    .route(not_allowed("GET,HEAD,POST")),
            )
            .service(page("/apps", get().to(handlers::apps)))
            .service(form("/apps/end").route(web::post().to(handlers::end_app)).route(not_allowed("POST")))
            .service(form("/account/close").route(web::post().to(handlers::close_account)).route(not_allowed("POST")))
            .service(page("/", get().to(handlers::home)))
            .service(page("/favicon.ico", get().to(handlers::no_icon)))
            .service(page("/style.css", get().to(handlers::style)));
        for api in host.apis() {
            let (guarded, protected) = (RequireToken::new(&guard, api.needed.clone()), api.clone());
            let answer = move |access: Access| ready(handlers::protected(&protected, &access));
            config.service(page(&api.path, get().to(answer).wrap(guarded)));
        }
        config.configure(resource_metadata(&guard));
        config.configure(grantor::actix::routes(server));
    }
}

fn page(path: &str, route: Route) -> Resource {
    web::resource(path).route(route).route(not_allowed("GET,HEAD"))
}

fn form(path: &str) -> Resource {
    web::resource(path).app_data(PayloadConfig::new(forms::MOST_BYTES))
}

fn get() -> Route {
    web::route().guard(condition::Any(condition::Get()).or(condition::Head()))
}

fn not_allowed(allowed: &'static str) -> Route {
    web::route().to(move || async move { HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed)).finish() })
}
