use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use grantor_core::{GrantDirectory, MemoryStore, Subject};
use grantor_sqlx::sqlx::{self, AssertSqlSafe, Database, Pool, Postgres, Row, Sqlite};

use crate::{
    grants::{Recipe, builder},
    work::{Engine, Work},
};

/// The statements of the store, written by hand, with documents of the same size and no engine around them.
pub(crate) struct Bare<D: Database> {
    readers: Pool<D>,
    writers: Pool<D>,
    insert: Arc<str>,
    load: Arc<str>,
    replace: Arc<str>,
    next: AtomicU64,
    approved: Vec<u8>,
    active: Vec<u8>,
    refreshed: Vec<u8>,
}

/// How a database runs them.
pub(crate) trait Statements: Database {
    fn insert(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16], time: i64, document: &[u8]) -> impl Future<Output = u64> + Send;
    fn load(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16]) -> impl Future<Output = Vec<u8>> + Send;
    fn replace(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16], time: i64, document: &[u8]) -> impl Future<Output = u64> + Send;
}

macro_rules! statements {
    ($database:ty) => {
        impl Statements for $database {
            async fn insert(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16], time: i64, document: &[u8]) -> u64 {
                let query = sqlx::query(AssertSqlSafe(sql)).bind(&id[..]).bind(&[0_u8; 16][..]).bind(&b"ann"[..]).bind("app");
                let query = query.bind("approved").bind(time).bind(document);
                query.execute(pool).await.unwrap().rows_affected()
            }

            async fn load(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16]) -> Vec<u8> {
                sqlx::query(AssertSqlSafe(sql)).bind(&id[..]).fetch_one(pool).await.unwrap().get(0)
            }

            async fn replace(pool: &Pool<Self>, sql: Arc<str>, id: [u8; 16], time: i64, document: &[u8]) -> u64 {
                let query = sqlx::query(AssertSqlSafe(sql)).bind(&id[..]).bind(&[0_u8; 16][..]).bind(&b"ann"[..]).bind("app");
                let query = query.bind("active").bind(time).bind(document).bind(&[0_u8; 16][..]);
                query.execute(pool).await.unwrap().rows_affected()
            }
        }
    };
}
statements!(Sqlite);
statements!(Postgres);

impl<D: Statements> Bare<D> {
    pub(crate) async fn new(readers: Pool<D>, writers: Pool<D>, table: &str) -> Self {
        let insert = format!(
            "INSERT INTO {table} (id, version, subject, client_id, stage, forget_after, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING"
        );
        let replace = format!(
            "UPDATE {table} SET version = $2, subject = $3, client_id = $4, stage = $5, forget_after = $6, document = $7 \
             WHERE id = $1 AND version = $8"
        );
        Self {
            readers,
            writers,
            insert: insert.into(),
            load: format!("SELECT document FROM {table} WHERE id = $1").into(),
            replace: replace.into(),
            next: AtomicU64::new(1),
            approved: Recipe::default().approved().await.encode(),
            active: Recipe::default().active().await.encode(),
            refreshed: refreshed().await,
        }
    }

    /// Moves on with every write, as that of a grant does, so that its index is written too.
    fn forget_after(&self) -> i64 {
        1_800_000_000_000 + self.next.fetch_add(1, Ordering::Relaxed).cast_signed()
    }

    /// Never the same, and in no order.
    fn id(&self) -> [u8; 16] {
        let next = u128::from(self.next.fetch_add(1, Ordering::Relaxed));
        next.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
    }
}

impl<D: Statements> Work for Bare<D> {
    type Held = [u8; 16];

    async fn flow(&self) -> [u8; 16] {
        let id = self.id();
        let Self { readers, writers, insert, load, replace, approved, active, .. } = self;
        assert_eq!(D::insert(writers, Arc::clone(insert), id, self.forget_after(), approved).await, 1);
        assert!(!D::load(readers, Arc::clone(load), id).await.is_empty());
        assert_eq!(D::replace(writers, Arc::clone(replace), id, self.forget_after(), active).await, 1);
        id
    }

    async fn refresh(&self, id: [u8; 16]) -> [u8; 16] {
        let Self { readers, writers, load, replace, refreshed, .. } = self;
        assert!(!D::load(readers, Arc::clone(load), id).await.is_empty());
        assert_eq!(D::replace(writers, Arc::clone(replace), id, self.forget_after(), refreshed).await, 1);
        id
    }
}

/// A grant that was refreshed so often that it grows no more.
async fn refreshed() -> Vec<u8> {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine(builder("app").grants(store.clone()).retry_window(Duration::ZERO).build().unwrap());
    let mut held = engine.flow().await;
    for _ in 0..10 {
        held = engine.refresh(held).await;
    }
    store.of_subject(&Subject::from("ann"), None, 1).await.unwrap()[0].encode()
}
