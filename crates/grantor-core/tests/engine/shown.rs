//! What an operator sees of a value in a `Debug` text: which one it is, where that is no secret.

use std::{fmt::Debug, time::Duration};

use grantor_core::{
    AuthorizationServer, CachedClients, Client, ClientSecret, Guard, HostPage, MemoryClients, Payload,
    protocol::{Content, Headers},
    types::{Issuer, Origin, RedirectUri, Resource, Scope, ScopeSet},
};

use crate::kit::{REDIRECT_URI, World, request, request_with};

fn assert_shows(value: &dyn Debug, what: &[&str]) {
    let shown = format!("{value:?}");
    for what in what {
        assert!(shown.contains(what), "{shown} without {what}");
    }
}

#[test]
fn names_of_places_and_scopes_show_as_text() {
    let texts: [(&dyn Debug, &str); 6] = [
        (&Issuer::parse("https://id.example").unwrap(), "\"https://id.example\""),
        (&Origin::parse("https://app.example").unwrap(), "\"https://app.example\""),
        (&RedirectUri::parse(REDIRECT_URI).unwrap(), &format!("{REDIRECT_URI:?}")),
        (&Resource::parse("https://api.example/").unwrap(), "\"https://api.example/\""),
        (&Scope::parse("profile").unwrap(), "\"profile\""),
        (&ScopeSet::parse("profile email").unwrap(), "{\"profile\", \"email\"}"),
    ];
    for (value, text) in texts {
        assert_eq!(format!("{value:?}"), text);
    }
}

#[tokio::test]
async fn everything_else_shows_what_kind_of_thing_it_is() {
    let world = World::whole();
    let page = HostPage { html: "<p>".to_owned(), content_security_policy: "img-src 'none'".to_owned() };
    assert_shows(&page, &["HostPage", "img-src 'none'"]);
    let clients = CachedClients::new(MemoryClients::new([crate::kit::app()]), Duration::from_secs(60));
    assert_shows(&clients, &["CachedClients", "60s", "limit"]);
    assert_shows(&world.store.memory, &["MemoryStore", "len: 0", "limit"]);
    assert_shows(&Guard::of(&world.server).resource("https://api.example/"), &["GuardBuilder", "https://api.example/"]);
    assert_shows(&world.server.guard(), &["Guard", "audience"]);
    assert_shows(&world.pending(&request()).await, &["Pending", "app"]);
    assert_shows(&world.log_in(&request_with(&[("prompt", "login")]), None).await, &["ReturnTo([REDACTED])"]);
    assert_shows(&crate::kit::form("a=b"), &["Call", "POST", "peer"]);
    assert_shows(&Payload::Whole(b"a=b"), &["[REDACTED]"]);
    assert_shows(&Content::new(1), &["[REDACTED]"]);
    let values = [Some(&b"Bearer x"[..]), None, Some(b"https://app.example"), None];
    assert_shows(&Headers::of(values.map(Option::into_iter)), &["authorization", "origin"]);
    let grant = world.question(&request()).await;
    assert_shows(&grant, &["Question"]);
}

#[tokio::test]
async fn what_is_built_and_what_is_kept_of_a_secret_show_which_one_they_are() {
    let world = World::new();
    let digest = ClientSecret::sha256_of("generated");
    let texts: [(&dyn Debug, &str); 6] = [
        (&world.server, "AuthorizationServer { issuer: \"https://id.example\", .. }"),
        (&AuthorizationServer::builder("https://id.example"), "Builder { issuer: \"https://id.example\", .. }"),
        (&Client::public("app").redirect_uri("x"), "ClientBuilder { id: \"app\", redirect_uris: [\"x\"], .. }"),
        (&crate::kit::app(), &format!("Client {{ id: \"app\", redirect_uris: [{REDIRECT_URI:?}], .. }}")),
        (&digest, "Sha256([REDACTED])"),
        (&ClientSecret::hashed("$argon2id$x"), "Hashed([REDACTED])"),
    ];
    for (value, text) in texts {
        assert_eq!(format!("{value:?}"), text);
    }
    assert_shows(&world.parked(&request()).await, &["Parked", "facts", "client_id: \"app\""]);
    assert_shows(&world.question(&request()).await, &["Question { client: Client { id: \"app\""]);
    assert_shows(&grantor_core::Pepper::new([7; 32]), &["[REDACTED]"]);
}
