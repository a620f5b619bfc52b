mod builder;

pub use builder::{GuardBuilder, GuardError, GuardFault};

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use time::OffsetDateTime;
use tracing::Instrument as _;

use super::{
    AuthorizationServer, Event, Place,
    observer::Observers,
    refusal::Refusal,
    settle::Trouble,
    visit::{Visit, note_client, note_grant},
};
use crate::{
    grant::{Handed, Kind},
    protocol::{Access, Call, ErrorCode, Implies, Needed, Reason, Reply, bearer, reply},
    store::StoreError,
    types::{Clock, Issuer, Resource, Subject},
};

/// Stands before a protected resource (RFC 6750, RFC 9728): it checks the access token of each request.
///
/// The order is fixed: a token is there, is well-formed, is alive, is for this resource, and has the scopes. Cheap to
/// clone; a process has one for each resource. A door turns it into a layer or a middleware.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    source: Source,
    /// What a token must be for; nothing where the server knows no resources, and then a token must be for none.
    audience: Option<Resource>,
    /// Whether a token that is for no resource in particular is as good as one for this.
    takes_unbound: bool,
    implies: Option<Box<Implies>>,
    document: Option<Document>,
    observers: Observers,
}

/// Why a request does not get through.
enum Denial {
    /// It carried no token: the bare challenge, which invites to get one, and is no refusal.
    NoToken(Reason),
    Refused(Refusal),
}

/// The metadata document and its places.
struct Document {
    url: String,
    paths: Vec<String>,
    bytes: Bytes,
}

enum Source {
    /// One load in this process.
    Here(AuthorizationServer),
    Elsewhere(Arc<dyn TokenSource>, Arc<dyn Clock>),
}

/// Where a guard asks about tokens that another process issued: introspection (RFC 7662), say.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// The issuer of the tokens.
    fn issuer(&self) -> &Issuer;

    /// What the token is good for; `None` if for nothing. The guard judges expiry, audience and scopes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it cannot be told; the request is then answered 503.
    async fn look_up(&self, token: &str) -> Result<Option<Access>, StoreError>;
}

impl Guard {
    /// Begins the guard of a resource whose tokens the server in this process issues.
    #[must_use]
    pub fn of(server: &AuthorizationServer) -> GuardBuilder {
        GuardBuilder::new(Source::Here(server.clone()))
    }

    /// Begins the guard of a resource whose tokens are issued elsewhere.
    #[must_use]
    pub fn asking(source: Arc<dyn TokenSource>) -> GuardBuilder {
        GuardBuilder::new(Source::Elsewhere(source, Arc::new(crate::types::SystemClock)))
    }

    /// Checks the bearer token of a request.
    ///
    /// # Errors
    /// The finished challenge (RFC 6750 §3): a bare one when there is no token in the `Authorization` header, then
    /// `invalid_request`, `invalid_token`, or `insufficient_scope` that names all scopes the route needs; 503 when the
    /// token cannot be looked up.
    pub async fn verify(&self, call: &Call<'_>, needed: &Needed) -> Result<Access, Reply> {
        let url = self.0.document.as_ref().map(|document| document.url.as_str());
        let visit = self.visit(Place::Resource, call);
        let span = visit.span().clone();
        let challenge =
            |code, reason, explain: Option<_>| reply::challenge(code, reason, needed.scopes().as_str(), url, explain.as_ref());
        let checked = async {
            match self.check(call, needed).await {
                Ok(access) => {
                    visit.ended("allowed");
                    Ok(access)
                }
                Err(Denial::NoToken(reason)) => {
                    visit.ended("challenged");
                    Err(challenge(None, reason, None))
                }
                Err(Denial::Refused(refusal)) => {
                    self.0.observers.tell(&refusal.event(&visit));
                    visit.ended("refused");
                    Err(challenge(Some(refusal.code), refusal.reason, visit.explanation(refusal.reason)))
                }
            }
        };
        checked.instrument(span).await
    }

    /// A request begins. What it says is kept where the server in this process explains.
    fn visit(&self, at: Place, call: &Call<'_>) -> Visit {
        let explains = matches!(&self.0.source, Source::Here(server) if server.0.explains);
        Visit::new(at).saying(explains, call)
    }

    async fn check(&self, call: &Call<'_>, needed: &Needed) -> Result<Access, Denial> {
        let token = bearer::read(call).map_err(|(code, reason)| match code {
            Some(code) => Denial::Refused((code, reason).into()),
            None => Denial::NoToken(reason),
        })?;
        let (access, now) = match &self.0.source {
            Source::Here(server) => {
                let now = server.now();
                let found = server.look_up(token, now).await;
                (found.map_err(|trouble| Denial::Refused(trouble.into()))?, now)
            }
            Source::Elsewhere(source, clock) => {
                let found = source.look_up(token).await.map_err(|error| {
                    self.0.observers.tell(&Event::StoreFailed { reason: Reason::StoreUnavailable, error: Some(&error) });
                    Denial::Refused((ErrorCode::ServerError, Reason::StoreUnavailable).into())
                });
                (found?, clock.now())
            }
        };
        let Some(access) = access else {
            return Err(Denial::Refused((ErrorCode::InvalidToken, Reason::TokenUnknown).into()));
        };
        note_client(&access.client_id);
        access.grant.iter().for_each(note_grant);
        let refuse = |code, reason| {
            Err(Denial::Refused(Refusal::from((code, reason)).concerning(Some(access.client_id.clone()), access.grant)))
        };
        if now >= access.expires_at {
            return refuse(ErrorCode::InvalidToken, Reason::TokenExpired);
        }
        if !self.0.is_for_this(&access) {
            return refuse(ErrorCode::InvalidToken, Reason::TokenAudience);
        }
        if !needed.is_met(&access.scopes, self.0.implies.as_deref()) {
            return refuse(ErrorCode::InsufficientScope, Reason::TokenScope);
        }
        Ok(access)
    }

    /// The absolute paths of the resource's metadata document (RFC 9728 §3.1), on the resource's own origin; none for a
    /// resource that is no URL.
    pub fn metadata_paths(&self) -> impl Iterator<Item = &str> {
        self.0.document.iter().flat_map(|document| document.paths.iter().map(String::as_str))
    }

    /// The metadata document (RFC 9728 §3.2), the same bytes whatever the request says; 405 for other methods than GET and
    /// HEAD.
    #[must_use]
    pub fn metadata(&self, call: &Call<'_>) -> Reply {
        let visit = self.visit(Place::Metadata, call);
        let _entered = visit.span().enter();
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD]) {
            self.0.observers.tell(&visit.refusal(ErrorCode::InvalidRequest, Reason::Method).event(&visit));
            visit.ended("refused");
            return reply::method_not_allowed("GET, HEAD", visit.explanation(Reason::Method).as_ref());
        }
        visit.ended("answered");
        reply::metadata(self.0.document.as_ref().map(|document| document.bytes.clone()).unwrap_or_default())
    }
}

impl Inner {
    fn is_for_this(&self, access: &Access) -> bool {
        match &self.audience {
            Some(audience) => (self.takes_unbound && !access.is_bound) || access.audience.contains(audience),
            None => !access.is_bound,
        }
    }
}

/// The answer of a handler that wants to know a token, on a route without a guard: 500, and nothing is let through.
#[must_use]
pub fn unguarded() -> Reply {
    // No guard, and so nobody but the log.
    let (at, code, reason) = (Place::Resource, ErrorCode::ServerError, Reason::Unguarded);
    Observers::default().tell(&Event::Refused { at, client: None, grant: None, code, reason });
    reply::host_fault(Reason::Unguarded)
}

impl AuthorizationServer {
    /// The guard of this server's own API: of the first resource it was built with. [`Guard::of`] begins others.
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard::of(self).checked(&mut Vec::new())
    }

    /// What an access token is good for; the newest instant the grant has seen counts as now.
    async fn look_up(&self, token: &str, now: OffsetDateTime) -> Result<Option<Access>, Trouble> {
        let Some(token) = Handed::parse(Kind::Access, token) else { return Ok(None) };
        let Some(grant) = self.load(token.grant_id()).await? else { return Ok(None) };
        let Some(living) = grant.access(&token) else { return Ok(None) };
        let expires_at = if grant.judged_at(now) < living.expires { living.expires } else { now };
        Ok(Some(Access {
            grant: Some(*grant.id()),
            // The host may keep them for as long as it likes.
            subject: grant.subject().map(Subject::apart),
            client_id: grant.client_id().apart(),
            scopes: living.scopes.apart(),
            is_bound: !living.resources.is_empty(),
            audience: living.resources.iter().map(Resource::apart).collect(),
            expires_at,
        }))
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("audience", &self.0.audience).finish_non_exhaustive()
    }
}
