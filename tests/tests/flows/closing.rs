//! A person closes the account: everything of theirs is over, at once and for good.

use grantor_tests::{Answer, BOB, Browser, Door, Fields, SHOP, Service, WEB, both_doors, fields, forms};
use tempfile::TempDir;

both_doors![
    only_the_password_closes_an_account,
    all_that_was_issued_is_dead_at_once,
    a_code_issued_before_cannot_be_redeemed,
    nobody_can_log_in_any_more_and_nothing_tells_why,
    a_question_on_the_screen_can_no_longer_be_answered,
    a_closed_account_stays_closed,
];

fn password(text: &str) -> Fields {
    fields([("password", text)])
}

async fn close(browser: &mut Browser<'_>) -> Answer {
    let answer = browser.submit("/account/close", &password("correct horse")).await;
    answer.has_status(200).is_guarded_html();
    assert!(browser.cookies.is_empty(), "the session is taken back: {answer:?}");
    answer
}

async fn login(service: &Service, name: &str, password: &str) -> Answer {
    Browser::new(service).submit("/login", &fields([("username", name), ("password", password)])).await
}

/// TH-12
async fn only_the_password_closes_an_account(door: Door) {
    let service = Service::start(door);
    let mut alice = Browser::new(&service);
    let session = WEB.sign_in(&service, &mut alice, "profile").await;
    for wrong in ["", "correct", "with:colons"] {
        let page = alice.submit("/account/close", &password(wrong)).await.named(wrong);
        page.has_status(401).is_guarded_html().form_asking("password");
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
    }
    for form in [fields([]), password("correct horse").and("password", "correct horse")] {
        alice.submit("/account/close", &form).await.has_status(400);
    }
    assert!(service.is_alive(&session.access).await);
    session.refreshed(&service).await.has_status(200);
}

/// ST-12, RF-11
async fn all_that_was_issued_is_dead_at_once(door: Door) {
    let service = Service::with(door, &BOB);
    let (mut alice, mut elsewhere) = (Browser::new(&service), Browser::new(&service));
    let web = WEB.sign_in(&service, &mut alice, "profile").await;
    let shop = SHOP.sign_in(&service, &mut elsewhere, "profile").await;
    let mut bob = Browser::of(&service, "bob", "with:colons");
    let other = WEB.sign_in(&service, &mut bob, "profile").await;
    close(&mut alice).await;
    for session in [&web, &shop] {
        assert!(!service.is_alive(&session.access).await);
        session.refreshed(&service).await.is_json(400, "invalid_grant");
    }
    assert!(forms(&elsewhere.open("/apps").await.has_status(200).body).is_empty(), "every session is over");
    assert!(service.is_alive(&other.access).await);
    other.refreshed(&service).await.has_status(200);
    assert!(bob.open("/").await.body.contains("bob"));
}

/// TK-33, ST-12
async fn a_code_issued_before_cannot_be_redeemed(door: Door) {
    let service = Service::start(door);
    let mut alice = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let code = alice.code(&attempt).await;
    close(&mut alice).await;
    WEB.token(&service, &attempt.redemption(&code)).await.is_json(400, "invalid_grant");
}

/// ST-12, TH-12
async fn nobody_can_log_in_any_more_and_nothing_tells_why(door: Door) {
    let service = Service::start(door);
    let mut alice = Browser::new(&service);
    alice.code(&WEB.asks("profile")).await;
    close(&mut alice).await;
    let right = login(&service, "alice", "correct horse").await;
    let wrong = login(&service, "alice", "wrong").await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    assert!(right.cookies().is_empty() && right.status == 401, "{right:?}");
}

/// TK-33, AR-13
async fn a_question_on_the_screen_can_no_longer_be_answered(door: Door) {
    let service = Service::start(door);
    let (mut alice, mut elsewhere) = (Browser::new(&service), Browser::new(&service));
    let consent = elsewhere.consent(&WEB.asks("profile").request).await;
    alice.consent(&WEB.asks("profile").request).await;
    close(&mut alice).await;
    for decision in ["allow", "deny"] {
        let answer = elsewhere.answer(&consent, decision, &["profile"]).await;
        assert_eq!(answer.has_status(400).header("location"), "", "{decision}");
    }
}

/// ST-12, ST-17, RF-11
async fn a_closed_account_stays_closed(door: Door) {
    let folder = TempDir::new().unwrap();
    let start = || Service::in_folder(door, folder.path(), &["--issuer", "https://id.example.test"]);
    let before = start();
    let mut alice = Browser::new(&before);
    let session = WEB.sign_in(&before, &mut alice, "profile").await;
    let cookies = alice.cookies.clone();
    close(&mut alice).await;
    before.kill();
    let after = start();
    assert_eq!(login(&after, "alice", "correct horse").await.status, 401);
    session.refreshed(&after).await.is_json(400, "invalid_grant");
    assert!(!after.is_alive(&session.access).await);
    let mut old = Browser::new(&after);
    old.cookies = cookies;
    assert!(!old.open("/").await.body.contains("alice"), "a session outlived its account");
}
