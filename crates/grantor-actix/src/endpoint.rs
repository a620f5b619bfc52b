use actix_web::{HttpRequest, Route, web};
use grantor_core::{AuthorizationServer, Endpoint};

use crate::{
    Answer,
    call::{Body, Headers, call},
};

/// One endpoint as a route. It answers every method, 405 among them.
pub(crate) fn route(server: &AuthorizationServer, endpoint: Endpoint) -> Route {
    let server = server.clone();
    web::route().to(move |request: HttpRequest, payload: web::Payload| {
        let server = server.clone();
        async move {
            let body = Body::read(payload, endpoint.body_limit()).await;
            let headers = Headers::of(&request);
            Answer(server.serve(endpoint, call(&request, &headers, &body)).await)
        }
    })
}
