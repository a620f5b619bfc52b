//! What is refused before anything is asked.

use std::time::Duration;

use grantor_introspection::{Introspection, IntrospectionBuilder, IntrospectionFault};

use crate::kit::ISSUER;

fn good() -> IntrospectionBuilder {
    Introspection::builder(ISSUER).endpoint("https://id.example/introspect").client("rs", "secret")
}

/// RS-03
#[test]
fn every_fault_is_told_at_once() {
    let error = Introspection::builder("http://id.example")
        .keep_for(Duration::from_secs(61))
        .timeout(Duration::ZERO)
        .capacity(0)
        .build()
        .unwrap_err();
    assert_eq!(error.faults().len(), 6, "{error}");
    for part in ["endpoint(url)", "issuer", "client(id, secret)", "keep_for is 61s", "timeout is 0ns", "capacity is 0"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert!(good().build().is_ok() && good().keep_for(Duration::from_secs(60)).build().is_ok());
    for client in [("", "secret"), ("rs", "")] {
        let error = good().client(client.0, client.1).build().unwrap_err();
        assert_eq!(error.faults(), [IntrospectionFault::NoClient]);
    }
}

/// RS-03, TH-21
#[test]
fn a_secret_goes_by_https_or_stays_on_this_machine() {
    for endpoint in ["http://127.0.0.1:1/x", "http://[::1]/", "http://localhost:4000/introspect?a=b", "https://id.example/"] {
        assert!(good().endpoint(endpoint).build().is_ok(), "{endpoint}");
    }
    for endpoint in [
        "http://id.example/introspect",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "https://rs:hunter2@id.example/",
        "https://id.example/#x",
        "ftp://id.example/",
        "/introspect",
        "",
    ] {
        let error = good().endpoint(endpoint).build().unwrap_err();
        assert_eq!(error.faults(), [IntrospectionFault::Endpoint], "{endpoint}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
