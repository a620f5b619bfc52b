use super::{Attempt, AuthorizationServer, Place, refusal::Refusal, visit::note_client};
use crate::{
    protocol::{AuthenticatedClient, Call, Check, Credentials, ErrorCode, Reason, SlowCheck, params::Params},
    types::AuthMethod,
};

impl AuthorizationServer {
    /// Who the client is (RFC 6749 §2.3); R0, F1 and V0 of the tables.
    pub(super) async fn authenticate(
        &self,
        at: Place,
        call: &Call<'_>,
        params: &Params<'_>,
    ) -> Result<AuthenticatedClient, Refusal> {
        let credentials = Credentials::read(call, params)?;
        let named = credentials.client_id();
        let client = match &named {
            Some(id) => {
                // Before anything is compared: when the guesses are used up, a right one is not told from a wrong one.
                self.admit(&Attempt { at, peer: call.peer, client: named.as_ref() }).await?;
                self.find_client(id).await?
            }
            None => None,
        };
        let known = client.clone();
        known.iter().for_each(|client| note_client(client.id()));
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
        proven.map_err(|reason| {
            let refusal = Refusal::from((ErrorCode::InvalidClient, reason)).naming(named);
            known.iter().fold(refusal, |refusal, client| refusal.of(client))
        })
    }

    /// The same for an endpoint where a name alone is not enough (RFC 7662 §2.1).
    pub(super) async fn authenticate_by_secret(
        &self,
        at: Place,
        call: &Call<'_>,
        params: &Params<'_>,
    ) -> Result<AuthenticatedClient, Refusal> {
        let authenticated = self.authenticate(at, call, params).await?;
        if authenticated.client().auth_methods().contains(&AuthMethod::None) {
            let refusal = Refusal::from((ErrorCode::InvalidClient, Reason::IntrospectionPublic));
            return Err(refusal.of(authenticated.client()));
        }
        Ok(authenticated)
    }

    async fn ask_hashes(&self, slow: SlowCheck) -> Result<AuthenticatedClient, Reason> {
        let Some(hashes) = &self.0.secret_hashes else {
            return Err(Reason::CredentialsUncheckable);
        };
        let mut right = false;
        for phc in slow.hashes() {
            right |= hashes.verify(slow.presented().expose(), Some(phc)).await;
        }
        slow.settle(right)
    }
}
