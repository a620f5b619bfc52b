//! A client's registration: every fault at once, each with its fix.

use std::time::Duration;

use grantor_core::{
    AuthMethod, Client, ClientSecret,
    types::{ClientBuilder, ClientFault, InvalidClientId, InvalidRedirectUri, InvalidResource, InvalidScope},
};

use crate::kit::REDIRECT_URI;

fn public() -> ClientBuilder {
    Client::public("app").redirect_uri(REDIRECT_URI)
}

fn confidential() -> ClientBuilder {
    Client::confidential("web", ClientSecret::sha256_of("secret")).redirect_uri(REDIRECT_URI)
}

/// Asserts that this is the one fault, and that its message names the fix.
fn assert_fault(builder: ClientBuilder, fault: ClientFault, fix: &str) {
    assert!(fault.to_string().contains(fix), "{fault}");
    assert_eq!(builder.build().unwrap_err().faults(), [fault]);
}

/// CA-17
#[test]
fn an_identifier_is_1_to_255_visible_characters() {
    for id in ["", "\u{e9}", "a\nb", "a\u{7f}", &"a".repeat(256)] {
        let builder = Client::public(id).redirect_uri(REDIRECT_URI);
        assert_fault(builder, ClientFault::Id(InvalidClientId), "1 to 255 characters of printable ASCII");
    }
    for id in ["a", "my client+1", "~!@ #", &"a".repeat(255)] {
        assert_eq!(Client::public(id).redirect_uri(REDIRECT_URI).build().unwrap().id().as_str(), id);
    }
}

/// RU-07, RU-08, RU-09, RU-10, RU-21
#[test]
fn a_redirect_uri_that_can_never_be_a_target_is_refused() {
    use InvalidRedirectUri::*;
    for (uri, why) in [
        ("/cb", NotAbsolute),
        ("https://app.example/cb#", Fragment),
        ("http://app.example/cb", PlainHttp),
        ("javascript:alert(1)", ForbiddenScheme),
        ("https://u@app.example/cb", Authority),
        ("http://127.0.0.1:0/cb", Port),
        ("https://app.example/cb?state=1", AnswerParameter),
    ] {
        assert_fault(public().redirect_uri(uri), ClientFault::RedirectUri(uri.to_owned(), why), &why.to_string());
    }
}

/// RU-11
#[test]
fn a_private_use_scheme_needs_a_period_unless_the_host_lets_it_go() {
    let fault = ClientFault::SchemeWithoutPeriod("myapp:/cb".to_owned());
    assert_fault(public().redirect_uri("myapp:/cb"), fault, "allow_scheme_without_period()");
    assert!(public().redirect_uri("myapp:/cb").allow_scheme_without_period().build().is_ok());
    assert!(public().redirect_uri("com.example.app:/cb").build().is_ok());
}

/// RU-19
#[test]
fn loopback_is_for_public_and_native_clients() {
    for uri in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost:3000/cb"] {
        let fault = ClientFault::LoopbackOfWebClient(uri.to_owned());
        assert_fault(confidential().redirect_uri(uri), fault, "native()");
        assert!(confidential().redirect_uri(uri).native().build().is_ok());
        assert!(public().redirect_uri(uri).build().is_ok());
    }
}

/// RU-15, RU-19
#[test]
fn the_port_of_localhost_is_open_to_public_and_to_native_clients_unless_it_is_fixed() {
    let builders: [fn() -> ClientBuilder; 2] =
        [|| Client::public("cli"), || Client::confidential("cli", ClientSecret::sha256_of("secret")).native()];
    for builder in builders {
        let (uri, other) = ("http://localhost:3000/cb", "http://localhost:4000/cb");
        let open = builder().redirect_uri(uri).build().unwrap();
        assert_eq!(open.redirect_uri(other).map(|uri| uri.as_str()), Some(uri));
        assert!(open.sole_redirect_uri().is_none(), "its port is the client's to choose");
        let fixed = builder().redirect_uri(uri).exact_localhost_port().build().unwrap();
        assert!(fixed.redirect_uri(other).is_none() && fixed.redirect_uri(uri).is_some());
        assert_eq!(fixed.sole_redirect_uri().map(|uri| uri.as_str()), Some(uri));
    }
}

/// RU-27
#[test]
fn the_code_grant_needs_a_redirect_uri() {
    let secret = || ClientSecret::sha256_of("secret");
    assert_fault(Client::public("app"), ClientFault::NoRedirectUri, "without_authorization_code()");
    assert_fault(Client::confidential("web", secret()), ClientFault::NoRedirectUri, "add redirect_uri(..)");
    let other = Client::confidential("web", secret()).without_authorization_code().build().unwrap();
    assert!(!other.uses_authorization_code() && other.redirect_uris().is_empty());
}

/// AZ-28, RI-01
#[test]
fn scopes_and_resources_keep_their_grammar() {
    assert_fault(public().scopes(["a b"]), ClientFault::Scope("a b".to_owned(), InvalidScope), "not a scope");
    let fault = ClientFault::Resource("api".to_owned(), InvalidResource);
    assert_fault(public().resources(["api"]), fault, "not a resource");
}

/// CA-10, CA-11
#[test]
fn the_methods_fit_the_kind_of_client() {
    let faulty = [
        public().auth_methods([AuthMethod::Basic]),
        public().auth_methods([AuthMethod::None, AuthMethod::Post]),
        public().auth_methods([]),
        confidential().auth_methods([AuthMethod::None]),
        confidential().auth_methods([AuthMethod::Basic, AuthMethod::None]),
        confidential().auth_methods([]),
    ];
    for builder in faulty {
        assert_fault(builder, ClientFault::AuthMethods, "client_secret_basic, client_secret_post or both");
    }
    assert!(public().build().unwrap().is_public() && !confidential().build().unwrap().is_public());
}

/// TK-15
#[test]
fn an_access_token_lives_from_a_second_to_thirty_days() {
    let month = Duration::from_secs(30 * 86_400);
    for lifetime in [Duration::ZERO, Duration::from_millis(999), month + Duration::from_millis(1), Duration::MAX] {
        assert_fault(public().access_lifetime(lifetime), ClientFault::AccessLifetime, "from a second to 30 days");
    }
    for lifetime in [Duration::from_secs(1), month] {
        assert!(public().access_lifetime(lifetime).build().is_ok());
    }
}

/// RU-08, CA-17
#[test]
fn all_faults_are_told_at_once() {
    let error = Client::confidential("", ClientSecret::sha256_of("secret"))
        .redirect_uri("/cb")
        .redirect_uri("myapp:/cb")
        .redirect_uri("http://127.0.0.1/cb")
        .auth_methods([])
        .scopes(["", "good", "\""])
        .resources(["#"])
        .access_lifetime(Duration::ZERO)
        .build()
        .unwrap_err();
    assert_eq!(error.faults().len(), 9, "{error}");
    let text = error.to_string();
    assert!(text.starts_with("client \"\" cannot be registered:\n  - "));
    assert!(error.faults().iter().all(|fault| text.contains(&format!("\n  - {fault}"))));
}
