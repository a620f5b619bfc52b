//! Connected apps: which clients have which access of a person, since when, and taking it back.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{
    AuthorizationServer, ScopeFact,
    end::{Pages, Whose, failed},
};
use crate::{
    grant::Grant,
    store::{GrantDirectory, StoreError},
    types::{ClientId, Resource, Subject},
};

/// What one client has of a person, all its grants together. Escape the name: it is the client's own word.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The client.
    pub client_id: ClientId,
    /// Its name, or its identifier if it has none or is no longer registered.
    pub client_name: String,
    /// What it may do.
    pub scopes: Vec<ScopeFact>,
    /// For which resources.
    pub resources: Vec<String>,
    /// Since when: the beginning of its oldest grant that is still good for anything.
    pub since: OffsetDateTime,
    /// How many grants: devices or browsers in which it was connected.
    pub grants: usize,
}

impl AuthorizationServer {
    /// What is connected to a person's account: every client with a code or token that is still good, by name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the directory or the client store fails.
    pub async fn connections(&self, directory: &dyn GrantDirectory, subject: &Subject) -> Result<Vec<Connection>, StoreError> {
        let now = self.now();
        let mut by_client: BTreeMap<ClientId, Vec<Grant>> = BTreeMap::new();
        let mut pages = Pages::of(self, directory, Whose::Subject(subject));
        while let Some(page) = pages.next().await? {
            for grant in page.into_iter().filter(|grant| grant.is_alive(now)) {
                by_client.entry(grant.client_id().apart()).or_default().push(grant);
            }
        }
        let mut connections = Vec::with_capacity(by_client.len());
        for (client_id, grants) in by_client {
            connections.push(self.connection(client_id, &grants).await?);
        }
        connections.sort_by(|a, b| a.client_name.cmp(&b.client_name));
        Ok(connections)
    }

    /// Takes back all that the person allowed the client, and tells how many grants ended: each code and token of them is
    /// dead when this returns.
    ///
    /// # Errors
    /// As for [`end_subject`](Self::end_subject).
    pub async fn disconnect(
        &self,
        directory: &dyn GrantDirectory,
        subject: &Subject,
        client: &ClientId,
    ) -> Result<usize, StoreError> {
        let (mut ended, mut pages) = (0, Pages::of(self, directory, Whose::Subject(subject)));
        while let Some(page) = pages.next().await? {
            for grant in page.into_iter().filter(|grant| grant.client_id() == client) {
                ended += usize::from(self.end_loaded(grant).await?);
            }
        }
        Ok(ended)
    }

    async fn connection(&self, client_id: ClientId, grants: &[Grant]) -> Result<Connection, StoreError> {
        let client = self.find_client(&client_id).await.map_err(failed)?;
        let name = client.as_ref().and_then(|client| client.name()).unwrap_or(client_id.as_str()).to_owned();
        let (mut scopes, mut resources): (Vec<ScopeFact>, Vec<String>) = (Vec::new(), Vec::new());
        for grant in grants {
            for scope in
                grant.scopes().iter().filter(|scope| !scopes.iter().any(|known| known.name == *scope)).collect::<Vec<_>>()
            {
                let description = self.settings().describe(scope).unwrap_or(scope).to_owned();
                scopes.push(ScopeFact { name: scope.to_owned(), description });
            }
            let named = grant.asked().map_or(&[][..], |asked| asked.resources()).iter().map(Resource::to_string);
            resources.extend(named);
        }
        resources.sort();
        resources.dedup();
        let since = grants.iter().map(Grant::created).min().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Ok(Connection { client_id, client_name: name, scopes, resources, since, grants: grants.len() })
    }
}
