use std::sync::Arc;

use crate::{Tables, engine::Engine};

/// The statements of a store, one for each method.
pub(crate) struct Statements {
    pub(crate) insert: Arc<str>,
    pub(crate) load: Arc<str>,
    pub(crate) replace: Arc<str>,
    pub(crate) sweep: Arc<str>,
    pub(crate) of_subject: Arc<str>,
    pub(crate) of_client: Arc<str>,
    pub(crate) find_client: Arc<str>,
    pub(crate) put_client: Arc<str>,
    pub(crate) remove_client: Arc<str>,
}

const INSERT: &str = "INSERT INTO {grants} (id, version, subject, client_id, stage, forget_after, document) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
const LOAD: &str = "SELECT document FROM {grants} WHERE id = $1";
const REPLACE: &str = "UPDATE {grants} SET version = $2, subject = $3, client_id = $4, stage = $5, forget_after = $6, \
     document = $7 WHERE id = $1 AND version = $8";
const OF_CLIENT: &str = "SELECT document FROM {grants} WHERE client_id = $1 AND stage <> 'ended' AND id > $2 \
     ORDER BY id LIMIT $3";
const FIND_CLIENT: &str = "SELECT document FROM {clients} WHERE id = $1";
const PUT_CLIENT: &str = "INSERT INTO {clients} (id, document) VALUES ($1, $2) \
     ON CONFLICT (id) DO UPDATE SET document = excluded.document";
const REMOVE_CLIENT: &str = "DELETE FROM {clients} WHERE id = $1";

impl Statements {
    pub(crate) fn of<D: Engine>(tables: &Tables) -> Self {
        let text = |template| Arc::from(tables.fill(template));
        Self {
            insert: text(INSERT),
            load: text(LOAD),
            replace: text(REPLACE),
            sweep: text(D::SWEEP),
            of_subject: text(D::OF_SUBJECT),
            of_client: text(OF_CLIENT),
            find_client: text(FIND_CLIENT),
            put_client: text(PUT_CLIENT),
            remove_client: text(REMOVE_CLIENT),
        }
    }
}
