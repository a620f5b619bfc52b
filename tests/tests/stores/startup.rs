//! What a service does with `--store` before it serves, and after it was killed.

use grantor_tests::{Browser, Door, Service, WEB, both_doors};
use tempfile::TempDir;

both_doors![
    the_embedded_default_survives_a_crash,
    a_store_that_is_not_there_is_told_without_its_password,
    what_is_no_store_is_refused_without_repeating_it,
];

/// ST-17
async fn the_embedded_default_survives_a_crash(door: Door) {
    let folder = TempDir::new().unwrap();
    let start = || Service::in_folder(door, folder.path(), &["--issuer", "https://id.example.test"]);
    let before = start();
    let mut browser = Browser::new(&before);
    let session = WEB.sign_in(&before, &mut browser, "profile").await;
    before.kill();
    assert!(folder.path().join("login-with.db").exists());
    let after = start();
    let cookies = browser.cookies;
    let mut browser = Browser::new(&after);
    browser.cookies = cookies;
    assert!(browser.open("/").await.has_status(200).body.contains("alice"));
    session.refreshed(&after).await.has_status(200);
    assert!(after.is_alive(&session.access).await);
    let remembered = browser.open(&after.authorize_url(&WEB.asks("profile").request)).await;
    remembered.code(WEB.redirect_uri);
}

/// TH-07, TH-10
async fn a_store_that_is_not_there_is_told_without_its_password(door: Door) {
    for store in [
        "postgres://somebody:hunter2@127.0.0.1:1/place",
        "postgres://somebody:hunter2@127.0.0.1:port/place",
        "redis://somebody:hunter2@127.0.0.1:1/",
        "redis://somebody:hunter2@127.0.0.1:port/",
        "sqlite:/no/such/folder/hunter2.db",
    ] {
        let exit = Service::refuses(door, &["--store", store]);
        assert_eq!(exit.code, Some(1), "{store}: {}", exit.output);
        assert!(exit.output.contains("--store"), "{store}: {}", exit.output);
        assert!(!exit.output.contains("hunter2") && !exit.output.contains("panicked"), "{store}: {}", exit.output);
    }
}

/// TH-07, TH-10
async fn what_is_no_store_is_refused_without_repeating_it(door: Door) {
    for store in ["postgress://somebody:hunter2@127.0.0.1/place", "hunter2", ""] {
        let exit = Service::refuses(door, &["--store", store]);
        assert_eq!(exit.code, Some(2), "{store}: {}", exit.output);
        assert!(exit.output.contains("--store") && !exit.output.contains("hunter2"), "{store}: {}", exit.output);
    }
}
