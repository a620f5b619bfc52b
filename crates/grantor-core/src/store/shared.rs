//! A shared store is a store.

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{ClientStore, GrantDirectory, GrantStore, StoreError, Swap};
use crate::{
    grant::Grant,
    types::{Client, ClientId, GrantId, Subject, Version},
};

#[async_trait]
impl<S: GrantStore + ?Sized> GrantStore for Arc<S> {
    async fn insert(&self, grant: Grant) -> Result<(), StoreError> {
        (**self).insert(grant).await
    }

    async fn load(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        (**self).load(id).await
    }

    async fn replace(&self, read: Version, next: Grant) -> Result<Swap, StoreError> {
        (**self).replace(read, next).await
    }

    async fn sweep(&self, now: OffsetDateTime, limit: usize) -> Result<usize, StoreError> {
        (**self).sweep(now, limit).await
    }
}

#[async_trait]
impl<S: ClientStore + ?Sized> ClientStore for Arc<S> {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        (**self).find(id).await
    }
}

#[async_trait]
impl<S: GrantDirectory + ?Sized> GrantDirectory for Arc<S> {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        (**self).of_subject(subject, after, limit).await
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        (**self).of_client(client, after, limit).await
    }
}
