use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use axum_core::extract::FromRequestParts;
use bytes::Bytes;
use grantor_core::{Body, Call, Guard, Needed, Payload, Reply};
use http::{Request, Response, request::Parts};
use http_body_util::Either;
use tower::{Layer, Service};

use crate::call::headers;

/// A layer that lets only requests with a good access token through: `get(mail).layer(RequireToken::new(&guard, needed))`.
///
/// All others get the challenge of RFC 6750 §3, and the handler does not run. What the token is good for, the handler
/// learns by extracting [`Access`]. Put a layer that answers CORS preflights outside of this one: they carry no token.
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

impl<S> Layer<S> for RequireToken {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, layer: self.clone() }
    }
}

/// A service behind [`RequireToken`].
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    layer: RequireToken,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: http_body::Body<Data = Bytes>,
    R::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Either<Body, R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was made ready goes with the request; the clone that stays will be made ready anew.
        let inner = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, inner);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match verify(&layer, &parts).await {
                Ok(access) => {
                    parts.extensions.insert(Access(access));
                    inner.call(Request::from_parts(parts, body)).await.map(|response| response.map(Either::Right))
                }
                Err(challenge) => Ok(challenge.map(Either::Left)),
            }
        })
    }
}

async fn verify(layer: &RequireToken, parts: &Parts) -> Result<grantor_core::Access, Reply> {
    let headers = headers(&parts.headers);
    let (method, query) = (parts.method.as_str(), parts.uri.query());
    let call = Call { method, query, headers: headers.list(), body: Payload::Whole(&[]), peer: None };
    layer.guard.verify(&call, &layer.needed).await
}

/// Extracts what the access token of the request is good for, on a route behind [`RequireToken`].
///
/// # Rejection
/// On any other route 500, and the operator is told: nothing is let through by mistake.
#[derive(Debug, Clone)]
pub struct Access(pub grantor_core::Access);

impl<S: Sync> FromRequestParts<S> for Access {
    type Rejection = Reply;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Reply> {
        parts.extensions.get().cloned().ok_or_else(grantor_core::unguarded)
    }
}

impl Deref for Access {
    type Target = grantor_core::Access;

    fn deref(&self) -> &grantor_core::Access {
        &self.0
    }
}

/// The metadata document of a guard's resource (RFC 9728) as a tower service.
#[derive(Debug, Clone)]
pub struct ResourceService(Guard);

/// The metadata document of a guarded resource, at its absolute paths: for the host's root router.
pub fn resource_metadata(guard: &Guard) -> impl Iterator<Item = (String, ResourceService)> {
    let service = ResourceService(guard.clone());
    let paths: Vec<String> = guard.metadata_paths().map(str::to_owned).collect();
    paths.into_iter().map(move |path| (path, service.clone()))
}

impl<B> Service<Request<B>> for ResourceService {
    type Response = Reply;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Reply, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let method = request.method().as_str();
        let call = Call { method, query: None, headers: &[], body: Payload::Whole(&[]), peer: None };
        std::future::ready(Ok(self.0.metadata(&call)))
    }
}
