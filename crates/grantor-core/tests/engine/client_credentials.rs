//! Clients that act for themselves (RFC 6749 section 4.4).

use std::collections::BTreeSet;

use grantor_core::{Client, ClientSecret, Endpoint, Login, Needed, types::ClientFault};
use serde_json::Value;

use crate::kit::{Fault, Op, REDIRECT_URI, SECRET, Seen, World, api, app, at, bot, request, shown};

fn for_itself(id: &str, scopes: &[&str]) -> Client {
    let client = Client::confidential(id, ClientSecret::sha256_of(SECRET));
    client.without_authorization_code().client_credentials(scopes.iter().copied()).build().unwrap()
}

/// CC-01, CC-04
#[tokio::test]
async fn a_client_gets_an_access_token_for_itself_and_no_refresh_token() {
    let world = World::whole();
    let answer = world.own_token(&[("scope", "mail")]).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let names: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((answer.status, names), (200, BTreeSet::from(["access_token", "expires_in", "scope", "token_type"])));
    assert_eq!((&body["token_type"], &body["expires_in"], &body["scope"]), (&"Bearer".into(), &600.into(), &"mail".into()));
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(world.store.take_ops(), [Op::Insert]);
    let access = world.verify(&answer.member("access_token")).await.unwrap();
    assert_eq!((access.sub(), access.client_id().as_str(), access.scopes().as_str()), ("bot", "bot", "mail"));
    assert!(access.subject().is_none() && access.expires_at() == at(600_000));
}

/// CC-02, TK-12
#[tokio::test]
async fn a_client_that_may_not_act_for_itself_is_refused() {
    let world = World::whole();
    for client in ["app", "web", "api"] {
        let seen = world.ask(Endpoint::Token, client, &[("grant_type", "client_credentials"), ("scope", "mail")]).await;
        assert_eq!((seen.status, seen.error().as_str()), (400, "unauthorized_client"), "{client}");
    }
    let wrong = [("grant_type", "client_credentials"), ("client_id", "bot"), ("client_secret", "wrong")];
    assert_eq!(world.token(&wrong).await.error(), "invalid_client");
    assert_eq!(world.token(&wrong[..2]).await.error(), "invalid_client", "a name is no proof");
    assert!(world.store.take_ops().is_empty());
}

/// CC-02
#[test]
fn a_public_client_cannot_even_be_registered_for_it() {
    let public = Client::public("spa").redirect_uri(REDIRECT_URI);
    let error = public.client_credentials(["mail"]).build().unwrap_err();
    assert!(matches!(error.faults(), [ClientFault::PublicForItself]), "{error}");
}

/// CC-03
#[tokio::test]
async fn the_scopes_are_those_it_was_given_for_itself() {
    let world = World::with(|builder| {
        let builder = builder.client(app()).client(for_itself("both", &["mail", "profile"]));
        builder.client(for_itself("one", &["mail"])).client(for_itself("none", &[]))
    });
    for (client, scope, expected) in [
        ("both", None, "mail profile"),
        ("both", Some(""), "mail profile"),
        ("both", Some("profile"), "profile"),
        ("both", Some("profile mail profile"), "profile mail"),
        ("one", None, "mail"),
        ("one", Some("profile"), "invalid_scope"),
        ("one", Some("mail profile"), "invalid_scope"),
        ("both", Some("unknown"), "invalid_scope"),
        ("both", Some("Mail"), "invalid_scope"),
        ("both", Some("mail  profile"), "invalid_scope"),
        ("both", Some("ma\"il"), "invalid_scope"),
        ("none", None, "invalid_scope"),
        ("none", Some("mail"), "invalid_scope"),
    ] {
        let fields = [("grant_type", "client_credentials"), ("scope", scope.unwrap_or_default())];
        let seen = world.ask(Endpoint::Token, client, if scope.is_some() { &fields } else { &fields[..1] }).await;
        let got = if seen.status == 200 { seen.member("scope") } else { seen.error() };
        let sorted = |text: &str| {
            let mut scopes: Vec<_> = text.split(' ').map(str::to_owned).collect();
            scopes.sort();
            scopes
        };
        assert_eq!(sorted(&got), sorted(expected), "{client} asks for {scope:?}");
    }
}

/// CC-05
#[tokio::test]
async fn openid_is_not_for_a_client_that_acts_for_itself() {
    let world = World::with(|builder| builder.scope("openid", "Who you are").client(bot()));
    for scope in ["openid", "mail openid"] {
        let seen = world.own_token(&[("scope", scope)]).await;
        assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_scope"), "{scope}");
    }
    let client = Client::confidential("x", ClientSecret::sha256_of(SECRET)).without_authorization_code();
    let error = client.client_credentials(["openid"]).build().unwrap_err();
    assert!(matches!(error.faults(), [ClientFault::OwnOpenid]), "{error}");
}

/// CC-06, TK-11
#[tokio::test]
async fn grant_types_that_are_not_built_are_unsupported() {
    let world = World::whole();
    for grant_type in
        ["urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer", "Client_Credentials"]
    {
        let seen = world.ask(Endpoint::Token, "bot", &[("grant_type", grant_type), ("assertion", "a.b.c")]).await;
        assert_eq!((seen.status, seen.error().as_str()), (400, "unsupported_grant_type"), "{grant_type}");
    }
}

/// CC-04, TH-26
#[tokio::test]
async fn a_person_and_a_client_of_the_same_name_are_told_apart() {
    let world = World::whole();
    let person = Login::new("bot", "a session", at(-60_000));
    let code = Seen::from(world.question_of(&request(), person).await.approve_all().await).code();
    let of_person = world.redeem(&code).await.member("access_token");
    let of_client = world.own_token(&[]).await.member("access_token");
    let (person, client) = (world.verify(&of_person).await.unwrap(), world.verify(&of_client).await.unwrap());
    assert_eq!((person.sub(), client.sub()), ("bot", "bot"));
    assert_eq!((person.subject().map(|subject| subject.as_str()), client.subject()), (Some("bot"), None));
    for (token, subject) in [(&of_person, Some("bot")), (&of_client, None)] {
        let told = world.told(token).await.to_string();
        let access = grantor_core::Access::from_introspection(told.as_bytes(), "https://id.example", at(0)).unwrap().unwrap();
        assert_eq!(access.subject().map(|subject| subject.as_str()), subject, "also where it was introspected");
    }
    let bot = person.subject().unwrap().clone();
    assert_eq!(world.server.connections(&*world.store.memory, &bot).await.unwrap().len(), 1, "the person's own");
    assert_eq!(world.server.end_subject(&*world.store.memory, &bot).await.unwrap(), 1);
    assert!(!world.is_alive(&of_person).await && world.is_alive(&of_client).await);
}

/// CC-01, RI-02, TH-25
#[tokio::test]
async fn it_is_for_the_resource_it_was_asked_for() {
    let (own, other) = ("https://api.example/", "https://other.example/");
    let world = World::with(|builder| builder.client(bot()).client(api()).resource(own).resource(other));
    for (fields, audience) in [(vec![], own), (vec![("resource", other)], other)] {
        let token = world.own_token(&fields).await.member("access_token");
        let guard = grantor_core::Guard::of(&world.server).resource(audience).build().unwrap();
        assert!(shown(&guard, &token, &Needed::token()).await.is_ok(), "{audience}");
        assert_eq!(world.told(&token).await["aud"], serde_json::json!([audience]));
    }
    for resource in ["https://unknown.example/", "/mcp", "https://api.example/#x"] {
        assert_eq!(world.own_token(&[("resource", resource)]).await.error(), "invalid_target", "{resource}");
    }
}

/// RV-01, RV-05
#[tokio::test]
async fn it_can_be_revoked_by_its_own_client_alone() {
    let world = World::whole();
    let token = world.own_token(&[]).await.member("access_token");
    for client in ["app", "web", "api"] {
        assert_eq!(world.ask(Endpoint::Revocation, client, &[("token", &token)]).await.status, 200);
        assert!(world.is_alive(&token).await, "{client}");
    }
    assert_eq!(world.ask(Endpoint::Revocation, "bot", &[("token", &token)]).await.status, 200);
    assert!(!world.is_alive(&token).await);
}

/// TK-34, ST-13, ST-19
#[tokio::test]
async fn a_store_that_fails_gives_no_token_and_one_of_unknown_outcome_is_looked_for() {
    let world = World::whole();
    world.store.plan(Op::Insert, [Fault::FailBefore]);
    world.own_token(&[]).await.assert_busy();
    world.store.plan(Op::Insert, (0..8).map(|_| Fault::Lose));
    world.own_token(&[]).await.assert_busy();
    world.store.plan(Op::Insert, [Fault::FailAfter]);
    world.store.plan(Op::Load, [Fault::FailBefore]);
    world.own_token(&[]).await.assert_busy();
    world.store.take_ops();
    world.store.plan(Op::Insert, [Fault::Lose, Fault::FailAfter]);
    let token = world.own_token(&[]).await.member("access_token");
    assert_eq!(world.store.take_ops(), [Op::Insert, Op::Load, Op::Insert, Op::Load]);
    assert!(world.is_alive(&token).await);
    world.dice.empty.store(true, std::sync::atomic::Ordering::SeqCst);
    world.own_token(&[]).await.assert_busy();
}
