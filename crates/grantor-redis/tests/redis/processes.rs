//! Several processes on one Redis: this test, started anew.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use grantor_core::{GrantStore, Swap, grant::Grant, types::GrantId};
use grantor_redis::RedisStore;
use tokio::task::JoinSet;

use crate::kit::{House, prefix, remade, store, url};

const PROCESSES: usize = 4;
const WRITERS: usize = 16;
const SWAPS: usize = 8;
const ID: [u8; 16] = [42; 16];

/// The prefix that a child process works under.
const PREFIX: &str = "GRANTOR_REDIS_PREFIX";

/// A winner counts the version up by one, so that as many swaps were won as the grant says.
///
/// ST-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_on_one_redis_win_each_swap_once() {
    let Some(url) = url() else { return };
    if let Ok(prefix) = std::env::var(PREFIX) {
        return count_up(store(&url, &prefix)).await;
    }
    let prefix = prefix();
    let house = House::new(store(&url, &prefix));
    house.store.insert(remade(&house.grant().await, Some(ID), version(0))).await.unwrap();
    let start = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "processes::processes_on_one_redis_win_each_swap_once", "--nocapture"]);
        child.env(PREFIX, &prefix).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(|_| start()).collect();
    let mut won = 0;
    for child in children {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        won += text.lines().find_map(|line| line.split_once("won=")?.1.parse::<u32>().ok()).unwrap();
    }
    let kept = house.store.load(&GrantId::from_bytes(ID)).await.unwrap().unwrap();
    assert!(won >= u32::try_from(SWAPS).unwrap());
    assert_eq!(won, number(&kept));
}

async fn count_up(store: RedisStore) {
    let store = Arc::new(store);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let mut won = 0;
            for _ in 0..SWAPS {
                let read = store.load(&GrantId::from_bytes(ID)).await.unwrap().unwrap();
                let next = remade(&read, None, version(number(&read) + 1));
                won += u32::from(store.replace(*read.version(), next).await.unwrap() == Swap::Done);
            }
            won
        });
    }
    let won: u32 = writers.join_all().await.into_iter().sum();
    println!("won={won}");
}

fn version(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

fn number(grant: &Grant) -> u32 {
    u32::try_from(u128::from_be_bytes(*grant.version().as_bytes())).unwrap()
}
