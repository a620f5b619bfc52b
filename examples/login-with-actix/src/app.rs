//! What every handler gets: the visitor, and how a page becomes an answer of actix-web.

use std::pin::Pin;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, Responder, web};
use login_with_host::{Host, Page, Visitor};

/// The host, where every handler finds it.
pub(crate) type App = web::Data<Host>;

/// Who sent the request.
pub(crate) struct Sender(pub(crate) Visitor);

/// A page of the host.
pub(crate) struct Shown(pub(crate) Page);

impl FromRequest for Sender {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            // Without a host nobody is logged in, and no form is from here.
            let Some(host) = request.app_data::<App>() else { return Ok(Self(Visitor::default())) };
            let visitor = host.visitor(|name| request.headers().get(name)?.to_str().ok()).await;
            visitor.map(Self).map_err(|page| InternalError::from_response("no session", Shown(page).into()).into())
        })
    }
}

impl From<Shown> for HttpResponse {
    fn from(Shown(page): Shown) -> Self {
        let Page { status, headers, body } = page;
        let mut response = Self::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for header in headers {
            response.append_header(header);
        }
        response.body(body)
    }
}

impl Responder for Shown {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.into()
    }
}
