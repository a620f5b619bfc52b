use time::OffsetDateTime;

use super::{AuthorizationServer, Place, deed::Deed, refusal::Refusal, settle::Step, visit::note_grant};
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
        let Some(token) = AnyToken::parse(token) else { return Ok(reply::revoked()) };
        let event = Revoking { client, token: &token, now };
        note_grant(token.grant_id());
        let settled = self.settle(token.grant_id(), None, &event, Some(client), now).await;
        settled.map_err(|trouble| Refusal::from(trouble).of(client).about(token.grant_id()))?;
        Ok(reply::revoked())
    }
}

impl Step for Revoking<'_> {
    type Row = Row;
    type Answer = ();

    fn judge(&self, grant: &Grant, _: bool, terms: &Terms<'_>) -> Row {
        revocation::judge(grant, self, terms)
    }

    fn asks_welcome(_: Row) -> bool {
        false
    }

    fn apply(&self, row: Row, grant: Grant, _: Option<&Draw>, terms: &Terms<'_>) -> ((), Option<Grant>) {
        ((), revocation::apply(row, grant, self, terms.lifetimes.retry_window))
    }

    fn deed(row: Row) -> Deed {
        match row {
            Row::V1 | Row::V2 => Deed::Revokes,
            Row::V0 | Row::V3 => Deed::Nothing,
        }
    }
}
