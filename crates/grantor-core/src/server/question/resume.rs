//! A consent form comes back.

use std::pin::pin;

use super::{Origin, Question};
use crate::{
    grant::{
        Handed, Kind,
        consent::{self, Answer, Answering},
    },
    protocol::{AuthorizationRequest, Reason, Reply},
    server::{
        AuthorizationServer, Place,
        pending::Inquiry,
        visit::{Visit, within},
    },
    types::Login,
};

impl AuthorizationServer {
    /// Finds the question of a consent form again, by its ticket and the login of the session the form came from.
    ///
    /// # Errors
    /// The finished answer: a page when the ticket is unknown, too old, or another login's, or the request is no longer
    /// allowed; a 503 page when the store fails.
    pub async fn resume(&self, ticket: &str, login: &Login) -> Result<Question, Reply> {
        let visit = Visit::new(Place::Consent).bringing(self.0.explains, ticket);
        let span = visit.span().clone();
        within(&span, pin!(self.find_question(ticket, login, visit))).await
    }

    async fn find_question(&self, ticket: &str, login: &Login, mut visit: Visit) -> Result<Question, Reply> {
        let now = self.now();
        let Some(ticket) = Handed::parse(Kind::Ticket, ticket) else {
            return Err(self.invalid_page(&visit, Reason::TicketUnknown));
        };
        visit.about(ticket.grant_id());
        let grant = self.load(ticket.grant_id()).await.map_err(|trouble| self.trouble_page(&visit, trouble))?;
        let Some(grant) = grant.filter(|grant| consent::recognises(grant, &ticket, login, now)) else {
            return Err(self.invalid_page(&visit, Reason::TicketUnknown));
        };
        visit.of(grant.client_id());
        let trouble = |trouble| self.trouble_page(&visit, trouble);
        let client = self.find_client(grant.client_id()).await.map_err(trouble)?;
        let Some(client) = client.filter(|client| grant.fits(client)) else {
            // Nobody to ask for: whatever the person would say, P2 ends it.
            let event = Answering { ticket: &ticket, login, answer: &Answer::Deny, now };
            self.settle(ticket.grant_id(), Some(Box::new(grant)), &event, None, now).await.map_err(trouble)?;
            return Err(self.invalid_page(&visit, Reason::ConsentUnwelcome));
        };
        let Some(asked) = grant.asked().cloned() else { return Err(self.invalid_page(&visit, Reason::TicketUnknown)) };
        let request = AuthorizationRequest::resumed(client, asked);
        let origin = Origin::Asked { grant: Box::new(grant), ticket };
        let inquiry = Inquiry { server: self.clone(), request, now, origin, query: String::new(), visit };
        Ok(Question::new(Box::new(inquiry), login.clone()))
    }
}
