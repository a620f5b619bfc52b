//! Writes down what reaches this service, for the walk, and changes nothing of it. A real service has no such thing.

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpResponse};
use login_with_host::Traffic;
use login_with_host::forms::MOST_BYTES;
use login_with_story::{Role, Seen};

/// A body is read only where its length is announced and small: a form in the request, JSON or a page in the answer.
pub(crate) async fn capture(
    traffic: Option<Traffic>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(traffic) = traffic else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let arrival = traffic.arrival();
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let mut form = Bytes::new();
    let length = text(&headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
    if is(&headers, "application/x-www-form-urlencoded") && length.is_some_and(|length| length <= MOST_BYTES) {
        form = match request.extract::<Bytes>().await {
            Ok(form) => form,
            // Somebody who announces a body and does not send it is refused here as anywhere.
            Err(_) => return Ok(request.into_response(HttpResponse::BadRequest()).map_into_boxed_body()),
        };
        request.set_payload(Payload::from(form.clone()));
    }
    let (request, response) = next.call(request).await?.into_parts();
    let (response, body) = response.into_parts();
    let is_told = is(response.headers(), "application/json") || is(response.headers(), "text/html");
    let (answer, body) = match body.size() {
        BodySize::Sized(length) if is_told && length <= MOST_BYTES as u64 => {
            let answer = to_bytes(body).await.unwrap_or_default();
            (answer.clone(), BoxBody::new(answer))
        }
        _ => (Bytes::new(), body.boxed()),
    };
    traffic.record(&Seen {
        arrival,
        to: Role::Provider,
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        header: &|name| text(&headers, name),
        body: &form,
        status: response.status().as_u16(),
        answer_header: &|name| text(response.headers(), name),
        answer: &answer,
    });
    Ok(ServiceResponse::new(request, response.set_body(body)))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is(headers: &HeaderMap, kind: &str) -> bool {
    text(headers, CONTENT_TYPE.as_str()).is_some_and(|sent| sent.starts_with(kind))
}
