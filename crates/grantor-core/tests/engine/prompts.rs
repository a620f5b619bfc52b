//! `prompt` and `max_age`: who must log in again, who must be asked, and that nothing loops.

use grantor_core::{Client, Login, Next};

use crate::kit::{REDIRECT_URI, Seen, Watch, World, ann, app, at, query_of, request_with, web};

fn ann_since(milliseconds: i64) -> Login {
    Login::new("ann", "ann's session", at(milliseconds))
}

/// AZ-40, AR-22, AR-23, AR-25
#[tokio::test]
async fn a_request_for_a_fresh_login_neither_loops_nor_passes_with_an_old_one() {
    for demand in [("prompt", "login"), ("prompt", "select_account"), ("prompt", "consent login"), ("max_age", "0")] {
        let world = World::new();
        world.clock.set(500);
        let return_to = world.log_in(&request_with(&[demand]), Some(ann())).await;
        assert_eq!(world.store.memory.len(), 1);
        // Who comes back without a login, or with the old one, is sent to the same place again, and nothing more is kept.
        for login in [None, Some(ann()), Some(ann_since(-1_000))] {
            assert_eq!(world.log_in(query_of(&return_to), login).await, return_to, "{demand:?}");
        }
        assert_eq!(world.store.memory.len(), 1);
        world.clock.set(300_000);
        // A host that keeps whole seconds has a login in the same second.
        for since in [0, 500, 300_000] {
            let question = world.question_of(query_of(&return_to), ann_since(since)).await;
            assert_eq!(question.must_ask(), demand.1.contains("consent"), "{demand:?}");
        }
        let question = world.question_of(query_of(&return_to), ann_since(300_000)).await;
        let parked = question.park().await.unwrap();
        let code = Seen::from(world.server.resume(parked.ticket(), &ann_since(300_000)).await.unwrap().approve_all().await);
        assert_eq!((code.answer()["state"].as_str(), world.redeem(&code.code()).await.status), ("the state", 200));
        // The handle is used up.
        world.refused(query_of(&return_to)).await.assert_page(400);
    }
}

/// AR-22
#[tokio::test]
async fn a_request_that_waited_for_a_login_is_approved_once_and_not_when_its_page_is_shown() {
    let watch = Watch::new();
    let world = World::with(|builder| builder.client(app()).observer(watch.clone()));
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let parked = world.question_of(query_of(&return_to), ann_since(0)).await.park().await.unwrap();
    assert!(watch.take().is_empty(), "nothing is granted yet");
    let _ = world.server.resume(parked.ticket(), &ann_since(0)).await.unwrap().approve_all().await;
    assert_eq!(watch.take(), ["grant_approved app +grant ann profile mail"]);
}

/// AR-25
#[tokio::test]
async fn max_age_is_counted_in_whole_seconds_since_the_login() {
    let world = World::new();
    let query = request_with(&[("max_age", "60")]);
    for since in [-60_999, -60_000, -1] {
        assert!(matches!(world.next(&query, Some(ann_since(since))).await, Next::Ask(_)), "{since}");
    }
    let return_to = world.log_in(&query, Some(ann_since(-61_000))).await;
    // A login since then is fresh, however long the person then takes.
    world.clock.set(500_000);
    let _ = world.question_of(query_of(&return_to), ann_since(1_000)).await;
    for bad in ["-1", "+1", "1.5", "x", "4294967296", " 1"] {
        assert_eq!(world.refused(&request_with(&[("max_age", bad)])).await.error(), "invalid_request", "{bad}");
    }
    let _ = world.question(&request_with(&[("max_age", "")])).await;
}

/// AR-18, AR-19
#[tokio::test]
async fn without_a_page_a_missing_login_or_consent_is_told_to_the_client() {
    let world = World::with(|builder| {
        let cli = Client::public("cli").redirect_uri("http://127.0.0.1/cb").build().unwrap();
        builder.client(app()).client(web()).client(cli)
    });
    let quiet = |changes: &[(&str, &str)]| request_with(&[&[("prompt", "none")], changes].concat());
    let unknown = world.answered(&quiet(&[]), None).await;
    assert_eq!((unknown.status, unknown.error().as_str()), (303, "login_required"));
    assert_eq!(unknown.answer()["state"], "the state");
    assert_eq!(world.answered(&quiet(&[("max_age", "59")]), Some(ann())).await.error(), "login_required");
    assert_eq!(world.answered(&quiet(&[("max_age", "0")]), Some(ann_since(0))).await.error(), "login_required");

    let cli = [("client_id", "cli"), ("redirect_uri", "http://127.0.0.1:4711/cb")];
    let unsure = world.answered(&quiet(&cli), Some(ann())).await;
    assert_eq!(unsure.error(), "consent_required", "a loopback client proves nothing about itself");
    assert!(unsure.location().starts_with("http://127.0.0.1:4711/cb?"));

    // A client that proves itself is the host's to judge: known consent is approved, and what is not known is told.
    let parked = world.question(&quiet(&[])).await.park().await;
    assert_eq!(Seen::from(parked.unwrap_err()).error(), "consent_required");
    let approved = Seen::from(world.question(&quiet(&[])).await.approve_all().await);
    assert_eq!(world.redeem(&approved.code()).await.status, 200);
}

/// AR-21, AR-24
#[tokio::test]
async fn a_prompt_that_is_not_understood_is_refused() {
    let world = World::new();
    for bad in ["none login", "login none", "none consent", "Login", "create", "login  consent", " login", "none\t"] {
        let reply = world.refused(&request_with(&[("prompt", bad)])).await;
        assert_eq!((reply.status, reply.error().as_str()), (303, "invalid_request"), "{bad}");
    }
    let _ = world.question(&request_with(&[("prompt", "")])).await;
    let _ = world.question(&request_with(&[("prompt", "consent consent")])).await;
}

/// AR-23
#[tokio::test]
async fn consent_that_is_demanded_is_asked_for_whatever_was_agreed_before() {
    let world = World::new();
    let query = request_with(&[("prompt", "consent")]);
    let question = world.question(&query).await;
    assert!(question.must_ask());
    assert_eq!(Seen::from(question.approve_all().await).error(), "consent_required");
    let parked = world.parked(&query).await;
    let question = world.resumed(parked.ticket()).await.unwrap();
    assert!(Seen::from(question.approve_all().await).answer().contains_key("code"));
}

/// AZ-40, TH-14, TH-15
#[tokio::test]
async fn a_request_that_waits_goes_to_the_first_login_and_to_no_other_after_it() {
    let world = World::new();
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let parked = world.question_of(query_of(&return_to), ann_since(0)).await.park().await.unwrap();
    for other in [Login::new("bob", "ann's session", at(0)), Login::new("ann", "another session", at(0))] {
        let page = world.pending(query_of(&return_to)).await.next(Some(other)).await.unwrap_err();
        Seen::from(page).assert_page(400);
    }
    // Its own login may come back by the browser's back button; then the newer ticket counts.
    let newer = world.question_of(query_of(&return_to), ann_since(0)).await.park().await.unwrap();
    world.server.resume(parked.ticket(), &ann_since(0)).await.unwrap_err();
    let _ = world.server.resume(newer.ticket(), &ann_since(0)).await.unwrap();
}

/// AZ-40, AZ-33
#[tokio::test]
async fn a_request_that_waited_and_was_denied_stays_denied() {
    let watch = Watch::new();
    let world = World::with(|builder| builder.client(app()).observer(watch.clone()));
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let (one, other) = (
        world.question_of(query_of(&return_to), ann_since(0)).await,
        world.question_of(query_of(&return_to), ann_since(0)).await,
    );
    let denied = Seen::from(one.deny().await);
    assert_eq!((denied.status, denied.error().as_str()), (303, "access_denied"));
    assert_eq!(watch.take()[..2], ["grant_denied app +grant ann", "grant_ended app +grant denied"]);
    Seen::from(other.approve_all().await).assert_page(400);
    world.refused(query_of(&return_to)).await.assert_page(400);
}

/// AZ-40, TH-15
#[tokio::test]
async fn of_two_logins_that_race_for_a_waiting_request_one_gets_it() {
    let world = World::new();
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let bob = Login::new("bob", "bob's session", at(0));
    let (one, other) =
        (world.question_of(query_of(&return_to), ann_since(0)).await, world.question_of(query_of(&return_to), bob).await);
    let parked = one.park().await.unwrap();
    Seen::from(other.park().await.unwrap_err()).assert_page(400);
    let _ = world.server.resume(parked.ticket(), &ann_since(0)).await.unwrap();
}

/// AZ-40
#[tokio::test]
async fn a_handle_is_good_for_ten_minutes_for_its_own_client_and_as_nothing_else() {
    let world = World::new();
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let query = query_of(&return_to).to_owned();
    world.refused(&query.replace("client_id=app", "client_id=web")).await.assert_page(400);
    let handle = query.rsplit_once("%3A").unwrap().1;
    world.resumed(&handle.replace("gr_h_", "gr_t_")).await.unwrap_err().assert_page(400);
    world.resumed(handle).await.unwrap_err().assert_page(400);
    world.clock.set(599_999);
    let _ = world.question_of(&query, ann_since(0)).await;
    world.clock.set(600_000);
    world.refused(&query).await.assert_page(400);
    // What only looks like one is a request_uri like any other.
    let near = request_with(&[("request_uri", "urn:ietf:params:oauth:request_uri:gr_h_x")]);
    assert_eq!(world.refused(&near).await.error(), "request_uri_not_supported");
}

/// AZ-38, AR-25
#[tokio::test]
async fn what_is_approved_after_a_fresh_login_knows_that_login() {
    use grantor_core::GrantStore;
    let world = World::new();
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let fresh = ann_since(2_000).acr("gold").amr(["pwd", "otp"]);
    let code = Seen::from(world.question_of(query_of(&return_to), fresh).await.approve_all().await).code();
    let access = world.verify(&world.redeem(&code).await.member("access_token")).await.unwrap();
    let grant = world.store.memory.load(access.grant_id().unwrap()).await.unwrap().unwrap();
    assert_eq!((grant.auth_time(), grant.acr()), (Some(at(2_000)), Some("gold")));
    assert!(grant.amr().eq(["pwd", "otp"]) && access.sub() == "ann");
    assert_eq!(grant.asked().unwrap().redirect_uri(), REDIRECT_URI);
}
