use std::{future::poll_fn, pin::pin};

use actix_web::{
    HttpMessage, HttpRequest,
    body::{BodyStream, MessageBody},
    http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, HeaderName, ORIGIN},
    web,
};
use bytes::{Bytes, BytesMut};
use grantor_core::{Call, Payload, Peer};

/// [`Call::HEADERS`], as a map is asked for them.
static NAMES: [HeaderName; Call::HEADERS.len()] = [AUTHORIZATION, CONTENT_TYPE, ORIGIN, ACCESS_CONTROL_REQUEST_METHOD];

/// What became of a request's body.
pub(crate) enum Body {
    Whole(Bytes),
    TooLarge,
    Broken,
}

impl Body {
    /// Of a body that comes in one piece nothing is copied, and no buffer is there before there is something to keep.
    pub(crate) async fn read(payload: web::Payload, limit: usize) -> Self {
        let (mut body, mut first, mut rest) = (pin!(BodyStream::new(payload)), Bytes::new(), BytesMut::new());
        while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
            let Ok(piece) = piece else { return Self::Broken };
            if piece.len() > limit - first.len() - rest.len() {
                return Self::TooLarge;
            }
            if first.is_empty() {
                first = piece;
            } else {
                rest.extend_from_slice(&piece);
            }
        }
        Self::Whole(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
    }

    fn payload(&self) -> Payload<'_> {
        match self {
            Self::Whole(bytes) => Payload::Whole(bytes),
            Self::TooLarge => Payload::TooLarge,
            Self::Broken => Payload::Broken,
        }
    }
}

/// The headers that the server reads. Of one that stands more than once two are enough to tell.
pub(crate) struct Headers<'a> {
    list: [(&'static str, &'a [u8]); 2 * NAMES.len()],
    length: usize,
}

impl<'a> Headers<'a> {
    pub(crate) fn of(request: &'a HttpRequest) -> Self {
        let mut headers = Self { list: [("", &[]); 2 * NAMES.len()], length: 0 };
        let map = request.headers();
        let values = |name: &'static HeaderName| map.get_all(name).take(2).map(|value| (name.as_str(), value.as_bytes()));
        for (place, header) in headers.list.iter_mut().zip(NAMES.iter().flat_map(values)) {
            *place = header;
            headers.length += 1;
        }
        headers
    }
}

pub(crate) fn call<'a>(request: &'a HttpRequest, headers: &'a Headers<'a>, body: &'a Body) -> Call<'a> {
    Call {
        method: request.method().as_str(),
        query: request.uri().query(),
        headers: headers.list.get(..headers.length).unwrap_or_default(),
        body: body.payload(),
        peer: request.extensions().get().map(|Peer(ip)| *ip),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_headers_that_the_server_reads_are_handed_on_and_no_others() {
        assert!(NAMES.iter().map(HeaderName::as_str).eq(Call::HEADERS));
        let all = [("origin", "a"), ("cookie", "b"), ("authorization", "c"), ("origin", "d"), ("origin", "e")];
        let request = all.into_iter().fold(TestRequest::default(), TestRequest::append_header).to_http_request();
        let (headers, body) = (Headers::of(&request), Body::Whole(Bytes::new()));
        let call = call(&request, &headers, &body);
        assert_eq!(call.headers, [("authorization", &b"c"[..]), ("origin", b"a"), ("origin", b"d")]);
    }
}
