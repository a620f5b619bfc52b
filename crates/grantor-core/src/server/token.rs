use http::Method;
use time::OffsetDateTime;

use super::{
    AuthorizationServer, observe,
    settle::{Settled, Trouble},
};
use crate::{
    grant::{
        Handed, HandedRefresh, Issued, Kind,
        authorization_code::Redeeming,
        refresh_token::{Refreshing, Row},
    },
    protocol::{
        AuthenticatedClient, Call, Check, Credentials, ErrorCode, GrantType, Reason, Reply, SlowCheck, TokenRequest,
        params::Params, reply, token::read_form,
    },
    types::{Client, GrantId, Resource, ScopeSet, SecretText},
};

/// What the client is told, and why.
type Refusal = (ErrorCode, Reason);

impl AuthorizationServer {
    /// Answers a token request (RFC 6749 §3.2): tokens, or the error that the RFC allows.
    ///
    /// Other methods than POST get 405; a store that fails is 503 with `Retry-After`, never a success and never
    /// `invalid_grant`.
    pub async fn token(&self, call: Call<'_>) -> Reply {
        if call.method != Method::POST.as_str() {
            return reply::method_not_allowed("POST");
        }
        let now = self.now();
        match self.answer_token(&call, now).await {
            Ok(issued) => reply::tokens(&reply::TokenBody {
                access_token: issued.access.expose(),
                token_type: "Bearer",
                expires_in: issued.expires_in,
                refresh_token: issued.refresh.as_ref().map(SecretText::expose),
                scope: issued.scopes.as_str(),
            }),
            Err((code, reason)) => reply::token_error(code, reason),
        }
    }

    async fn answer_token(&self, call: &Call<'_>, now: OffsetDateTime) -> Result<Issued, Refusal> {
        let params = read_form(call).map_err(told)?;
        let grant_type = GrantType::read(&params).map_err(told)?;
        let authenticated = self.authenticate(call, &params).await?;
        let client = authenticated.client();
        let request =
            TokenRequest::read(grant_type, &params, client, self.settings()).map_err(|refusal| told_of(client, refusal))?;
        match &request {
            TokenRequest::AuthorizationCode { code, redirect_uri, verifier, resources } => {
                let verifier = verifier.as_ref().map(SecretText::expose);
                self.redeem(client, code, redirect_uri.as_deref(), verifier, resources, now).await
            }
            TokenRequest::RefreshToken { token, scopes, resources } => {
                self.refresh(client, token, scopes.as_ref(), resources, now).await
            }
        }
    }

    /// Who the client is (RFC 6749 §2.3); R0 and F1 of the tables.
    async fn authenticate(&self, call: &Call<'_>, params: &Params<'_>) -> Result<AuthenticatedClient, Refusal> {
        let credentials = Credentials::read(call, params).map_err(told)?;
        let client = match credentials.client_id() {
            Some(id) => self.find_client(&id).await.map_err(unavailable)?,
            None => None,
        };
        let id = client.as_ref().map(|client| client.id().clone());
        let proven = match credentials.check(client) {
            Check::Proven(client) => Ok(client),
            Check::Slow(slow) => self.ask_hashes(slow).await,
            Check::Refused(reason, presented) => {
                if let (Some(hashes), Some(presented)) = (&self.0.secret_hashes, presented) {
                    // An unknown client takes as long as one whose secret is kept as a slow hash.
                    hashes.verify(presented.expose(), None).await;
                }
                Err(reason)
            }
        };
        proven.map_err(|reason| match id {
            Some(id) => {
                observe::refused_client(&id, ErrorCode::InvalidClient, reason);
                (ErrorCode::InvalidClient, reason)
            }
            None => told((ErrorCode::InvalidClient, reason)),
        })
    }

    async fn ask_hashes(&self, slow: SlowCheck) -> Result<AuthenticatedClient, Reason> {
        let Some(hashes) = &self.0.secret_hashes else {
            observe::uncheckable_secret(slow.client().id());
            return Err(Reason::CredentialsUncheckable);
        };
        let mut right = false;
        for phc in slow.hashes() {
            right |= hashes.verify(slow.presented().expose(), Some(phc)).await;
        }
        slow.settle(right)
    }

    async fn redeem(
        &self,
        client: &Client,
        code: &SecretText,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        resources: &[Resource],
        now: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let unknown = (ErrorCode::InvalidGrant, Reason::CodeUnknown);
        let code = Handed::parse(Kind::Code, code.expose()).ok_or_else(|| told_of(client, unknown))?;
        let event = Redeeming { client, code: &code, redirect_uri, verifier, resources, now };
        let settled = self.settle(code.grant_id(), None, &event, Some(client), now).await.map_err(unavailable)?;
        let Settled { row, answer } = settled.ok_or_else(|| told_of(client, unknown))?;
        outcome(code.grant_id(), client, answer, row.refusal().unwrap_or(unknown), "tokens")
    }

    async fn refresh(
        &self,
        client: &Client,
        token: &SecretText,
        scopes: Option<&ScopeSet>,
        resources: &[Resource],
        now: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let unknown = (ErrorCode::InvalidGrant, Reason::RefreshUnknown);
        let token = HandedRefresh::parse(token.expose()).ok_or_else(|| told_of(client, unknown))?;
        let event = Refreshing { client, token: &token, scopes, resources, now };
        let settled = self.settle(token.grant_id(), None, &event, Some(client), now).await.map_err(unavailable)?;
        let Settled { row, answer } = settled.ok_or_else(|| told_of(client, unknown))?;
        if row == Row::F7 {
            observe::answered_again(token.grant_id(), client.id(), Reason::RefreshRetried);
        }
        outcome(token.grant_id(), client, answer, row.refusal().unwrap_or(unknown), "refreshed tokens")
    }
}

fn outcome(
    grant: &GrantId,
    client: &Client,
    issued: Option<Issued>,
    refusal: Refusal,
    what: &'static str,
) -> Result<Issued, Refusal> {
    match &issued {
        Some(_) => observe::granted(grant, client.id(), what),
        None => observe::refused_grant(grant, client.id(), refusal.0, refusal.1),
    }
    issued.ok_or(refusal)
}

fn told(refusal: Refusal) -> Refusal {
    observe::refused(refusal.0, refusal.1);
    refusal
}

fn told_of(client: &Client, refusal: Refusal) -> Refusal {
    observe::refused_client(client.id(), refusal.0, refusal.1);
    refusal
}

fn unavailable(trouble: Trouble) -> Refusal {
    (ErrorCode::ServerError, trouble.0)
}
