//! Databases of a test's own, a wire that can be cut, and two services on one store.

mod database;
mod farm;
mod person;
mod wire;

pub(crate) use database::{Database, Kind};
pub(crate) use farm::{Farm, Request};
pub(crate) use person::{Pair, Person};
pub(crate) use wire::Wire;

use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

/// Runs each named `async fn(Kind)` as one test per store.
macro_rules! on_stores {
    ($($store:ident: $kind:ident),+; $names:tt) => {
        $(mod $store { $crate::kit::on_store!($kind, $names); })+
    };
}

macro_rules! on_store {
    ($kind:ident, [$($name:ident),+ $(,)?]) => {
        $(#[test] fn $name() { $crate::kit::on($crate::kit::Kind::$kind, super::$name); })+
    };
}

pub(crate) use {on_store, on_stores};

/// Runs a test on a store, if that is there. Otherwise one line says what did not run; in CI that fails.
pub(crate) fn on(kind: Kind, test: impl AsyncFnOnce(Kind)) {
    static SAID: [Once; 2] = [Once::new(), Once::new()];
    let (name, variable, example, said) = match kind {
        Kind::Sqlite => return grantor_tests::run(test(kind)),
        Kind::Postgres => ("PostgreSQL", "TEST_PG_URL", "postgres://test@127.0.0.1/postgres", &SAID[0]),
        Kind::Redis => ("Redis", "TEST_REDIS_URL", "redis://127.0.0.1/", &SAID[1]),
    };
    if std::env::var_os(variable).is_some_and(|url| !url.is_empty()) {
        return grantor_tests::run(test(kind));
    }
    let line = format!("grantor-tests: no service on {name} was tested; {variable}={example} turns these tests on");
    assert!(std::env::var_os("CI").is_none(), "{line}");
    // Past the harness, which would keep the line of a test that passes to itself.
    said.call_once(|| drop(writeln!(std::io::stderr(), "{line}")));
}

/// Waits for what takes another process a moment.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within 20 seconds: {what}");
}
