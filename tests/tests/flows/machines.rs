//! What a clients file says beside redirect URIs: clients that act for themselves, that introspect, that begin anew.

use std::io::Write as _;

use grantor_tests::{Answer, Auth, Browser, Door, Relying, Service, both_doors, fields};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};

both_doors![
    a_client_acts_for_itself_with_what_the_file_names,
    a_public_client_cannot_act_for_itself,
    a_client_with_a_secret_introspects_unless_the_file_says_no,
    grants_older_than_their_client_are_refused,
];

const SECRET: &str = "0123456789-0123456789-0123456789";
const APP: Relying = Relying { id: "app", auth: Auth::Basic(SECRET), redirect_uri: "https://app.example.test/cb" };

fn machine(id: &str, members: &Value) -> Value {
    let mut client = json!({ "client_id": id, "client_secret": SECRET, "grant_types": ["client_credentials"] });
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    client
}

fn app(members: &Value) -> Value {
    let grant_types = json!({ "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [APP.redirect_uri] });
    let mut client = machine("app", &grant_types);
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    client
}

fn file(clients: &Value) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(clients.to_string().as_bytes()).unwrap();
    file
}

fn service(door: Door, clients: &Value, flags: &[&str]) -> Service {
    let file = file(clients);
    let clients = ["--clients", file.path().to_str().unwrap(), "--user", "alice:correct horse"];
    Service::bare(door, &[&clients, flags].concat())
}

async fn ask(service: &Service, id: &'static str, scope: &str) -> Answer {
    let client = Relying { id, ..APP };
    let form = fields([("grant_type", "client_credentials"), ("scope", scope)]);
    client.token(service, &if scope.is_empty() { form.without("scope") } else { form }).await
}

/// CC-03, CC-05
async fn a_client_acts_for_itself_with_what_the_file_names(door: Door) {
    let clients = json!([machine("nothing", &json!({})), machine("some", &json!({ "scope": "profile openid unknown" }))]);
    let service = service(door, &clients, &[]);
    let answer = ask(&service, "some", "profile").await.has_status(200).is_uncached_json().json();
    assert_eq!((&answer["scope"], answer.get("refresh_token")), (&json!("profile"), None));
    let told = service.api("/userinfo", answer["access_token"].as_str().unwrap()).await.has_status(200).json();
    assert_eq!((&told["client_id"], &told["name"]), (&json!("some"), &Value::Null));
    for scope in ["mail.read", "openid", "unknown", "profile mail.read"] {
        ask(&service, "some", scope).await.named(scope).is_json(400, "invalid_scope");
    }
    for scope in ["", "profile"] {
        ask(&service, "nothing", scope).await.named(scope).is_json(400, "invalid_scope");
    }
}

/// CC-02
async fn a_public_client_cannot_act_for_itself(door: Door) {
    for members in [json!({}), json!({ "grant_types": [], "introspect": true })] {
        let mut client = machine("candidate", &members);
        client["token_endpoint_auth_method"] = json!("none");
        client.as_object_mut().unwrap().remove("client_secret");
        let file = file(&json!([client]));
        let exit = Service::refuses(door, &["--clients", file.path().to_str().unwrap()]);
        assert_eq!(exit.code, Some(2), "{}", exit.output);
        assert!(exit.output.contains("candidate") && exit.output.contains("public client"), "{}", exit.output);
    }
}

/// IN-04
async fn a_client_with_a_secret_introspects_unless_the_file_says_no(door: Door) {
    let clients = json!([
        app(&json!({})),
        machine("api", &json!({})),
        machine("shy", &json!({ "introspect": false })),
        machine("other", &json!({ "resources": ["https://other.example.test/"] })),
    ]);
    let flags = ["--resource", "https://api.example.test/", "--resource", "https://other.example.test/"];
    let service = service(door, &clients, &flags);
    let attempt = APP.asks("profile").changed(|request| request.and("resource", "https://api.example.test/"));
    let code = Browser::new(&service).code(&attempt).await;
    let session = attempt.redeem(&service, &code).await;
    for (id, active) in [("api", true), ("shy", false), ("other", false), ("app", true)] {
        let headers =
            [("content-type", "application/x-www-form-urlencoded"), ("authorization", &Auth::basic(id, SECRET) as &str)];
        let form = fields([("token", session.access.as_str())]).encode();
        let answer = service.send("POST", "/introspect", &headers, &form).await.named(id);
        assert_eq!(answer.has_status(200).json()["active"], active, "{id}: {answer:?}");
    }
}

/// RF-11
async fn grants_older_than_their_client_are_refused(door: Door) {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}", folder.path().join("grants.db").display());
    let start = |members: Value| {
        let flags = ["--store", &store, "--issuer", "https://id.example.test"];
        service(door, &json!([app(&members)]), &flags)
    };
    let before = start(json!({}));
    let session = APP.session(&before, "profile").await;
    before.kill();
    let older = start(json!({ "not_before": 1 }));
    let next = session.refreshed(&older).await.has_status(200).json();
    older.kill();
    // The year 2100: newer than every grant.
    let newer = start(json!({ "not_before": 4_102_444_800_i64 }));
    let refused = APP.refresh(&newer, next["refresh_token"].as_str().unwrap()).await;
    refused.is_json(400, "invalid_grant");
    assert!(!newer.is_alive(next["access_token"].as_str().unwrap()).await);
    newer.kill();
    let again = start(json!({}));
    APP.refresh(&again, next["refresh_token"].as_str().unwrap()).await.named("it has ended").is_json(400, "invalid_grant");
}
