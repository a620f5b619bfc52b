//! A guard's configuration, its document (RFC 9728), and a guard whose tokens are issued elsewhere.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use grantor_core::{
    Access, Call, Guard, GuardFault, Needed, StoreError, TokenSource,
    types::{InvalidResource, Issuer},
};
use serde_json::{Value, json};

use crate::{
    guard::{OTHER, OWN, all, challenge, outcome, token, two},
    kit::{Hands, Seen, World, app, at, failing, get, guarded, shown},
};

/// RS-08, RS-09, MC-09
#[tokio::test]
async fn the_document_says_what_the_guard_was_built_with() {
    let world = two();
    let document = |guard: &Guard| -> Value {
        let seen = Seen::from(guard.metadata(&get("")));
        assert_eq!((seen.status, seen.header("content-type")), (200, Some("application/json")));
        serde_json::from_str(&seen.body).unwrap()
    };
    let plain = json!({
        "resource": OWN,
        "authorization_servers": ["https://id.example"],
        "scopes_supported": ["profile", "mail"],
        "bearer_methods_supported": ["header"],
    });
    let mut own = document(&world.server.guard());
    own["scopes_supported"].as_array_mut().unwrap().sort_by_key(|scope| scope != "profile");
    assert_eq!(own, plain);
    let guard = Guard::of(&world.server).resource("HTTPS://Other.Example/mcp").name("Mail").documentation("https://docs.example");
    let guard = guard.scopes(["mail"]).at_root().build().unwrap();
    let whole = json!({
        "resource": OTHER,
        "authorization_servers": ["https://id.example"],
        "scopes_supported": ["mail"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Mail",
        "resource_documentation": "https://docs.example",
    });
    assert_eq!(document(&guard), whole);
    let places: Vec<_> = guard.metadata_paths().collect();
    assert_eq!(places, ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]);
    let without_scopes = Guard::of(&world.server).scopes([""; 0]).build().unwrap();
    assert_eq!(document(&without_scopes).get("scopes_supported"), None, "no empty lists");
    for method in ["POST", "DELETE", "get"] {
        let seen = Seen::from(guard.metadata(&Call { method, ..get("") }));
        assert_eq!((seen.status, seen.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

/// RS-08, RS-09, RI-06
#[tokio::test]
async fn each_resource_has_a_document_of_its_own_however_it_is_spelled() {
    let (one, two, odd) = ("https://rs.example/mcp", "https://rs.example/mcp/", "HTTPS://RS.example/odd");
    let world = World::with(|builder| builder.client(app()).resource(one).resource(two).resource(odd));
    let name = "/.well-known/oauth-protected-resource";
    for (resource, path) in [(one, "/mcp"), (two, "/mcp/"), (odd, "/odd")] {
        let guard = Guard::of(&world.server).resource(resource).build().unwrap();
        assert_eq!(guard.metadata_paths().collect::<Vec<_>>(), [format!("{name}{path}")]);
        assert_eq!(Seen::from(guard.metadata(&get(""))).member("resource"), resource);
        let bare = guarded(&guard, None, &[], &Needed::token()).await.unwrap_err();
        let url = format!("resource_metadata=\"https://rs.example{name}{path}\"");
        assert!(challenge(&bare).ends_with(&url), "{}", challenge(&bare));
    }
}

/// RS-08, RS-09
#[tokio::test]
async fn without_resources_the_api_is_the_issuer_and_one_that_is_no_url_has_no_document() {
    let world = World::whole();
    let guard = world.server.guard();
    assert_eq!(Seen::from(guard.metadata(&get(""))).member("resource"), "https://id.example");
    assert_eq!(guard.metadata_paths().collect::<Vec<_>>(), ["/.well-known/oauth-protected-resource"]);
    let at_root = Guard::of(&world.server).at_root().build().unwrap();
    assert_eq!(at_root.metadata_paths().count(), 1, "one place is named once");
    let world = World::with(|builder| builder.client(app()).resource("urn:example:api"));
    let guard = world.server.guard();
    assert_eq!(guard.metadata_paths().count(), 0);
    let bare = guarded(&guard, None, &[], &Needed::token()).await.unwrap_err();
    assert_eq!(challenge(&bare), "Bearer realm=\"api\"");
}

/// RS-09, TH-25
#[test]
fn all_faults_of_a_guard_are_told_at_once() {
    let world = two();
    let builder = Guard::of(&world.server).resource("https://unknown.example").scopes(["mail", "a b", "calendar"]);
    let error = builder.build().unwrap_err();
    let unknown = |scope: &str| GuardFault::UnknownScope(scope.to_owned());
    let resource = GuardFault::UnknownResource("https://unknown.example".to_owned());
    assert_eq!(error.faults(), [resource, unknown("a b"), unknown("calendar")]);
    let text = error.to_string();
    assert!(text.starts_with("the guard cannot be built:\n  - ") && text.contains("add resource("), "{text}");
    assert!(error.faults().iter().all(|fault| text.contains(&format!("\n  - {fault}"))), "{text}");

    let relative = Guard::of(&world.server).resource("/mcp").build().unwrap_err();
    assert!(matches!(relative.faults(), [GuardFault::Resource(text, InvalidResource { .. })] if text == "/mcp"), "{relative}");
    let urn = World::with(|builder| builder.client(app()).resource("urn:example:api"));
    let no_place = Guard::of(&urn.server).at_root().build().unwrap_err();
    assert_eq!(no_place.faults(), [GuardFault::NoDocument("urn:example:api".to_owned())]);
    let nameless = Guard::asking(Elsewhere::telling(Ok(None))).scopes(["a b"]).build().unwrap_err();
    assert_eq!(nameless.faults(), [GuardFault::NoResource, unknown("a b")]);
}

/// The introspection answer of another process, or its failure.
struct Elsewhere {
    issuer: Issuer,
    says: Mutex<Result<Option<Access>, ()>>,
    asked: Mutex<Vec<String>>,
}

impl Elsewhere {
    fn telling(says: Result<Option<Access>, ()>) -> Arc<Self> {
        let issuer = Issuer::parse("https://id.example").unwrap();
        Arc::new(Self { issuer, says: Mutex::new(says), asked: Mutex::default() })
    }
}

#[async_trait]
impl TokenSource for Elsewhere {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    async fn look_up(&self, token: &str) -> Result<Option<Access>, StoreError> {
        self.asked.lock().unwrap().push(token.to_owned());
        self.says.lock().unwrap().clone().map_err(|()| failing())
    }
}

/// RS-02, RS-03, ST-21, TH-25, IN-03
#[tokio::test]
async fn a_guard_elsewhere_judges_what_introspection_says_as_the_guard_here_does() {
    let world = two();
    let token = token(&world, "mail", &[OTHER]).await;
    let told = world.told(&token).await;
    let access = Access::from_introspection(told.to_string().as_bytes(), "https://id.example", at(0)).unwrap();
    assert!(access.is_some());
    let source = Elsewhere::telling(Ok(access));
    let clock = Arc::new(Hands::default());
    let guard = |resource: &str| Guard::asking(source.clone()).resource(resource).clock(clock.clone()).build().unwrap();
    let (here, elsewhere) = (guard(OTHER), guard(OWN));
    let seen = shown(&here, &token, &all(&["mail"])).await.unwrap();
    assert_eq!((seen.sub(), seen.client_id().as_str(), seen.scopes().as_str()), ("ann", "app", "mail"));
    assert!(seen.grant_id().is_none() && seen.expires_at() == at(600_000));
    assert_eq!(outcome(shown(&here, &token, &all(&["profile"])).await), (403, "insufficient_scope".to_owned()));
    assert_eq!(outcome(shown(&elsewhere, &token, &all(&["profile"])).await), (401, "invalid_token".to_owned()));
    for (instant, status) in [(599_999, 200), (600_000, 401)] {
        clock.set(instant);
        assert_eq!(outcome(shown(&here, &token, &Needed::token()).await).0, status, "at {instant}");
    }
    clock.set(0);
    *source.says.lock().unwrap() = Ok(None);
    assert_eq!(outcome(shown(&here, &token, &Needed::token()).await), (401, "invalid_token".to_owned()));
    *source.says.lock().unwrap() = Err(());
    let refused = shown(&here, &token, &Needed::token()).await.unwrap_err();
    refused.assert_busy();
    assert!(!refused.body.contains("hunter2"));
    source.asked.lock().unwrap().clear();
    for header in ["Bearer", "Bearer a b", "Basic eDp5"] {
        assert!(guarded(&here, None, &[("authorization", header.as_bytes())], &Needed::token()).await.is_err());
    }
    assert!(source.asked.lock().unwrap().is_empty(), "nobody is asked about what is no token");
}

/// ST-21
#[tokio::test]
async fn a_guard_in_the_server_s_process_goes_by_the_server_s_clock() {
    let world = World::new();
    let access = world.tokens().await.member("access_token");
    let clock = Arc::new(Hands::default());
    clock.set(700_000);
    let guard = Guard::of(&world.server).clock(clock).build().unwrap();
    assert_eq!(outcome(shown(&guard, &access, &Needed::token()).await).0, 200);
    world.clock.set(600_000);
    assert_eq!(outcome(shown(&guard, &access, &Needed::token()).await).0, 401);
}
