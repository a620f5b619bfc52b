use std::{future::Future, pin::Pin};

use actix_web::{Error, FromRequest, HttpRequest, dev, error::ErrorInternalServerError, web};
use grantor_core::{AUTHORIZE_BODY_LIMIT, AuthorizationServer, Pending};

use crate::{
    Answer,
    call::{call, content, headers},
};

/// Extracts a checked authorization request for the host's own handler, which decides it.
///
/// Mount the handler for every method (`web::route()`) at [`AuthorizationServer::authorize_path`]: HEAD and what is not
/// allowed are answered here, and no handler sees them. The app must hold a `web::Data<AuthorizationServer>`.
///
/// # Errors
/// An [`Answer`]: the finished answer to a request that cannot go on.
#[derive(Debug)]
pub struct Authorize(pub Pending);

impl FromRequest for Authorize {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let server = request.app_data::<web::Data<AuthorizationServer>>();
            let server = server.ok_or_else(|| ErrorInternalServerError("the app has no web::Data<AuthorizationServer>"))?;
            let content = content(payload.await?, AUTHORIZE_BODY_LIMIT).await;
            let headers = headers(&request);
            let pending = server.authorize(call(&request, &headers, &content)).await;
            pending.map(Self).map_err(|reply| Answer(reply).into())
        })
    }
}
