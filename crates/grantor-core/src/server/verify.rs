use time::OffsetDateTime;

use super::{AuthorizationServer, observe};
use crate::{
    grant::{Handed, Kind},
    protocol::{Call, ErrorCode, Reason, Reply, bearer, reply},
    types::{ClientId, GrantId, InvalidResource, InvalidScope, Resource, Scope, ScopeSet, Subject},
};

/// What a request to an API must bring.
#[derive(Debug, Clone, Default)]
pub struct Needed {
    scopes: ScopeSet,
    resource: Option<Resource>,
}

/// A verified access token: who lets whom do what.
#[derive(Debug, Clone)]
pub struct Access {
    grant: GrantId,
    subject: Subject,
    client_id: ClientId,
    scopes: ScopeSet,
    audience: Vec<Resource>,
    expires_at: OffsetDateTime,
}

impl Needed {
    /// A live token for this server's own API, whatever its scopes.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// A live token with all of these scopes.
    ///
    /// # Errors
    /// [`InvalidScope`] when one of them is no scope.
    pub fn scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        let scopes: Vec<Scope> = scopes.into_iter().map(Scope::parse).collect::<Result<_, _>>()?;
        Ok(Self { scopes: scopes.iter().collect(), resource: None })
    }

    /// The token must be for this resource (RFC 8707), instead of the server's first.
    ///
    /// # Errors
    /// [`InvalidResource`] when the text is no resource indicator.
    pub fn at(mut self, resource: &str) -> Result<Self, InvalidResource> {
        self.resource = Some(Resource::parse(resource)?);
        Ok(self)
    }
}

impl AuthorizationServer {
    /// Checks the bearer token of a request to an API: liveness, expiry, audience, scope, in that order. One load.
    ///
    /// # Errors
    /// The finished challenge (RFC 6750 §3): a bare one when there is no token in the `Authorization` header, then
    /// `invalid_request`, `invalid_token`, or `insufficient_scope` that names all scopes the route needs; 503 when the
    /// store fails.
    pub async fn verify(&self, call: Call<'_>, needed: &Needed) -> Result<Access, Reply> {
        let now = self.now();
        let challenge = |code, reason| {
            observe::refused(code, reason);
            reply::challenge(Some(code), reason, needed.scopes.as_str())
        };
        let invalid = |reason| challenge(ErrorCode::InvalidToken, reason);
        let token = match bearer::read(&call) {
            Ok(token) => token,
            Err((Some(code), reason)) => return Err(challenge(code, reason)),
            Err((None, reason)) => return Err(reply::challenge(None, reason, needed.scopes.as_str())),
        };
        let token = Handed::parse(Kind::Access, token).ok_or_else(|| invalid(Reason::TokenUnknown))?;
        let grant = self.load(token.grant_id()).await.map_err(|trouble| challenge(ErrorCode::ServerError, trouble.0))?;
        let grant = grant.ok_or_else(|| invalid(Reason::TokenUnknown))?;
        let (Some(living), Some(subject)) = (grant.access(&token), grant.subject()) else {
            return Err(invalid(Reason::TokenUnknown));
        };
        if grant.judged_at(now) >= living.expires {
            return Err(invalid(Reason::TokenExpired));
        }
        let resource = needed.resource.as_ref().or(self.settings().default_resource());
        if resource.is_some_and(|resource| !living.resources.contains(resource)) {
            return Err(invalid(Reason::TokenAudience));
        }
        if !living.scopes.covers(&needed.scopes) {
            return Err(challenge(ErrorCode::InsufficientScope, Reason::TokenScope));
        }
        Ok(Access {
            grant: *grant.id(),
            subject: subject.clone(),
            client_id: grant.client_id().clone(),
            scopes: living.scopes.clone(),
            audience: living.resources.to_vec(),
            expires_at: living.expires,
        })
    }
}

impl Access {
    /// The grant behind the token.
    #[must_use]
    pub fn grant_id(&self) -> &GrantId {
        &self.grant
    }

    /// The person who allowed it.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The client that acts.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The resources the token is for (RFC 8707); empty if the server has none.
    #[must_use]
    pub fn audience(&self) -> &[Resource] {
        &self.audience
    }

    /// When the token dies by itself.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}
