//! What every handler gets: the visitor, and how a page becomes an answer of actix-web.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use login_with_host::{Host, Page, Visitor};

/// The host, where every handler finds it.
pub(crate) type App = web::Data<Host>;

/// Who sent the request.
pub(crate) struct Sender(pub(crate) Visitor);

/// A page of the host.
pub(crate) struct Shown(pub(crate) Page);

impl FromRequest for Sender {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        let visitor = request.app_data::<App>().map(|host| host.visitor(header));
        // Without a host nobody is logged in, and no form is from here.
        ready(Ok(Self(visitor.unwrap_or(Visitor { session: None, from_here: false }))))
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
