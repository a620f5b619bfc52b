//! The attack corpus against our own hosts, by the program that runs it against any other server's URL.

use std::collections::BTreeMap;
use std::process::Command;

use grantor_tests::{Auth, Door, NATIVE, Relying, SHOP, Service, WEB, both_doors, program};

both_doors![
    no_look_alike_redirect_uri_is_taken,
    no_hostile_authorization_request_gets_anywhere,
    no_way_leads_around_pkce,
    no_code_is_worth_anything_to_a_thief,
    no_hostile_token_request_gets_anywhere,
    no_token_outlives_or_outgrows_its_grant,
    no_answer_leaks_what_it_holds,
];

/// Runs a group as each kind of client; every case must apply to one of them, and every one that applies must pass.
async fn withstands(door: Door, group: &str) {
    // Otherwise a refresh token used twice is a client that lost the answer.
    let service = Service::with(door, &["--retry-window", "0"]);
    let mut applied = BTreeMap::new();
    for (client, other) in [(WEB, SHOP), (SHOP, WEB), (Relying { redirect_uri: "http://127.0.0.1/cb", ..NATIVE }, SHOP)] {
        let mut command = command(&service, client, other, group);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{} {group}:\n{told}", client.id);
        for line in told.lines().filter(|line| line.starts_with("pass") || line.starts_with("n/a")) {
            let (verdict, case) = line.split_at(5);
            *applied.entry(case.to_owned()).or_insert(false) |= verdict.trim() == "pass";
        }
    }
    let never: Vec<_> = applied.iter().filter(|(_, applied)| !**applied).map(|(case, _)| case).collect();
    assert!(never.is_empty() && applied.len() > 10, "never applied: {never:#?}");
    let output = service.end();
    assert!(!output.contains("panicked"), "{output}");
}

fn command(service: &Service, client: Relying, other: Relying, group: &str) -> Command {
    let mut command = Command::new(program("attack"));
    command.args(["--strict", "--scope", "profile", "--issuer", &service.issuer, "--api", &format!("{}/userinfo", service.base)]);
    command.args(["--fill", "username=alice", "--fill", "password=correct horse", "--fill", "decision=allow"]);
    for (prefix, client) in [("--", client), ("--other-", other)] {
        command.args([&format!("{prefix}client-id"), client.id, &format!("{prefix}redirect-uri"), client.redirect_uri]);
        if let Auth::Basic(secret) = client.auth {
            command.args([&format!("{prefix}client-secret"), secret]);
        }
    }
    command.args(["--only", group]);
    command
}

/// RU-02, RU-03, RU-16, RU-17, RU-25, AZ-10, AZ-21, AZ-22, TH-11, TH-19, TH-20, TH-37
async fn no_look_alike_redirect_uri_is_taken(door: Door) {
    withstands(door, "redirect").await;
}

/// AZ-11, AZ-18, AZ-19, AZ-23, AR-01, AR-09, AR-29, AR-30, TH-02, TH-03, TH-16, TH-17, TH-18, TH-22
async fn no_hostile_authorization_request_gets_anywhere(door: Door) {
    withstands(door, "request").await;
}

/// PK-05, PK-06, PK-07, PK-08, PK-09, PK-11, PK-14, PK-15, PK-16, PK-18, PK-19, PK-23
async fn no_way_leads_around_pkce(door: Door) {
    withstands(door, "pkce").await;
}

/// TK-22, TK-23, TK-24, TK-25, TK-27, ST-02, TH-27, TH-28
async fn no_code_is_worth_anything_to_a_thief(door: Door) {
    withstands(door, "code").await;
}

/// CA-03, CA-05, CA-06, CA-09, CA-10, CA-12, CA-13, TK-01, TK-02, TK-04, TK-05, TK-11, TH-01, TH-02, TH-04, TH-10
async fn no_hostile_token_request_gets_anywhere(door: Door) {
    withstands(door, "client").await;
}

/// RF-03, RF-04, RF-05, RF-08, RV-01, RV-04, RV-05, IN-02, IN-04, RS-01
async fn no_token_outlives_or_outgrows_its_grant(door: Door) {
    withstands(door, "token").await;
}

/// AR-11, AR-12, RU-23, TK-13, TK-14, TH-13, TH-23, TH-34, TH-36
async fn no_answer_leaks_what_it_holds(door: Door) {
    withstands(door, "answer").await;
}
