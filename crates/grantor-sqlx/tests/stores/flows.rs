//! Whole flows of the engine on the store.

use std::sync::Arc;

use grantor_core::Reply;
use tokio::task::JoinSet;

use crate::{
    grants::{Recipe, ask, builder, code_of, redeem, refresh},
    place::{Place, tests},
};

tests! {
    in File as file, Memory as memory, Schema as postgres; {
        all_answers_of_64_concurrent_flows_are_200
    }
}

async fn all_answers_of_64_concurrent_flows_are_200<P: Place>(place: Arc<P>) {
    let servers = [place.store().await, place.store().await];
    let servers = servers.map(|store| builder("app").grants(Arc::new(store)).build().unwrap());
    let mut flows = JoinSet::new();
    for flow in 0..64_usize {
        let (here, there) = (servers[flow % 2].clone(), servers[(flow + 1) % 2].clone());
        flows.spawn(async move {
            let recipe = Recipe { began: time::OffsetDateTime::now_utc(), ..Recipe::default() };
            let code = code_of(&ask(&here, recipe).await.approve_all().await);
            let reply = redeem(&there, "app", &code).await;
            assert_eq!(reply.status(), 200);
            let mut token = refresh_token(reply);
            for server in [&here, &there, &here] {
                let reply = refresh(server, "app", &token).await;
                assert_eq!(reply.status(), 200);
                token = refresh_token(reply);
            }
        });
    }
    flows.join_all().await;
}

pub(crate) fn refresh_token(reply: Reply) -> String {
    let body = reply.into_body().into_bytes();
    let (_, rest) = std::str::from_utf8(&body).unwrap().split_once("\"refresh_token\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
