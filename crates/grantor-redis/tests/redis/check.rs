//! The start-up check tells what is dangerous.

use grantor_redis::Danger;

use crate::kit::{Server, prefix, store, url};

#[tokio::test]
async fn a_redis_as_it_comes_is_told_to_keep_what_it_acknowledges() {
    let Some(_) = url() else { return };
    let server = Server::start(&[]).await;
    let store = store(&server.url(), &prefix());
    assert_eq!(store.check().await.unwrap(), [Danger::NotAppending]);
    server.ask::<()>(&["CONFIG", "SET", "appendonly", "yes"]).await;
    assert_eq!(store.check().await.unwrap(), [Danger::LateSync("everysec".into())]);
    server.ask::<()>(&["CONFIG", "SET", "appendfsync", "always"]).await;
    assert_eq!(store.check().await.unwrap(), []);
}

#[tokio::test]
async fn a_policy_that_evicts_is_reported_by_its_name() {
    let Some(_) = url() else { return };
    let server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let store = store(&server.url(), &prefix());
    for policy in ["allkeys-lru", "volatile-ttl", "allkeys-random"] {
        server.ask::<()>(&["CONFIG", "SET", "maxmemory-policy", policy]).await;
        let dangers = store.check().await.unwrap();
        assert_eq!(dangers, [Danger::Evicts(policy.into())]);
        assert!(dangers[0].to_string().contains("noeviction"));
    }
}

#[tokio::test]
async fn a_policy_is_seen_where_config_is_not_allowed() {
    let Some(_) = url() else { return };
    let server = Server::start(&["--maxmemory-policy", "allkeys-lfu"]).await;
    server.ask::<()>(&["ACL", "SETUSER", "default", "-config"]).await;
    let dangers = store(&server.url(), &prefix()).check().await.unwrap();
    assert_eq!(dangers, [Danger::Evicts("allkeys-lfu".into()), Danger::NotAppending]);
}

#[tokio::test]
async fn replicas_that_nobody_waits_for_and_a_replica_itself_are_reported() {
    let Some(_) = url() else { return };
    let (primary, replica) = (Server::start(&[]).await, Server::start(&[]).await);
    replica.follow(&primary).await;
    let at = |server: &Server| store(&server.url(), &prefix());
    assert_eq!(at(&primary).check().await.unwrap(), [Danger::NotAppending, Danger::NoReplicaNeeded]);
    let waiting = at(&primary).wait_replicas(1, std::time::Duration::from_secs(1));
    assert_eq!(waiting.check().await.unwrap(), [Danger::NotAppending]);
    assert_eq!(at(&replica).check().await.unwrap(), [Danger::Replica, Danger::NotAppending]);
}
