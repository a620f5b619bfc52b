//! The RFC 8414 document, and that it tells the truth.

use grantor_tests::{Door, Service, WEB, both_doors};
use serde_json::{Value, json};

both_doors![
    the_document_is_found_and_complete,
    an_issuer_with_a_path_has_its_document_where_clients_look,
    the_openid_names_are_not_found,
    lists_are_never_empty,
    every_advertised_url_answers,
    only_what_is_built_is_advertised,
    metadata_may_be_read_but_not_changed,
];

const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// MD-01, MD-05, MD-06, MD-07, AR-02, AR-03
async fn the_document_is_found_and_complete(door: Door) {
    let service = Service::start(door);
    let answer = service.get(WELL_KNOWN).await;
    assert_eq!(answer.has_status(200).header("content-type"), "application/json");
    let document = answer.json();
    let base = &service.base;
    assert_eq!(document["issuer"], **base);
    assert_eq!(document["authorization_endpoint"], format!("{base}/authorize"));
    assert_eq!(document["token_endpoint"], format!("{base}/token"));
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["response_modes_supported"], json!(["query"]));
    assert_eq!(document["grant_types_supported"], json!(["authorization_code", "refresh_token", "client_credentials"]));
    assert_eq!(document["revocation_endpoint"], format!("{base}/revoke"));
    assert_eq!(document["introspection_endpoint"], format!("{base}/introspect"));
    assert_eq!(document["revocation_endpoint_auth_methods_supported"], document["token_endpoint_auth_methods_supported"]);
    let by_secret = json!(["client_secret_basic", "client_secret_post"]);
    assert_eq!(document["introspection_endpoint_auth_methods_supported"], by_secret, "a name alone is not enough");
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    let methods = document["token_endpoint_auth_methods_supported"].as_array().unwrap();
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        assert!(methods.contains(&json!(method)), "{methods:?}");
    }
    assert_eq!(methods.len(), 3, "{methods:?}");
}

/// MD-02
async fn an_issuer_with_a_path_has_its_document_where_clients_look(door: Door) {
    for issuer in ["https://as.example.test/tenant1", "https://as.example.test/tenant1/"] {
        let service = Service::with(door, &["--issuer", issuer]);
        for path in [format!("{WELL_KNOWN}/tenant1"), format!("/tenant1{WELL_KNOWN}")] {
            let document = service.get(&path).await.named(issuer).has_status(200).json();
            assert_eq!(document["issuer"], issuer);
            assert_eq!(document["token_endpoint"], "https://as.example.test/tenant1/token", "{issuer}");
            assert_eq!(document["authorization_endpoint"], "https://as.example.test/tenant1/authorize", "{issuer}");
        }
        service.get(WELL_KNOWN).await.named(issuer).has_status(404);
        service.send("POST", "/tenant1/token", &[], "").await.named(issuer).is_json(400, "invalid_request");
        WEB.session(&service, "profile").await;
    }
}

/// MD-04
async fn the_openid_names_are_not_found(door: Door) {
    let service = Service::start(door);
    for path in ["/.well-known/openid-configuration", "/.well-known/openid-configuration/tenant1"] {
        service.get(path).await.has_status(404);
    }
    let service = Service::with(door, &["--issuer", "https://as.example.test/tenant1"]);
    for path in ["/tenant1/.well-known/openid-configuration", "/.well-known/openid-configuration/tenant1"] {
        service.get(path).await.has_status(404);
    }
}

/// MD-08
async fn lists_are_never_empty(door: Door) {
    let service = Service::start(door);
    for (name, value) in service.get(WELL_KNOWN).await.json().as_object().unwrap() {
        assert_ne!(value, &json!([]), "{name}");
        assert_ne!(value, &Value::Null, "{name}");
    }
}

/// MD-09
async fn every_advertised_url_answers(door: Door) {
    let service = Service::start(door);
    let document = service.get(WELL_KNOWN).await.json();
    for (name, value) in document.as_object().unwrap() {
        let Some(path) = value.as_str().and_then(|url| url.strip_prefix(&service.base)) else { continue };
        if name != "issuer" {
            let answer = service.get(path).await.named(name);
            assert!(![404, 500].contains(&answer.status), "{answer:?}");
        }
    }
    let mut scopes: Vec<_> = document["scopes_supported"].as_array().unwrap().iter().collect();
    scopes.sort_unstable_by_key(|scope| scope.as_str());
    assert_eq!(scopes, ["calendar", "mail.read", "profile"]);
}

/// MD-09
async fn only_what_is_built_is_advertised(door: Door) {
    let service = Service::start(door);
    let document = service.get(WELL_KNOWN).await.json();
    for name in [
        "jwks_uri",
        "registration_endpoint",
        "userinfo_endpoint",
        "signed_metadata",
        "token_endpoint_auth_signing_alg_values_supported",
    ] {
        assert_eq!(document.get(name), None, "{name}");
    }
}

/// MD-13
async fn metadata_may_be_read_but_not_changed(door: Door) {
    let service = Service::start(door);
    let answer = service.send("GET", WELL_KNOWN, &[("origin", "https://app.test")], "").await;
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert!(["", "*"].contains(&answer.header("access-control-allow-origin")), "{answer:?}");
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        let answer = service.send(method, WELL_KNOWN, &[], "").await.named(method);
        assert!(answer.has_status(405).header("allow").contains("GET"), "{answer:?}");
    }
    let head = service.send("HEAD", WELL_KNOWN, &[], "").await;
    assert_eq!(head.has_status(200).body, "");
}
