//! What a request answers when its store fails, when nobody knows what became of a write, and when others came first.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use grantor_core::{AuthorizationServer, Client, ClientStore, Next, StoreError, types::ClientId};

use crate::kit::{Fault, Op, Seen, World, ann, app, failing, get, query_of, request, request_with};

/// A second server on the same store, whose writes are not in the script.
fn another_server(world: &World) -> AuthorizationServer {
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    builder.client(app()).clock(world.clock.clone()).grants(world.store.memory.clone()).build().unwrap()
}

async fn redeemed_at(server: AuthorizationServer, code: String) -> Seen {
    let body = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={}", crate::kit::VERIFIER);
    server.token(crate::kit::form(&body)).await.into()
}

/// TK-34, ST-13, ST-19
#[tokio::test]
async fn a_write_of_unknown_outcome_that_happened_is_answered_with_its_own_tokens() {
    let world = World::new();
    let code = world.code().await;
    world.store.take_ops();
    world.store.plan(Op::Replace, [Fault::FailAfter]);
    let tokens = world.redeem(&code).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace, Op::Load]);
    assert!(world.verify(&tokens.member("access_token")).await.is_ok());

    world.store.plan(Op::Replace, [Fault::FailAfter]);
    let refreshed = world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert!(world.verify(&refreshed.member("access_token")).await.is_ok());
    assert_eq!(world.refresh(&refreshed.member("refresh_token")).await.status, 200);
}

/// TK-34, ST-13, ST-19
#[tokio::test]
async fn a_write_that_did_not_happen_is_answered_503_and_may_be_tried_again() {
    let world = World::new();
    let code = world.code().await;
    for faults in [vec![Fault::FailBefore], vec![Fault::Lose, Fault::FailBefore]] {
        world.store.plan(Op::Replace, faults);
        world.redeem(&code).await.assert_busy();
    }
    let tokens = world.redeem(&code).await;
    assert_eq!(tokens.status, 200);
    let token = tokens.member("refresh_token");
    world.store.plan(Op::Replace, [Fault::FailBefore]);
    world.refresh(&token).await.assert_busy();
    assert_eq!(world.refresh(&token).await.status, 200);
}

/// AZ-34, TK-34, ST-19
#[tokio::test]
async fn a_store_that_cannot_be_read_is_never_a_success_and_never_invalid_grant() {
    let world = World::new();
    let (code, tokens, ticket) = (world.code().await, world.tokens().await, world.parked(&request()).await);
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let handle = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let handle = query_of(&handle);

    let down = || world.store.plan(Op::Load, [Fault::FailBefore]);
    down();
    world.redeem(&code).await.assert_busy();
    down();
    world.refresh(&refresh).await.assert_busy();
    down();
    world.verify(&access).await.unwrap_err().assert_busy();
    for page in [
        {
            down();
            world.resumed(ticket.ticket()).await.unwrap_err()
        },
        {
            down();
            world.refused(handle).await
        },
    ] {
        page.assert_page(503);
        assert_eq!(page.header("retry-after"), Some("1"));
        assert!(!page.body.contains("hunter2") && !page.body.contains("internal"));
    }
    // Also when it fails only as the outcome of a write is looked for.
    for fault in [Fault::FailBefore, Fault::FailAfter] {
        let code = world.code().await;
        world.store.plan(Op::Load, [Fault::None, Fault::FailBefore]);
        world.store.plan(Op::Replace, [fault]);
        world.redeem(&code).await.assert_busy();
    }
    world.store.take_ops();
}

/// AZ-34, TH-09
#[tokio::test]
async fn after_the_redirect_uri_is_proven_a_failing_store_is_told_to_the_client() {
    let world = World::new();
    let untouched = world.store.memory.len();
    let assert_told = |reply: Seen| {
        let answer = reply.answer();
        assert_eq!((reply.status, reply.header("retry-after")), (303, Some("1")));
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("temporarily_unavailable", "the state"));
        assert_eq!(answer["iss"], "https://id.example");
        assert!(!answer.contains_key("code") && !reply.location().contains("hunter2"));
    };
    let down = || world.store.plan(Op::Insert, [Fault::FailBefore]);
    down();
    assert_told(world.question(&request()).await.approve_all().await.into());
    down();
    assert_told(world.question(&request()).await.park().await.unwrap_err().into());
    down();
    let pending = world.pending(&request_with(&[("prompt", "login")])).await;
    assert_told(pending.next(Some(ann())).await.unwrap_err().into());
    assert_eq!(world.store.memory.len(), untouched);

    let ticket = world.parked(&request()).await;
    for faults in [vec![Fault::FailBefore], (0..8).map(|_| Fault::Lose).collect()] {
        world.store.plan(Op::Replace, faults);
        assert_told(world.resumed(ticket.ticket()).await.unwrap().approve_all().await.into());
    }
    let again = world.resumed(ticket.ticket()).await.unwrap().approve_all().await;
    assert_eq!(world.redeem(&Seen::from(again).code()).await.status, 200, "the person may click again");
}

/// AZ-34, ST-13
#[tokio::test]
async fn a_new_grant_of_unknown_outcome_is_looked_for() {
    let world = World::new();
    world.store.plan(Op::Insert, [Fault::FailAfter]);
    let code = world.code().await;
    assert_eq!(world.store.take_ops(), [Op::Insert, Op::Load]);
    assert_eq!(world.redeem(&code).await.status, 200);

    world.store.plan(Op::Insert, [Fault::FailAfter]);
    let ticket = world.parked(&request()).await;
    assert!(world.resumed(ticket.ticket()).await.is_ok());
}

/// ST-19
#[tokio::test]
async fn a_taken_id_is_drawn_anew_and_given_up_after_eight() {
    let world = World::new();
    world.store.plan(Op::Insert, (0..7).map(|_| Fault::Lose));
    let code = world.code().await;
    assert_eq!(world.redeem(&code).await.status, 200);
    world.store.plan(Op::Insert, (0..8).map(|_| Fault::Lose));
    let reply = Seen::from(world.question(&request()).await.approve_all().await);
    assert_eq!(reply.error(), "temporarily_unavailable");
}

/// ST-19
#[tokio::test]
async fn seven_lost_swaps_are_borne_and_the_eighth_is_503() {
    let world = World::new();
    let code = world.code().await;
    world.store.take_ops();
    world.store.plan(Op::Replace, (0..8).map(|_| Fault::Lose));
    world.redeem(&code).await.assert_busy();
    assert_eq!(world.store.take_ops(), [[Op::Load, Op::Replace].repeat(8), vec![Op::Load]].concat());
    world.store.plan(Op::Replace, (0..7).map(|_| Fault::Lose));
    assert_eq!(world.redeem(&code).await.status, 200);
}

/// ST-02, ST-13
#[tokio::test]
async fn an_own_write_that_was_overtaken_is_answered_from_what_stands_now() {
    let world = World::new();
    let code = world.code().await;
    let replay = redeemed_at(another_server(&world), code.clone());
    world.store.plan(Op::Replace, [Fault::FailOvertaken(Box::pin(async { assert_eq!(replay.await.status, 400) }))]);
    let reply = world.redeem(&code).await;
    assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"), "the other one ended the grant");
}

/// ST-01, ST-02
#[tokio::test]
async fn of_two_redemptions_the_one_whose_swap_was_lost_is_a_replay() {
    let world = World::new();
    let code = world.code().await;
    let first = redeemed_at(another_server(&world), code.clone());
    world.store.plan(Op::Replace, [Fault::After(Box::pin(async { assert_eq!(first.await.status, 200) }))]);
    let reply = world.redeem(&code).await;
    assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"));
}

/// RF-09, ST-06
#[tokio::test]
async fn of_two_refreshes_at_once_both_get_the_same_pair() {
    let world = World::new();
    let token = world.tokens().await.member("refresh_token");
    let other = another_server(&world);
    let body = format!("grant_type=refresh_token&client_id=app&refresh_token={token}");
    let (send, answer) = std::sync::mpsc::channel();
    let first = async move { send.send(Seen::from(other.token(crate::kit::form(&body)).await)).unwrap() };
    world.store.plan(Op::Replace, [Fault::After(Box::pin(first))]);
    assert_eq!(world.refresh(&token).await, answer.try_recv().unwrap());
}

/// TK-34
#[tokio::test]
async fn a_random_source_that_fails_is_503_and_changes_nothing() {
    let world = World::new();
    let (code, ticket) = (world.code().await, world.parked(&request()).await);
    world.store.take_ops();
    world.dice.empty.store(true, Ordering::SeqCst);
    world.redeem(&code).await.assert_busy();
    assert_eq!(world.store.take_ops(), [Op::Load]);
    let reply = Seen::from(world.resumed(ticket.ticket()).await.unwrap().approve_all().await);
    assert_eq!(reply.error(), "temporarily_unavailable");
    let reply = Seen::from(world.question(&request()).await.approve_all().await);
    assert_eq!(reply.error(), "temporarily_unavailable");
    world.dice.empty.store(false, Ordering::SeqCst);
    assert_eq!(world.redeem(&code).await.status, 200);
}

struct NoClients;

#[async_trait]
impl ClientStore for NoClients {
    async fn find(&self, _: &ClientId) -> Result<Option<Client>, StoreError> {
        Err(failing())
    }
}

/// AZ-34, TK-34, ST-19, TH-09
#[tokio::test]
async fn a_client_store_that_fails_is_503_everywhere_and_tells_nothing() {
    let world = World::with(|builder| builder.clients(Arc::new(NoClients)));
    let page = world.refused(&request()).await;
    page.assert_page(503);
    assert!(!page.body.contains("hunter2"));
    let reply = world.redeem("gr_c_").await;
    reply.assert_busy();
    assert!(!reply.body.contains("hunter2"));
}

/// AZ-34
#[tokio::test]
async fn a_request_that_needs_no_store_is_not_stopped_by_one_that_fails() {
    let world = World::new();
    world.store.plan(Op::Load, [Fault::FailBefore]);
    world.store.plan(Op::Insert, [Fault::FailBefore]);
    assert!(world.server.authorize(get(&request())).await.is_ok());
    assert!(matches!(world.next(&request(), None).await, Next::LogIn(_)));
    assert_eq!(Seen::from(world.question(&request()).await.deny().await).error(), "access_denied");
}
