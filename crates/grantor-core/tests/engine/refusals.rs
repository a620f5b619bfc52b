//! Refusals that only few clients ever meet.

use grantor_core::{Call, Client, ClientSecret};

use crate::kit::{REDIRECT_URI, SECRET, World, ann, app, form, request_with, web};

fn basic(id: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{id}:{SECRET}"))).into_bytes()
}

#[tokio::test]
async fn a_client_that_must_send_a_state_is_refused_without_one() {
    let strict = Client::public("app").redirect_uri(REDIRECT_URI).require_state().build().unwrap();
    let world = World::with(|builder| builder.client(strict));
    let _ = world.question(&request_with(&[])).await;
    for none in ["", "é"] {
        let seen = world.refused(&request_with(&[("state", none)])).await;
        assert_eq!((seen.error().as_str(), seen.answer().get("state")), ("invalid_request", None));
    }
}

#[tokio::test]
async fn a_client_without_the_code_grant_is_refused_at_its_own_redirect_uri() {
    let machine = Client::confidential("app", ClientSecret::sha256_of(SECRET)).redirect_uri(REDIRECT_URI);
    let machine = machine.without_authorization_code().client_credentials(["mail"]);
    let world = World::with(|builder| builder.client(machine.build().unwrap()));
    assert_eq!(world.refused(&request_with(&[])).await.error(), "unauthorized_client");
}

/// CA-05
#[tokio::test]
async fn two_ways_to_say_who_asks_are_one_too_many() {
    let world = World::with(|builder| builder.client(app()).client(web()));
    let media = ("content-type", &b"application/x-www-form-urlencoded"[..]);
    let (own, other) = (basic("web"), basic("app"));
    let twice = [media, ("authorization", &own[..]), ("authorization", &own[..])];
    let call = Call { headers: &twice, ..form("grant_type=authorization_code&code=x") };
    let seen = crate::kit::Seen::from(world.server.token(call).await);
    assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"));
    let foreign = [media, ("authorization", &other[..])];
    let call = Call { headers: &foreign, ..form("grant_type=authorization_code&code=x&client_id=web") };
    let seen = crate::kit::Seen::from(world.server.token(call).await);
    assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn the_hints_for_the_login_page_come_as_they_were_sent() {
    let world = World::new();
    let hints = [("login_hint", "ann"), ("display", "touch"), ("ui_locales", "de fr"), ("acr_values", "gold")];
    let pending = world.pending(&request_with(&hints)).await;
    assert_eq!(pending.client().id().as_str(), "app");
    let told = pending.hints();
    assert_eq!([told.login_hint(), told.display(), told.ui_locales(), told.acr_values()], hints.map(|(_, value)| Some(value)));
    assert!(!format!("{told:?}").contains("ann"));
    let _ = pending.next(Some(ann())).await;
}

#[tokio::test]
async fn an_identifier_that_can_be_nobody_s_is_an_unknown_client() {
    let world = World::new();
    let unknown = world.refused(&request_with(&[("client_id", "nobody")])).await;
    unknown.assert_page(400);
    for id in ["\u{e9}", "a\nb", &"a".repeat(256)] {
        assert_eq!(world.refused(&request_with(&[("client_id", id)])).await.body, unknown.body, "{id:?}");
    }
}
