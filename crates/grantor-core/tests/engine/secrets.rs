//! What can hold a secret prints none, and cannot be compared by accident.

use std::fmt::Debug;

use grantor_core::{
    AuthorizationServer, Body, Call, Client, ClientSecret, Next, Payload, Pepper,
    grant::Draw,
    protocol::CodeChallenge,
    types::{Digest, SecretBytes, SecretText},
};

use crate::kit::{REDIRECT_URI, SECRET, VERIFIER, World, ann, form, request, request_with};

/// A text that is found again wherever it is printed: in clear, as bytes, or in base64.
const MARK: &str = "SECRETSECRETSECRETSECRETSECRETSE";

fn assert_silent(value: &dyn Debug, secrets: &[&str]) {
    for printed in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!printed.is_empty(), "it does not even say what it is");
        let flat: String = printed.split_whitespace().collect();
        for secret in secrets {
            let bytes = secret.bytes().take(8).map(|byte| format!("{byte},")).collect::<String>();
            assert!(!printed.contains(secret) && !flat.contains(&bytes), "{printed}");
        }
    }
}

/// TH-08
#[tokio::test]
async fn no_public_type_prints_the_secret_it_holds() {
    let mark: [u8; 32] = MARK.as_bytes().try_into().unwrap();
    let client = || Client::confidential("web", ClientSecret::hashed(MARK)).also_secret(ClientSecret::sha256_of(MARK));
    let client = || client().redirect_uri(REDIRECT_URI);
    let builder = || AuthorizationServer::builder("https://id.example").scope("a", "A").pepper(Pepper::new(mark));
    let basic = [("authorization", MARK.as_bytes())];
    let draw = {
        let mut bytes = [0; Draw::WITH_LINE];
        bytes[32..].copy_from_slice(MARK.repeat(3).as_bytes());
        Draw::with_line(&bytes)
    };
    let server = builder().client(crate::kit::app()).build().unwrap();
    let values: [&dyn Debug; 17] = [
        &SecretText::new(MARK.to_owned()),
        &SecretBytes::new(mark),
        &Digest::from_bytes(mark),
        &Pepper::new(mark),
        &ClientSecret::hashed(MARK),
        &ClientSecret::Sha256(Digest::from_bytes(mark)),
        &client(),
        &client().build().unwrap(),
        &builder(),
        &server,
        server.settings(),
        &grantor_core::Login::new("ann", MARK, crate::kit::at(0)),
        &CodeChallenge::parse(&format!("{MARK}SECRETSECRE")).unwrap(),
        &draw,
        &Payload::Whole(MARK.as_bytes()),
        &Call { query: Some(MARK), headers: &basic, ..form(MARK) },
        &Body::default(),
    ];
    for value in values {
        assert_silent(value, &[MARK]);
    }
}

/// TH-07, TH-08
#[tokio::test]
async fn no_step_of_a_flow_prints_what_it_carries() {
    let world = World::new();
    let query = request_with(&[("state", MARK), ("nonce", "NONCENONCE"), ("login_hint", "HINTHINT")]);
    let challenge = CodeChallenge::of(VERIFIER);
    let carried = [MARK, "NONCENONCE", "HINTHINT", challenge.as_str(), "ann's session"];

    let pending = world.pending(&query).await;
    assert_silent(&pending, &carried);
    assert_silent(pending.hints(), &carried);
    assert_silent(&world.log_in(&query, None).await, &carried);
    assert_silent(&world.next(&query, None).await, &carried);
    assert_silent(&world.next(&query, Some(ann())).await, &carried);
    let question = world.question(&query).await;
    assert_silent(&question, &carried);
    let parked = question.park().await.unwrap();
    let ticket = parked.ticket().to_owned();
    assert_silent(&parked, &[&carried[..], &[&ticket]].concat());
    let question = world.resumed(&ticket).await.unwrap();
    assert_silent(&question, &[&carried[..], &[&ticket]].concat());
    let reply = question.approve_all().await;
    let shown = format!("{reply:?}");
    let code = crate::kit::Seen::from(reply).code();
    assert!(![&code[..], MARK, "app.example"].iter().any(|secret| shown.contains(secret)), "{shown}");

    let body = format!("grant_type=authorization_code&client_id=app&code={code}&code_verifier={VERIFIER}");
    let reply = world.server.token(form(&body)).await;
    let shown = format!("{reply:?}");
    let tokens = crate::kit::Seen::from(reply);
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    assert!(access.len() > 60 && refresh.len() > 60);
    assert!(![&access, &refresh].iter().any(|token| shown.contains(&***token)), "{shown}");
    let verified = world.verify(&access).await.unwrap();
    assert_silent(&verified, &[&access, &refresh, &access[30..]]);
    let quiet = world.next(&request_with(&[("state", MARK), ("prompt", "none")]), None).await;
    assert!(matches!(quiet, Next::Answer(_)));
    assert_silent(&quiet, &carried);
    assert_silent(&world.server.authorize(crate::kit::get(&query.replace("profile", "unknown"))).await, &carried);
}

/// TH-08
#[tokio::test]
async fn a_grant_prints_neither_what_was_asked_nor_what_was_handed_out() {
    use grantor_core::GrantStore;
    let world = World::new();
    let tokens = world.redeem(&world.code().await).await;
    let id = *world.verify(&tokens.member("access_token")).await.unwrap().grant_id().unwrap();
    let grant = world.store.memory.load(&id).await.unwrap().unwrap();
    assert_silent(&grant, &["the state", "ann", &tokens.member("access_token")[30..]]);
    assert_silent(grant.asked().unwrap(), &["the state"]);
    assert_silent(&world.store.memory, &["the state", "ann"]);
}

/// TH-08
#[tokio::test]
async fn the_facts_of_an_error_page_print_no_state() {
    let stranger = Client::public("app").redirect_uri(REDIRECT_URI).untrusted().build().unwrap();
    let (send, printed) = std::sync::mpsc::channel();
    let world = World::with(|builder| {
        builder.client(stranger).error_page(move |facts| {
            let html = facts.link().unwrap().to_owned();
            let page = grantor_core::HostPage { html, content_security_policy: "default-src 'none'".to_owned() };
            send.send((format!("{facts:?}"), format!("{page:?}"))).unwrap();
            page
        })
    });
    let page = world.refused(&request_with(&[("scope", "unknown"), ("state", MARK)])).await;
    assert!(page.body.contains(MARK), "the host's page has the link");
    let (facts, page) = printed.try_recv().unwrap();
    assert!(!facts.contains(MARK) && !page.contains(MARK), "{facts} {page}");
}

/// Whether a type implements a trait, asked where the answer may be no: an inherent constant is found before a trait's.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "for some types the other constant is found")]
        trait Otherwise {
            const YES: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "for some types the other constant is found")]
        impl<T: ?Sized + $($bound)+> Asked<T> {
            const YES: bool = true;
        }
        <Asked<$type>>::YES
    }};
}

/// PK-21, TH-06, TH-08, ST-15
#[test]
fn secrets_cannot_be_compared_printed_or_serialized_by_accident() {
    assert!(implements!(String: PartialEq) && implements!(String: std::fmt::Display) && implements!(String: serde::Serialize));
    macro_rules! assert_opaque {
        ($($secret:ty),*) => {$(
            assert!(!implements!($secret: PartialEq), stringify!($secret));
            assert!(!implements!($secret: PartialOrd), stringify!($secret));
            assert!(!implements!($secret: std::hash::Hash), stringify!($secret));
            assert!(!implements!($secret: std::fmt::Display), stringify!($secret));
            assert!(!implements!($secret: serde::Serialize), stringify!($secret));
            assert!(!implements!($secret: std::ops::Deref), stringify!($secret));
            assert!(!implements!($secret: AsRef<[u8]>), stringify!($secret));
            assert!(!implements!($secret: AsRef<str>), stringify!($secret));
        )*};
    }
    assert_opaque!(SecretText, SecretBytes, Digest, Pepper, ClientSecret, CodeChallenge);
    assert_opaque!(grantor_core::grant::Handed, grantor_core::grant::HandedRefresh, grantor_core::Parked, Client);
    assert_opaque!(grantor_core::grant::Grant, grantor_core::grant::Issued, grantor_core::Login, Draw);
}

/// PK-21, TH-06
#[test]
fn digests_match_only_when_every_bit_is_the_same() {
    let digest = Digest::of(&[SECRET.as_bytes()]);
    assert!(digest.matches(&Digest::of(&[SECRET.as_bytes()])));
    for bit in 0..256 {
        let mut bytes = *digest.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(!digest.matches(&Digest::from_bytes(bytes)), "bit {bit}");
    }
    let challenge = CodeChallenge::of(VERIFIER);
    for at in 0..43 {
        let mut text = challenge.as_str().as_bytes().to_vec();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        assert!(!CodeChallenge::parse(std::str::from_utf8(&text).unwrap()).unwrap().verify(VERIFIER), "character {at}");
    }
    assert!(request().contains(challenge.as_str()));
}

#[test]
fn a_server_tells_its_issuer_and_no_more() {
    let told = format!("{:?}", World::new().server);
    assert!(told.contains("https://id.example") && told.ends_with(", .. }"), "{told}");
}
