use std::{error::Error, pin::pin};

use bytes::{Buf, Bytes, BytesMut};
use grantor_core::{Call, Payload, Peer};
use http::{
    HeaderMap, HeaderName, Request,
    header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ORIGIN},
    request::Parts,
};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError};

/// [`Call::HEADERS`], as a map is asked for them.
static NAMES: [HeaderName; Call::HEADERS.len()] = [AUTHORIZATION, CONTENT_TYPE, ORIGIN, ACCESS_CONTROL_REQUEST_METHOD];

/// A request whose body was read, up to a limit.
pub(crate) struct Read {
    parts: Parts,
    body: Held,
}

/// What became of a body.
enum Held {
    Whole(Bytes),
    TooLarge,
    Broken,
}

impl Read {
    pub(crate) async fn new<B>(request: Request<B>, body_limit: usize) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let body = if body.is_end_stream() { Held::Whole(Bytes::new()) } else { Held::read(body, body_limit).await };
        Self { parts, body }
    }

    /// A request whose body nobody reads.
    pub(crate) fn head<B>(request: Request<B>) -> Self {
        Self { parts: request.into_parts().0, body: Held::Whole(Bytes::new()) }
    }

    pub(crate) fn headers(&self) -> Headers<'_> {
        Headers::of(&self.parts.headers)
    }

    pub(crate) fn call<'a>(&'a self, headers: &'a Headers<'a>) -> Call<'a> {
        let body = match &self.body {
            Held::Whole(bytes) => Payload::Whole(bytes),
            Held::TooLarge => Payload::TooLarge,
            Held::Broken => Payload::Broken,
        };
        let peer = self.parts.extensions.get::<Peer>().map(|peer| peer.0);
        Call { method: self.parts.method.as_str(), query: self.parts.uri.query(), headers: headers.list(), body, peer }
    }
}

impl Held {
    /// Of a body that comes in one piece nothing is copied.
    async fn read<B>(body: B, limit: usize) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (mut body, mut first, mut rest) = (pin!(body), Bytes::new(), BytesMut::new());
        while let Some(frame) = body.frame().await {
            let mut data = match frame.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => data,
                Ok(Err(_trailers)) => continue,
                Err(error) => return if error.into().is::<LengthLimitError>() { Self::TooLarge } else { Self::Broken },
            };
            if data.remaining() > limit - first.len() - rest.len() {
                return Self::TooLarge;
            }
            if first.is_empty() {
                first = data.copy_to_bytes(data.remaining());
            } else {
                rest.extend_from_slice(&data.copy_to_bytes(data.remaining()));
            }
        }
        Self::Whole(if rest.is_empty() { first } else { [first, rest.freeze()].concat().into() })
    }
}

/// The headers that the server reads. Of one that stands more than once two are enough to tell.
pub(crate) struct Headers<'a> {
    list: [(&'static str, &'a [u8]); 2 * NAMES.len()],
    length: usize,
}

impl<'a> Headers<'a> {
    pub(crate) fn of(map: &'a HeaderMap) -> Self {
        let mut headers = Self { list: [("", &[]); 2 * NAMES.len()], length: 0 };
        let values = |name: &'static HeaderName| map.get_all(name).iter().take(2).map(|value| (name.as_str(), value.as_bytes()));
        for (place, header) in headers.list.iter_mut().zip(NAMES.iter().flat_map(values)) {
            *place = header;
            headers.length += 1;
        }
        headers
    }

    pub(crate) fn list(&self) -> &[(&'static str, &'a [u8])] {
        self.list.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_headers_that_the_server_reads_are_handed_on_and_no_others() {
        assert!(NAMES.iter().map(HeaderName::as_str).eq(Call::HEADERS));
        let mut map = HeaderMap::new();
        for (name, value) in [("origin", "a"), ("cookie", "b"), ("authorization", "c"), ("origin", "d"), ("origin", "e")] {
            map.append(name, HeaderValue::from_static(value));
        }
        let headers = Headers::of(&map);
        assert_eq!(headers.list(), [("authorization", &b"c"[..]), ("origin", b"a"), ("origin", b"d")]);
    }
}
