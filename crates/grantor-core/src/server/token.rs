use time::OffsetDateTime;

use super::{
    AuthorizationServer, Event, Place,
    refusal::Refusal,
    settle::{Settled, Step},
    visit::note_grant,
};
use crate::{
    grant::{
        Grant, Handed, HandedRefresh, Issued, Kind,
        authorization_code::Redeeming,
        refresh_token::{Refreshing, Row},
    },
    protocol::{
        Call, ErrorCode, GrantType, Reason, Reply, TokenRequest,
        form::{Fault, read_form},
        reply,
        token::NAMES,
    },
    types::{Client, GrantId, Resource, ScopeSet},
};

impl AuthorizationServer {
    pub(super) async fn answer_token(&self, call: &Call<'_>, now: OffsetDateTime) -> Result<Reply, Refusal> {
        let params = read_form(call, NAMES)?;
        let grant_type = GrantType::read(&params)?;
        let authenticated = self.authenticate(Place::Token, call, &params).await?;
        let client = authenticated.client();
        let request = TokenRequest::read(grant_type, &params, client, self.settings());
        let issued = match &request.map_err(|fault| Refusal::from(fault).of(client))? {
            TokenRequest::AuthorizationCode { code, redirect_uri, verifier, resources } => {
                self.redeem(client, code, *redirect_uri, *verifier, resources, now).await
            }
            TokenRequest::RefreshToken { token, scopes, resources } => {
                self.refresh(client, token, scopes.as_ref(), resources, now).await
            }
            TokenRequest::ClientCredentials { scopes, resources } => self.issue(client, scopes, resources, now).await,
        }?;
        Ok(reply::tokens(&reply::TokenBody {
            access_token: &issued.access,
            expires_in: issued.expires_in,
            refresh_token: issued.refresh.as_ref(),
            scope: &issued.scopes,
        }))
    }

    async fn redeem(
        &self,
        client: &Client,
        code: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        resources: &[Resource],
        now: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let unknown = (ErrorCode::InvalidGrant, Reason::CodeUnknown);
        let code = Handed::parse(Kind::Code, code).ok_or_else(|| Refusal::from(unknown).of(client))?;
        let event = Redeeming { client, code: &code, redirect_uri, verifier, resources, now };
        let Settled { row, answer } = self.settle_or(unknown, code.grant_id(), &event, client, now).await?;
        answer.ok_or_else(|| Refusal::from(row.refusal().unwrap_or(unknown)).of(client).about(code.grant_id()))
    }

    async fn refresh(
        &self,
        client: &Client,
        token: &str,
        scopes: Option<&ScopeSet>,
        resources: &[Resource],
        now: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let unknown = (ErrorCode::InvalidGrant, Reason::RefreshUnknown);
        let token = HandedRefresh::parse(token).ok_or_else(|| Refusal::from(unknown).of(client))?;
        let event = Refreshing { client, token: &token, scopes, resources, now };
        let Settled { row, answer } = self.settle_or(unknown, token.grant_id(), &event, client, now).await?;
        let refusal = row.refusal();
        if matches!(row, Row::F7 | Row::F8 | Row::F9) {
            let reason = refusal.map_or(Reason::RefreshRetried, |(_, reason)| reason);
            self.tell_retry(token.grant_id(), client, reason, now);
        }
        answer.ok_or_else(|| Refusal::from(refusal.unwrap_or(unknown)).of(client).about(token.grant_id()))
    }

    /// What cannot be told from theft (RFC 9700 §4.14.2) is counted, and left to who watches.
    fn tell_retry(&self, grant: &GrantId, client: &Client, reason: Reason, now: OffsetDateTime) {
        let count = self.0.retries.count(grant, now, self.settings().lifetimes().retry_window);
        self.tell(&Event::RetrySeen { grant, client: client.id(), reason, count });
    }

    /// Tokens for a client that acts for itself (RFC 6749 §4.4): a grant of its own, kept like every other.
    async fn issue(
        &self,
        client: &Client,
        scopes: &ScopeSet,
        resources: &[Resource],
        now: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let terms = self.terms(Some(client));
        let begun = self.begin(now, |draw| Grant::of_client(client, scopes.clone(), resources, draw, now, &terms)).await;
        let (grant, issued) = begun.map_err(|trouble| Refusal::from(trouble).of(client))?;
        note_grant(&grant);
        Ok(issued)
    }

    async fn settle_or<S: Step>(
        &self,
        unknown: Fault,
        grant: &GrantId,
        step: &S,
        client: &Client,
        now: OffsetDateTime,
    ) -> Result<Settled<S>, Refusal> {
        note_grant(grant);
        let of_client = |refusal: Refusal| refusal.of(client);
        let settled = self.settle(grant, None, step, Some(client), now).await;
        let settled = settled.map_err(|trouble| of_client(trouble.into()).about(grant))?;
        settled.ok_or_else(|| of_client(unknown.into()).about(grant))
    }
}
