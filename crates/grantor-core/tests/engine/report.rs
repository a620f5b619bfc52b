//! The report of a configuration, as the server itself makes it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Call, Client, ClientSecret, MemoryClients, MemoryStore, Pepper, SecretHashes, StillWelcome, StoreError,
    Subject,
    grant::Grant,
    server::{Builder, Verdict},
};

use crate::kit::{World, app, form, web};

struct Hooks;

#[async_trait]
impl StillWelcome for Hooks {
    async fn still_welcome(&self, _: &Subject, _: &Grant) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[async_trait]
impl SecretHashes for Hooks {
    async fn verify(&self, _: &str, _: Option<&str>) -> bool {
        false
    }
}

fn builder(issuer: &str) -> Builder {
    AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app())
}

fn verdict(server: &AuthorizationServer, demand: &str) -> Verdict {
    server.report().lines().iter().find(|line| line.demand().contains(demand)).unwrap().verdict()
}

/// TH-21, ST-14
#[test]
fn lines_change_with_what_is_configured() {
    let plain = builder("http://127.0.0.1:4000").access_lifetime(Duration::from_secs(3_601)).retry_window(Duration::ZERO);
    let plain = plain.explain().build().unwrap();
    let full = builder("https://id.example").resource("https://api.example/").pepper(Pepper::new([7; 32]));
    let human = Client::confidential("human", ClientSecret::hashed("$argon2id$v=19$...")).redirect_uri("https://a.example/cb");
    let full = full.client(human.build().unwrap()).still_welcome(Arc::new(Hooks)).secret_hashes(Arc::new(Hooks));
    let full = full.build().unwrap();
    for demand in [
        "the issuer is an https URL",
        "access tokens live an hour at most",
        "access tokens are for an audience",
        "tokens are bound to the resource",
        "a lost answer can be asked for again",
        "a dump of the store is of no use",
        "people who are locked or gone",
        "error answers show nothing of a request",
    ] {
        assert_eq!(verdict(&plain, demand), Verdict::NotMet, "{demand}");
        assert_eq!(verdict(&full, demand), Verdict::Met, "{demand}");
    }
    assert!(plain.report().count(Verdict::NotMet) > full.report().count(Verdict::NotMet));
    assert_eq!(full.report(), full.report());
    assert_eq!(verdict(&full, "kept as slow hashes"), Verdict::Met);
}

#[test]
fn stores_of_the_host_are_the_hosts_duty() {
    let demand = "a code works once";
    assert_eq!(verdict(&builder("https://id.example").build().unwrap(), demand), Verdict::Met);
    let own = builder("https://id.example").grants(Arc::new(MemoryStore::new())).build().unwrap();
    assert_eq!(verdict(&own, demand), Verdict::HostsDuty);
    assert_eq!(verdict(&World::new().server, "kept as slow hashes"), Verdict::HostsDuty, "web has a secret");
    let hashes = builder("https://id.example").client(web()).secret_hashes(Arc::new(Hooks)).build().unwrap();
    assert_eq!(verdict(&hashes, "kept as slow hashes"), Verdict::HostsDuty, "and not as a slow hash");
    let stored = AuthorizationServer::builder("https://id.example").scope("profile", "Your name");
    let stored = stored.clients(Arc::new(MemoryClients::new([app()]))).build().unwrap();
    for demand in ["kept as slow hashes", "people are asked", "access tokens live an hour at most"] {
        assert_eq!(verdict(&stored, demand), Verdict::HostsDuty, "{demand}: nobody knows the clients");
    }
}

/// TK-17, TK-18
#[tokio::test]
async fn who_counts_and_who_may_call_decide_about_theirs() {
    let (guessing, calling) = ("guessing is slowed down", "pages of other origins");
    let detail = |server: &AuthorizationServer, demand: &str| {
        let report = server.report();
        report.lines().iter().find(|line| line.demand().contains(demand)).unwrap().detail().to_owned()
    };
    let plain = builder("https://id.example").build().unwrap();
    for peer in [None, Some([192, 0, 2, 1].into())] {
        let before = (verdict(&plain, guessing), detail(&plain, guessing));
        assert_eq!((before.0, before.1.contains("puts a Peer into requests")), (Verdict::HostsDuty, true));
        assert!(before.1.contains("wrong guesses of an address: "));
        plain.token(Call { peer, ..form("") }).await;
    }
    plain.token(form("")).await;
    assert_eq!(verdict(&plain, guessing), Verdict::Met, "addresses have been seen");
    assert!(detail(&plain, guessing).starts_with("requests of an address") && !detail(&plain, guessing).contains("Peer"));
    assert!(detail(&plain, calling).contains("allow_origin(..)"));
    let open = builder("https://id.example").allow_origin("https://app.example").without_rate_limits().build().unwrap();
    assert_eq!((verdict(&open, guessing), detail(&open, guessing).as_str()), (Verdict::NotMet, "off"));
    assert!(detail(&open, calling).starts_with("https://app.example may call"));
}

#[test]
fn what_nobody_offers_is_not_met_and_every_line_names_its_source() {
    let report = World::new().server.report();
    for demand in ["bound to their sender", "name themselves by a URL", "register themselves", "authenticate with keys"] {
        assert_eq!(verdict(&World::new().server, demand), Verdict::NotMet);
    }
    for line in report.lines() {
        assert!(line.source().contains(' ') && !line.detail().is_empty(), "{line:?}");
    }
    assert!(report.to_string().lines().count() > 60 && report.to_json().contains("\"verdict\": \"hosts_duty\""));
}
