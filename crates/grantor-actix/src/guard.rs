use std::{
    future::{Future, Ready, ready},
    ops::Deref,
    pin::Pin,
    rc::Rc,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, EitherBody},
    dev::{self, Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    web::{self, ServiceConfig},
};
use grantor_core::{Call, Guard, Needed, Payload, protocol::Content};

use crate::{
    Answer,
    call::{call, headers},
};

/// A middleware that lets only requests with a good access token through: `web::resource("/mail").wrap(RequireToken::new(&guard,
/// needed))`.
///
/// All others get the challenge of RFC 6750 §3, and the handler does not run. What the token is good for, the handler
/// learns by extracting [`Access`]. Put a middleware that answers CORS preflights outside of this one: they carry no token.
#[derive(Debug, Clone)]
pub struct RequireToken {
    guard: Guard,
    needed: Needed,
}

impl RequireToken {
    /// Requests must bring what is needed, to the resource of this guard.
    #[must_use]
    pub fn new(guard: &Guard, needed: Needed) -> Self {
        Self { guard: guard.clone(), needed }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireToken
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type InitError = ();
    type Transform = Guarded<S>;
    type Future = Ready<Result<Guarded<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Guarded { inner: Rc::new(inner), layer: self.clone() }))
    }
}

/// A service behind [`RequireToken`].
pub struct Guarded<S> {
    inner: Rc<S>,
    layer: RequireToken,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (inner, layer) = (Rc::clone(&self.inner), self.layer.clone());
        Box::pin(async move {
            match verify(&layer, request.request()).await {
                Ok(access) => {
                    request.extensions_mut().insert(Access(access));
                    Ok(inner.call(request).await?.map_into_left_body())
                }
                Err(challenge) => Ok(request.into_response(HttpResponse::from(challenge)).map_into_right_body()),
            }
        })
    }
}

async fn verify(layer: &RequireToken, request: &HttpRequest) -> Result<grantor_core::Access, Answer> {
    let headers = headers(request);
    let nothing = Content::new(0);
    layer.guard.verify(&call(request, &headers, &nothing), &layer.needed).await.map_err(Answer)
}

/// Extracts what the access token of the request is good for, on a route behind [`RequireToken`].
///
/// # Errors
/// On any other route an [`Answer`] 500, and the operator is told: nothing is let through by mistake.
#[derive(Debug, Clone)]
pub struct Access(pub grantor_core::Access);

impl FromRequest for Access {
    type Error = Answer;
    type Future = Ready<Result<Self, Answer>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(request.extensions().get().cloned().ok_or_else(|| Answer(grantor_core::unguarded())))
    }
}

impl Deref for Access {
    type Target = grantor_core::Access;

    fn deref(&self) -> &grantor_core::Access {
        &self.0
    }
}

/// The metadata document of a guarded resource (RFC 9728), at its absolute paths.
pub fn resource_metadata(guard: &Guard) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let guard = guard.clone();
    move |config| {
        let paths: Vec<String> = guard.metadata_paths().map(str::to_owned).collect();
        for path in paths {
            let guard = guard.clone();
            let answer = move |request: HttpRequest| {
                let method = request.method().as_str();
                let call = Call { method, query: None, headers: &[], body: Payload::Whole(&[]), peer: None };
                ready(Answer(guard.metadata(&call)))
            };
            config.route(&path, web::route().to(answer));
        }
    }
}
