//! The metadata document, and where it stands.

use grantor_core::{AuthorizationServer, Call, Endpoint, Payload, protocol::Paths, server::Builder};
use serde_json::{Value, json};

use crate::kit::{Seen, app, form, get};

fn built(issuer: &str, configure: impl FnOnce(Builder) -> Builder) -> AuthorizationServer {
    configure(AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app())).build().unwrap()
}

fn document(server: &AuthorizationServer) -> Value {
    let reply = Seen::from(server.metadata(&get("")));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    serde_json::from_str(&reply.body).unwrap()
}

/// MD-01, MD-02, MD-05, AR-03
#[test]
fn the_document_stands_at_the_root_or_is_inserted_before_the_issuers_path() {
    let root = "/.well-known/oauth-authorization-server";
    for (issuer, paths) in [
        ("https://as.example", vec![root.to_owned()]),
        ("https://as.example/", vec![root.to_owned()]),
        ("https://as.example/t", vec![format!("{root}/t"), format!("/t{root}")]),
        ("https://as.example/t/", vec![format!("{root}/t"), format!("/t{root}")]),
        ("https://as.example/a/b", vec![format!("{root}/a/b"), format!("/a/b{root}")]),
    ] {
        let server = built(issuer, |builder| builder);
        assert_eq!(server.well_known_paths(), paths);
        assert_eq!(document(&server)["issuer"], issuer, "never normalised");
    }
}

/// MD-06, MD-07, MD-08, MD-09, AR-02, PK-26
#[test]
fn the_document_says_what_there_is_and_nothing_else() {
    let whole = json!({
        "issuer": "https://as.example",
        "authorization_endpoint": "https://as.example/authorize",
        "token_endpoint": "https://as.example/token",
        "scopes_supported": ["profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint": "https://as.example/revoke",
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "introspection_endpoint": "https://as.example/introspect",
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    });
    assert_eq!(document(&built("https://as.example", |builder| builder)), whole);
    let apis = ["https://api.example/", "https://files.example/"];
    let with_apis = built("https://as.example", |builder| builder.resource(apis[0]).resource(apis[1]));
    assert_eq!(document(&with_apis)["protected_resources"], json!(apis));
}

/// PV-16, MD-06, MD-09
#[test]
fn endpoints_and_document_follow_mount_and_paths() {
    let paths =
        |authorize: &str, token: &str| Paths { authorize: authorize.to_owned(), token: token.to_owned(), ..Paths::default() };
    type Configure = fn(Builder) -> Builder;
    let cases: [(&str, Configure, Paths, Paths); 5] = [
        ("https://as.example/t", |builder| builder, paths("/t/authorize", "/t/token"), Paths::default()),
        ("https://as.example/t/", |builder| builder, paths("/t/authorize", "/t/token"), Paths::default()),
        ("https://as.example/t", |builder| builder.mount(""), paths("/authorize", "/token"), Paths::default()),
        ("https://as.example", |builder| builder.mount("/oauth"), paths("/oauth/authorize", "/oauth/token"), Paths::default()),
        (
            "https://as.example",
            |builder| builder.mount("/a"),
            paths("/a/begin", "/a/oauth/token"),
            paths("/begin", "/oauth/token"),
        ),
    ];
    for (issuer, configure, absolute, relative) in cases {
        let server = built(issuer, |builder| configure(builder).paths(relative.clone()));
        assert_eq!((server.authorize_path(), &*server.path(Endpoint::Token)), (&*absolute.authorize, &*absolute.token));
        assert_eq!(
            (server.authorize_path_in_mount(), server.path_in_mount(Endpoint::Token)),
            (&*relative.authorize, &*relative.token)
        );
        let document = document(&server);
        assert_eq!(document["authorization_endpoint"], format!("https://as.example{}", absolute.authorize));
        assert_eq!(document["token_endpoint"], format!("https://as.example{}", absolute.token));
        assert_eq!(document["issuer"], issuer);
    }
}

/// AZ-07
#[test]
fn an_own_query_of_the_authorization_endpoint_is_advertised_and_not_routed() {
    let paths = Paths { authorize: "/authorize?tenant=a".to_owned(), ..Paths::default() };
    let server = built("https://as.example", |builder| builder.paths(paths));
    assert_eq!((server.authorize_path(), server.authorize_path_in_mount()), ("/authorize", "/authorize"));
    assert_eq!(document(&server)["authorization_endpoint"], "https://as.example/authorize?tenant=a");
}

/// MD-13, TH-23, AZ-03
#[test]
fn the_document_is_the_same_whatever_the_request_says() {
    let server = built("https://as.example", |builder| builder);
    let plain = Seen::from(server.metadata(&get("")));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    assert!(plain.header("cache-control").is_some_and(|value| value.starts_with("public, max-age=")));
    let headers = [("authorization", &b"Basic x"[..]), ("host", b"evil.test")];
    let odd = Call { headers: &headers, query: Some("issuer=https://evil.test"), ..get("") };
    assert_eq!(Seen::from(server.metadata(&odd)), plain);
    let head = Seen::from(server.metadata(&Call { method: "HEAD", ..get("") }));
    assert_eq!((head.status, &head.headers), (200, &plain.headers));
    for method in ["POST", "PUT", "OPTIONS", "get", "BREW"] {
        let reply = Seen::from(server.metadata(&Call { method, ..get("") }));
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

/// MD-09, TK-01
#[tokio::test]
async fn every_endpoint_of_the_library_is_served() {
    use grantor_core::Endpoint;
    let server = built("https://as.example", |builder| builder);
    let serve = async |endpoint, call| Seen::from(server.serve(endpoint, call).await);
    assert_eq!(serve(Endpoint::Metadata, get("")).await.status, 200);
    assert_eq!(serve(Endpoint::Token, form("")).await.error(), "invalid_request");
    assert_eq!(serve(Endpoint::Token, get("")).await.status, 405);
    let large = Call { body: Payload::TooLarge, ..form("") };
    assert_eq!(serve(Endpoint::Token, large).await.status, 413);
}

/// MD-01
#[test]
fn the_document_has_no_place_behind_the_mount() {
    for issuer in ["https://as.example", "https://as.example/t"] {
        let server = built(issuer, |builder| builder);
        assert_eq!(server.path_in_mount(Endpoint::Metadata), "");
        let behind: Vec<_> = Endpoint::MOUNTED.map(|endpoint| server.path_in_mount(endpoint)).into();
        assert_eq!(behind, ["/token", "/revoke", "/introspect"]);
        assert!(!server.well_known_paths().contains(&server.path(Endpoint::Metadata)));
    }
}
