//! Clients in the same database.

use std::sync::Arc;

use grantor_core::{Client, ClientId, ClientSecret, ClientStore};

use crate::place::{Place, tests};

tests! {
    in File as file, Memory as memory, Schema as postgres; {
        a_client_is_found_as_it_was_put_until_it_is_removed
    }
}

async fn a_client_is_found_as_it_was_put_until_it_is_removed<P: Place>(place: Arc<P>) {
    let (store, other) = (place.store().await, place.store().await);
    let id = ClientId::parse("shop 'x'; \"~").unwrap();
    let found = async |id: &ClientId| other.find(id).await.unwrap().map(|client| client.encode());
    assert_eq!(found(&id).await, None);

    let secret = ClientSecret::sha256_of("it is a secret of sufficient length");
    let shop = Client::confidential(id.as_str(), secret).redirect_uri("https://shop.example/cb").build().unwrap();
    store.put_client(&shop).await.unwrap();
    assert_eq!(found(&id).await, Some(shop.encode()));

    let renewed = Client::public(id.as_str()).redirect_uri("https://shop.example/new").name("Shop").build().unwrap();
    store.put_client(&renewed).await.unwrap();
    assert_eq!(found(&id).await, Some(renewed.encode()));
    assert_eq!(found(&ClientId::parse("shop").unwrap()).await, None);

    assert!(store.remove_client(&id).await.unwrap());
    assert!(!store.remove_client(&id).await.unwrap());
    assert_eq!(found(&id).await, None);
}
