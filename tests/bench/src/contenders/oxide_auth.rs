//! oxide-auth 0.6.1 with its own in-memory parts, PKCE required, behind axum's extractors. It always issues a refresh token.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use oxide_auth::{
    code_grant::extensions::Pkce,
    endpoint::{AccessTokenFlow, AuthorizationFlow, OwnerConsent, RefreshFlow, Solicitation},
    frontends::simple::{
        endpoint::{FnSolicitor, Generic, Vacant},
        extensions::{AddonList, Extended},
        request::{self, Body, Request, Status},
    },
    primitives::{
        authorizer::AuthMap,
        generator::RandomGenerator,
        issuer::TokenMap,
        registrar::{Client, ClientMap, ExactUrl, RegisteredUrl},
    },
};

use super::{Tower, floor};
use crate::flow::{OFFLINE, PUBLIC, REDIRECT_URI};

type Approve = FnSolicitor<fn(&mut Request, Solicitation<'_>) -> OwnerConsent<request::Response>>;
type Endpoint = Extended<Generic<ClientMap, AuthMap<RandomGenerator>, TokenMap<RandomGenerator>, Approve>, AddonList>;
type Shared = Arc<Mutex<Endpoint>>;
type Parameters = HashMap<String, String>;

pub(super) fn tower() -> Tower {
    let mut registrar = ClientMap::new();
    for id in [PUBLIC, OFFLINE] {
        let redirect_uri = RegisteredUrl::Exact(ExactUrl::new(REDIRECT_URI.to_owned()).expect("a URL"));
        registrar.register_client(Client::public(id, redirect_uri, "profile mail".parse().expect("a scope")));
    }
    let mut endpoint = Extended::new(Generic {
        registrar,
        authorizer: AuthMap::new(RandomGenerator::new(32)),
        issuer: TokenMap::new(RandomGenerator::new(32)),
        solicitor: FnSolicitor(approve as fn(&mut Request, Solicitation<'_>) -> OwnerConsent<request::Response>),
        scopes: Vacant,
        response: Vacant,
    });
    endpoint.extension_mut().push_code(Pkce::required());
    let paths = floor::paths();
    let router = Router::new()
        .route(&paths.authorize, get(authorize))
        .route(&paths.token, post(token))
        .with_state(Shared::new(Mutex::new(endpoint)));
    Tower { paths, router }
}

fn approve(_: &mut Request, _: Solicitation<'_>) -> OwnerConsent<request::Response> {
    OwnerConsent::Authorized("ann".to_owned())
}

async fn authorize(State(endpoint): State<Shared>, Query(query): Query<Parameters>) -> Response {
    let mut endpoint = endpoint.lock().unwrap_or_else(PoisonError::into_inner);
    let request = Request { query, ..Request::default() };
    let mut flow = AuthorizationFlow::prepare(&mut *endpoint).unwrap_or_else(|_| panic!("the parts are there"));
    answer(flow.execute(request))
}

async fn token(State(endpoint): State<Shared>, Form(urlbody): Form<Parameters>) -> Response {
    let mut endpoint = endpoint.lock().unwrap_or_else(PoisonError::into_inner);
    let refreshes = urlbody.get("grant_type").is_some_and(|grant_type| grant_type == "refresh_token");
    let request = Request { urlbody, ..Request::default() };
    if refreshes {
        let mut flow = RefreshFlow::prepare(&mut *endpoint).unwrap_or_else(|_| panic!("the parts are there"));
        return answer(flow.execute(request));
    }
    let mut flow = AccessTokenFlow::prepare(&mut *endpoint).unwrap_or_else(|_| panic!("the parts are there"));
    flow.allow_credentials_in_body(true);
    answer(flow.execute(request))
}

fn answer<E>(outcome: Result<request::Response, E>) -> Response {
    let Ok(answer) = outcome else { return StatusCode::BAD_REQUEST.into_response() };
    let status = match answer.status {
        Status::Ok => StatusCode::OK,
        Status::Redirect => StatusCode::FOUND,
        Status::BadRequest => StatusCode::BAD_REQUEST,
        Status::Unauthorized => StatusCode::UNAUTHORIZED,
    };
    let mut response = match answer.body {
        Some(Body::Json(json)) => (status, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Some(Body::Text(text)) => (status, text).into_response(),
        None => status.into_response(),
    };
    if let Some(location) = answer.location {
        response.headers_mut().insert(header::LOCATION, String::from(location).parse().expect("a header value"));
    }
    response
}
