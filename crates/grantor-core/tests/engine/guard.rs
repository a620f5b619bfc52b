//! The guard of an API (RFC 6750, RFC 9728): what it lets through, and what it says to the rest.

use grantor_core::{Access, AuthorizationServer, Endpoint, Guard, Needed, unguarded};
use serde_json::json;

use crate::kit::{Fault, Op, Seen, World, api, app, bot, guarded, request_with, shown, web};

pub(crate) const OWN: &str = "https://api.example";
pub(crate) const OTHER: &str = "https://other.example/mcp";

/// A world of two resources.
pub(crate) fn two() -> World {
    World::with(|builder| builder.client(app()).client(web()).client(api()).client(bot()).resource(OWN).resource(OTHER))
}

/// A token for these resources, with these scopes.
pub(crate) async fn token(world: &World, scope: &str, resources: &[&str]) -> String {
    let mut changes = vec![("scope", scope)];
    changes.extend(resources.iter().map(|resource| ("resource", *resource)));
    let code = Seen::from(world.question(&request_with(&changes)).await.approve_all().await).code();
    world.redeem(&code).await.member("access_token")
}

pub(crate) fn all(scopes: &[&str]) -> Needed {
    Needed::all_of(scopes.iter().copied()).unwrap()
}

fn any(scopes: &[&str]) -> Needed {
    Needed::any_of(scopes.iter().copied()).unwrap()
}

pub(crate) fn challenge(seen: &Seen) -> &str {
    seen.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {seen:?}"))
}

pub(crate) fn outcome(seen: Result<Access, Seen>) -> (u16, String) {
    match seen {
        Ok(_) => (200, String::new()),
        Err(refused) if refused.body.is_empty() => (refused.status, String::new()),
        Err(refused) => (refused.status, refused.error()),
    }
}

/// ST-21, RS-02, IN-04
#[tokio::test]
async fn guard_and_introspection_agree_on_the_instant_of_death() {
    for seconds in [1, 600] {
        let world = World::with(|builder| {
            let lifetime = std::time::Duration::from_secs(seconds);
            builder.client(app()).client(api()).client(bot()).access_lifetime(lifetime)
        });
        let end = i64::try_from(seconds).unwrap() * 1_000;
        let tokens = [world.tokens().await, world.own_token(&[]).await].map(|tokens| tokens.member("access_token"));
        for (instant, alive) in [(0, true), (end - 1, true), (end, false), (end + 1, false), (end - 1, false)] {
            world.clock.set(instant);
            for token in &tokens {
                assert_eq!(world.is_alive(token).await, alive, "at {instant} of {end}");
            }
        }
    }
}

/// RS-02, IN-06, ST-21
#[tokio::test]
async fn one_load_is_all_that_a_check_costs_and_garbage_costs_none() {
    let world = World::whole();
    let access = world.tokens().await.member("access_token");
    let ended = world.tokens().await;
    assert_eq!(world.revoke(&ended.member("refresh_token")).await.status, 200);
    let (dead, code) = (ended.member("access_token"), world.code().await);
    for (case, token, ops) in [
        ("alive", access.as_str(), vec![Op::Load]),
        ("dead", &dead, vec![Op::Load]),
        ("a code", &code, vec![]),
        ("garbage", "garbage", vec![]),
        ("too long", &"a".repeat(4_096), vec![]),
    ] {
        world.store.take_ops();
        let _verified = world.verify(token).await;
        assert_eq!(world.store.take_ops(), ops, "{case}, guard");
        world.told(token).await;
        assert_eq!(world.store.take_ops(), ops, "{case}, introspection");
    }
}

/// RS-02, RS-03, PV-23, PV-27, MC-10, MC-12
#[tokio::test]
async fn the_checks_come_in_one_order() {
    let world = two();
    let guard = world.server.guard();
    let good = token(&world, "profile mail", &[OWN]).await;
    let narrow = token(&world, "profile", &[OWN]).await;
    let elsewhere = token(&world, "profile", &[OTHER]).await;
    let needed = all(&["mail"]);
    let header = |token: &str| format!("Bearer {token}");
    let cases = [
        ("nothing", String::new(), (401, "")),
        ("another scheme", "Basic eDp5".to_owned(), (401, "")),
        ("malformed", "Bearer a b".to_owned(), (400, "invalid_request")),
        ("unknown", header("gr_a_unknown"), (401, "invalid_token")),
        ("another audience, and too few scopes", header(&elsewhere), (401, "invalid_token")),
        ("too few scopes", header(&narrow), (403, "insufficient_scope")),
        ("good", header(&good), (200, "")),
    ];
    for (case, header, (status, error)) in &cases {
        let headers: &[(&str, &[u8])] = &[("authorization", header.as_bytes())];
        let seen = guarded(&guard, None, if header.is_empty() { &[] } else { headers }, &needed).await;
        assert_eq!(outcome(seen), (*status, (*error).to_owned()), "{case}");
    }
    world.clock.set(600_000);
    for (case, header, _) in &cases[3..] {
        let seen = guarded(&guard, None, &[("authorization", header.as_bytes())], &needed).await;
        assert_eq!(outcome(seen), (401, "invalid_token".to_owned()), "{case}, expired");
    }
}

/// RS-01, RS-04, RS-05, RS-06, PV-27
#[tokio::test]
async fn a_token_is_read_from_one_header_and_nowhere_else() {
    let world = World::whole();
    let guard = world.server.guard();
    let token = world.tokens().await.member("access_token");
    let (good, query) = (format!("Bearer {token}"), format!("access_token={token}"));
    let renamed = format!("x=1&%61ccess_token={token}");
    let other = |scheme: &str| format!("{scheme}{token}");
    let (bare, bad) = ((401, ""), (400, "invalid_request"));
    for (case, query, headers, expected) in [
        ("the header", None, vec![good.clone()], (200, "")),
        ("in small letters", None, vec![other("bearer ")], (200, "")),
        ("in capitals", None, vec![other("BEARER ")], (200, "")),
        ("several spaces", None, vec![other("Bearer    ")], (200, "")),
        ("another query", Some("page=2&q=access_token"), vec![good.clone()], (200, "")),
        ("a query that cannot be decoded", Some("q=%zz&%=1"), vec![good.clone()], (200, "")),
        ("nothing", None, vec![], bare),
        ("an empty header", None, vec![String::new()], bare),
        ("the query alone", Some(query.as_str()), vec![], bare),
        ("another scheme", None, vec![other("Basic ")], bare),
        ("a longer scheme", None, vec![other("Bearerx ")], bare),
        ("no scheme", None, vec![token.clone()], bare),
        ("both", Some(query.as_str()), vec![good.clone()], bad),
        ("both, with the name encoded", Some(renamed.as_str()), vec![good.clone()], bad),
        ("both, and the query's is empty", Some("access_token="), vec![good.clone()], bad),
        ("two headers", None, vec![good.clone(), good.clone()], bad),
        ("two headers of two schemes", None, vec!["Basic eDp5".to_owned(), good.clone()], bad),
        ("the scheme alone", None, vec!["Bearer".to_owned()], bad),
        ("the scheme and a space", None, vec!["Bearer ".to_owned()], bad),
        ("padding alone", None, vec!["Bearer ==".to_owned()], bad),
        ("two tokens", None, vec![format!("{good} {token}")], bad),
        ("a list", None, vec![format!("{good}, {good}")], bad),
        ("a tab", None, vec![other("Bearer \t")], bad),
        ("no ASCII", None, vec!["Bearer \u{e9}".to_owned()], bad),
        ("quotes", None, vec![format!("Bearer \"{token}\"")], bad),
        ("more than 4096 bytes", None, vec![format!("Bearer {}", "a".repeat(4_097))], bad),
    ] {
        let headers: Vec<_> = headers.iter().map(|value| ("authorization", value.as_bytes())).collect();
        let seen = guarded(&guard, query, &headers, &Needed::token()).await;
        assert_eq!(outcome(seen), (expected.0, expected.1.to_owned()), "{case}");
    }
    let seen = guarded(&guard, None, &[("authorization", b"Bearer \xff")], &Needed::token()).await;
    assert_eq!(outcome(seen).0, 400, "no UTF-8");
}

/// RS-01, RS-03, RS-07, RS-10, MC-11, MC-12
#[tokio::test]
async fn a_challenge_is_whole_and_in_one_header() {
    let world = two();
    let guard = Guard::of(&world.server).resource(OTHER).build().unwrap();
    let narrow = token(&world, "profile", &[OTHER]).await;
    let needed = all(&["mail", "profile"]);
    let url = "https://other.example/.well-known/oauth-protected-resource/mcp";
    let tail = format!("scope=\"{}\", resource_metadata=\"{url}\"", needed.scopes().as_str());
    let bare = guarded(&guard, None, &[], &needed).await.unwrap_err();
    assert_eq!((bare.status, bare.body.as_str(), challenge(&bare)), (401, "", &*format!("Bearer realm=\"api\", {tail}")));
    for (header, status, error) in [
        ("Bearer".to_owned(), 400, "invalid_request"),
        ("Bearer x".to_owned(), 401, "invalid_token"),
        (format!("Bearer {narrow}"), 403, "insufficient_scope"),
    ] {
        let seen = guarded(&guard, None, &[("authorization", header.as_bytes())], &needed).await.unwrap_err();
        let text = seen.member("error_description");
        let whole = format!("Bearer realm=\"api\", error=\"{error}\", error_description=\"{text}\", {tail}");
        assert_eq!((seen.status, challenge(&seen)), (status, whole.as_str()));
        assert_eq!(seen.headers.get_all("www-authenticate").iter().count(), 1);
        assert_eq!((seen.error().as_str(), seen.header("cache-control")), (error, Some("no-store")));
        assert_eq!(seen.header("access-control-expose-headers"), Some("WWW-Authenticate"));
        assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'), "{text}");
    }
    let nothing_needed = guarded(&guard, None, &[], &Needed::token()).await.unwrap_err();
    assert_eq!(challenge(&nothing_needed), format!("Bearer realm=\"api\", resource_metadata=\"{url}\""));
}

/// PV-27, RS-03
#[tokio::test]
async fn a_route_may_need_all_scopes_or_one_of_them() {
    let world = World::whole();
    let guard = world.server.guard();
    let token = token(&world, "profile", &[]).await;
    for (case, needed, status) in [
        ("nothing", Needed::token(), 200),
        ("all of none", all(&[]), 200),
        ("all of one", all(&["profile"]), 200),
        ("all of two", all(&["profile", "mail"]), 403),
        ("one of two", any(&["mail", "profile"]), 200),
        ("one of another", any(&["mail"]), 403),
        ("another case", all(&["Profile"]), 403),
        ("a longer one", all(&["profile.read"]), 403),
    ] {
        let seen = shown(&guard, &token, &needed).await;
        if let Err(refused) = &seen {
            assert!(challenge(refused).contains(&format!("scope=\"{}\"", needed.scopes().as_str())), "{case}: {refused:?}");
        }
        assert_eq!(outcome(seen).0, status, "{case}");
    }
}

/// PV-27
#[tokio::test]
async fn a_scope_stands_for_what_the_host_says_it_implies() {
    let world = World::whole();
    let token = token(&world, "mail", &[]).await;
    let implies = |held: &str, needed: &str| needed.strip_prefix(held).is_some_and(|rest| rest.starts_with('.'));
    let guard = Guard::of(&world.server).implies(implies).build().unwrap();
    for (needed, status) in [
        (all(&["mail", "mail.read"]), 200),
        (all(&["mail.read", "mailbox"]), 403),
        (any(&["mailbox", "mail.send"]), 200),
        (all(&["profile"]), 403),
    ] {
        assert_eq!(outcome(shown(&guard, &token, &needed).await).0, status, "{needed:?}");
    }
    let access = shown(&guard, &token, &all(&["mail.read"])).await.unwrap();
    assert_eq!(access.scopes().as_str(), "mail", "what is implied is not added");
    let refused = shown(&guard, &token, &all(&["profile"])).await.unwrap_err();
    assert!(challenge(&refused).contains("scope=\"profile\""), "{refused:?}");
}

/// RS-02, TH-25, MC-10, PV-23
#[tokio::test]
async fn each_resource_has_a_guard_that_takes_its_own_tokens_only() {
    let world = two();
    let guards = [OWN, OTHER].map(|resource| Guard::of(&world.server).resource(resource).build().unwrap());
    let tokens = [token(&world, "mail", &[OWN]).await, token(&world, "mail", &[OTHER]).await];
    for (at, guard) in guards.iter().enumerate() {
        for (of, token) in tokens.iter().enumerate() {
            let expected = if at == of { (200, String::new()) } else { (401, "invalid_token".to_owned()) };
            assert_eq!(outcome(shown(guard, token, &Needed::token()).await), expected, "token {of} at guard {at}");
        }
    }
    let default = token(&world, "mail", &[]).await;
    assert_eq!(outcome(shown(&world.server.guard(), &default, &Needed::token()).await).0, 200);
    assert_eq!(outcome(shown(&guards[1], &default, &Needed::token()).await).0, 401);
}

/// RI-05
#[tokio::test]
async fn a_token_without_a_named_resource_is_for_all_that_were_granted() {
    let world = two();
    let query = format!("{}&resource={OWN}&resource={OTHER}", request_with(&[]));
    let code = Seen::from(world.question(&query).await.approve_all().await).code();
    let token = world.redeem(&code).await.member("access_token");
    for resource in [OWN, OTHER] {
        let guard = Guard::of(&world.server).resource(resource).build().unwrap();
        let access = shown(&guard, &token, &Needed::token()).await.unwrap();
        let audience: Vec<_> = access.audience().iter().map(|resource| resource.as_str()).collect();
        assert_eq!(audience, [OWN, OTHER]);
    }
}

/// RS-02, ST-20, AR-04
#[tokio::test]
async fn a_token_of_another_issuer_on_the_same_store_is_nothing_here() {
    let world = World::whole();
    let builder = AuthorizationServer::builder("https://other.example").scope("profile", "Your name").scope("mail", "Your mail");
    let builder = builder.client(app()).client(api()).client(bot());
    let other = builder.clock(world.clock.clone()).grants(world.store.clone()).build().unwrap();
    let access = world.tokens().await.member("access_token");
    assert_eq!(outcome(shown(&other.guard(), &access, &Needed::token()).await).0, 401);
    let there = World { server: other, clock: world.clock.clone(), dice: world.dice.clone(), store: world.store.clone() };
    assert_eq!(there.told(&access).await, json!({ "active": false }));
    world.store.take_ops();
    assert_eq!(there.revoke(&access).await.status, 200);
    assert_eq!(world.store.take_ops(), [Op::Load]);
    assert!(world.is_alive(&access).await);
}

/// ST-19, RV-09
#[tokio::test]
async fn a_store_that_fails_is_503_at_the_guard_and_lets_nothing_through() {
    let world = World::whole();
    let access = world.tokens().await.member("access_token");
    world.store.plan(Op::Load, [Fault::FailBefore]);
    let refused = world.verify(&access).await.unwrap_err();
    refused.assert_busy();
    assert!(refused.header("www-authenticate").is_none() && !refused.body.contains("hunter2"), "{refused:?}");
    world.store.plan(Op::Load, [Fault::FailBefore]);
    world.ask(Endpoint::Introspection, "api", &[("token", &access)]).await.assert_busy();
    assert!(world.is_alive(&access).await);
}

/// PV-27
#[test]
fn a_handler_without_a_guard_is_a_500_that_lets_nothing_through() {
    let seen = Seen::from(unguarded());
    assert_eq!((seen.status, seen.error().as_str(), seen.header("www-authenticate")), (500, "server_error", None));
}

/// TH-08, TH-07
#[tokio::test]
async fn neither_a_guard_nor_an_access_prints_a_token() {
    let world = World::whole();
    let token = world.tokens().await.member("access_token");
    let access = world.verify(&token).await.unwrap();
    let printed = format!("{:?} {access:?} {:?}", world.server.guard(), Guard::of(&world.server));
    assert!(!printed.contains(&token[5..]) && !printed.contains(&token[30..]), "{printed}");
    assert!(!crate::kit::logged().contains(&token[30..]));
}
