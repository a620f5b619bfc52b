use std::{error::Error, pin::pin};

use grantor_core::{
    Call, Peer,
    protocol::{Content, Headers},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request,
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
    content: Content,
}

impl Read {
    pub(crate) async fn new<B>(request: Request<B>, body_limit: usize) -> Self
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let content = if body.is_end_stream() { Content::new(0) } else { content(body, body_limit).await };
        Self { parts, content }
    }

    /// A request whose body nobody reads.
    pub(crate) fn head<B>(request: Request<B>) -> Self {
        Self { parts: request.into_parts().0, content: Content::new(0) }
    }

    pub(crate) fn headers(&self) -> Headers<'_> {
        headers(&self.parts.headers)
    }

    pub(crate) fn call<'a>(&'a self, headers: &'a Headers<'a>) -> Call<'a> {
        let Parts { method, uri, extensions, .. } = &self.parts;
        let peer = extensions.get::<Peer>().map(|peer| peer.0);
        Call { method: method.as_str(), query: uri.query(), headers: headers.list(), body: self.content.payload(), peer }
    }
}

async fn content<B>(body: B, limit: usize) -> Content
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (mut body, mut content) = (pin!(body), Content::new(limit));
    while let Some(frame) = body.frame().await {
        let data = match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => data,
            Ok(Err(_trailers)) => continue,
            Err(error) => return if error.into().is::<LengthLimitError>() { content.too_large() } else { content.broken() },
        };
        if !content.add(data) {
            break;
        }
    }
    content
}

pub(crate) fn headers(map: &HeaderMap) -> Headers<'_> {
    Headers::of(NAMES.each_ref().map(|name| map.get_all(name).iter().map(HeaderValue::as_bytes)))
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
        let headers = headers(&map);
        assert_eq!(headers.list(), [("authorization", &b"c"[..]), ("origin", b"a"), ("origin", b"d")]);
    }
}
