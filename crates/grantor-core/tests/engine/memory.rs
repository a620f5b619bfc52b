//! The memory store: bounded, swept, and without a usable secret in it.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use grantor_core::{
    Client, GrantStore, MemoryClients, MemoryStore, StoreError, Swap,
    grant::{Grant, Stage},
    types::{GrantId, Version},
};

use crate::kit::{SECRET, Seen, VERIFIER, World, ann, app, at, request, request_with, web};

fn full_at(limit: usize) -> World {
    World::keeping(MemoryStore::with_limit(limit), |builder| builder.client(app()).client(web()))
}

fn id_of(credential: &str) -> GrantId {
    let bytes = URL_SAFE_NO_PAD.decode(&credential["gr_x_".len()..]).unwrap();
    GrantId::from_bytes(bytes[..16].try_into().unwrap())
}

async fn stored(world: &World, credential: &str) -> Grant {
    world.store.memory.load(&id_of(credential)).await.unwrap().unwrap()
}

/// AZ-22
#[tokio::test]
async fn a_fixed_list_knows_its_clients_and_of_two_with_one_identifier_the_later() {
    let earlier = Client::public("app").redirect_uri("https://app.example/earlier").build().unwrap();
    let world = World::with(|builder| builder.clients(Arc::new(MemoryClients::new([earlier, app()]))));
    assert_eq!(world.tokens().await.status, 200);
    world.refused(&request_with(&[("client_id", "nobody")])).await.assert_page(400);
}

/// TH-28, TH-12
#[tokio::test]
async fn a_full_store_drops_the_oldest_parked_request() {
    let world = full_at(3);
    let mut tickets = Vec::new();
    for minute in 0..4 {
        world.clock.set(minute * 1_000);
        tickets.push(world.parked(&request()).await.ticket().to_owned());
    }
    assert_eq!((world.store.memory.len(), world.store.memory.is_empty()), (3, false));
    world.resumed(&tickets[0]).await.unwrap_err().assert_page(400);
    for ticket in &tickets[1..] {
        assert!(world.resumed(ticket).await.is_ok());
    }
    // Also when the oldest is not the one that came first: an answered one is passed over.
    world.resumed(&tickets[1]).await.unwrap().approve_all().await;
    world.parked(&request()).await;
    world.resumed(&tickets[2]).await.unwrap_err().assert_page(400);
    assert!(world.resumed(&tickets[3]).await.is_ok());
}

/// ST-10
#[tokio::test]
async fn a_full_store_drops_expired_grants_before_it_drops_a_waiting_one() {
    let world = full_at(3);
    let code = world.code().await;
    let waiting = [world.parked(&request()).await, world.parked(&request()).await];
    world.clock.set(70_001);
    let fourth = world.parked(&request()).await;
    for parked in waiting.iter().chain([&fourth]) {
        assert!(world.resumed(parked.ticket()).await.is_ok());
    }
    assert!(world.store.memory.load(&id_of(&code)).await.unwrap().is_none());
}

/// ST-19, ST-10
#[tokio::test]
async fn a_full_store_never_drops_what_somebody_holds_and_is_unavailable_instead() {
    let world = full_at(3);
    let (tokens, code) = (world.tokens().await, world.code().await);
    let denied = world.parked(&request()).await;
    world.resumed(denied.ticket()).await.unwrap().deny().await;
    for _ in 0..3 {
        let reply = Seen::from(world.question(&request()).await.approve_all().await);
        assert_eq!(reply.error(), "temporarily_unavailable");
    }
    assert_eq!(world.store.memory.len(), 3);
    assert_eq!(Seen::from(world.resumed(denied.ticket()).await.unwrap().deny().await).error(), "access_denied");
    assert_eq!(world.redeem(&code).await.status, 200);
    assert_eq!(world.refresh(&tokens.member("refresh_token")).await.status, 200);
    // The denied request is forgotten in time, and makes room.
    world.clock.set(600_001);
    assert!(Seen::from(world.question(&request()).await.approve_all().await).answer().contains_key("code"));
}

/// ST-10
#[tokio::test]
async fn a_sweep_is_bounded_and_idempotent_and_takes_only_what_is_past() {
    let world = World::new();
    for _ in 0..5 {
        world.parked(&request()).await;
    }
    let (code, tokens) = (world.code().await, world.tokens().await);
    let memory = &world.store.memory;
    let sweep = async |milliseconds, limit| memory.sweep(at(milliseconds), limit).await.unwrap();
    assert_eq!(sweep(70_000, 100).await, 0, "to the very instant it is kept");
    assert_eq!(sweep(70_001, 100).await, 1, "the code that was never redeemed; the redeemed one lives on");
    assert!(memory.load(&id_of(&code)).await.unwrap().is_none());
    assert_eq!(sweep(600_000, 100).await, 0);
    assert_eq!([sweep(600_001, 2).await, sweep(600_001, 2).await, sweep(600_001, 2).await], [2, 2, 1]);
    assert_eq!([sweep(600_001, 0).await, sweep(600_001, 100).await, memory.len()], [0, 0, 1]);
    assert_eq!(world.refresh(&tokens.member("refresh_token")).await.status, 200);
    let kept = stored(&world, &tokens.member("access_token")).await.forget_after();
    assert_eq!(memory.sweep(kept, 100).await.unwrap(), 0);
    assert_eq!(memory.sweep(kept + time::Duration::milliseconds(1), 100).await.unwrap(), 1);
    assert!(memory.is_empty());
}

/// ST-09, ST-10
#[tokio::test]
async fn what_a_later_write_shortens_is_swept_in_its_shorter_time() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    world.resumed(parked.ticket()).await.unwrap().approve_all().await;
    assert_eq!(world.store.memory.sweep(at(70_001), 9).await.unwrap(), 1, "parked for ten minutes, and then a code for one");
}

/// ST-10
#[tokio::test]
async fn writes_sweep_as_they_go() {
    let world = World::new();
    for _ in 0..2_000 {
        world.parked(&request()).await;
    }
    world.clock.set(600_001);
    for _ in 0..1_000 {
        world.parked(&request()).await;
    }
    assert!(world.store.memory.len() < 1_500, "{}", world.store.memory.len());
}

/// ST-19
#[tokio::test]
async fn not_found_conflict_and_lost_are_told_apart() {
    let world = World::new();
    let code = world.code().await;
    let grant = stored(&world, &code).await;
    let memory = &world.store.memory;
    assert!(matches!(memory.insert(grant.clone()).await, Err(StoreError::Conflict)));
    assert_eq!(memory.len(), 1);
    let other = Version::from_bytes([0; 16]);
    assert_eq!(memory.replace(other, grant.clone()).await.unwrap(), Swap::Lost);
    let empty = MemoryStore::new();
    assert_eq!(empty.replace(*grant.version(), grant.clone()).await.unwrap(), Swap::Lost);
    assert!(empty.is_empty() && empty.load(grant.id()).await.unwrap().is_none(), "never an upsert");
    assert_eq!(memory.replace(*grant.version(), grant.clone()).await.unwrap(), Swap::Done);
}

/// CA-15, RF-14, PK-12, ST-14
#[tokio::test]
async fn a_dump_of_the_store_holds_no_usable_credential() {
    let world = World::new();
    let query = request_with(&[("prompt", "login")]);
    let handle = world.log_in(&query, None).await;
    let handle = handle.as_str().split_once("request_uri%3A").unwrap().1.to_owned();
    let parked = world.parked(&request()).await;
    let ticket = parked.ticket().to_owned();
    let mut dump = vec![stored(&world, &handle).await.encode(), stored(&world, &ticket).await.encode()];
    let code = Seen::from(world.resumed(&ticket).await.unwrap().approve_all().await).code();
    dump.push(stored(&world, &code).await.encode());
    let first = world.redeem(&code).await;
    dump.push(stored(&world, &code).await.encode());
    let second = world.refresh(&first.member("refresh_token")).await;
    dump.push(stored(&world, &code).await.encode());
    assert_eq!(stored(&world, &code).await.stage(), Stage::Active);

    let tokens = ["access_token", "refresh_token"].map(|name| [first.member(name), second.member(name)]).concat();
    let dump = dump.concat();
    let holds = |needle: &[u8]| dump.windows(needle.len()).any(|window| window == needle);
    for credential in tokens.iter().chain([&handle, &ticket, &code]) {
        let bytes = URL_SAFE_NO_PAD.decode(&credential["gr_x_".len()..]).unwrap();
        // Behind the routing id, and the generation of a refresh token, stand the 32 bytes of the secret.
        let from = if credential.starts_with("gr_r_") { 20 } else { 16 };
        assert!(!holds(&bytes[from..from + 32]) && !holds(credential.as_bytes()), "{credential}");
    }
    assert!(!holds(VERIFIER.as_bytes()) && !holds(SECRET.as_bytes()) && !holds(b"ann's session"));
    assert!(holds(b"ann") && holds(b"the state"), "the search does find what is there");
}

/// AZ-37, ST-14
#[tokio::test]
async fn what_the_store_keeps_cannot_be_handed_in() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let id = id_of(parked.ticket());
    let dump = stored(&world, parked.ticket()).await.encode();
    // Whatever 32 bytes of the dump somebody makes a ticket of, none is known.
    for secret in dump.windows(32) {
        let ticket = format!("gr_t_{}", URL_SAFE_NO_PAD.encode([id.as_bytes(), secret].concat()));
        assert!(world.server.resume(&ticket, &ann()).await.is_err());
    }
    assert!(world.resumed(parked.ticket()).await.is_ok());
}
