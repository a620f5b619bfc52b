use actix_web::{HttpRequest, Route, web};
use bytes::Bytes;
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
            // The metadata wait for nothing, not even for a body.
            let body = match endpoint {
                Endpoint::Metadata => Body::Whole(Bytes::new()),
                _ => Body::read(payload, endpoint.body_limit()).await,
            };
            let headers = Headers::of(&request);
            Answer(server.serve(endpoint, call(&request, &headers, &body)).await)
        }
    })
}
