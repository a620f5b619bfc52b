//! Clients in Redis.

use grantor_core::{Client, ClientId, ClientStore, StoreError};

use crate::kit::{House, ask, client, prefix, store, url};

#[tokio::test]
async fn a_client_is_there_from_put_to_remove() {
    let Some(url) = url() else { return };
    let store = store(&url, &prefix());
    let client = client();
    assert!(store.find(client.id()).await.unwrap().is_none());
    store.put(&client).await.unwrap();
    assert_eq!(store.find(client.id()).await.unwrap().unwrap().encode(), client.encode());
    assert!(store.remove(client.id()).await.unwrap());
    assert!(!store.remove(client.id()).await.unwrap());
    assert!(store.find(client.id()).await.unwrap().is_none());
}

#[tokio::test]
async fn of_two_clients_with_one_identifier_the_later_counts() {
    let Some(url) = url() else { return };
    let store = store(&url, &prefix());
    store.put(&client()).await.unwrap();
    let later = Client::public("app").redirect_uri("https://new.example/cb").build().unwrap();
    store.put(&later).await.unwrap();
    assert_eq!(store.find(later.id()).await.unwrap().unwrap().encode(), later.encode());
}

#[tokio::test]
async fn identifiers_with_braces_and_colons_are_names_like_others() {
    let Some(url) = url() else { return };
    let store = store(&url, &prefix());
    for id in ["{a}b", "a:b", "a b", "*", "grant:{x}"] {
        let client = Client::public(id).redirect_uri("https://app.example/cb").build().unwrap();
        store.put(&client).await.unwrap();
        assert_eq!(store.find(client.id()).await.unwrap().unwrap().id(), client.id());
    }
}

/// ST-19
#[tokio::test]
async fn a_client_that_cannot_be_read_is_unavailable() {
    let Some(url) = url() else { return };
    let prefix = prefix();
    let store = store(&url, &prefix);
    ask::<()>(&url, &["SET", &format!("{prefix}:client:app"), "no client"]).await.unwrap();
    let found = store.find(&ClientId::parse("app").unwrap()).await;
    assert!(matches!(found, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn one_store_serves_a_server_with_grants_and_clients() {
    let Some(url) = url() else { return };
    let house = House::with_stored_clients(store(&url, &prefix()));
    assert_eq!(house.approve().await.status, 400);
    house.store.put(&client()).await.unwrap();
    assert_eq!(house.redeem(&house.code().await).await.status, 200);
}
