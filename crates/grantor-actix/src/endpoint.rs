use actix_web::{HttpRequest, Route, web};
use grantor_core::{AuthorizationServer, Endpoint, protocol::Content};

use crate::{
    Answer,
    call::{call, content, headers},
};

/// One endpoint as a route. It answers every method, 405 among them.
pub(crate) fn route(server: &AuthorizationServer, endpoint: Endpoint) -> Route {
    let server = server.clone();
    web::route().to(move |request: HttpRequest, payload: web::Payload| {
        let server = server.clone();
        async move {
            // The metadata wait for nothing, not even for a body.
            let content = match endpoint {
                Endpoint::Metadata => Content::new(0),
                _ => content(payload, endpoint.body_limit()).await,
            };
            let headers = headers(&request);
            Answer(server.serve(endpoint, call(&request, &headers, &content)).await)
        }
    })
}
