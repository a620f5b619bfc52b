//! Pages of other origins: which may call, and where none may.

use grantor_core::{Call, Endpoint, Payload};

use crate::kit::{Seen, World, app, form, get, request, web};

const PAGE: &str = "https://app.example";
const HEADERS: [(&str, &[u8]); 3] = [
    ("content-type", b"application/x-www-form-urlencoded"),
    ("origin", PAGE.as_bytes()),
    ("access-control-request-method", b"POST"),
];

fn open() -> World {
    World::with(|builder| builder.client(app()).client(web()).allow_origin("http://localhost:3000").allow_origin(PAGE))
}

async fn sent(world: &World, endpoint: Endpoint, method: &str, origin: &str) -> Seen {
    let [form_type, _, asks] = HEADERS;
    let headers = [form_type, ("origin", origin.as_bytes()), asks];
    world.server.serve(endpoint, Call { method, headers: &headers, ..form("grant_type=refresh_token") }).await.into()
}

fn says_nothing(seen: &Seen) -> bool {
    !seen.headers.keys().any(|name| name.as_str().starts_with("access-control-") || name == "vary")
}

/// TK-17
#[tokio::test]
async fn a_page_of_an_allowed_origin_may_call_every_mounted_endpoint() {
    let world = open();
    for endpoint in Endpoint::MOUNTED {
        let preflight = sent(&world, endpoint, "OPTIONS", PAGE).await;
        assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
        assert_eq!(preflight.header("access-control-allow-origin"), Some(PAGE));
        assert_eq!(preflight.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization, content-type"));
        assert_eq!(preflight.header("access-control-max-age"), Some("600"));
        for method in ["POST", "GET", "PUT"] {
            let answer = sent(&world, endpoint, method, PAGE).await;
            assert!(answer.status >= 400, "also an error is for the page to read: {answer:?}");
            assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE), "{method}");
            assert_eq!(answer.header("access-control-expose-headers"), Some("WWW-Authenticate, DPoP-Nonce"));
            assert_eq!((answer.header("vary"), answer.header("access-control-allow-credentials")), (Some("Origin"), None));
            assert_eq!(answer.header("allow"), (method != "POST").then_some("POST, OPTIONS"));
        }
        let other = sent(&world, endpoint, "POST", "https://other.example").await;
        assert_eq!((other.header("vary"), other.header("access-control-allow-origin")), (Some("Origin"), None));
    }
    let tokens = world.tokens().await;
    assert_eq!(tokens.header("vary"), Some("Origin"), "a cache must tell answers apart also when nobody said an origin");
}

/// TK-17, TK-01
#[tokio::test]
async fn without_an_origin_no_page_may_call() {
    let world = World::new();
    for endpoint in Endpoint::MOUNTED {
        let options = sent(&world, endpoint, "OPTIONS", PAGE).await;
        assert_eq!((options.status, options.header("allow")), (405, Some("POST")), "{endpoint:?}");
        assert!(says_nothing(&options) && says_nothing(&sent(&world, endpoint, "POST", PAGE).await), "{endpoint:?}");
    }
}

/// AZ-08, TK-17
#[tokio::test]
async fn no_page_may_read_the_authorization_endpoint() {
    let world = open();
    let query = request();
    for method in ["OPTIONS", "GET", "HEAD", "POST", "PUT"] {
        let body = if method == "POST" { Payload::Whole(query.as_bytes()) } else { Payload::Whole(b"") };
        let query = if method == "POST" { "" } else { &query };
        match world.server.authorize(Call { method, headers: &HEADERS, body, ..get(query) }).await {
            Err(reply) => {
                let seen = Seen::from(reply);
                assert!(says_nothing(&seen), "{method}: {seen:?}");
                assert!(method != "OPTIONS" || seen.status == 405 && seen.header("allow") == Some("GET, HEAD, POST"), "{seen:?}");
            }
            Ok(pending) => {
                let answer = pending.next(None).await;
                assert!(answer.is_ok(), "{method}");
            }
        }
    }
    let refused = Call { headers: &HEADERS, ..get("client_id=nobody") };
    assert!(says_nothing(&Seen::from(world.server.authorize(refused).await.unwrap_err())));
}

/// MD-13
#[tokio::test]
async fn the_metadata_is_for_every_page() {
    let world = open();
    let document = Seen::from(world.server.metadata(&Call { headers: &HEADERS, ..get("") }));
    assert_eq!((document.header("access-control-allow-origin"), document.header("vary")), (Some("*"), None));
}
