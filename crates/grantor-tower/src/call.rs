use std::error::Error;

use bytes::Bytes;
use grantor_core::{Call, Payload, Peer};
use http::{HeaderMap, Request, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// A request whose body was read, up to a limit.
pub(crate) struct Read {
    parts: Parts,
    body: Result<Bytes, Box<dyn Error + Send + Sync>>,
}

impl Read {
    pub(crate) async fn new<B>(request: Request<B>, body_limit: usize) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, body_limit).collect().await;
        Self { parts, body: body.map(http_body_util::Collected::to_bytes) }
    }

    pub(crate) fn headers(&self) -> Vec<(&'static str, &[u8])> {
        headers(&self.parts.headers)
    }

    pub(crate) fn call<'a>(&'a self, headers: &'a [(&'static str, &'a [u8])]) -> Call<'a> {
        let body = match &self.body {
            Ok(bytes) => Payload::Whole(bytes),
            Err(error) if error.is::<LengthLimitError>() => Payload::TooLarge,
            Err(_) => Payload::Broken,
        };
        let peer = self.parts.extensions.get::<Peer>().map(|peer| peer.0);
        Call { method: self.parts.method.as_str(), query: self.parts.uri.query(), headers, body, peer }
    }
}

/// The headers that the server reads, each as often as it stands.
pub(crate) fn headers(map: &HeaderMap) -> Vec<(&'static str, &[u8])> {
    let values = |name| map.get_all(name).iter().map(move |value| (name, value.as_bytes()));
    Call::HEADERS.into_iter().flat_map(values).collect()
}
