use time::OffsetDateTime;

use super::{AuthorizationServer, Place, observe, refusal::Refusal, settle::Event};
use crate::{
    grant::{
        AnyToken, Draw, Grant, Terms,
        revocation::{self, Revoking, Row},
    },
    protocol::{
        Call, Reply,
        form::read_form,
        presented::{self, NAMES},
        reply,
    },
};

impl AuthorizationServer {
    /// RFC 7009 §2. Whatever the token was, the answer is the same 200.
    pub(super) async fn answer_revocation(&self, call: &Call<'_>, now: OffsetDateTime) -> Result<Reply, Refusal> {
        let params = read_form(call, NAMES)?;
        let authenticated = self.authenticate(Place::Revocation, call, &params).await?;
        let client = authenticated.client();
        let token = presented::token(&params).map_err(|fault| Refusal::from(fault).of(client))?;
        let Some(token) = AnyToken::parse(token.expose()) else { return Ok(reply::revoked()) };
        let event = Revoking { client, token: &token, now };
        let settled = self.settle(token.grant_id(), None, &event, Some(client), now).await;
        let settled = settled.map_err(|trouble| Refusal::from(trouble).of(client).about(token.grant_id()))?;
        if settled.is_some_and(|settled| matches!(settled.row, Row::V1 | Row::V2)) {
            observe::granted(token.grant_id(), client.id(), "a revocation");
        }
        Ok(reply::revoked())
    }
}

impl Event for Revoking<'_> {
    type Row = Row;
    type Answer = ();

    fn judge(&self, grant: &Grant, _: bool, terms: &Terms<'_>) -> Row {
        revocation::judge(grant, self, terms)
    }

    fn asks_welcome(_: Row) -> bool {
        false
    }

    fn apply(&self, row: Row, grant: Grant, _: &Draw, terms: &Terms<'_>) -> ((), Option<Grant>) {
        ((), revocation::apply(row, grant, self, terms.lifetimes.retry_window))
    }
}
