//! Several processes on one database: this test, started anew.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use grantor_core::{GrantStore, Swap, grant::Grant};
use grantor_sqlx::{Backend, PgStore, Settings, SqlStore, SqliteStore, Tables};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    grants::{Recipe, marked, twin},
    place::{File, PATIENCE, Place, Schema},
};

const PROCESSES: usize = 3;
const WRITERS: usize = 16;
const SWAPS: usize = 4;

/// What a child process opens: a file, or a URL and a schema.
const OPEN: &str = "GRANTOR_SQLX_OPEN";

#[test]
fn processes_on_one_file_write_without_an_error_and_win_each_swap_once() {
    let runtime = Runtime::new().unwrap();
    if let Ok(path) = std::env::var(OPEN) {
        return runtime.block_on(async { count_up(SqliteStore::open_with_settings(path, patient()).await.unwrap()).await });
    }
    let file = runtime.block_on(File::enter()).unwrap();
    let open = file.path().into_os_string().into_string().unwrap();
    let test = "processes::processes_on_one_file_write_without_an_error_and_win_each_swap_once";
    runtime.block_on(compare(&file, test, &open));
}

#[test]
fn processes_on_one_server_write_without_an_error_and_win_each_swap_once() {
    let runtime = Runtime::new().unwrap();
    if let Ok(open) = std::env::var(OPEN) {
        let (schema, url) = open.split_once(' ').unwrap();
        let settings = Settings { tables: Tables::default().in_schema(schema).unwrap(), ..patient() };
        return runtime.block_on(async { count_up(PgStore::connect_with_settings(url, settings).await.unwrap()).await });
    }
    let Some(schema) = runtime.block_on(Schema::enter()) else { return };
    let open = format!("{} {}", schema.name, schema.url);
    let test = "processes::processes_on_one_server_write_without_an_error_and_win_each_swap_once";
    runtime.block_on(compare(&schema, test, &open));
}

fn patient() -> Settings {
    Settings { timeout: PATIENCE, ..Settings::default() }
}

/// As many swaps were won as the grant says that it was swapped.
async fn compare<P: Place>(place: &P, test: &str, open: &str) {
    let (store, grant) = (place.store().await, counted().await);
    store.insert(grant.clone()).await.unwrap();
    let start = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", test, "--nocapture"]).env(OPEN, open).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(|_| start()).collect();
    let mut won = 0;
    for child in children {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        won += text.lines().find_map(|line| line.split_once("won=")?.1.parse::<u8>().ok()).unwrap();
    }
    assert!(won > 0);
    assert_eq!(won, version(&store.load(grant.id()).await.unwrap().unwrap()));
}

/// A grant whose version is a number.
async fn counted() -> Grant {
    marked(&twin(&Recipe::default().active().await, 1), 0)
}

fn version(grant: &Grant) -> u8 {
    grant.version().as_bytes()[0]
}

/// Each winner of a swap counts the version up by one, and inserts and sweeps go on beside them.
async fn count_up<D: Backend>(store: SqlStore<D>) {
    let id = Arc::new(*counted().await.id());
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, id) = (store.clone(), Arc::clone(&id));
        writers.spawn(async move {
            let mut won = 0;
            for _ in 0..SWAPS {
                store.insert(Recipe::default().active().await).await.unwrap();
                let read = store.load(&id).await.unwrap().unwrap();
                let swap = store.replace(*read.version(), marked(&read, version(&read) + 1)).await.unwrap();
                won += usize::from(swap == Swap::Done);
                store.sweep(read.created(), 10).await.unwrap();
            }
            won
        });
    }
    println!("won={}", writers.join_all().await.into_iter().sum::<usize>());
}
