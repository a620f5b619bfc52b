//! What a store, a client store or a source of randomness that fails leads to, where a person or a host waits for an answer.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use grantor_core::{
    Client, ClientId, ClientStore, GrantDirectory, GrantStore, Login, Question, StoreError, Subject,
    grant::{Grant, Stage},
    types::GrantId,
};

use crate::kit::{Fault, Op, Seen, Watch, World, ann, app, at, failing, logged, query_of, request, request_with};

/// A client store that can be told to fail.
#[derive(Default)]
struct Clients {
    kept: Mutex<Vec<Client>>,
    fails: AtomicBool,
}

#[async_trait]
impl ClientStore for Clients {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(failing());
        }
        Ok(self.kept.lock().unwrap().iter().find(|client| client.id() == id).cloned())
    }
}

/// A world with `app` in a client store, which the test holds in its hands.
fn stored_clients() -> (World, Arc<Clients>) {
    let clients = Arc::new(Clients { kept: Mutex::new(vec![app()]), ..Clients::default() });
    (World::with(|builder| builder.clients(clients.clone())), clients)
}

/// A login since the beginning.
fn fresh() -> Login {
    Login::new("ann", "ann's session", at(0))
}

/// A request that waited for a fresh login, and came back with one.
async fn waiting(world: &World) -> Vec<Question> {
    let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let query = query_of(&return_to);
    vec![world.question_of(query, fresh()).await, world.question_of(query, fresh()).await]
}

fn assert_trouble(seen: &Seen) {
    assert_eq!((seen.status, seen.error().as_str()), (303, "temporarily_unavailable"));
    assert_eq!(seen.answer()["state"], "the state");
    assert!(!seen.location().contains("hunter2") && !seen.location().contains("code="), "{seen:?}");
}

/// AZ-33, AZ-34, ST-19
#[tokio::test]
async fn a_request_that_waited_is_answered_when_the_store_is_back() {
    for allows in [true, false] {
        let watch = Watch::new();
        let world = World::with(|builder| builder.client(app()).observer(watch.clone()));
        let [first, second] = <[Question; 2]>::try_from(waiting(&world).await).unwrap();
        watch.take();
        world.store.plan(Op::Replace, [Fault::FailBefore]);
        assert_trouble(&Seen::from(if allows { first.approve_all().await } else { first.deny().await }));
        let told = watch.take();
        assert_eq!(told[0], "store_failed - -grant store.unavailable");
        assert!(!told.iter().any(|event| event.starts_with("grant_")), "nothing happened: {told:?}");
        let seen = Seen::from(if allows { second.approve_all().await } else { second.deny().await });
        assert_eq!((seen.answer().contains_key("code"), seen.error() == "access_denied"), (allows, !allows), "{seen:?}");
        world.store.take_ops();
    }
}

/// AZ-33, AZ-40
#[tokio::test]
async fn a_request_that_waited_and_is_gone_cannot_be_denied() {
    let world = World::new();
    let [first, second] = <[Question; 2]>::try_from(waiting(&world).await).unwrap();
    assert!(Seen::from(first.approve_all().await).answer().contains_key("code"));
    Seen::from(second.deny().await).assert_page(400);
    assert!(logged().contains("authorize.handle_unknown"), "{}", logged());
    let [_, forgotten] = <[Question; 2]>::try_from(waiting(&world).await).unwrap();
    world.store.memory.sweep(at(700_000), 9).await.unwrap();
    Seen::from(forgotten.deny().await).assert_page(400);
}

/// AZ-40, ST-10
#[tokio::test]
async fn a_question_whose_grant_is_forgotten_meanwhile_is_a_page() {
    let world = World::new();
    for allows in [true, false] {
        let parked = world.parked(&request()).await;
        let question = world.resumed(parked.ticket()).await.unwrap();
        assert_eq!(world.store.memory.sweep(at(700_000), 9).await.unwrap(), 1);
        let seen = Seen::from(if allows { question.approve_all().await } else { question.deny().await });
        seen.assert_page(400);
    }
    assert!(world.store.memory.is_empty(), "never an upsert");
    assert!(logged().contains("consent.ticket"), "{}", logged());
}

/// ST-19, AZ-34
#[tokio::test]
async fn a_consent_form_comes_back_while_the_clients_cannot_be_read() {
    let (world, clients) = stored_clients();
    let parked = world.parked(&request()).await;
    clients.fails.store(true, Ordering::SeqCst);
    let page = world.resumed(parked.ticket()).await.unwrap_err();
    page.assert_page(503);
    assert!(page.header("retry-after").is_some() && !page.body.contains("hunter2"));
    clients.fails.store(false, Ordering::SeqCst);
    let question = world.resumed(parked.ticket()).await.unwrap();
    assert!(Seen::from(question.approve_all().await).answer().contains_key("code"), "and nothing was lost");
}

/// ST-19, RF-11
#[tokio::test]
async fn a_request_of_a_client_that_is_gone_is_ended_as_soon_as_the_store_can() {
    let (world, clients) = stored_clients();
    let parked = world.parked(&request()).await;
    clients.kept.lock().unwrap().clear();
    world.store.plan(Op::Replace, [Fault::FailBefore]);
    world.resumed(parked.ticket()).await.unwrap_err().assert_page(503);
    world.resumed(parked.ticket()).await.unwrap_err().assert_page(400);
    assert!(logged().contains("consent.unwelcome"), "{}", logged());
    assert_eq!(world.stored(parked.ticket()).await.unwrap().unwrap().stage(), Stage::Ended);
}

/// A directory whose second page fails.
struct FailsLater(Vec<Grant>);

#[async_trait]
impl GrantDirectory for FailsLater {
    async fn of_subject(&self, _: &Subject, after: Option<&GrantId>, limit: usize) -> Result<Vec<Grant>, StoreError> {
        match after {
            None => Ok(self.0.iter().cycle().take(limit).cloned().collect()),
            Some(_) => Err(failing()),
        }
    }

    async fn of_client(&self, _: &ClientId, _: Option<&GrantId>, _: usize) -> Result<Vec<Grant>, StoreError> {
        Err(failing())
    }
}

/// ST-12, ST-19, RF-11
#[tokio::test]
async fn ending_all_of_a_person_or_a_client_tells_when_it_could_not() {
    let world = World::whole();
    let access = world.tokens().await.member("access_token");
    let (ann, app) = (Subject::from("ann"), ClientId::parse("app").unwrap());
    let unavailable = |ended: Result<usize, StoreError>| matches!(ended, Err(StoreError::Unavailable(_)));
    let nobody = FailsLater(Vec::new());
    assert!(unavailable(world.server.end_client(&nobody, &app).await));
    assert_eq!(world.server.end_subject(&nobody, &ann).await.unwrap(), 0);
    let directory = &*world.store.memory;
    for _ in 0..2 {
        world.store.plan(Op::Replace, [Fault::FailBefore]);
        assert!(unavailable(world.server.end_subject(directory, &ann).await));
        world.store.plan(Op::Replace, [Fault::FailBefore]);
        assert!(unavailable(world.server.end_client(directory, &app).await));
        assert!(world.is_alive(&access).await, "nobody was told that it ended, and it did not");
    }
    let grant = world.stored(&access).await.unwrap().unwrap();
    let later = FailsLater(vec![grant]);
    assert!(unavailable(world.server.end_subject(&later, &ann).await), "a page that fails is no end of the list");
    assert!(!world.is_alive(&access).await, "what stood on the first page has ended");
}

/// ST-19, RF-11
#[tokio::test]
async fn connections_are_not_shown_while_the_clients_cannot_be_read() {
    let (world, clients) = stored_clients();
    world.tokens().await;
    let (directory, ann) = (&*world.store.memory, Subject::from("ann"));
    clients.fails.store(true, Ordering::SeqCst);
    let error = world.server.connections(directory, &ann).await.unwrap_err();
    assert!(error.to_string().starts_with("the store is unavailable: ") && !error.to_string().contains("hunter2"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    clients.fails.store(false, Ordering::SeqCst);
    assert_eq!(world.server.connections(directory, &ann).await.unwrap().len(), 1);
}

/// RV-09, ST-19
#[tokio::test]
async fn without_random_bytes_nothing_is_written_and_nothing_ends() {
    let world = World::whole();
    let access = world.tokens().await.member("access_token");
    let parked = world.parked(&request()).await;
    let question = world.resumed(parked.ticket()).await.unwrap();
    world.store.take_ops();
    world.dice.empty.store(true, Ordering::SeqCst);
    world.revoke(&access).await.assert_busy();
    assert_trouble(&Seen::from(question.deny().await));
    assert!(!world.store.take_ops().contains(&Op::Replace), "a write needs a mark of its own");
    assert!(logged().contains("random.unavailable"), "{}", logged());
    assert!(world.is_alive(&access).await);
    world.dice.empty.store(false, Ordering::SeqCst);
    let again = world.server.resume(parked.ticket(), &ann()).await.unwrap();
    assert_eq!(Seen::from(again.deny().await).error(), "access_denied");
    assert_eq!(world.revoke(&access).await.status, 200);
    assert!(!world.is_alive(&access).await);
}

/// AR-14, RF-09, TK-34
#[tokio::test]
async fn what_is_told_again_or_refused_needs_no_random_bytes() {
    let world = World::new();
    let (approved, denied) = (world.parked(&request()).await, world.parked(&request()).await);
    let allow = async || Seen::from(world.resumed(approved.ticket()).await.unwrap().approve_all().await).code();
    let deny = async || Seen::from(world.resumed(denied.ticket()).await.unwrap().deny().await).error();
    let (code, _) = (allow().await, deny().await);
    let token = world.tokens().await.member("refresh_token");
    let next = world.refresh(&token).await.member("refresh_token");
    world.dice.empty.store(true, Ordering::SeqCst);
    assert_eq!((allow().await, deny().await), (code.clone(), "access_denied".to_owned()));
    assert_eq!(world.refresh(&token).await.member("refresh_token"), next);
    world.clock.set(60_000);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant", "too late");
}
