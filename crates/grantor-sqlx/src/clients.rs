use async_trait::async_trait;
use grantor_core::{Client, ClientId, ClientStore, StoreError};

use crate::{Backend, Error, Fault, SqlStore, engine::Value};

impl<D: Backend> SqlStore<D> {
    /// Registers a client, or registers it anew under the same identifier. The grants of the one before stay good, unless
    /// the new one has a `not_before`.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be reached or refuses within the store's timeout; then it is not known whether
    /// the client was kept.
    pub async fn put_client(&self, client: &Client) -> Result<(), Error> {
        let document = client.encode();
        let values = [Value::Text(client.id().as_str()), Value::Bytes(&document)];
        self.0.database.write(&self.0.statements.put_client, &values).await.map(drop)
    }

    /// Removes a client; whether it was there. Its grants stay in the store and nobody can use them; end them first with
    /// [`end_client`](grantor_core::AuthorizationServer::end_client) where the identifier may come back.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be reached or refuses within the store's timeout; then it is not known whether
    /// the client was removed.
    pub async fn remove_client(&self, id: &ClientId) -> Result<bool, Error> {
        Ok(self.0.database.write(&self.0.statements.remove_client, &[Value::Text(id.as_str())]).await? > 0)
    }
}

#[async_trait]
impl<D: Backend> ClientStore for SqlStore<D> {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let documents = self.0.database.read(&self.0.statements.find_client, &[Value::Text(id.as_str())]).await?;
        let decode = |document: &Vec<u8>| Client::decode(document).map_err(|_| Error::new(Fault::Unreadable));
        Ok(documents.first().map(decode).transpose()?)
    }
}
