//! Whether a grant is still welcome: the host's word on the person, and the client as it is now. Rows P2, R6 and F5.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use grantor_core::{
    Client, ClientStore, Login, StillWelcome, StoreError, Subject,
    grant::Grant,
    server::Builder,
    types::{ClientBuilder, ClientId},
};

use crate::kit::{REDIRECT_URI, Seen, World, app, at, failing, form, query_of, request, request_with};

/// A host's hook: what it says, and how often it was asked.
#[derive(Default)]
struct Hook {
    says: Mutex<Says>,
    asked: AtomicUsize,
}

#[derive(Default, Clone, Copy)]
enum Says {
    #[default]
    Yes,
    No,
    CannotTell,
}

impl Hook {
    fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    fn take_asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl StillWelcome for Hook {
    async fn still_welcome(&self, subject: &Subject, grant: &Grant) -> Result<bool, StoreError> {
        assert_eq!((subject.as_str(), grant.client_id().as_str()), ("ann", "app"));
        self.asked.fetch_add(1, Ordering::SeqCst);
        match *self.says.lock().unwrap() {
            Says::Yes => Ok(true),
            Says::No => Ok(false),
            Says::CannotTell => Err(failing()),
        }
    }
}

fn hooked() -> (Arc<Hook>, World) {
    let hook = Arc::new(Hook::default());
    let world = World::with(|builder| builder.client(app()).still_welcome(hook.clone()));
    (hook, world)
}

/// A client that changes while its grants live.
struct Changing(Mutex<Option<Client>>);

#[async_trait]
impl ClientStore for Changing {
    async fn find(&self, _: &ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.0.lock().unwrap().clone())
    }
}

async fn allow(world: &World, ticket: &str) -> Seen {
    match world.resumed(ticket).await {
        Ok(question) => question.approve_all().await.into(),
        Err(page) => page,
    }
}

/// RF-03, TK-22, TK-33, AZ-38
#[tokio::test]
async fn a_person_who_is_no_longer_welcome_ends_every_grant_that_comes_up() {
    let (hook, world) = hooked();
    let (waiting, answered) = (world.parked(&request()).await, world.parked(&request()).await);
    let code_of_answered = allow(&world, answered.ticket()).await.code();
    let (code, tokens) = (world.code().await, world.tokens().await);
    let refresh = tokens.member("refresh_token");
    hook.says(Says::No);
    allow(&world, waiting.ticket()).await.assert_page(400);
    allow(&world, answered.ticket()).await.assert_page(400);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
    // A change of mind comes too late: the grants have ended.
    hook.says(Says::Yes);
    allow(&world, waiting.ticket()).await.assert_page(400);
    assert_eq!(world.redeem(&code_of_answered).await.error(), "invalid_grant");
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
    assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
    assert_eq!(world.verify(&tokens.member("access_token")).await.unwrap_err().status, 401);
}

/// AR-14
#[tokio::test]
async fn whoever_is_not_welcome_ends_the_code_also_when_the_same_answer_comes_too_late() {
    let (hook, world) = hooked();
    let parked = world.parked(&request()).await;
    let code = allow(&world, parked.ticket()).await.code();
    world.clock.set(10_000);
    hook.says(Says::No);
    allow(&world, parked.ticket()).await.assert_page(400);
    hook.says(Says::Yes);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
}

/// RF-09
#[tokio::test]
async fn a_retry_asks_the_host_as_well() {
    let (hook, world) = hooked();
    let token = world.tokens().await.member("refresh_token");
    let next = world.refresh(&token).await.member("refresh_token");
    hook.says(Says::No);
    assert_eq!(world.refresh(&token).await.error(), "invalid_grant");
    hook.says(Says::Yes);
    assert_eq!(world.refresh(&next).await.error(), "invalid_grant", "the retry ended the grant");
}

/// ST-19
#[tokio::test]
async fn a_host_that_cannot_tell_is_503_and_changes_nothing() {
    let (hook, world) = hooked();
    let (parked, code) = (world.parked(&request()).await, world.code().await);
    let refresh = world.tokens().await.member("refresh_token");
    hook.says(Says::CannotTell);
    assert_eq!(allow(&world, parked.ticket()).await.error(), "temporarily_unavailable");
    world.redeem(&code).await.assert_busy();
    world.refresh(&refresh).await.assert_busy();
    hook.says(Says::Yes);
    assert_eq!(world.redeem(&allow(&world, parked.ticket()).await.code()).await.status, 200);
    assert_eq!(world.redeem(&code).await.status, 200);
    assert_eq!(world.refresh(&refresh).await.status, 200);
}

/// TK-24
#[tokio::test]
async fn the_host_is_asked_once_and_only_when_everything_else_is_right() {
    let (hook, world) = hooked();
    let code = world.code().await;
    hook.take_asked();
    let wrong = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", code.as_str()), ("code_verifier", "x")];
    world.token(&wrong).await;
    assert_eq!(hook.take_asked(), 0);
    let tokens = world.redeem(&code).await;
    assert_eq!(hook.take_asked(), 1);
    world.verify(&tokens.member("access_token")).await.unwrap();
    world.refresh("gr_r_nonsense").await;
    world.redeem(&code).await;
    assert_eq!(hook.take_asked(), 0, "nobody is asked about a replay");
    let old = world.tokens().await.member("refresh_token");
    world.refresh(&old).await;
    world.clock.set(10_000);
    hook.take_asked();
    assert_eq!(world.refresh(&old).await.error(), "invalid_grant");
    assert_eq!(hook.take_asked(), 0, "nor about a reuse");
    let access = world.tokens().await.member("access_token");
    hook.take_asked();
    let answer: Seen = world.server.revoke(form(&format!("client_id=app&token={access}"))).await.into();
    assert_eq!((answer.status, hook.take_asked()), (200, 0), "nor about a revocation");
}

/// AR-22, AZ-38
#[tokio::test]
async fn whose_request_waited_for_a_login_is_asked_about_at_a_yes_and_not_at_a_no() {
    let (hook, world) = hooked();
    let now = Login::new("ann", "ann's session", at(0));
    // Twice at the place to return to: the first time binds the request to Ann.
    let question = async || {
        let return_to = world.log_in(&request_with(&[("prompt", "login")]), None).await;
        let query = query_of(&return_to);
        world.question_of(query, now.clone()).await.park().await.unwrap();
        world.question_of(query, now.clone()).await
    };
    hook.says(Says::No);
    Seen::from(question().await.approve_all().await).assert_page(400);
    hook.take_asked();
    assert_eq!(Seen::from(question().await.deny().await).error(), "access_denied");
    assert_eq!(hook.take_asked(), 0);
}

/// AR-14
#[tokio::test]
async fn nobody_is_asked_about_a_no_that_is_given_again() {
    let (hook, world) = hooked();
    let parked = world.parked(&request()).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        let question = world.resumed(parked.ticket()).await.unwrap();
        hook.take_asked();
        assert_eq!(Seen::from(question.deny().await).error(), "access_denied");
        asked.push(hook.take_asked());
    }
    assert_eq!(asked, [1, 0]);
}

/// AZ-38, RF-03, TK-22, TH-25
#[tokio::test]
async fn a_client_that_changed_loses_what_it_may_no_longer_have() {
    let client = || Client::public("app").redirect_uri(REDIRECT_URI).refresh_tokens();
    let changes: [fn(ClientBuilder) -> ClientBuilder; 5] = [
        |client| client.scopes(["profile"]),
        |client| client.resources(["https://other.example/"]),
        |client| client.resources([""; 0]),
        |client| client.not_before(at(1)),
        |_| Client::public("app").redirect_uri("https://app.example/moved").refresh_tokens(),
    ];
    for change in changes {
        let clients = Arc::new(Changing(Mutex::new(Some(client().build().unwrap()))));
        let resources = |builder: Builder| builder.resource("https://api.example/").resource("https://other.example/");
        let world = World::with(|builder| resources(builder.clients(clients.clone())));
        let (parked, code) = (world.parked(&request()).await, world.code().await);
        let refresh = world.tokens().await.member("refresh_token");
        *clients.0.lock().unwrap() = Some(change(client()).build().unwrap());
        allow(&world, parked.ticket()).await.assert_page(400);
        assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
        assert_eq!(world.refresh(&refresh).await.error(), "invalid_grant");
        *clients.0.lock().unwrap() = Some(client().build().unwrap());
        assert_eq!(world.redeem(&code).await.error(), "invalid_grant", "it has ended");
    }
}

/// AZ-22, CA-12, TK-33
#[tokio::test]
async fn a_client_that_is_disabled_or_gone_is_nobody() {
    let off = Client::public("app").redirect_uri(REDIRECT_URI).refresh_tokens().disabled().build().unwrap();
    for after in [None, Some(off)] {
        let clients = Arc::new(Changing(Mutex::new(Some(app()))));
        let world = World::with(|builder| builder.clients(clients.clone()));
        let (parked, code) = (world.parked(&request()).await, world.code().await);
        *clients.0.lock().unwrap() = after;
        world.refused(&request()).await.assert_page(400);
        assert_eq!(world.redeem(&code).await.error(), "invalid_client");
        allow(&world, parked.ticket()).await.assert_page(400);
    }
}
