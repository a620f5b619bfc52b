//! The person decides, once, and only what was asked.

use grantor_tests::{BOB, Browser, Consent, Door, NATIVE, Relying, SHOP, Service, WEB, both_doors, fields};

both_doors![
    the_page_tells_what_is_asked_and_who_asks,
    a_person_may_grant_a_part,
    a_person_may_grant_nothing_but_the_login,
    the_form_cannot_widen_the_request,
    a_refusal_is_told_to_the_client,
    a_form_without_its_ticket_changes_nothing,
    the_ticket_of_one_login_is_worth_nothing_in_another,
    approving_twice_gives_the_same_code,
    an_answer_cannot_be_changed_afterwards,
    each_tab_has_its_own_request,
    an_https_client_is_asked_once_a_session,
    loopback_and_private_clients_are_always_asked,
    a_get_never_decides,
];

/// PV-08, TH-16
async fn the_page_tells_what_is_asked_and_who_asks(door: Door) {
    let service = Service::start(door);
    for scope in ["mail.read profile", "profile mail.read"] {
        let consent = Browser::new(&service).consent(&WEB.asks(scope).request).await;
        for text in ["The Web App", "app.example.test", "See your name", "Read your mail"] {
            assert!(consent.text.contains(text), "{text} is missing: {}", consent.text);
        }
        assert!(!consent.text.contains("See your calendar"), "{}", consent.text);
        let mut scopes = consent.scopes.clone();
        scopes.sort_unstable();
        assert_eq!(scopes, ["mail.read", "profile"]);
    }
}

/// AZ-32, TK-31, PV-24
async fn a_person_may_grant_a_part(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile mail.read");
    let consent = browser.consent(&attempt.request).await;
    let code = browser.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
    let session = attempt.redeem(&service, &code).await;
    assert_eq!(session.answer["scope"], "profile");
    service.api("/messages", &session.access).await.has_status(403);
    assert!(service.is_alive(&session.access).await);
}

/// AZ-32, AR-15
async fn a_person_may_grant_nothing_but_the_login(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let consent = browser.consent(&attempt.request).await;
    let answer = browser.answer(&consent, "allow", &[]).await;
    let session = attempt.redeem(&service, &answer.code(WEB.redirect_uri)).await;
    assert_eq!(session.answer["scope"], "");
    service.api("/userinfo", &session.access).await.has_status(403);
}

/// AR-15
async fn the_form_cannot_widen_the_request(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let consent = browser.consent(&attempt.request).await;
    for scopes in [&["profile", "mail.read"][..], &["calendar"], &["profile mail.read"], &["Profile"], &[""]] {
        let answer = browser.answer(&consent, "allow", scopes).await.named(&scopes.join(" "));
        assert_eq!(answer.has_status(400).header("location"), "");
    }
    let swapped = fields([("ticket", &consent.ticket), ("decision", "allow"), ("scope", "profile")])
        .and("client_id", "shop")
        .and("redirect_uri", SHOP.redirect_uri)
        .and("username", "bob");
    let code = browser.submit(&consent.action, &swapped).await.code(WEB.redirect_uri);
    let session = attempt.redeem(&service, &code).await;
    assert_eq!(session.answer["scope"], "profile");
    assert_eq!(service.api("/userinfo", &session.access).await.json()["sub"], "alice");
}

/// AZ-33, PV-10
async fn a_refusal_is_told_to_the_client(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    for client in [WEB, NATIVE] {
        let attempt = client.asks("profile");
        let consent = browser.consent(&attempt.request).await;
        let answer = browser.answer(&consent, "deny", &["profile"]).await;
        answer.sends_back(client.redirect_uri, "access_denied", Some(&attempt.state));
        let again = browser.answer(&consent, "deny", &[]).await;
        assert_eq!(again.header("location"), answer.header("location"), "a second click gives the same answer");
    }
}

/// AR-13, TH-12
async fn a_form_without_its_ticket_changes_nothing(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&WEB.asks("profile").request).await;
    let mut turned = consent.ticket.clone();
    turned.replace_range(turned.len() - 8..turned.len() - 7, if turned.ends_with("A") { "B" } else { "A" });
    let good = consent.ticket.as_str();
    let padded = format!("{good}=");
    let longer = format!("{good}A");
    for ticket in ["", "x", &turned, &good[1..], &padded, &longer, &good.to_uppercase()] {
        if ticket == good {
            continue;
        }
        let forged = Consent { ticket: ticket.to_owned(), ..consent.clone() };
        let answer = browser.answer(&forged, "allow", &["profile"]).await.named(ticket);
        assert!([400, 403].contains(&answer.status), "{answer:?}");
        assert_eq!(answer.header("location"), "");
    }
    let form = fields([("ticket", good), ("decision", "allow"), ("scope", "profile")]);
    for (case, form) in [
        ("no ticket", form.without("ticket")),
        ("no decision", form.without("decision")),
        ("two tickets", form.and("ticket", good)),
        ("two decisions", form.and("decision", "deny")),
        ("another decision", form.with("decision", "maybe")),
    ] {
        let answer = browser.submit(&consent.action, &form).await.named(case);
        assert_eq!(answer.has_status(400).header("location"), "", "{case}");
    }
    browser.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
}

/// AR-13, AZ-40, TH-14
async fn the_ticket_of_one_login_is_worth_nothing_in_another(door: Door) {
    let service = Service::with(door, &BOB);
    let mut alice = Browser::new(&service);
    let consent = alice.consent(&WEB.asks("profile").request).await;
    let mut bob = Browser::of(&service, "bob", "with:colons");
    bob.consent(&WEB.asks("profile").request).await;
    let mut elsewhere = Browser::new(&service);
    elsewhere.consent(&WEB.asks("profile").request).await;
    for (case, browser) in [("another person", &mut bob), ("another session of the same person", &mut elsewhere)] {
        for decision in ["allow", "deny"] {
            let answer = browser.answer(&consent, decision, &["profile"]).await.named(case);
            assert_eq!(answer.has_status(400).header("location"), "", "{case}");
        }
    }
    let answer = Browser::new(&service).answer(&consent, "allow", &["profile"]).await;
    assert!(!answer.header("location").contains("code="), "without a session: {answer:?}");
    alice.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
}

/// AR-14
async fn approving_twice_gives_the_same_code(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile");
    let consent = browser.consent(&attempt.request).await;
    let first = browser.answer(&consent, "allow", &["profile"]).await;
    let second = browser.answer(&consent, "allow", &["profile"]).await;
    assert_eq!(first.lands(WEB.redirect_uri).location, second.lands(WEB.redirect_uri).location);
    attempt.redeem(&service, &first.code(WEB.redirect_uri)).await;
    let third = browser.answer(&consent, "allow", &["profile"]).await;
    assert_eq!(third.has_status(400).header("location"), "", "the code is spent");
}

/// AR-14
async fn an_answer_cannot_be_changed_afterwards(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let attempt = WEB.asks("profile mail.read");
    let consent = browser.consent(&attempt.request).await;
    let code = browser.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
    let wider = browser.answer(&consent, "allow", &["profile", "mail.read"]).await;
    assert_eq!(wider.has_status(400).header("location"), "");
    let denied = browser.answer(&consent, "deny", &[]).await;
    denied.sends_back(WEB.redirect_uri, "access_denied", Some(&attempt.state));
    WEB.token(&service, &attempt.redemption(&code)).await.is_json(400, "invalid_grant");
    assert_eq!(browser.answer(&consent, "allow", &["profile"]).await.has_status(400).header("location"), "");
}

/// TH-15
async fn each_tab_has_its_own_request(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let (first, second) = (WEB.asks("profile"), NATIVE.asks("mail.read"));
    let first_tab = browser.consent(&first.request).await;
    let second_tab = browser.consent(&second.request).await;
    assert_ne!(first_tab.ticket, second_tab.ticket);
    let landing = browser.answer(&second_tab, "allow", &["mail.read"]).await.lands(NATIVE.redirect_uri);
    assert_eq!(landing.get("state"), Some(second.state.as_str()));
    let landing = browser.answer(&first_tab, "deny", &[]).await.lands(WEB.redirect_uri);
    assert_eq!(landing.get("state"), Some(first.state.as_str()));
    assert_eq!(landing.get("error"), Some("access_denied"));
}

/// AZ-41
async fn an_https_client_is_asked_once_a_session(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    browser.code(&WEB.asks("profile mail.read")).await;
    browser.visit(&WEB.asks("profile mail.read").request).await.named("the same again").code(WEB.redirect_uri);
    for (case, client, scope) in [("more scopes", WEB, "profile calendar"), ("another client", SHOP, "profile")] {
        browser.visit(&client.asks(scope).request).await.named(case).form_asking("decision");
    }
    Browser::new(&service).visit(&WEB.asks("profile mail.read").request).await.form_asking("decision");
}

/// AZ-41
async fn loopback_and_private_clients_are_always_asked(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    for uri in [NATIVE.redirect_uri, "http://[::1]:4711/cb", "http://localhost:4711/cb", "com.example.app:/cb"] {
        let client = Relying { redirect_uri: uri, ..NATIVE };
        for _ in 0..2 {
            let consent = browser.consent(&client.asks("profile").request).await;
            browser.allow_all(&consent).await.named(uri).code(uri);
        }
    }
}

/// TH-12
async fn a_get_never_decides(door: Door) {
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    let consent = browser.consent(&WEB.asks("profile").request).await;
    let query = fields([("ticket", &consent.ticket), ("decision", "allow"), ("scope", "profile")]).encode();
    let answer = browser.send("GET", &format!("{}?{query}", consent.action), &[], "").await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    browser.answer(&consent, "allow", &["profile"]).await.code(WEB.redirect_uri);
}
