//! Servers of its own for each test that harms one, a wire that can be cut, and an authorization server to drive.

mod house;
mod proxy;
mod server;

pub(crate) use house::{House, Seen, client, remade};
pub(crate) use proxy::{Cut, Proxy};
pub(crate) use server::Server;

use std::{
    io::Write as _,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use grantor_redis::RedisStore;

const VARIABLE: &str = "TEST_REDIS_URL";

/// The Redis that all tests share. `None`, and one line that says so, on a machine without one.
pub(crate) fn url() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        let line = format!("grantor-redis: no test on a real Redis ran; {VARIABLE}=redis://127.0.0.1:6379/ turns them on");
        assert!(std::env::var_os("CI").is_none(), "{line}");
        // Past the harness, which would keep the line of a test that passes to itself.
        SAID.call_once(|| drop(writeln!(std::io::stderr(), "{line}")));
    }
    url
}

/// A name that no other test and no other run uses.
pub(crate) fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    format!("test-{}-{since:x}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A store that waits long: a busy machine is slow without being wrong.
pub(crate) fn store(url: &str, prefix: &str) -> RedisStore {
    RedisStore::open(url).unwrap().with_prefix(prefix).unwrap().with_timeout(Duration::from_secs(30))
}

/// A command to the Redis at this URL, over a connection of its own.
pub(crate) async fn ask<T: redis::FromRedisValue>(url: &str, words: &[&str]) -> redis::RedisResult<T> {
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(10)));
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await?;
    let mut command = redis::Cmd::new();
    command.arg(words);
    command.query_async(&mut connection).await
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
