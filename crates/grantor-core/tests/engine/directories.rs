//! The memory store as a directory: whose grants are there, page by page, also behind a shared pointer.

use std::sync::Arc;

use grantor_core::{ClientId, GrantDirectory, GrantStore, Login, MemoryStore, StoreError, Subject, grant::Grant, types::GrantId};

use crate::kit::{Seen, World, app, at, request, request_with};

fn ids(grants: Result<Vec<Grant>, StoreError>) -> Vec<GrantId> {
    grants.unwrap().iter().map(|grant| *grant.id()).collect()
}

/// RF-11, ST-12
#[tokio::test]
async fn a_list_is_read_in_pages_in_the_order_of_its_ids() {
    let world = World::with(|builder| builder.client(app()).client(crate::kit::web()));
    for _ in 0..5 {
        world.code().await;
    }
    let bobs = Login::new("bob", "bob's", at(0));
    let bobs = Seen::from(world.question_of(&request(), bobs).await.approve_all().await).code();
    let bobs = *world.stored(&bobs).await.unwrap().unwrap().id();
    // Shared twice, as a host may share it.
    let directory: Arc<Arc<MemoryStore>> = Arc::new(world.store.memory.clone());
    let directory: &dyn GrantDirectory = &directory;
    let (ann, bob, app) = (Subject::from("ann"), Subject::from("bob"), ClientId::parse("app").unwrap());
    let whole = ids(directory.of_subject(&ann, None, 100).await);
    assert_eq!(whole.len(), 5);
    assert!(whole.is_sorted() && !whole.contains(&bobs));
    assert_eq!(ids(directory.of_subject(&ann, None, 2).await), whole[..2]);
    assert_eq!(ids(directory.of_subject(&ann, Some(&whole[1]), 2).await), whole[2..4]);
    assert_eq!(ids(directory.of_subject(&ann, Some(&whole[3]), 2).await), whole[4..]);
    assert!(ids(directory.of_subject(&ann, Some(&whole[4]), 2).await).is_empty());
    assert!(ids(directory.of_subject(&ann, None, 0).await).is_empty());
    assert_eq!(ids(directory.of_subject(&bob, None, 100).await), [bobs]);

    let clients = ids(directory.of_client(&app, None, 100).await);
    assert_eq!(clients.len(), 6);
    assert!(clients.is_sorted() && clients.contains(&bobs));
    assert_eq!(ids(directory.of_client(&app, Some(&clients[2]), 2).await), clients[3..5]);
    assert!(ids(directory.of_client(&ClientId::parse("web").unwrap(), None, 100).await).is_empty());
}

/// RF-11, ST-12
#[tokio::test]
async fn what_waits_for_somebody_is_listed_and_what_has_ended_is_not() {
    let world = World::new();
    let directory: &dyn GrantDirectory = &world.store.memory;
    let (ann, app) = (Subject::from("ann"), ClientId::parse("app").unwrap());
    world.log_in(&request_with(&[("prompt", "login")]), None).await;
    assert!(ids(directory.of_subject(&ann, None, 9).await).is_empty(), "it waits for anybody");
    assert_eq!(ids(directory.of_client(&app, None, 9).await).len(), 1);
    let parked = world.parked(&request()).await;
    assert_eq!(ids(directory.of_subject(&ann, None, 9).await).len(), 1);
    world.resumed(parked.ticket()).await.unwrap().deny().await;
    assert!(ids(directory.of_subject(&ann, None, 9).await).is_empty());
    assert_eq!((ids(directory.of_client(&app, None, 9).await).len(), world.store.memory.len()), (1, 2));
}

/// ST-10
#[tokio::test]
async fn a_store_that_is_shared_does_what_the_store_does() {
    let world = World::new();
    let code = world.code().await;
    let grant = world.stored(&code).await.unwrap().unwrap();
    let shared: Arc<dyn GrantStore> = Arc::new(MemoryStore::with_limit(7));
    let store: &dyn GrantStore = &shared;
    store.insert(grant.clone()).await.unwrap();
    assert!(matches!(store.insert(grant.clone()).await, Err(StoreError::Conflict)));
    assert_eq!(store.load(grant.id()).await.unwrap().unwrap().encode(), grant.encode());
    assert_eq!(store.replace(*grant.version(), grant.clone()).await.unwrap(), grantor_core::Swap::Done);
    assert_eq!(store.sweep(at(70_001), 9).await.unwrap(), 1);
    assert!(store.load(grant.id()).await.unwrap().is_none());
    let bounds = |store: &MemoryStore| format!("{store:?}");
    assert_eq!(bounds(&MemoryStore::with_limit(7)), "MemoryStore { len: 0, limit: 7, .. }");
    assert_eq!(bounds(&MemoryStore::default()), "MemoryStore { len: 0, limit: 2000000, .. }");
}
