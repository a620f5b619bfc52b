use actix_web::{HttpMessage, HttpRequest, web};
use bytes::Bytes;
use grantor_core::{Call, Payload, Peer};

/// What became of a request's body.
pub(crate) enum Body {
    Whole(Bytes),
    TooLarge,
    Broken,
}

impl Body {
    pub(crate) async fn read(payload: web::Payload, limit: usize) -> Self {
        match payload.to_bytes_limited(limit).await {
            Ok(Ok(bytes)) => Self::Whole(bytes),
            Ok(Err(_)) => Self::Broken,
            Err(_) => Self::TooLarge,
        }
    }

    fn payload(&self) -> Payload<'_> {
        match self {
            Self::Whole(bytes) => Payload::Whole(bytes),
            Self::TooLarge => Payload::TooLarge,
            Self::Broken => Payload::Broken,
        }
    }
}

/// The headers that the server reads, each as often as it stands.
pub(crate) fn headers(request: &HttpRequest) -> Vec<(&'static str, &[u8])> {
    let values = |name| request.headers().get_all(name).map(move |value| (name, value.as_bytes()));
    Call::HEADERS.into_iter().flat_map(values).collect()
}

pub(crate) fn call<'a>(request: &'a HttpRequest, headers: &'a [(&'static str, &'a [u8])], body: &'a Body) -> Call<'a> {
    Call {
        method: request.method().as_str(),
        query: request.uri().query(),
        headers,
        body: body.payload(),
        peer: request.extensions().get().map(|Peer(ip)| *ip),
    }
}
