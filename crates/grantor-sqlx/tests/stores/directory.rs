//! Whose grants there are.

use std::sync::Arc;

use grantor_core::{ClientId, GrantDirectory, GrantStore, Subject, grant::Grant, types::GrantId};

use crate::{
    grants::{Recipe, ask, began, builder, code_of, redeem, refresh, twin},
    place::{Place, tests},
};

tests! {
    in File as file, Memory as memory, Schema as postgres; {
        live_grants_are_listed_in_pages_by_their_ids
        a_person_without_grants_has_an_empty_list
        ending_all_of_a_person_ends_each_of_them
    }
}

fn ids(grants: &[Grant]) -> Vec<u8> {
    grants.iter().map(|grant| grant.id().as_bytes()[0]).collect()
}

async fn live_grants_are_listed_in_pages_by_their_ids<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let ann = Recipe { subject: "änn\0", ..Recipe::default() };
    let bob = Recipe { subject: "bob", client: "mail", ..Recipe::default() };
    let grants = [
        twin(&ann.active().await, 0xff),
        twin(&ann.parked().await, 0),
        twin(&ann.approved().await, 0x80),
        twin(&ann.ended().await, 3),
        twin(&bob.active().await, 4),
        twin(&bob.unbound().await, 5),
    ];
    for grant in &grants {
        store.insert(grant.clone()).await.unwrap();
    }
    let (ann, bob) = (Subject::from("änn\0"), Subject::from("bob"));
    assert_eq!(ids(&store.of_subject(&ann, None, 10).await.unwrap()), [0, 0x80, 0xff]);
    assert_eq!(ids(&store.of_subject(&bob, None, 10).await.unwrap()), [4]);
    let (app, mail) = (ClientId::parse("app").unwrap(), ClientId::parse("mail").unwrap());
    assert_eq!(ids(&store.of_client(&app, None, 10).await.unwrap()), [0, 0x80, 0xff]);
    assert_eq!(ids(&store.of_client(&mail, None, 10).await.unwrap()), [4, 5]);

    assert_eq!(ids(&store.of_subject(&ann, None, 2).await.unwrap()), [0, 0x80]);
    let after = GrantId::from_bytes([0x80; 16]);
    assert_eq!(ids(&store.of_subject(&ann, Some(&after), 2).await.unwrap()), [0xff]);
    assert_eq!(ids(&store.of_client(&mail, Some(&GrantId::from_bytes([4; 16])), 2).await.unwrap()), [5]);
    assert_eq!(ids(&store.of_client(&mail, None, 0).await.unwrap()), [0_u8; 0]);
}

async fn a_person_without_grants_has_an_empty_list<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    store.insert(Recipe::default().unbound().await).await.unwrap();
    for nobody in ["", "an", "annn", "ANN"] {
        assert!(store.of_subject(&Subject::from(nobody), None, 10).await.unwrap().is_empty());
    }
}

async fn ending_all_of_a_person_ends_each_of_them<P: Place>(place: Arc<P>) {
    let store = place.store().await;
    let server = builder("app").grants(Arc::new(store.clone())).build().unwrap();
    let recipe = Recipe { began: time::OffsetDateTime::now_utc().max(began()), ..Recipe::default() };
    let mut refresh_tokens = Vec::new();
    for _ in 0..3 {
        let code = code_of(&ask(&server, recipe).await.approve_all().await);
        refresh_tokens.push(crate::flows::refresh_token(redeem(&server, "app", &code).await));
    }
    assert_eq!(server.end_subject(&store, &Subject::from("ann")).await.unwrap(), 3);
    assert!(store.of_subject(&Subject::from("ann"), None, 10).await.unwrap().is_empty());
    for token in refresh_tokens {
        assert_eq!(refresh(&server, "app", &token).await.status(), 400);
    }
}
