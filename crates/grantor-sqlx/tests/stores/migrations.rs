//! The tables come once, whoever asks and how often.

use std::sync::Arc;

use grantor_core::{GrantStore, StoreError};
use grantor_sqlx::{Settings, SqlStore, migrate};
use tokio::task::JoinSet;

use crate::{
    grants::{Recipe, kept, marked},
    place::{Place, tests},
};

tests! {
    in File as file, Schema as postgres; {
        processes_that_migrate_at_once_all_succeed_and_nothing_is_lost
        two_prefixes_in_one_database_do_not_see_each_other
        a_store_without_tables_says_that_the_migration_is_missing
    }
}

async fn processes_that_migrate_at_once_all_succeed_and_nothing_is_lost<P: Place>(place: Arc<P>) {
    let mut migrations = JoinSet::new();
    for _ in 0..8 {
        let (pool, tables) = (place.pool().await, place.settings().tables);
        migrations.spawn(async move { migrate(&pool, &tables).await.unwrap() });
    }
    migrations.join_all().await;
    let (store, grant) = (place.store().await, Recipe::default().parked().await);
    store.insert(grant.clone()).await.unwrap();
    for _ in 0..2 {
        store.migrate().await.unwrap();
    }
    assert_eq!(kept(&store, &grant).await, Some(grant.encode()));
}

async fn two_prefixes_in_one_database_do_not_see_each_other<P: Place>(place: Arc<P>) {
    let (pool, grant) = (place.pool().await, Recipe::default().parked().await);
    let mut stores = Vec::new();
    for prefix in ["", "other_"] {
        let store = SqlStore::with_settings(pool.clone(), Settings { tables: place.prefixed(prefix), ..place.settings() });
        store.migrate().await.unwrap();
        stores.push(store);
    }
    stores[0].insert(grant.clone()).await.unwrap();
    stores[1].insert(marked(&grant, 1)).await.unwrap();
    assert_eq!(kept(&stores[0], &grant).await, Some(grant.encode()));
    assert_eq!(kept(&stores[1], &grant).await, Some(marked(&grant, 1).encode()));
}

async fn a_store_without_tables_says_that_the_migration_is_missing<P: Place>(place: Arc<P>) {
    let store = SqlStore::with_settings(place.pool().await, place.settings());
    let grant = Recipe::default().parked().await;
    let Err(StoreError::Unavailable(why)) = store.load(grant.id()).await else { panic!("loaded") };
    assert!(why.to_string().contains("run the migration"), "{why}");
    let Err(StoreError::Unavailable(why)) = store.insert(grant).await else { panic!("inserted") };
    assert!(why.to_string().contains("run the migration"), "{why}");
}
