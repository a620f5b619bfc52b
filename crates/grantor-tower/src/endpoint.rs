use std::{
    convert::Infallible,
    error::Error,
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll},
};

use grantor_core::{AuthorizationServer, Endpoint, Reply};
use http::Request;
use http_body::Body;
use tower::Service;

use crate::call::Read;

/// One endpoint as a tower service. It answers every method, 405 among them, and never fails.
#[derive(Debug, Clone)]
pub struct EndpointService {
    server: AuthorizationServer,
    endpoint: Endpoint,
}

impl EndpointService {
    pub(crate) fn new(server: &AuthorizationServer, endpoint: Endpoint) -> Self {
        Self { server: server.clone(), endpoint }
    }
}

impl<B> Service<Request<B>> for EndpointService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { server, endpoint } = self.clone();
        if endpoint == Endpoint::Metadata {
            // Its answer waits for nothing, not even for a body.
            let read = Read::head(request);
            return Box::pin(ready(Ok(server.metadata(&read.call(&read.headers())))));
        }
        Box::pin(async move {
            let read = Read::new(request, endpoint.body_limit()).await;
            let headers = read.headers();
            Ok(server.serve(endpoint, read.call(&headers)).await)
        })
    }
}
