//! grantor in an axum router, as its README mounts it; and its tower door without a router.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::FromRequest,
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use grantor::{
    AuthorizationServer, Client, ClientSecret, Endpoint, Login, MemoryStore, Next, Reply,
    tower::{Authorize, EndpointService, routes},
    types::Clock,
};
use time::OffsetDateTime;
use tower::Service;

use super::{Contender, Tower};
use crate::flow::{Answer, Ask, CONFIDENTIAL, OFFLINE, ORIGIN, PUBLIC, Paths, REDIRECT_URI, SECRET};

pub(super) fn server() -> AuthorizationServer {
    builder().build().expect("a server")
}

/// One whose clock runs so fast that what it keeps for a day is gone after three minutes.
pub(super) fn hasty() -> AuthorizationServer {
    let (clock, most) = (Arc::new(Hasty(Instant::now())), Duration::from_secs(600));
    let grants = Arc::new(MemoryStore::new().with_clock(clock.clone()));
    builder().clock(clock).grants(grants).code_lifetime(most).build().expect("a server")
}

struct Hasty(Instant);

impl Clock for Hasty {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.0.elapsed() * 500
    }
}

pub(crate) fn builder() -> grantor::Builder {
    let public = |id| Client::public(id).redirect_uri(REDIRECT_URI);
    let confidential = |id| Client::confidential(id, ClientSecret::sha256_of(SECRET)).redirect_uri(REDIRECT_URI);
    AuthorizationServer::builder(ORIGIN)
        .client(public(PUBLIC).build().expect("a client"))
        .client(public(OFFLINE).refresh_tokens().build().expect("a client"))
        .client(confidential(CONFIDENTIAL).build().expect("a client"))
        .scope("profile", "Your name")
        .scope("mail", "Your mail")
}

pub(crate) fn login() -> Login {
    Login::new("ann", "session", OffsetDateTime::UNIX_EPOCH)
}

pub(crate) fn paths() -> Paths {
    let server = server();
    Paths {
        authorize: server.authorize_path().to_owned(),
        token: server.path(Endpoint::Token),
        introspection: server.path(Endpoint::Introspection),
        metadata: server.well_known_paths()[0].clone(),
    }
}

pub(super) fn endpoint(server: &AuthorizationServer, path: &str) -> Option<Endpoint> {
    let well_known = server.well_known_paths().iter().any(|own| own == path).then_some(Endpoint::Metadata);
    Endpoint::MOUNTED.into_iter().find(|endpoint| server.path(*endpoint) == path).or(well_known)
}

pub(super) fn tower(server: AuthorizationServer) -> Tower {
    let router = Router::new().route(server.authorize_path(), any(authorize)).with_state(server.clone());
    let router = routes(&server).fold(router, |router, (path, service)| router.route_service(&path, service));
    Tower { paths: paths(), router }
}

async fn authorize(Authorize(pending): Authorize) -> Result<Response, Reply> {
    match pending.next(Some(login())).await? {
        Next::Ask(question) => Ok(question.approve_all().await.into_response()),
        Next::LogIn(to) => Ok(Redirect::to(to.as_str()).into_response()),
        Next::Answer(reply) => Ok(reply.into_response()),
    }
}

pub(super) struct Door {
    server: AuthorizationServer,
    services: Vec<(Endpoint, EndpointService)>,
    paths: Paths,
}

impl Door {
    pub(super) fn new() -> Self {
        let server = server();
        let services = routes(&server).filter_map(|(path, service)| Some((endpoint(&server, &path)?, service)));
        Self { services: services.collect(), paths: paths(), server }
    }
}

impl Contender for Door {
    type Request = (Option<usize>, axum::extract::Request);

    fn paths(&self) -> &Paths {
        &self.paths
    }

    fn prepare(&self, ask: &Ask) -> Self::Request {
        let path = ask.target.split('?').next().unwrap_or_default();
        let wanted = endpoint(&self.server, path);
        let at = self.services.iter().position(|(endpoint, _)| Some(*endpoint) == wanted);
        (at, ask.to_http().map(axum::body::Body::new))
    }

    async fn call(&self, (at, request): Self::Request) -> Answer {
        let reply = match at {
            Some(at) => self.services[at].1.clone().call(request).await.unwrap_or_else(|never| match never {}),
            None => match Authorize::from_request(request, &self.server).await {
                Ok(Authorize(pending)) => match pending.next(Some(login())).await {
                    Ok(Next::Ask(question)) => question.approve_all().await,
                    other => panic!("no question: {other:?}"),
                },
                Err(reply) => reply,
            },
        };
        Answer::read(reply).await
    }
}
