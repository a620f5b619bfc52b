use time::OffsetDateTime;

use super::{AuthorizationServer, Place, refusal::Refusal, visit::note_grant};
use crate::{
    grant::{AnyToken, Grant, Living},
    protocol::{
        Call, Reply,
        form::read_form,
        introspection::{Active, CLIENT, PERSON},
        presented::{self, NAMES},
        reply,
    },
    types::{Allowed, Client, Resource, Subject},
};

impl AuthorizationServer {
    /// RFC 7662 §2. A token that is not alive, not known, or not this caller's to see is `active: false` and nothing more.
    pub(super) async fn answer_introspection(&self, call: &Call<'_>, now: OffsetDateTime) -> Result<Reply, Refusal> {
        let params = read_form(call, NAMES)?;
        let authenticated = self.authenticate_by_secret(Place::Introspection, call, &params).await?;
        let caller = authenticated.client();
        let token = presented::token(&params).map_err(|fault| Refusal::from(fault).of(caller))?;
        let Some(token) = AnyToken::parse(token) else { return Ok(reply::inactive()) };
        note_grant(token.grant_id());
        let grant = self.load(token.grant_id()).await;
        let grant = grant.map_err(|trouble| Refusal::from(trouble).of(caller).about(token.grant_id()))?;
        let told = grant.and_then(|grant| match &token {
            AnyToken::Access(token) => {
                let living = grant.access(token).filter(|living| grant.judged_at(now) < living.expires);
                living
                    .filter(|living| self.may_see(caller, &grant, living))
                    .map(|living| self.access_answer(caller, &grant, &living))
            }
            AnyToken::Refresh(token) if grant.client_id() == caller.id() => {
                grant.refresh_expiry(token, now, self.pepper()).map(|expires| self.refresh_answer(&grant, expires))
            }
            AnyToken::Refresh(_) => None,
        });
        Ok(told.unwrap_or_else(reply::inactive))
    }

    /// Its own tokens, or those for a resource that a resource server stands for. One that is for none in particular is for
    /// an API that is none: of a server without resources, or of a client that stands for none of them.
    fn may_see(&self, caller: &Client, grant: &Grant, living: &Living<'_>) -> bool {
        let stands_for_none = || matches!(caller.resources(), Allowed::Only(resources) if resources.is_empty());
        let is_for_it = || match living.resources {
            [] => self.settings().default_resource().is_none() || stands_for_none(),
            resources => resources.iter().any(|resource| caller.allows_resource(resource)),
        };
        grant.client_id() == caller.id() || (caller.introspects() && is_for_it())
    }

    /// Who else a token is for is told to its owner alone.
    fn access_answer(&self, caller: &Client, grant: &Grant, living: &Living<'_>) -> Reply {
        let is_its_own = grant.client_id() == caller.id();
        let may_know = |resource: &&Resource| is_its_own || caller.allows_resource(resource);
        let audience: Vec<&str> = living.resources.iter().filter(may_know).map(Resource::as_str).collect();
        let scope = living.scopes.as_str();
        let common = self.active(grant, scope, living.expires);
        let (iat, jti) = (Some(living.issued.unix_timestamp()), living.jti());
        reply::active(&Active { token_type: Some("Bearer"), iat, aud: &audience, jti: Some(&jti), ..common })
    }

    fn refresh_answer(&self, grant: &Grant, expires: OffsetDateTime) -> Reply {
        let common = self.active(grant, grant.scopes().as_str(), expires);
        // So that no resource server takes it for a bearer token.
        reply::active(&Active { token_type: Some("refresh_token"), ..common })
    }

    fn active<'a>(&'a self, grant: &'a Grant, scope: &'a str, expires: OffsetDateTime) -> Active<'a> {
        Active {
            active: true,
            scope,
            client_id: grant.client_id().as_str(),
            token_type: None,
            exp: expires.unix_timestamp(),
            iat: None,
            sub: grant.subject().map_or(grant.client_id().as_str(), Subject::as_str),
            sub_kind: if grant.subject().is_some() { PERSON } else { CLIENT },
            aud: &[],
            iss: self.issuer().as_str(),
            jti: None,
        }
    }
}
