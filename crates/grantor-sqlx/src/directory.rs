use std::sync::Arc;

use async_trait::async_trait;
use grantor_core::{ClientId, GrantDirectory, StoreError, Subject, grant::Grant, types::GrantId};

use crate::{Backend, SqlStore, engine::Value, store::decode};

#[async_trait]
impl<D: Backend> GrantDirectory for SqlStore<D> {
    async fn of_subject(&self, subject: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.page(&self.0.statements.of_subject, Value::Bytes(subject.as_str().as_bytes()), after, limit).await
    }

    async fn of_client(&self, client: &ClientId, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        self.page(&self.0.statements.of_client, Value::Text(client.as_str()), after, limit).await
    }
}

impl<D: Backend> SqlStore<D> {
    async fn page(
        &self,
        statement: &Arc<str>,
        whose: Value<'_>,
        after: Option<&GrantId>,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        // No bytes at all come before every id.
        let after = after.map_or(&[][..], |id| id.as_bytes());
        let limit = Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX));
        let documents = self.0.database.read(statement, &[whose, Value::Bytes(after), limit]).await?;
        Ok(documents.iter().map(|document| decode(document)).collect::<Result<_, _>>()?)
    }
}
