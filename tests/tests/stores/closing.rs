//! An account is closed at one service, and is closed at the other.

use grantor_tests::{Browser, Door, SHOP, Service, WEB, fields};
use tempfile::TempDir;

use crate::kit::{Database, Kind, on_stores};

on_stores![sqlite: Sqlite, postgres: Postgres, redis: Redis; [what_is_ended_at_one_service_is_ended_at_the_other]];

/// ST-12, RF-11, TK-33
async fn what_is_ended_at_one_service_is_ended_at_the_other(kind: Kind) {
    let (database, folder) = (Database::start(kind).await, TempDir::new().unwrap());
    let flags = ["--issuer", "https://id.example.test", "--store", &database.flag()];
    let [here, there] = Door::BOTH.map(|door| Service::in_folder(door, folder.path(), &flags));
    // Redis cannot list grants: there, what an app holds lives on until it has to be renewed.
    let lists = kind != Kind::Redis;

    let (mut alice, mut elsewhere) = (Browser::new(&here), Browser::new(&there));
    let (web, shop) = (WEB.sign_in(&here, &mut alice, "profile").await, SHOP.sign_in(&there, &mut elsewhere, "profile").await);
    let attempt = WEB.asks("profile mail.read");
    let code = elsewhere.code(&attempt).await;

    let page = alice.open("/apps").await.has_status(200).text();
    assert_eq!(page.contains("The Shop") && page.contains("The Web App"), lists, "{page}");
    assert_eq!(page.contains("cannot list"), !lists, "{page}");
    let ended = alice.submit("/apps/end", &fields([("client_id", "shop")])).await;
    ended.has_status(if lists { 303 } else { 400 });
    assert_eq!(there.is_alive(&shop.access).await, !lists);
    assert!(there.is_alive(&web.access).await);

    alice.submit("/account/close", &fields([("password", "correct horse")])).await.has_status(200);
    let login = fields([("username", "alice"), ("password", "correct horse")]);
    assert_eq!(Browser::new(&there).submit("/login", &login).await.status, 401);
    assert!(!elsewhere.open("/").await.has_status(200).body.contains("alice"), "a session outlived its account");
    WEB.token(&there, &attempt.redemption(&code)).await.is_json(400, "invalid_grant");
    if lists {
        assert!(!there.is_alive(&web.access).await);
    }
    web.refreshed(&there).await.is_json(400, "invalid_grant");
    shop.refreshed(&there).await.is_json(400, "invalid_grant");
}
