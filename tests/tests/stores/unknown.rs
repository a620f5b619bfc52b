//! The connection is lost after a write: the engine looks what stands there, and answers.

use grantor_tests::{Browser, Door, Service, WEB};

use crate::kit::{Database, Kind, Wire, on_stores};

on_stores![postgres: Postgres, redis: Redis; [an_answer_that_was_lost_behind_the_service_is_given_all_the_same]];

/// What is sent with a replacement of a grant and with nothing else: its next stage, or the script that compares and sets.
fn replacement(kind: Kind, stage: &'static str) -> &'static [u8] {
    if kind == Kind::Redis { b"EVALSHA" } else { stage.as_bytes() }
}

/// ST-17, TK-34
async fn an_answer_that_was_lost_behind_the_service_is_given_all_the_same(kind: Kind) {
    let database = Database::start(kind).await;
    for door in Door::BOTH {
        let wire = Wire::to(database.port()).await;
        let service = Service::with(door, &["--store", &database.flag_by(wire.port)]);
        let mut browser = Browser::new(&service);
        // The statements are prepared and the script is known: from here on a write is one message.
        WEB.sign_in(&service, &mut browser, "profile").await.refreshed(&service).await.has_status(200);

        let attempt = WEB.asks("profile").changed(|request| request.with("prompt", "consent"));
        let consent = browser.consent(&attempt.request).await;
        wire.cut_after(replacement(kind, "approved"));
        let code = browser.allow_all(&consent).await.code(WEB.redirect_uri);
        assert!(wire.has_cut());

        wire.cut_after(replacement(kind, "active"));
        let session = attempt.redeem(&service, &code).await;
        assert!(wire.has_cut() && service.is_alive(&session.access).await);

        wire.cut_after(replacement(kind, "active"));
        let next = session.refreshed(&service).await.has_status(200).json();
        assert!(wire.has_cut() && service.is_alive(next["access_token"].as_str().unwrap()).await);
        WEB.refresh(&service, next["refresh_token"].as_str().unwrap()).await.has_status(200);
    }
}
