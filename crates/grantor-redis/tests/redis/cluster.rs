//! A Redis in cluster mode, which refuses a script that touches two slots.

use crate::kit::{House, Server, client, prefix, store, until, url};

#[tokio::test]
async fn every_flow_runs_in_cluster_mode_and_a_grant_is_in_one_slot() {
    let Some(_) = url() else { return };
    let server = Server::start(&["--cluster-enabled", "yes"]).await;
    server.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    until("the cluster is up", async || server.ask::<String>(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok")).await;
    let prefix = prefix();
    let house = House::with_stored_clients(store(&server.url(), &prefix));
    house.store.put(&client()).await.unwrap();
    let tokens = house.redeem(&house.code().await).await;
    let id = house.grant_id(&tokens.member("access_token")).await;
    assert_eq!(house.refresh(&tokens.member("refresh_token")).await.status, 200);
    let names: Vec<String> = server.ask(&["KEYS", &format!("{prefix}:grant:*")]).await;
    assert!(!names.is_empty());
    for name in names {
        let slot: u16 = server.ask(&["CLUSTER", "KEYSLOT", &name]).await;
        assert_eq!(slot, server.ask::<u16>(&["CLUSTER", "KEYSLOT", &id.to_string()]).await, "{name}");
    }
}
