use std::{collections::BTreeMap, time::Duration};

use grantor_core::{
    AuthMethod, Call, Client, ClientSecret, GrantStore, Guard, Login, Needed, Payload,
    grant::{Grant, Handed, Kind},
    types::GrantId,
};

use crate::kit::{Seen, VERIFIER, World, app, at, request_with};

pub(super) const API: &str = "https://api.example/";
pub(super) const FILES: &str = "https://files.example/";

/// Grants by what became of them, and credentials by what they are.
pub(super) struct Golden {
    pub(super) grants: Vec<(&'static str, Grant)>,
    pub(super) handed_out: BTreeMap<&'static str, String>,
}

pub(super) fn world() -> World {
    World::with(|builder| builder.client(app()).resource(API).resource(FILES).retry_window(Duration::from_secs(60)))
}

pub(super) fn zoe() -> Login {
    Login::new("zoë", "zoë's session", at(1_000)).acr("gold").amr(["pwd", "otp"])
}

pub(super) fn nameless() -> Login {
    Login::new("", "", at(0))
}

pub(super) fn confidential() -> Client {
    let client = Client::confidential("web", ClientSecret::sha256_of("generated"));
    let client = client.also_secret(ClientSecret::hashed("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"));
    let client = client.auth_methods([AuthMethod::Post]).name("Zoë's app").logo_uri("https://web.example/logo.png");
    let client = client.redirect_uri("https://web.example/cb").redirect_uri("http://127.0.0.1/cb").redirect_uri("myapp:/cb");
    let client = client.scopes(["profile", "mail"]).resources([API]).refresh_tokens().native().untrusted().may_skip_consent();
    let client = client.require_state().exact_localhost_port().allow_scheme_without_period().disabled();
    client.access_lifetime(Duration::from_millis(90_500)).not_before(at(-1)).build().unwrap()
}

pub(super) fn public() -> Client {
    Client::public("app").redirect_uri("https://app.example/cb").build().unwrap()
}

pub(super) async fn is_alive(world: &World, token: &str, resource: &str) -> bool {
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_bytes())];
    let call = Call { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
    Guard::of(&world.server).resource(resource).build().unwrap().verify(&call, &Needed::token()).await.is_ok()
}

async fn kept(world: &World, id: &GrantId) -> Grant {
    world.store.memory.load(id).await.unwrap().unwrap()
}

/// Leads one grant from a login page to its end, and denies another.
pub(super) async fn golden() -> Golden {
    let world = world();
    let (mut grants, mut handed_out) = (Vec::new(), BTreeMap::new());
    let resources = [("resource", API), ("resource", FILES)];
    let asked = [("prompt", "login consent"), ("max_age", "3600"), ("nonce", "the nonce"), ("state", "the state")];
    let return_to = world.log_in(&request_with(&[asked.as_slice(), &resources].concat()), None).await;
    let (_, query) = return_to.as_str().split_once('?').unwrap();
    let handle = Handed::parse(Kind::Handle, &query[query.find("gr_h_").unwrap()..]).unwrap();
    let id = *handle.grant_id();
    handed_out.insert("query", query.to_owned());
    grants.push(("waiting", kept(&world, &id).await));

    world.clock.set(1_000);
    let parked = world.question_of(query, zoe()).await.park().await.unwrap();
    handed_out.insert("ticket", parked.ticket().to_owned());
    grants.push(("parked", kept(&world, &id).await));

    world.clock.set(2_000);
    let question = world.server.resume(parked.ticket(), &zoe()).await.unwrap();
    let code = Seen::from(question.approve_all().await).code();
    handed_out.insert("code", code.clone());
    let redemption = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code)];
    let wrong = [redemption.as_slice(), &[("code_verifier", "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong")]].concat();
    world.token(&wrong).await;
    grants.push(("approved", kept(&world, &id).await));

    world.clock.set(3_000);
    let right = [redemption.as_slice(), &[("code_verifier", VERIFIER), ("resource", FILES)]].concat();
    let mut tokens = world.token(&right).await;
    grants.push(("active", kept(&world, &id).await));
    for (names, narrowed, now) in [
        (["access 0", "refresh 0"], [("scope", "mail"), ("resource", API)].as_slice(), 4_000),
        (["access 1", "refresh 1"], &[], 5_000),
        (["access 2", "refresh 2"], &[], 6_000),
    ] {
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens.member(name));
        handed_out.extend(names.into_iter().zip([access, refresh.clone()]));
        world.clock.set(now);
        if now < 6_000 {
            let fields = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &refresh)];
            tokens = world.token(&[fields.as_slice(), narrowed].concat()).await;
        }
    }
    grants.push(("refreshed", kept(&world, &id).await));
    world.token(&right).await;
    grants.push(("ended", kept(&world, &id).await));

    let parked = world.question_of(&request_with(&resources), nameless()).await.park().await.unwrap();
    let id = *Handed::parse(Kind::Ticket, parked.ticket()).unwrap().grant_id();
    world.server.resume(parked.ticket(), &nameless()).await.unwrap().deny().await;
    handed_out.insert("denied ticket", parked.ticket().to_owned());
    grants.push(("denied", kept(&world, &id).await));
    Golden { grants, handed_out }
}
