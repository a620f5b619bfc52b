//! A database that is gone, silent or read-only: 503 in time, and everything goes on afterwards.

use std::time::{Duration, Instant};

use grantor_tests::{Answer, Browser, Door, Service, Session, WEB, fields};

use crate::kit::{Database, Kind, on_stores, until};

on_stores![postgres: Postgres, redis: Redis; [
    a_database_that_is_gone_is_waited_for,
    a_silent_database_is_given_up_in_time,
    a_read_only_database_serves_readers,
]];
on_stores![sqlite: Sqlite; [a_locked_file_is_given_up_in_time]];

/// Two calls of three seconds, and a busy machine; well below the ten seconds a whole request may take.
const IN_TIME: Duration = Duration::from_secs(9);

/// A service on each door with somebody logged in and a client with tokens.
struct House<'a> {
    service: &'a Service,
    browser: Browser<'a>,
    session: Session,
}

async fn services(database: &Database) -> [Service; 2] {
    Door::BOTH.map(|door| Service::with(door, &["--store", &database.flag()]))
}

async fn houses(services: &[Service; 2]) -> Vec<House<'_>> {
    let mut houses = Vec::new();
    for service in services {
        let mut browser = Browser::new(service);
        let session = WEB.sign_in(service, &mut browser, "profile").await;
        houses.push(House { service, browser, session });
    }
    houses
}

impl House<'_> {
    /// Nobody gets tokens, and says so in time; nor does anybody log in.
    async fn takes_no_write(&mut self) {
        busy(self.session.refreshed(self.service)).await.is_uncached_json();
        let form = fields([("username", "alice"), ("password", "correct horse")]);
        busy(Browser::new(self.service).submit("/login", &form)).await.is_guarded_html();
    }

    /// The same for whoever only looks.
    async fn takes_no_read(&mut self) {
        busy(self.browser.open("/")).await.is_guarded_html();
        busy(self.service.api("/userinfo", &self.session.access)).await;
    }

    /// The same refresh token is still good: nothing was half done.
    async fn goes_on(&mut self) {
        until("the service works again", async || self.service.api("/userinfo", &self.session.access).await.status == 200).await;
        until("the person is known", async || self.browser.open("/").await.body.contains("alice")).await;
        let next = self.session.refreshed(self.service).await.has_status(200).json();
        assert!(self.service.is_alive(next["access_token"].as_str().unwrap()).await);
        WEB.sign_in(self.service, &mut self.browser, "profile").await;
    }
}

async fn busy(asked: impl Future<Output = Answer>) -> Answer {
    let start = Instant::now();
    let answer = asked.await;
    assert_ne!(answer.has_status(503).header("retry-after"), "", "{answer:?}");
    assert!(start.elapsed() < IN_TIME, "after {:?}", start.elapsed());
    answer
}

/// AZ-34, TK-34
async fn a_database_that_is_gone_is_waited_for(kind: Kind) {
    let database = Database::start(kind).await;
    let services = services(&database).await;
    let mut houses = houses(&services).await;
    database.crash();
    for house in &mut houses {
        house.takes_no_write().await;
        house.takes_no_read().await;
    }
    database.start_again().await;
    for house in &mut houses {
        house.goes_on().await;
    }
    for service in services {
        let output = service.end();
        assert!(!output.contains("no-password-needed"), "{output}");
    }
}

/// AZ-34, TK-34
async fn a_silent_database_is_given_up_in_time(kind: Kind) {
    let database = Database::start(kind).await;
    let services = services(&database).await;
    let mut houses = houses(&services).await;
    database.freeze();
    for house in &mut houses {
        house.takes_no_write().await;
        house.takes_no_read().await;
    }
    database.thaw();
    for house in &mut houses {
        house.goes_on().await;
    }
}

/// AZ-34, TK-34
async fn a_read_only_database_serves_readers(kind: Kind) {
    let database = Database::start(kind).await;
    let services = services(&database).await;
    let mut houses = houses(&services).await;
    database.refuse_writes(true).await;
    for house in &mut houses {
        let refused = async || {
            let form = fields([("username", "alice"), ("password", "correct horse")]);
            Browser::new(house.service).submit("/login", &form).await.status == 503
        };
        until("the database refuses to write", refused).await;
        house.takes_no_write().await;
        assert!(house.browser.open("/").await.has_status(200).body.contains("alice"));
    }
    database.refuse_writes(false).await;
    for house in &mut houses {
        house.goes_on().await;
    }
}

/// AZ-34, TK-34
async fn a_locked_file_is_given_up_in_time(kind: Kind) {
    let database = Database::start(kind).await;
    let services = services(&database).await;
    let mut houses = houses(&services).await;
    let lock = database.lock().await;
    for house in &mut houses {
        house.takes_no_write().await;
        assert!(house.browser.open("/").await.has_status(200).body.contains("alice"));
        assert!(house.service.is_alive(&house.session.access).await);
    }
    drop(lock);
    for house in &mut houses {
        house.goes_on().await;
    }
}
