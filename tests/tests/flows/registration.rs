//! What a clients file may not say: the program ends with code 2 and names the fault.

use std::io::Write as _;

use grantor_tests::{Door, Service, both_doors, fields};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

both_doors![
    redirect_uris_that_could_be_abused_cannot_be_registered,
    redirect_uris_over_plain_http_are_for_loopback_only,
    a_confidential_web_client_has_no_loopback_uri,
    a_client_with_the_code_grant_needs_a_redirect_uri,
    ids_outside_visible_ascii_cannot_be_registered,
    every_fault_of_a_file_is_named_at_once,
    a_file_that_is_no_list_of_clients_is_refused,
    a_new_file_replaces_the_demo_clients,
];

fn file(clients: &Value) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(clients.to_string().as_bytes()).unwrap();
    file
}

fn refused(door: Door, case: &str, clients: &Value) -> String {
    let file = file(clients);
    let exit = Service::refuses(door, &["--clients", file.path().to_str().unwrap()]);
    assert_eq!(exit.code, Some(2), "{case}: {}", exit.output);
    assert!(!exit.output.contains("panicked"), "{case}: {}", exit.output);
    exit.output
}

fn with_redirect(uri: &str) -> Value {
    json!({ "client_id": "candidate", "token_endpoint_auth_method": "none", "redirect_uris": [uri] })
}

/// RU-07, RU-08, RU-10, RU-11, RU-21, TH-17
async fn redirect_uris_that_could_be_abused_cannot_be_registered(door: Door) {
    for uri in [
        "https://a.example/cb#fragment",
        "https://a.example/cb#",
        "/cb",
        "",
        "https://a.example/c b",
        "https://a.example/cb\r\n",
        "https://bücher.example/cb",
        "https:///cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/x",
        "about:blank",
        "ws://a.example/cb",
        "ftp://a.example/cb",
        "myapp:/cb",
        "https://a.example/cb?code=1",
        "https://a.example/cb?x=1&state=2",
        "https://a.example/cb?iss=x",
        "https://a.example/cb?error=x",
    ] {
        let output = refused(door, uri, &json!([with_redirect(uri)]));
        assert!(output.contains("candidate"), "{uri}: the fault is not named: {output}");
    }
}

/// RU-09, TH-21
async fn redirect_uris_over_plain_http_are_for_loopback_only(door: Door) {
    for uri in ["http://a.example/cb", "http://192.168.0.1/cb", "http://127.0.0.2/cb", "http://localhost.evil.test/cb"] {
        refused(door, uri, &json!([with_redirect(uri)]));
        let mut confidential = with_redirect(uri);
        confidential["token_endpoint_auth_method"] = json!("client_secret_basic");
        confidential["client_secret"] = json!("generated-0123456789-0123456789-01");
        refused(door, uri, &json!([confidential]));
    }
}

/// RU-19
async fn a_confidential_web_client_has_no_loopback_uri(door: Door) {
    let mut client = with_redirect("http://127.0.0.1/cb");
    client["token_endpoint_auth_method"] = json!("client_secret_post");
    client["client_secret"] = json!("generated-0123456789-0123456789-01");
    let web = file(&json!([client]));
    let flags = ["--issuer", "https://id.example.test", "--clients", web.path().to_str().unwrap()];
    assert_eq!(Service::refuses(door, &flags).code, Some(2));
    client["application_type"] = json!("native");
    let native = file(&json!([client]));
    Service::bare(door, &["--issuer", "https://id.example.test", "--clients", native.path().to_str().unwrap()]);
}

/// RU-27
async fn a_client_with_the_code_grant_needs_a_redirect_uri(door: Door) {
    refused(door, "public", &json!([{ "client_id": "a", "token_endpoint_auth_method": "none", "redirect_uris": [] }]));
    refused(door, "confidential", &json!([{ "client_id": "a", "client_secret": "0123456789-0123456789-0123456789" }]));
}

/// CA-17
async fn ids_outside_visible_ascii_cannot_be_registered(door: Door) {
    for id in ["", "clé", "a\nb", "a\u{7f}b"] {
        let mut client = with_redirect("https://a.example/cb");
        client["client_id"] = json!(id);
        refused(door, &id.escape_debug().to_string(), &json!([client]));
    }
}

/// RU-08
async fn every_fault_of_a_file_is_named_at_once(door: Door) {
    let mut clients = ["relative", "javascript:alert(1)"].map(with_redirect);
    clients[0]["client_id"] = json!("first-candidate");
    clients[1]["client_id"] = json!("second-candidate");
    let output = refused(door, "two faults", &json!(clients));
    assert!(output.contains("first-candidate") && output.contains("second-candidate"), "{output}");
}

/// TH-10
async fn a_file_that_is_no_list_of_clients_is_refused(door: Door) {
    refused(door, "an object", &json!({ "client_id": "a" }));
    refused(door, "no id", &json!([{ "redirect_uris": ["https://a.example/cb"] }]));
    refused(door, "twice", &json!([with_redirect("https://a.example/1"), with_redirect("https://a.example/2")]));
    let exit = Service::refuses(door, &["--clients", "/no/such/file.json"]);
    assert_eq!(exit.code, Some(2), "{}", exit.output);
    assert!(exit.output.contains("/no/such/file.json"), "{}", exit.output);
}

/// AZ-22
async fn a_new_file_replaces_the_demo_clients(door: Door) {
    let file = file(&json!([with_redirect("https://a.example/cb")]));
    let service = Service::bare(door, &["--clients", file.path().to_str().unwrap()]);
    let request = fields([("client_id", "demo-public"), ("response_type", "code")]);
    service.authorize(&request).await.is_page("invalid_client");
}
