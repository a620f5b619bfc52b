//! The golden files: what a release wrote once, every later one reads.
//!
//! `tests/golden/` holds grants of every stage and clients as version 1 writes them, with the credentials that were handed
//! out for them. When the form changes it gets a new version and new files beside these, which stay and stay readable.

mod damage;
mod made;

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use grantor_core::{
    AuthMethod, Client, ClientSecret, GrantStore, Subject,
    grant::{Grant, Stage},
    types::{Allowed, Digest, Resource, ScopeSet},
};
use made::{API, FILES, Golden};

use crate::kit::{REDIRECT_URI, Seen, World, at};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(path(&format!("grant-1-{name}.hex"))).unwrap();
    let digits: Vec<_> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn grant(name: &str) -> Grant {
    Grant::decode(&golden(name)).unwrap()
}

fn handed_out() -> BTreeMap<String, String> {
    serde_json::from_str(&fs::read_to_string(path("handed-out-1.json")).unwrap()).unwrap()
}

/// A server of today with one golden grant in its store, at its time.
async fn world_with(name: &str, now: i64) -> World {
    let world = made::world();
    world.store.memory.insert(grant(name)).await.unwrap();
    world.clock.set(now);
    world
}

/// Makes the files of a new version. Run it by name when `VERSION` was raised, and only then; files of earlier versions stay.
#[tokio::test]
#[ignore = "writes the golden files of a new version"]
async fn write_the_golden_files() {
    let Golden { grants, handed_out } = made::golden().await;
    for (name, grant) in grants {
        let hex: String = grant.encode().iter().map(|byte| format!("{byte:02x}")).collect();
        let lines: Vec<_> = hex.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        fs::write(path(&format!("grant-1-{name}.hex")), lines.join("\n") + "\n").unwrap();
    }
    fs::write(path("handed-out-1.json"), serde_json::to_string_pretty(&handed_out).unwrap() + "\n").unwrap();
    for (name, client) in [("confidential", made::confidential()), ("public", made::public())] {
        fs::write(path(&format!("client-1-{name}.json")), client.encode()).unwrap();
    }
}

/// ST-11
#[test]
fn every_getter_reads_what_version_1_wrote() {
    let both = [API, FILES].map(|text| Resource::parse(text).unwrap());
    let scopes = ScopeSet::parse("profile mail").unwrap();
    let (ten_minutes, day) = (Duration::from_secs(600), 86_400_000);
    let month = 30 * day;
    let cases = [
        ("waiting", Stage::Parked, None, at(0) + ten_minutes),
        ("parked", Stage::Parked, Some("zoë"), at(0) + ten_minutes),
        ("approved", Stage::Approved, Some("zoë"), at(2_000 + 60_000 + 60_000)),
        ("active", Stage::Active, Some("zoë"), at(3_000 + month + day)),
        ("refreshed", Stage::Active, Some("zoë"), at(5_000 + month + day)),
        ("ended", Stage::Ended, Some("zoë"), at(5_000 + month + day)),
        ("denied", Stage::Ended, Some(""), at(6_000) + ten_minutes),
    ];
    for (name, stage, subject, forget_after) in cases {
        let grant = grant(name);
        let known = name != "denied";
        assert_eq!((grant.stage(), grant.subject()), (stage, subject.map(Subject::from).as_ref()), "{name}");
        assert_eq!((grant.client_id().as_str(), grant.forget_after()), ("app", forget_after), "{name}");
        assert_eq!(grant.created(), if known { at(0) } else { at(6_000) }, "{name}");
        assert_eq!(grant.auth_time(), subject.map(|_| if known { at(1_000) } else { at(0) }), "{name}");
        assert_eq!(grant.acr(), subject.filter(|_| known).map(|_| "gold"), "{name}");
        assert!(grant.amr().eq(subject.filter(|_| known).into_iter().flat_map(|_| ["pwd", "otp"])), "{name}");
        let asked = grant.asked().unwrap();
        assert_eq!((grant.scopes(), asked.scopes()), (&scopes, &scopes), "{name}");
        assert_eq!((asked.redirect_uri(), asked.resources()), (REDIRECT_URI, both.as_slice()), "{name}");
        assert!(*grant.version().as_bytes() != [0; 16] && *grant.id().as_bytes() != [0; 16]);
    }
}

/// ST-11
#[test]
fn what_version_1_wrote_is_written_so_today() {
    for name in ["waiting", "parked", "approved", "active", "refreshed", "ended", "denied"] {
        let bytes = golden(name);
        assert_eq!(bytes[0], 1);
        assert!(Grant::decode(&bytes).unwrap().encode() == bytes, "the form of a {name} grant changed: give it a new version");
    }
    for (name, client) in [("confidential", made::confidential()), ("public", made::public())] {
        let bytes = fs::read(path(&format!("client-1-{name}.json"))).unwrap();
        let text = || String::from_utf8_lossy(&bytes);
        assert_eq!(String::from_utf8(client.encode()).unwrap(), text(), "the form of a client changed: give it a new version");
        assert_eq!(String::from_utf8(Client::decode(&bytes).unwrap().encode()).unwrap(), text());
    }
}

/// ST-11, ST-14
#[tokio::test]
async fn credentials_of_version_1_are_good_today() {
    let handed = handed_out();
    let handle = world_with("waiting", 1_000).await;
    assert!(handle.server.authorize(crate::kit::get(&handed["query"])).await.is_ok());

    let parked = world_with("parked", 2_000).await;
    let question = parked.server.resume(&handed["ticket"], &made::zoe()).await;
    assert!(Seen::from(question.unwrap().approve_all().await).code().starts_with("gr_c_"));

    let approved = world_with("approved", 3_000).await;
    let question = approved.server.resume(&handed["ticket"], &made::zoe()).await;
    assert_eq!(Seen::from(question.unwrap().approve_all().await).code(), handed["code"], "the salt of the ticket");
    assert_eq!(approved.redeem(&handed["code"]).await.status, 200);

    let active = world_with("active", 4_000).await;
    assert!(
        made::is_alive(&active, &handed["access 0"], FILES).await && !made::is_alive(&active, &handed["access 0"], API).await
    );
    assert_eq!(active.refresh(&handed["refresh 0"]).await.status, 200);

    let refreshed = world_with("refreshed", 6_000).await;
    assert!(made::is_alive(&refreshed, &handed["access 1"], API).await, "narrowed to one resource");
    let again = refreshed.refresh(&handed["refresh 1"]).await;
    assert_eq!(
        (again.member("access_token"), again.member("refresh_token")),
        (handed["access 2"].clone(), handed["refresh 2"].clone())
    );
    refreshed.refresh(&handed["refresh 0"]).await.assert_busy();
    assert_eq!(refreshed.refresh(&handed["refresh 2"]).await.status, 200);
    assert_eq!(refreshed.redeem(&handed["code"]).await.error(), "invalid_grant");
    assert!(!made::is_alive(&refreshed, &handed["access 2"], API).await, "a spent code is known as spent");

    let denied = world_with("denied", 7_000).await;
    let question = denied.server.resume(&handed["denied ticket"], &made::nameless()).await;
    assert_eq!(Seen::from(question.unwrap().deny().await).error(), "access_denied", "a no may be asked for again");
}

/// ST-11
#[test]
fn every_getter_of_a_client_reads_what_version_1_wrote() {
    let read = |name: &str| Client::decode(&fs::read(path(&format!("client-1-{name}.json"))).unwrap()).unwrap();
    let client = read("confidential");
    assert_eq!(
        (client.id().as_str(), client.name(), client.logo_uri()),
        ("web", Some("Zoë's app"), Some("https://web.example/logo.png"))
    );
    let uris: Vec<_> = client.redirect_uris().iter().map(|uri| uri.as_str()).collect();
    assert_eq!(uris, ["https://web.example/cb", "http://127.0.0.1/cb", "myapp:/cb"]);
    assert_eq!(client.auth_methods(), [AuthMethod::Post]);
    let [ClientSecret::Sha256(digest), ClientSecret::Hashed(phc)] = client.secrets() else { panic!("{:?}", client.secrets()) };
    assert!(digest.matches(&Digest::of(&[b"generated"])) && &**phc == "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
    assert_eq!(client.scopes(), &Allowed::Only(ScopeSet::parse("profile mail").unwrap()));
    assert_eq!(client.resources(), &Allowed::Only(vec![Resource::parse(API).unwrap()]));
    assert_eq!((client.access_lifetime(), client.not_before()), (Some(Duration::from_millis(90_500)), Some(at(-1))));
    assert!(
        client.uses_authorization_code() && client.uses_refresh_token() && client.may_skip_consent() && client.requires_state()
    );
    assert!(!client.is_trusted() && !client.is_enabled() && !client.is_public());

    let client = read("public");
    assert_eq!((client.id().as_str(), client.name(), client.logo_uri()), ("app", None, None));
    assert_eq!((client.scopes(), client.resources()), (&Allowed::All, &Allowed::All));
    assert_eq!((client.access_lifetime(), client.not_before(), client.secrets().len()), (None, None, 0));
    assert!(client.is_public() && client.is_trusted() && client.is_enabled() && client.uses_authorization_code());
    assert!(!client.uses_refresh_token() && !client.may_skip_consent() && !client.requires_state());
}

/// ST-11
#[test]
fn the_names_of_stages_are_what_databases_hold() {
    let stages = [Stage::Parked, Stage::Approved, Stage::Active, Stage::Ended];
    assert_eq!(stages.map(Stage::as_str), ["parked", "approved", "active", "ended"]);
}
