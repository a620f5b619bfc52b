//! What a thief of the database finds, and of the log.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor_tests::{Auth, Browser, CLIENTS, Door, POST, Relying, SHOP, Service, WEB, pkce_challenge};

use crate::kit::{Database, Kind, on_stores};

on_stores![sqlite: Sqlite, postgres: Postgres, redis: Redis; [neither_a_dump_nor_a_log_holds_a_credential]];

/// Everything that one flow hands out or takes in and that opens something.
async fn walk(service: &Service, client: Relying) -> Vec<String> {
    let attempt = client.asks("profile");
    let mut browser = Browser::new(service);
    let consent = browser.consent(&attempt.request).await;
    let waiting = browser.consent(&client.asks("profile").request).await;
    let code = browser.allow_all(&consent).await.code(client.redirect_uri);
    let unspent = browser.code(&client.asks("profile mail.read")).await;
    let session = attempt.clone().redeem(service, &code).await;
    let next = session.refreshed(service).await.has_status(200).json();
    let mut secrets: Vec<_> = browser.cookies.values().cloned().collect();
    secrets.extend([consent.ticket, waiting.ticket, code, unspent, session.access, session.refresh, attempt.verifier]);
    secrets.extend(["access_token", "refresh_token"].map(|name| next[name].as_str().unwrap().to_owned()));
    if let Auth::Basic(secret) | Auth::Post(secret) = client.auth {
        secrets.push(secret.to_owned());
    }
    secrets
}

/// The ways in which a credential may stand somewhere: as it is, and each half of its random octets.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let encoded = if secret.starts_with("gr_") { &secret[5..] } else { secret };
    let octets = URL_SAFE_NO_PAD.decode(encoded).unwrap_or_default();
    // A credential begins with the name of its grant, which the store must know.
    let random = if octets.len() > 40 { &octets[20..] } else { &octets };
    let halves = random.chunks_exact(14).map(<[u8]>::to_vec);
    halves.chain([secret.as_bytes().to_vec()]).collect()
}

fn holds(dump: &[u8], wanted: &[u8]) -> bool {
    dump.windows(wanted.len()).any(|window| window == wanted)
}

/// ST-14, TH-07
async fn neither_a_dump_nor_a_log_holds_a_credential(kind: Kind) {
    let database = Database::start(kind).await;
    let (mut secrets, mut log) = (vec!["correct horse".to_owned()], String::new());
    for door in Door::BOTH {
        let flags = ["--clients", CLIENTS, "--user", "alice:correct horse", "--store", &database.flag()];
        let service = Service::spawn(door, &flags, &[("RUST_LOG", "trace"), ("NO_COLOR", "1")]);
        for client in [WEB, SHOP, POST] {
            secrets.extend(walk(&service, client).await);
        }
        log += &service.end();
    }
    let dump = database.dump().await;
    for public in [WEB.id, SHOP.redirect_uri, "alice"] {
        assert!(holds(&dump, public.as_bytes()), "{public} is not there: this is no dump of the grants");
    }
    // Of the cookie and of the verifier the digest is there: this dump would show them.
    let digests = secrets.iter().filter(|secret| holds(&dump, pkce_challenge(secret).as_bytes())).count();
    assert_eq!(digests, 2 * 6);
    assert!(log.contains("refreshed tokens") && !log.contains("no-password-needed"), "{log}");
    assert!(secrets.len() > 50, "{}", secrets.len());
    for secret in secrets {
        assert!(secret.len() >= 8, "{secret}");
        assert!(!log.contains(&secret), "{secret} is in the log");
        for form in forms(&secret) {
            assert!(!holds(&dump, &form), "{secret} is at rest");
        }
    }
}
