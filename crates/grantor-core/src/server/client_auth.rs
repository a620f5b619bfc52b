use super::{Attempt, AuthorizationServer, Place, refusal::Refusal, visit::note_client};
use crate::{
    protocol::{AuthenticatedClient, Call, Check, Credentials, ErrorCode, Reason, SlowCheck, params::Params},
    types::{AuthMethod, SecretText},
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
        let named = credentials.client_id().cloned();
        let attempt = Attempt { at, peer: call.peer, client: named.as_ref() };
        let client = match &named {
            Some(id) => {
                // Before anything is compared: when the guesses are used up, a right one is not told from a wrong one.
                self.admit(&attempt).await?;
                self.find_client(id).await?
            }
            None => None,
        };
        let known = client.clone();
        known.iter().for_each(|client| note_client(client.id()));
        let proven = match credentials.check(client) {
            Check::Proven(client) => Ok(client),
            Check::Slow(slow) => self.ask_hashes(slow, &attempt).await,
            Check::Refused(reason, presented) => Err(self.ask_for_nobody(reason, presented, &attempt).await),
        };
        // Again, for a right guess among many wrong ones at once.
        let proven = proven.and_then(|client| match self.0.throttle.look_again(&attempt) {
            Ok(()) => Ok(client),
            Err(wait) => Err(Refusal::too_many(wait)),
        });
        proven.map_err(|refusal| {
            let refusal = refusal.naming(named.clone());
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

    async fn ask_hashes(&self, slow: SlowCheck, attempt: &Attempt<'_>) -> Result<AuthenticatedClient, Refusal> {
        let Some(hashes) = &self.0.secret_hashes else {
            return Err((ErrorCode::InvalidClient, Reason::CredentialsUncheckable).into());
        };
        let reserved = self.0.throttle.reserve(attempt).map_err(Refusal::too_many)?;
        let mut right = false;
        for phc in slow.hashes() {
            right |= hashes.verify(slow.presented().expose(), Some(phc)).await;
        }
        let client = slow.settle(right).map_err(wrong_by_hash)?;
        reserved.release();
        Ok(client)
    }

    /// An unknown client takes as long as one whose secret is kept as a slow hash.
    async fn ask_for_nobody(&self, reason: Reason, presented: Option<SecretText>, attempt: &Attempt<'_>) -> Refusal {
        let refusal = Refusal::from((ErrorCode::InvalidClient, reason));
        let (Some(hashes), Some(presented)) = (&self.0.secret_hashes, presented) else { return refusal };
        let refusal = refusal.naming(attempt.client.cloned());
        // What comes from nowhere counts together: else a name for each guess would cost a hash each, and a client whose
        // secret is no slow hash could be locked out by anybody.
        let client = refusal.guess().and_then(|(_, client)| client).filter(|_| attempt.peer.is_some());
        let _reserved = match self.0.throttle.reserve(&Attempt { client, ..*attempt }) {
            Ok(reserved) => reserved,
            Err(wait) => return Refusal::too_many(wait),
        };
        hashes.verify(presented.expose(), None).await;
        wrong_by_hash(reason)
    }
}

/// Its reservation counts it.
fn wrong_by_hash(reason: Reason) -> Refusal {
    Refusal::from((ErrorCode::InvalidClient, reason)).counted()
}
