//! Revoking on a store that fails and beside others that act (RFC 7009).

use grantor_core::{AuthorizationServer, Endpoint};

use crate::kit::{Fault, Op, Seen, World, api, app, bot, form, web};

/// Another process on the same store.
fn another_server(world: &World) -> AuthorizationServer {
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    let builder = builder.client(app()).client(web()).client(api()).client(bot());
    builder.clock(world.clock.clone()).random(world.dice.clone()).grants(world.store.memory.clone()).build().unwrap()
}

async fn refreshed_at(server: AuthorizationServer, token: String) -> Seen {
    let body = format!("grant_type=refresh_token&client_id=app&refresh_token={token}");
    server.token(form(&body)).await.into()
}

async fn revoked_at(server: AuthorizationServer, token: String) -> Seen {
    server.revoke(form(&format!("client_id=app&token={token}"))).await.into()
}

async fn pair(world: &World) -> (String, String) {
    let tokens = world.tokens().await;
    world.store.take_ops();
    (tokens.member("access_token"), tokens.member("refresh_token"))
}

/// RV-01, RV-06
#[tokio::test]
async fn a_revocation_is_one_load_and_one_swap() {
    let world = World::whole();
    for of_grant in [true, false] {
        let (access, refresh) = pair(&world).await;
        let reply = world.revoke(if of_grant { &refresh } else { &access }).await;
        assert_eq!((reply.status, reply.body.as_str()), (200, ""));
        assert_eq!(world.store.take_ops(), [Op::Load, Op::Replace]);
        assert!(!world.is_alive(&access).await);
        assert_eq!(world.refresh(&refresh).await.status, if of_grant { 400 } else { 200 });
        world.store.take_ops();
    }
}

/// RV-01, RV-06
#[tokio::test]
async fn an_access_token_dies_alone_and_its_older_sisters_live() {
    let world = World::whole();
    let (first, refresh) = pair(&world).await;
    let second = world.refresh(&refresh).await;
    assert_eq!(world.revoke(&second.member("access_token")).await.status, 200);
    assert!(world.is_alive(&first).await && !world.is_alive(&second.member("access_token")).await);
}

/// RV-01, RF-09
#[tokio::test]
async fn a_retry_never_hands_out_a_revoked_access_token_again() {
    let world = World::whole();
    let (_, refresh) = pair(&world).await;
    let next = world.refresh(&refresh).await;
    assert_eq!(world.revoke(&next.member("access_token")).await.status, 200);
    let retried = world.refresh(&refresh).await;
    assert_eq!((retried.status, retried.error().as_str()), (400, "invalid_grant"));
    assert_eq!(world.refresh(&next.member("refresh_token")).await.status, 200, "and the line goes on");
}

/// RV-02, RV-05
#[tokio::test]
async fn what_changes_nothing_is_answered_alike_and_writes_nothing() {
    let world = World::whole();
    let code = world.code().await;
    let (access, refresh) = pair(&world).await;
    let dead = world.tokens().await.member("refresh_token");
    let good = world.revoke(&dead).await;
    world.store.take_ops();
    let foreign = [("a foreign access token", "web", &access), ("a foreign refresh token", "web", &refresh)];
    let mut forged = refresh.clone();
    forged.replace_range(40..41, if &refresh[40..41] == "A" { "B" } else { "A" });
    let own = [("revoked before", "app", &dead), ("forged", "app", &forged), ("a code", "app", &code)];
    let (nothing, padded) = ("gr_a_".to_owned(), format!("{access}="));
    for (case, client, token) in foreign.into_iter().chain(own).chain([("no id", "app", &nothing), ("padded", "app", &padded)]) {
        assert_eq!(world.ask(Endpoint::Revocation, client, &[("token", token)]).await, good, "{case}");
        assert!(!world.store.take_ops().contains(&Op::Replace), "{case}");
    }
    assert!(world.is_alive(&access).await);
    assert_eq!((world.refresh(&refresh).await.status, world.redeem(&code).await.status), (200, 200));
}

/// RV-02
#[tokio::test]
async fn expired_tokens_are_answered_as_all_others() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    let good = world.revoke("garbage").await;
    world.clock.set(100 * 86_400_000);
    for token in [&access, &refresh] {
        assert_eq!(world.revoke(token).await, good);
    }
}

/// RV-09, ST-19
#[tokio::test]
async fn a_store_that_fails_is_503_and_the_token_lives_on() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    for token in [&access, &refresh] {
        world.store.plan(Op::Load, [Fault::FailBefore]);
        world.revoke(token).await.assert_busy();
        world.store.plan(Op::Replace, [Fault::FailBefore]);
        world.revoke(token).await.assert_busy();
        world.store.plan(Op::Replace, (0..8).map(|_| Fault::Lose));
        world.revoke(token).await.assert_busy();
    }
    assert!(world.is_alive(&access).await);
    assert_eq!(world.revoke(&refresh).await.status, 200, "another try");
    assert!(!world.is_alive(&access).await);
}

/// RV-09, ST-19, TH-09
#[tokio::test]
async fn a_failure_tells_nothing_of_the_store() {
    let world = World::whole();
    let (access, _) = pair(&world).await;
    for endpoint in [Endpoint::Revocation, Endpoint::Introspection] {
        world.store.plan(Op::Load, [Fault::FailBefore]);
        let reply = world.ask(endpoint, "web", &[("token", &access)]).await;
        reply.assert_busy();
        assert!(!reply.body.contains("hunter2") && !reply.body.contains("postgres"), "{}", reply.body);
    }
}

/// RV-09, ST-13
#[tokio::test]
async fn a_lost_swap_is_tried_again_and_one_of_unknown_outcome_is_looked_for() {
    let (load, replace) = (Op::Load, Op::Replace);
    for (faults, ops) in [
        (vec![Fault::Lose], vec![load, replace, load, replace]),
        ((0..7).map(|_| Fault::Lose).collect(), [load, replace].repeat(8)),
        (vec![Fault::FailAfter], vec![load, replace, load]),
        (vec![Fault::Lose, Fault::FailAfter], vec![load, replace, load, replace, load]),
    ] {
        let world = World::whole();
        let (access, refresh) = pair(&world).await;
        world.store.plan(Op::Replace, faults);
        assert_eq!(world.revoke(&refresh).await.status, 200);
        assert_eq!(world.store.take_ops(), ops);
        assert!(!world.is_alive(&access).await);
        assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
    }
}

/// ST-08
#[tokio::test]
async fn a_refresh_that_comes_first_is_revoked_as_well() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    let (send, answer) = std::sync::mpsc::channel();
    let first = refreshed_at(another_server(&world), refresh.clone());
    world.store.plan(Op::Replace, [Fault::After(Box::pin(async move { send.send(first.await).unwrap() }))]);
    assert_eq!(world.revoke(&refresh).await.status, 200);
    let won = answer.try_recv().unwrap();
    assert_eq!(won.status, 200, "the refresh won the race");
    assert!(!world.is_alive(&access).await && !world.is_alive(&won.member("access_token")).await);
    for token in [&refresh, &won.member("refresh_token")] {
        assert_eq!(world.refresh(token).await.error(), "invalid_grant");
    }
}

/// ST-08
#[tokio::test]
async fn a_refresh_that_comes_second_gets_nothing() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    let revoked = revoked_at(another_server(&world), refresh.clone());
    world.store.plan(Op::Replace, [Fault::After(Box::pin(async { assert_eq!(revoked.await.status, 200) }))]);
    let reply = world.refresh(&refresh).await;
    assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_grant"));
    assert!(!world.is_alive(&access).await);
}

/// ST-08, ST-13
#[tokio::test]
async fn a_refresh_whose_write_was_overtaken_by_a_revocation_gets_nothing() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    let revoked = revoked_at(another_server(&world), refresh.clone());
    let act = Box::pin(async { assert_eq!(revoked.await.status, 200) });
    world.store.plan(Op::Replace, [Fault::FailOvertaken(act)]);
    assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
    assert!(!world.is_alive(&access).await);
}

/// ST-08, RV-06
#[tokio::test]
async fn an_access_token_is_revoked_whatever_refresh_comes_between() {
    let world = World::whole();
    let (access, refresh) = pair(&world).await;
    let (send, answer) = std::sync::mpsc::channel();
    let first = refreshed_at(another_server(&world), refresh.clone());
    world.store.plan(Op::Replace, [Fault::After(Box::pin(async move { send.send(first.await).unwrap() }))]);
    assert_eq!(world.revoke(&access).await.status, 200);
    assert!(!world.is_alive(&access).await && world.is_alive(&answer.try_recv().unwrap().member("access_token")).await);
}

/// ST-22, RV-09
#[test]
fn a_dropped_revocation_leaves_a_token_that_lives_or_a_dead_grant() {
    let dropped = crate::cancellation::dropped_everywhere(
        |world| crate::cancellation::done(world.tokens()),
        async |world, tokens| world.revoke(&tokens.member("refresh_token")).await,
        |world, tokens| {
            let alive = crate::cancellation::done(world.verify(&tokens.member("access_token"))).is_ok();
            let replaced = world.store.take_ops().contains(&Op::Replace);
            assert!(alive || replaced, "nothing dies before the write was begun");
            let again = crate::cancellation::done(world.revoke(&tokens.member("refresh_token")));
            assert_eq!(again.status, 200);
            assert!(crate::cancellation::done(world.verify(&tokens.member("access_token"))).is_err());
        },
    );
    assert_eq!(dropped, 4, "before and after the write, among others");
}
