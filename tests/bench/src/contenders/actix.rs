//! An actix-web app, called in this process or served.

use std::{future::Future, net::TcpListener, pin::Pin};

use actix_http::Request;
use actix_web::{
    App, Error, HttpServer,
    body::{BoxBody, to_bytes},
    dev::{Service, ServiceResponse},
    http::Method,
    rt,
    test::{TestRequest, init_service},
    web::ServiceConfig,
};

use super::Contender;
use crate::flow::{Answer, Ask, Paths};

type Answered = Pin<Box<dyn Future<Output = Answer>>>;

pub(super) struct Actix {
    paths: Paths,
    call: Box<dyn Fn(Request) -> Answered>,
}

impl Actix {
    pub(super) async fn new(paths: Paths, configure: impl FnOnce(&mut ServiceConfig)) -> Self {
        let app = std::rc::Rc::new(init_service(App::new().configure(configure)).await);
        let call = move |request| {
            let app = app.clone();
            Box::pin(async move { read(app.call(request).await).await }) as Answered
        };
        Self { paths, call: Box::new(call) }
    }
}

async fn read(response: Result<ServiceResponse<BoxBody>, Error>) -> Answer {
    let response = response.expect("an answer");
    let location = response.headers().get("location").map(|value| value.to_str().expect("text").to_owned());
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.expect("a whole body");
    Answer { status, location, body }
}

impl Contender for Actix {
    type Request = Request;

    fn paths(&self) -> &Paths {
        &self.paths
    }

    fn prepare(&self, ask: &Ask) -> Request {
        let method = Method::from_bytes(ask.method().as_str().as_bytes()).expect("a method");
        let mut request = TestRequest::with_uri(&ask.target).method(method);
        for header in ask.headers() {
            request = request.insert_header(header);
        }
        if ask.form.is_some() {
            request = request.set_payload(ask.body());
        }
        request.to_request()
    }

    async fn call(&self, request: Request) -> Answer {
        (self.call)(request).await
    }
}

pub(super) fn serve<F>(listener: TcpListener, workers: usize, configure: F) -> std::io::Result<()>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let server = HttpServer::new(move || App::new().configure(&configure)).workers(workers).disable_signals();
    rt::System::new().block_on(server.listen(listener)?.run())
}
