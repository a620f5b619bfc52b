//! Two issuers in one process: what one hands out is nothing to the other.

use std::sync::Arc;

use grantor_core::{AuthorizationServer, MemoryStore, Needed};

use crate::kit::{Seen, VERIFIER, World, ann, app, form, query_of, request, request_with};

fn other_issuer(grants: Arc<MemoryStore>) -> AuthorizationServer {
    let builder = AuthorizationServer::builder("https://other.example").scope("profile", "Your name").scope("mail", "Your mail");
    builder.client(app()).grants(grants).build().unwrap()
}

/// AR-04, ST-20
#[tokio::test]
async fn codes_tokens_and_tickets_of_one_issuer_are_unknown_at_another() {
    nothing_crosses(&World::new(), &other_issuer(Arc::default())).await;
}

/// AR-04, ST-20
#[tokio::test]
async fn issuers_that_share_a_store_know_nothing_of_each_other() {
    let world = World::new();
    nothing_crosses(&world, &other_issuer(world.store.memory.clone())).await;
}

async fn nothing_crosses(world: &World, other: &AuthorizationServer) {
    let code = world.code().await;
    let redeem = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}");
    for _ in 0..6 {
        let reply = Seen::from(other.token(form(&redeem)).await);
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"));
    }
    let tokens = world.redeem(&code).await;
    assert_eq!(tokens.status, 200, "and the code is still good where it came from");
    assert_eq!(Seen::from(other.token(form(&redeem)).await).error(), "invalid_grant");

    let refresh = format!("grant_type=refresh_token&client_id=app&refresh_token={}", tokens.member("refresh_token"));
    assert_eq!(Seen::from(other.token(form(&refresh)).await).error(), "invalid_grant");
    let header = format!("Bearer {}", tokens.member("access_token"));
    let headers = [("authorization", header.as_bytes())];
    let call = grantor_core::Call { headers: &headers, ..crate::kit::get("") };
    assert_eq!(other.guard().verify(&call, &Needed::token()).await.unwrap_err().status().as_u16(), 401);
    let parked = world.parked(&request()).await;
    Seen::from(other.resume(parked.ticket(), &ann()).await.unwrap_err()).assert_page(400);
    let waiting = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let query = query_of(&waiting);
    Seen::from(other.authorize(crate::kit::get(query)).await.unwrap_err()).assert_page(400);

    assert_eq!(world.refresh(&tokens.member("refresh_token")).await.status, 200, "and nothing of it has ended");
    assert!(world.resumed(parked.ticket()).await.is_ok() && world.server.authorize(crate::kit::get(query)).await.is_ok());
}

/// AR-01, AR-03
#[tokio::test]
async fn every_redirect_names_its_own_issuer_as_it_was_configured() {
    for issuer in ["https://id.example", "https://id.example/", "https://id.example/t", "http://localhost:4000"] {
        let builder = AuthorizationServer::builder(issuer).scope("profile", "Your name").scope("mail", "Your mail");
        let server = builder.client(app()).build().unwrap();
        let pending = server.authorize(crate::kit::get(&request())).await.unwrap();
        let grantor_core::Next::Ask(question) = pending.next(Some(ann())).await.unwrap() else { panic!("no question") };
        assert_eq!(Seen::from(question.deny().await).answer()["iss"], issuer);
        let bad = request().replace("profile", "unknown");
        assert_eq!(Seen::from(server.authorize(crate::kit::get(&bad)).await.unwrap_err()).answer()["iss"], issuer);
        assert_eq!(Seen::from(server.metadata(&crate::kit::get(""))).member("issuer"), issuer);
    }
}
