use async_trait::async_trait;
use grantor_core::{Client, ClientId, ClientStore, StoreError};
use redis::Value;

use crate::{RedisStore, fault::Fault, script::Request};

impl RedisStore {
    /// Registers a client, or registers it anew: the last call counts. It stays until it is removed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it did not happen, or nobody knows whether it did: put it again.
    pub async fn put(&self, client: &Client) -> Result<(), StoreError> {
        let (key, value) = (self.keys.client(client.id()), client.encode());
        let said = self.link.write(Request::Command(&[b"SET", key.as_bytes(), &value])).await?;
        match said.confirmed()? {
            Value::Okay => Ok(()),
            _ => Err(Fault::Answer.into()),
        }
    }

    /// Removes a client; tells whether it was there. Its grants are good for nothing as long as it is not there: give a later
    /// client of the same name a `not_before`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it did not happen, or nobody knows whether it did: remove it again.
    pub async fn remove(&self, id: &ClientId) -> Result<bool, StoreError> {
        let key = self.keys.client(id);
        let said = self.link.write(Request::Command(&[b"DEL", key.as_bytes()])).await?;
        match said.confirmed()? {
            Value::Int(removed) => Ok(removed > 0),
            _ => Err(Fault::Answer.into()),
        }
    }
}

#[async_trait]
impl ClientStore for RedisStore {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let key = self.keys.client(id);
        match self.link.read(Request::Command(&[b"GETEX", key.as_bytes()]), None).await?.value {
            Value::Nil => Ok(None),
            Value::BulkString(stored) => match Client::decode(&stored) {
                Ok(client) if client.id() == id => Ok(Some(client)),
                _ => Err(Fault::Unreadable.into()),
            },
            _ => Err(Fault::Answer.into()),
        }
    }
}
