use std::{future::poll_fn, pin::pin};

use actix_web::{
    HttpMessage, HttpRequest,
    body::{BodyStream, MessageBody},
    http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN},
    web,
};
use grantor_core::{
    Call, Peer,
    protocol::{Content, Headers},
};

/// [`Call::HEADERS`], as a map is asked for them.
static NAMES: [HeaderName; Call::HEADERS.len()] = [AUTHORIZATION, CONTENT_TYPE, ORIGIN, ACCESS_CONTROL_REQUEST_METHOD];

pub(crate) async fn content(payload: web::Payload, limit: usize) -> Content {
    let (mut body, mut content) = (pin!(BodyStream::new(payload)), Content::new(limit));
    while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
        let Ok(piece) = piece else { return content.broken() };
        if !content.add(piece) {
            break;
        }
    }
    content
}

pub(crate) fn headers(request: &HttpRequest) -> Headers<'_> {
    Headers::of(NAMES.each_ref().map(|name| request.headers().get_all(name).map(HeaderValue::as_bytes)))
}

pub(crate) fn call<'a>(request: &'a HttpRequest, headers: &'a Headers<'a>, content: &'a Content) -> Call<'a> {
    Call {
        method: request.method().as_str(),
        query: request.uri().query(),
        headers: headers.list(),
        body: content.payload(),
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
        let (headers, nothing) = (headers(&request), Content::new(0));
        let call = call(&request, &headers, &nothing);
        assert_eq!(call.headers, [("authorization", &b"c"[..]), ("origin", b"a"), ("origin", b"d")]);
    }
}
