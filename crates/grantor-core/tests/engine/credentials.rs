//! Client secrets: slow hashes, two at once, and answers that tell nobody which clients there are.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use grantor_core::{AuthMethod, Client, ClientSecret, MemoryClients, SecretHashes};

use crate::kit::{SECRET, Seen, World, app, form, web};

/// Hashes that are not slow, and keep a record of who was asked for: the presented secret, and the kept hash.
#[derive(Default)]
struct Hashes(Mutex<Vec<(String, Option<String>)>>);

impl Hashes {
    fn take(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl SecretHashes for Hashes {
    async fn verify(&self, presented: &str, phc: Option<&str>) -> bool {
        self.0.lock().unwrap().push((presented.to_owned(), phc.map(str::to_owned)));
        phc == Some(&format!("$hash${presented}"))
    }
}

fn hashed(id: &str, secrets: &[&str]) -> Client {
    let secret = |secret: &&str| ClientSecret::hashed(format!("$hash${secret}"));
    let builder = Client::confidential(id, secret(&secrets[0])).redirect_uri("https://web.example/cb");
    secrets[1..].iter().fold(builder, |builder, more| builder.also_secret(secret(more))).build().unwrap()
}

fn world(hashes: &Arc<Hashes>) -> World {
    let off = Client::confidential("off", ClientSecret::sha256_of(SECRET)).redirect_uri("https://web.example/cb").disabled();
    World::with(|builder| {
        let builder = builder.client(app()).client(web()).client(off.build().unwrap());
        let builder = builder.client(hashed("human", &["pet"])).client(hashed("moving", &["old", "new"]));
        builder.secret_hashes(hashes.clone())
    })
}

const CODE: [(&str, &str); 2] = [("grant_type", "authorization_code"), ("code", "x")];

async fn post(world: &World, id: &str, secret: &str) -> Seen {
    world.token(&[CODE[0], CODE[1], ("client_id", id), ("client_secret", secret)]).await
}

async fn basic(world: &World, id: &str, secret: &str) -> Seen {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let header = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let headers = [("content-type", &b"application/x-www-form-urlencoded"[..]), ("authorization", header.as_bytes())];
    let call = grantor_core::Call { headers: &headers, ..form("grant_type=authorization_code&code=x") };
    world.server.token(call).await.into()
}

/// CA-06, CA-07, CA-12, TH-06
#[tokio::test]
async fn whoever_is_refused_is_refused_alike_and_after_one_slow_hash() {
    let hashes = Arc::new(Hashes::default());
    let world = world(&hashes);
    let first = post(&world, "nobody", "guess").await;
    assert_eq!((first.status, first.error().as_str()), (401, "invalid_client"));
    hashes.take();
    for (id, kept) in [
        ("nobody", None),
        ("", None),
        ("é", None),
        ("off", None),
        ("web", None),
        ("app", None),
        ("human", Some("$hash$pet".to_owned())),
    ] {
        if !id.is_empty() {
            assert_eq!(post(&world, id, "guess").await, first, "{id} by post");
            assert_eq!(hashes.take(), [("guess".to_owned(), kept.clone())], "{id} by post");
        }
        if id.is_ascii() {
            assert_eq!(basic(&world, id, "guess").await, first, "{id} by basic");
            assert_eq!(hashes.take(), [("guess".to_owned(), kept)], "{id} by basic");
        }
    }
    // A disabled client's right secret is no better than a wrong one.
    assert_eq!(post(&world, "off", SECRET).await, first);
}

/// CA-02, CA-15
#[tokio::test]
async fn a_right_secret_passes_and_a_generated_one_costs_no_slow_hash() {
    let hashes = Arc::new(Hashes::default());
    let world = world(&hashes);
    assert_eq!(post(&world, "web", SECRET).await.error(), "invalid_grant", "the client passed, its code did not");
    assert_eq!(basic(&world, "web", SECRET).await.error(), "invalid_grant");
    assert_eq!(hashes.take(), []);
    assert_eq!(basic(&world, "human", "pet").await.error(), "invalid_grant");
    assert_eq!(hashes.take().len(), 1);
}

/// CA-15
#[tokio::test]
async fn of_two_secrets_both_are_good_and_both_are_always_asked() {
    let hashes = Arc::new(Hashes::default());
    let world = world(&hashes);
    for (secret, error) in [("old", "invalid_grant"), ("new", "invalid_grant"), ("none", "invalid_client")] {
        assert_eq!(post(&world, "moving", secret).await.error(), error);
        assert_eq!(hashes.take().len(), 2, "which of them it was is not told by time");
    }
    let two = Client::confidential("two", ClientSecret::sha256_of("one")).also_secret(ClientSecret::sha256_of("other"));
    let two = two.redirect_uri("https://web.example/cb").build().unwrap();
    let world = World::with(|builder| builder.client(two));
    for (secret, error) in [("one", "invalid_grant"), ("other", "invalid_grant"), ("third", "invalid_client")] {
        assert_eq!(post(&world, "two", secret).await.error(), error);
    }
}

/// CA-09, CA-10, CA-11
#[tokio::test]
async fn only_the_registered_methods_pass() {
    let only = |method| {
        let client = Client::confidential("one", ClientSecret::sha256_of(SECRET)).auth_methods([method]);
        let client = client.redirect_uri("https://web.example/cb").build().unwrap();
        World::with(|builder| builder.client(client).client(app()))
    };
    let (by_basic, by_post) = (only(AuthMethod::Basic), only(AuthMethod::Post));
    assert_eq!(basic(&by_basic, "one", SECRET).await.error(), "invalid_grant");
    assert_eq!(post(&by_basic, "one", SECRET).await.error(), "invalid_client");
    assert_eq!(basic(&by_post, "one", SECRET).await.error(), "invalid_client");
    assert_eq!(post(&by_post, "one", SECRET).await.error(), "invalid_grant");
    for world in [by_basic, by_post] {
        assert_eq!(post(&world, "one", "").await.error(), "invalid_client");
        assert_eq!(post(&world, "app", SECRET).await.error(), "invalid_client");
        assert_eq!(basic(&world, "app", "").await.error(), "invalid_client");
    }
}

/// CA-15
#[tokio::test]
async fn a_slow_hash_that_nobody_can_check_lets_nobody_in() {
    let clients = MemoryClients::new([hashed("human", &["pet"])]);
    let world = World::with(|builder| builder.clients(Arc::new(clients)));
    assert_eq!(post(&world, "human", "pet").await.error(), "invalid_client");
}

/// CA-15
#[tokio::test]
async fn of_a_generated_secret_and_a_hashed_one_only_the_hashed_one_costs_a_slow_hash() {
    let hashes = Arc::new(Hashes::default());
    let both = Client::confidential("both", ClientSecret::sha256_of(SECRET)).also_secret(ClientSecret::hashed("$hash$pet"));
    let both = both.redirect_uri("https://web.example/cb").build().unwrap();
    let world = World::with(|builder| builder.client(both).secret_hashes(hashes.clone()));
    for (secret, error, asked) in [
        (SECRET, "invalid_grant", &[][..]),
        ("pet", "invalid_grant", &["$hash$pet"]),
        ("guess", "invalid_client", &["$hash$pet"]),
    ] {
        assert_eq!(post(&world, "both", secret).await.error(), error);
        let kept: Vec<_> = hashes.take().into_iter().map(|(_, kept)| kept.unwrap()).collect();
        assert_eq!(kept, asked, "{error}");
    }
}

/// CA-11
#[tokio::test]
async fn an_assertion_is_no_credential_here() {
    let world = World::new();
    let assertion =
        [("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", "a.b.c")];
    for own in [&assertion[..], &assertion[..1], &assertion[1..]] {
        for id in ["web", "app", "nobody"] {
            let seen = world.token(&[&CODE[..], own, &[("client_id", id)]].concat()).await;
            assert_eq!((seen.status, seen.error().as_str()), (401, "invalid_client"), "{id}");
            assert!(seen.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
        }
        let seen = world.token(&[&CODE[..], own, &[("client_id", "web"), ("client_secret", SECRET)]].concat()).await;
        assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"), "two methods at once");
    }
}
