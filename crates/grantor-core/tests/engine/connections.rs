//! What a person has connected, and taking it back.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Client, ClientId, ClientStore, Connection, GrantDirectory, Login, StoreError, Subject, grant::Grant,
    types::GrantId,
};

use crate::kit::{Fault, Op, REDIRECT_URI, Seen, World, ann, app, at, failing, request, request_with, web};

/// Where the clients may change.
struct Clients(Mutex<Vec<Client>>);

#[async_trait]
impl ClientStore for Clients {
    async fn find(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.0.lock().unwrap().iter().find(|client| client.id() == id).cloned())
    }
}

async fn connections(world: &World, person: &str) -> Vec<Connection> {
    world.server.connections(&*world.store.memory, &Subject::from(person)).await.unwrap()
}

async fn disconnect(world: &World, client: &str) -> usize {
    let client = ClientId::parse(client).unwrap();
    world.server.disconnect(&*world.store.memory, &Subject::from("ann"), &client).await.unwrap()
}

fn named(id: &str, name: &str) -> Client {
    Client::public(id).name(name).redirect_uri(REDIRECT_URI).refresh_tokens().build().unwrap()
}

/// A code of this person for this client.
async fn code(world: &World, client: &str, scope: &str, person: Login) -> String {
    let query = request_with(&[("client_id", client), ("scope", scope)]);
    Seen::from(world.question_of(&query, person).await.approve_all().await).code()
}

async fn redeemed(world: &World, client: &str, code: &str) -> Seen {
    let form = [("grant_type", "authorization_code"), ("client_id", client), ("code", code)];
    world.token(&[&form[..], &[("code_verifier", crate::kit::VERIFIER)]].concat()).await
}

/// RF-11
#[tokio::test]
async fn a_person_sees_each_client_once_with_all_that_it_may_do() {
    let world = World::with(|builder| {
        let builder = builder.client(named("mailer", "A mailer")).client(named("zed", "Zed")).client(app());
        builder.resource("https://api.example/").resource("https://other.example/")
    });
    assert!(connections(&world, "ann").await.is_empty());
    for (instant, client, scope) in [(1_000, "zed", "profile"), (2_000, "mailer", "mail"), (3_000, "mailer", "profile")] {
        world.clock.set(instant);
        let code = code(&world, client, scope, ann()).await;
        assert_eq!(redeemed(&world, client, &code).await.status, 200);
    }
    let _bobs = code(&world, "app", "mail", Login::new("bob", "bob's", at(0))).await;
    let _parked = world.parked(&request()).await;
    let seen: Vec<_> = connections(&world, "ann").await;
    let facts: Vec<_> = seen
        .iter()
        .map(|one| {
            let mut scopes: Vec<_> = one.scopes.iter().map(|scope| (scope.name.as_str(), scope.description.as_str())).collect();
            scopes.sort_unstable();
            (one.client_id.as_str(), one.client_name.as_str(), scopes, one.since, one.grants)
        })
        .collect();
    let (mail, profile) = (("mail", "Your mail"), ("profile", "Your name"));
    assert_eq!(
        facts,
        [("mailer", "A mailer", vec![mail, profile], at(2_000), 2), ("zed", "Zed", vec![profile], at(1_000), 1)],
        "what is parked, and what is another person's, is not there"
    );
    assert!(seen.iter().all(|one| one.resources == ["https://api.example/"]), "{seen:?}");
    assert_eq!(connections(&world, "bob").await.len(), 1, "a code that waits counts");
}

/// RF-11, RI-02
#[tokio::test]
async fn a_connection_names_each_resource_once_and_since_when_it_is_there() {
    let resources = ["https://api.example/", "https://other.example/"];
    let world = World::with(|builder| builder.client(app()).resource(resources[0]).resource(resources[1]));
    for (instant, named) in [(2_000, &resources[1..]), (3_000, &resources[..]), (4_000, &resources[..1])] {
        world.clock.set(instant);
        let mut changes = vec![("scope", "mail")];
        changes.extend(named.iter().map(|resource| ("resource", *resource)));
        let code = Seen::from(world.question(&request_with(&changes)).await.approve_all().await).code();
        assert_eq!(redeemed(&world, "app", &code).await.status, 200);
    }
    let [one] = <[Connection; 1]>::try_from(connections(&world, "ann").await).unwrap();
    assert_eq!((one.client_name.as_str(), one.since, one.grants), ("app", at(2_000), 3), "without a name it has its identifier");
    assert_eq!(one.resources, resources);
    assert_eq!(one.scopes.iter().map(|scope| scope.name.as_str()).collect::<Vec<_>>(), ["mail"]);
}

/// RF-11
#[tokio::test]
async fn what_has_died_by_itself_is_not_connected() {
    let once = Client::public("once").redirect_uri(REDIRECT_URI).build().unwrap();
    let world = World::with(|builder| builder.client(app()).client(once));
    let code_of_once = code(&world, "once", "mail", ann()).await;
    assert_eq!(redeemed(&world, "once", &code_of_once).await.status, 200);
    let _unredeemed = code(&world, "app", "mail", ann()).await;
    assert_eq!(connections(&world, "ann").await.len(), 2);
    world.clock.set(60_000);
    assert_eq!(connections(&world, "ann").await.len(), 1, "the code is over");
    world.clock.set(600_000);
    assert!(connections(&world, "ann").await.is_empty(), "and the access token too");
}

/// RF-11
#[tokio::test]
async fn a_refresh_token_alone_keeps_a_client_connected() {
    let world = World::with(|builder| builder.client(app()));
    let code = code(&world, "app", "mail", ann()).await;
    assert_eq!(redeemed(&world, "app", &code).await.status, 200);
    world.clock.set(600_000);
    assert_eq!(connections(&world, "ann").await.len(), 1, "the access token is over");
    world.clock.set(30 * 86_400_000);
    assert!(connections(&world, "ann").await.is_empty(), "and the line too");
}

/// RF-11
#[tokio::test]
async fn a_client_that_is_gone_is_shown_by_its_identifier_and_can_be_disconnected() {
    let clients = Arc::new(Clients(Mutex::new(vec![named("mailer", "A mailer")])));
    let world = World::with(|builder| builder.clients(clients.clone()));
    let code = code(&world, "mailer", "mail", ann()).await;
    let tokens = redeemed(&world, "mailer", &code).await;
    clients.0.lock().unwrap().clear();
    assert_eq!(connections(&world, "ann").await[0].client_name, "mailer");
    assert_eq!(disconnect(&world, "mailer").await, 1);
    assert_eq!(world.verify(&tokens.member("access_token")).await.unwrap_err().status, 401);
}

/// RF-11, ST-12, IN-06
#[tokio::test]
async fn disconnecting_ends_all_that_the_person_allowed_that_client_and_nothing_else() {
    let world =
        World::with(|builder| builder.client(app()).client(named("other", "Other")).client(web()).client(crate::kit::api()));
    let (first, second) = (world.tokens().await, world.tokens().await);
    let waiting = world.code().await;
    let others = redeemed(&world, "other", &code(&world, "other", "mail", ann()).await).await;
    let bobs = code(&world, "app", "mail", Login::new("bob", "bob's", at(0))).await;
    let bobs = world.redeem(&bobs).await;
    assert_eq!(disconnect(&world, "app").await, 3);
    for tokens in [&first, &second] {
        assert!(!world.is_alive(&tokens.member("access_token")).await);
        assert_eq!(world.refresh(&tokens.member("refresh_token")).await.error(), "invalid_grant");
    }
    assert_eq!(world.redeem(&waiting).await.error(), "invalid_grant");
    assert!(world.is_alive(&others.member("access_token")).await && world.is_alive(&bobs.member("access_token")).await);
    assert_eq!(world.refresh(&bobs.member("refresh_token")).await.status, 200);
    let left: Vec<_> = connections(&world, "ann").await.into_iter().map(|one| one.client_name).collect();
    assert_eq!(left, ["Other"]);
    assert_eq!(disconnect(&world, "app").await, 0, "again, and nothing is left");
    assert_eq!(disconnect(&world, "nobody").await, 0);
    assert_eq!(world.tokens().await.status, 200, "and it may be connected anew");
    assert_eq!(connections(&world, "ann").await.len(), 2);
}

/// RF-11, ST-12
#[tokio::test]
async fn one_grant_is_ended_once() {
    let world = World::whole();
    let tokens = world.tokens().await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let grant = *world.verify(&access).await.unwrap().grant_id().unwrap();
    assert!(world.server.end_grant(&grant).await.unwrap());
    assert!(!world.is_alive(&access).await);
    assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
    assert!(!world.server.end_grant(&grant).await.unwrap());
    assert!(!world.server.end_grant(&GrantId::from_bytes([7; 16])).await.unwrap());
    let of_client = world.own_token(&[]).await.member("access_token");
    let grant = *world.stored(&of_client).await.unwrap().unwrap().id();
    assert!(world.server.end_grant(&grant).await.unwrap() && !world.is_alive(&of_client).await);
}

/// ST-20, ST-12
#[tokio::test]
async fn another_issuers_grants_on_the_same_store_are_neither_shown_nor_ended() {
    let world = World::whole();
    let builder = AuthorizationServer::builder("https://other.example").scope("profile", "Your name").scope("mail", "Your mail");
    let other = builder.client(app()).clock(world.clock.clone()).grants(world.store.clone()).build().unwrap();
    let access = world.tokens().await.member("access_token");
    let grant = *world.verify(&access).await.unwrap().grant_id().unwrap();
    let (directory, ann, app) = (&*world.store.memory, Subject::from("ann"), ClientId::parse("app").unwrap());
    assert!(other.connections(directory, &ann).await.unwrap().is_empty());
    assert_eq!(other.disconnect(directory, &ann, &app).await.unwrap(), 0);
    assert_eq!(other.end_subject(directory, &ann).await.unwrap() + other.end_client(directory, &app).await.unwrap(), 0);
    assert!(!other.end_grant(&grant).await.unwrap());
    assert!(world.is_alive(&access).await);
}

/// A directory that fails.
struct Broken;

#[async_trait]
impl GrantDirectory for Broken {
    async fn of_subject(&self, _: &Subject, _: Option<&GrantId>, _: usize) -> Result<Vec<Grant>, StoreError> {
        Err(failing())
    }

    async fn of_client(&self, _: &ClientId, _: Option<&GrantId>, _: usize) -> Result<Vec<Grant>, StoreError> {
        Err(failing())
    }
}

/// ST-19, RF-11
#[tokio::test]
async fn a_store_that_fails_is_an_error_and_never_an_empty_list() {
    let world = World::whole();
    let tokens = world.tokens().await;
    let (ann, app) = (Subject::from("ann"), ClientId::parse("app").unwrap());
    assert!(matches!(world.server.connections(&Broken, &ann).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(world.server.disconnect(&Broken, &ann, &app).await, Err(StoreError::Unavailable(_))));
    let directory = &*world.store.memory;
    world.store.plan(Op::Replace, [Fault::FailBefore]);
    assert!(matches!(world.server.disconnect(directory, &ann, &app).await, Err(StoreError::Unavailable(_))));
    assert!(world.is_alive(&tokens.member("access_token")).await);
    world.store.plan(Op::Replace, [Fault::Lose, Fault::FailAfter]);
    assert_eq!(world.server.disconnect(directory, &ann, &app).await.unwrap(), 1, "written, though nobody was told");
    assert!(!world.is_alive(&tokens.member("access_token")).await);
}

/// ST-08, RF-11
#[tokio::test]
async fn a_refresh_that_races_with_the_end_gets_nothing_that_lives() {
    let world = World::whole();
    let tokens = world.tokens().await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let builder = AuthorizationServer::builder("https://id.example").scope("profile", "Your name").scope("mail", "Your mail");
    let other = builder.client(app()).clock(world.clock.clone()).random(world.dice.clone());
    let other = other.grants(world.store.memory.clone()).build().unwrap();
    let (send, answer) = std::sync::mpsc::channel();
    let body = format!("grant_type=refresh_token&client_id=app&refresh_token={refresh}");
    let first = async move { send.send(Seen::from(other.token(crate::kit::form(&body)).await)).unwrap() };
    world.store.plan(Op::Replace, [Fault::After(Box::pin(first))]);
    assert_eq!(disconnect(&world, "app").await, 1);
    let won = answer.try_recv().unwrap();
    assert_eq!(won.status, 200);
    assert!(!world.is_alive(&access).await && !world.is_alive(&won.member("access_token")).await);
    assert_eq!(world.refresh(&won.member("refresh_token")).await.error(), "invalid_grant");
}
