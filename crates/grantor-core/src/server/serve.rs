//! The endpoints that the library serves alone.

use std::{pin::pin, sync::atomic::Ordering};

use http::Method;

use super::{
    Attempt, AuthorizationServer, Place,
    refusal::Refusal,
    visit::{Visit, within},
};
use crate::protocol::{Call, Endpoint, Reply, cors::Cors, reply};

/// The endpoints that answer a form.
#[derive(Clone, Copy)]
enum Form {
    Token,
    Revocation,
    Introspection,
}

impl AuthorizationServer {
    /// The metadata document (RFC 8414 §3.2), the same bytes whatever the request says.
    #[must_use]
    pub fn metadata(&self, call: &Call<'_>) -> Reply {
        let visit = self.visit(Place::Metadata, call);
        visit.span().in_scope(|| self.answer_metadata(call, &visit))
    }

    /// The token endpoint (RFC 6749 §3.2); see [`serve`](Self::serve).
    pub async fn token(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Token, call).await
    }

    /// The revocation endpoint (RFC 7009 §2): 200 whatever the token was, if the client is itself.
    pub async fn revoke(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Revocation, call).await
    }

    /// The introspection endpoint (RFC 7662 §2), for clients with a secret.
    pub async fn introspect(&self, call: Call<'_>) -> Reply {
        self.serve(Endpoint::Introspection, call).await
    }

    /// Answers at one of the endpoints that the library serves alone: what was asked for, or the error that the RFC allows.
    ///
    /// Other methods than the endpoint's get 405; OPTIONS gets 204 where pages of other origins may call; a store that
    /// fails is 503 with `Retry-After`, never a success and never `invalid_grant`; who asks or guesses too often gets 429.
    pub async fn serve(&self, endpoint: Endpoint, call: Call<'_>) -> Reply {
        let visit = self.visit(endpoint.into(), &call);
        within(visit.span(), pin!(self.answer(endpoint, &call, &visit))).await
    }

    /// A request begins.
    pub(super) fn visit(&self, at: Place, call: &Call<'_>) -> Visit {
        // Only the first is written: what all threads read is best left alone.
        if call.peer.is_some() && !self.0.peers.load(Ordering::Relaxed) {
            self.0.peers.store(true, Ordering::Relaxed);
        }
        Visit::new(at).saying(self.0.explains, call)
    }

    async fn answer(&self, endpoint: Endpoint, call: &Call<'_>, visit: &Visit) -> Reply {
        let form = match endpoint {
            Endpoint::Metadata => return self.answer_metadata(call, visit),
            Endpoint::Token => Form::Token,
            Endpoint::Revocation => Form::Revocation,
            Endpoint::Introspection => Form::Introspection,
        };
        let cors = Cors::judge(self.settings().origins(), endpoint, call);
        if let Some(reply) = cors.options() {
            visit.ended("preflight");
            return reply;
        }
        let mut reply = match call.method == Method::POST.as_str() {
            true => self.answer_post(form, call, visit).await,
            false => self.refuse_method(visit, cors.methods()),
        };
        cors.mark(&mut reply);
        reply
    }

    fn answer_metadata(&self, call: &Call<'_>, visit: &Visit) -> Reply {
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD]) {
            return self.refuse_method(visit, "GET, HEAD");
        }
        visit.ended("answered");
        reply::metadata(self.0.metadata.clone())
    }

    async fn answer_post(&self, form: Form, call: &Call<'_>, visit: &Visit) -> Reply {
        let attempt = Attempt { at: visit.at(), peer: call.peer, client: None };
        let answer = match self.admit(&attempt).await {
            Ok(()) => self.answer_admitted(form, call).await,
            Err(refusal) => Err(refusal),
        };
        match answer {
            Ok(reply) => {
                visit.ended("answered");
                reply
            }
            Err(refusal) => {
                if let Some((guess, client)) = refusal.guess() {
                    self.0.throttle.failed(&Attempt { client, ..attempt }, guess, refusal.is_counted()).await;
                }
                self.refuse_in_json(visit, &refusal)
            }
        }
    }

    async fn answer_admitted(&self, form: Form, call: &Call<'_>) -> Result<Reply, Refusal> {
        let now = self.now();
        match form {
            Form::Token => self.answer_token(call, now).await,
            Form::Revocation => self.answer_revocation(call, now).await,
            Form::Introspection => self.answer_introspection(call, now).await,
        }
    }

    /// Whether the attempt may go on; 429 if not.
    pub(super) async fn admit(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        self.0.throttle.admit(attempt).await.map_err(Refusal::too_many)
    }
}
