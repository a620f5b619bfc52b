use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use grantor_core::Reply;

/// A finished answer of the server, for actix to send: as a handler's result, or as its error.
#[derive(Clone)]
pub struct Answer(pub Reply);

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self(reply)
    }
}

impl From<Answer> for HttpResponse {
    fn from(Answer(reply): Answer) -> Self {
        let (parts, body) = reply.into_parts();
        let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::with_body(status, BoxBody::new(body.into_bytes()));
        for (name, value) in &parts.headers {
            if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_ref()), own(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// The values of most answers, so that they are not copied.
static COMMON: [HeaderValue; 4] = [
    HeaderValue::from_static("no-store"),
    HeaderValue::from_static("no-cache"),
    HeaderValue::from_static("application/json"),
    HeaderValue::from_static("no-referrer"),
];

/// The same value, for the other version of `http` that actix speaks.
fn own(value: &http::HeaderValue) -> Option<HeaderValue> {
    if let Some(common) = COMMON.iter().find(|common| common.as_bytes() == value.as_bytes()) {
        return Some(common.clone());
    }
    let mut own = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    own.set_sensitive(value.is_sensitive());
    Some(own)
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

impl ResponseError for Answer {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        self.clone().into()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered {}", self.0.status())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
