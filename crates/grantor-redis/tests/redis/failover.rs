//! What asynchronous replication costs, and the settings that prevent it.
//!
//! The failover of these tests is a partition: the replica is promoted while the old primary still answers some of the
//! servers, as Sentinel and Redis Cluster may do. What the old primary acknowledges from then on is lost.

use std::time::Duration;

use grantor_redis::RedisStore;

use crate::kit::{House, Server, prefix, store, until, url};

const WAIT: Duration = Duration::from_secs(5);

/// A primary and its replica, with an approved code that both know, and a server on each.
struct Pair {
    primary: Server,
    replica: Server,
    at_primary: House,
    at_replica: House,
    code: String,
}

impl Pair {
    async fn new(settings: &[&str], configure: impl Fn(RedisStore) -> RedisStore) -> Self {
        let (primary, replica) = (Server::start(&[]).await, Server::start(&[]).await);
        replica.follow(&primary).await;
        for setting in settings.chunks(2) {
            primary.ask::<()>(&["CONFIG", "SET", setting[0], setting[1]]).await;
        }
        let prefix = prefix();
        let house = |server: &Server| House::new(configure(store(&server.url(), &prefix)));
        let (at_primary, at_replica) = (house(&primary), House::new(store(&replica.url(), &prefix)));
        let code = at_primary.code().await;
        until("the replica has the code", async || {
            replica.ask::<Vec<String>>(&["KEYS", &format!("{prefix}:grant:*")]).await.len() == 1
        })
        .await;
        Self { primary, replica, at_primary, at_replica, code }
    }

    /// The replica becomes the primary, and the old one does not know it yet.
    async fn promote(&self) {
        self.replica.ask::<()>(&["REPLICAOF", "NO", "ONE"]).await;
        until("the old primary sees no replica", async || {
            self.primary.ask::<String>(&["INFO", "replication"]).await.contains("connected_slaves:0")
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_setting_a_failover_may_honour_a_code_twice() {
    let Some(_) = url() else { return };
    let mut pair = Pair::new(&[], |store| store).await;
    pair.promote().await;
    let first = pair.at_primary.redeem(&pair.code).await;
    assert_eq!(first.status, 200, "acknowledged, and on the old primary only");
    pair.primary.crash();
    let second = pair.at_replica.redeem(&pair.code).await;
    assert_eq!(second.status, 200, "the write that spent the code is lost");
    assert_eq!(pair.at_replica.verify(&first.member("access_token")).await, 401, "and with it the tokens of the first");
}

#[tokio::test]
async fn with_min_replicas_to_write_a_primary_that_lost_its_replicas_refuses() {
    let Some(_) = url() else { return };
    let mut pair = Pair::new(&["min-replicas-to-write", "1", "min-replicas-max-lag", "10"], |store| store).await;
    pair.promote().await;
    assert!(pair.at_primary.redeem(&pair.code).await.is_busy());
    assert!(pair.at_primary.approve().await.is_busy());
    pair.primary.crash();
    assert_eq!(pair.at_replica.redeem(&pair.code).await.status, 200);
    assert_eq!(pair.at_replica.redeem(&pair.code).await.status, 400, "honoured once");
}

#[tokio::test]
async fn a_write_that_no_replica_confirmed_is_not_answered_and_its_retry_neither() {
    let Some(_) = url() else { return };
    let pair = Pair::new(&[], |store| store.wait_replicas(1, WAIT)).await;
    let tokens = pair.at_primary.redeem(&pair.code).await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    assert_eq!((tokens.status, pair.at_primary.verify(&access).await), (200, 200), "with the replica there all is well");
    pair.promote().await;
    // The write happens here, so that a retry finds it: it must not be answered from what only this server knows.
    for _ in 0..2 {
        assert!(pair.at_primary.refresh(&refresh).await.is_busy());
    }
    assert!(pair.at_primary.approve().await.is_busy());
    assert_eq!(pair.at_primary.verify(&access).await, 503, "nor is a grant that may be about to vanish");
    assert_eq!(pair.at_replica.verify(&access).await, 200);
    assert_eq!(pair.at_replica.refresh(&refresh).await.status, 200, "one lineage, at the new primary");
}

#[tokio::test]
async fn a_replica_that_comes_back_makes_the_store_well_again() {
    let Some(_) = url() else { return };
    let pair = Pair::new(&[], |store| store.wait_replicas(1, WAIT)).await;
    pair.promote().await;
    assert!(pair.at_primary.redeem(&pair.code).await.is_busy());
    pair.replica.follow(&pair.primary).await;
    until("the replica confirms", async || pair.at_primary.approve().await.has_code()).await;
}
