//! How a form may arrive: its media type, its size, its end, and each parameter once.

use grantor_core::{Call, Endpoint, Payload};

use crate::kit::{SECRET, Seen, World, form, get, request};

const MEDIA: &str = "application/x-www-form-urlencoded";

async fn posted(world: &World, endpoint: Endpoint, media: &str, body: Payload<'_>) -> Seen {
    let headers = [("content-type", media.as_bytes())];
    world.server.serve(endpoint, Call { headers: &headers, body, ..form("") }).await.into()
}

/// The status, and the error if there is one.
fn told(seen: &Seen) -> (u16, String) {
    (seen.status, if seen.status == 200 { String::new() } else { seen.error() })
}

/// What the client is told when its whole form is this one.
async fn sent(world: &World, endpoint: Endpoint, body: &str) -> (u16, String) {
    told(&posted(world, endpoint, MEDIA, Payload::Whole(body.as_bytes())).await)
}

fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

/// A form that gets as far as the endpoint's own question.
fn good(endpoint: Endpoint) -> String {
    match endpoint {
        Endpoint::Token => format!("grant_type=authorization_code&code=x&client_id=web&client_secret={SECRET}"),
        _ => format!("token=x&client_id=api&client_secret={SECRET}"),
    }
}

/// TK-09, TH-01
#[tokio::test]
async fn a_body_that_was_not_read_to_its_end_says_nothing() {
    let world = World::whole();
    for endpoint in Endpoint::MOUNTED {
        for (body, status) in [(Payload::TooLarge, 413), (Payload::Broken, 400)] {
            let seen = posted(&world, endpoint, MEDIA, body).await;
            assert_eq!((seen.status, seen.error().as_str()), (status, "invalid_request"), "{endpoint:?}");
            assert_eq!(seen.header("cache-control"), Some("no-store"));
        }
    }
    for (body, status) in [(Payload::TooLarge, 413), (Payload::Broken, 400)] {
        let reply = world.server.authorize(Call { query: Some(&request()), body, ..form("") }).await.unwrap_err();
        Seen::from(reply).assert_page(status);
        assert!(world.server.authorize(Call { body, ..get(&request()) }).await.is_ok(), "a GET has no body to read");
    }
    assert!(world.store.take_ops().is_empty());
}

/// TK-02, TK-03
#[tokio::test]
async fn a_form_is_one_in_utf8_by_every_spelling_of_its_media_type() {
    let world = World::whole();
    for parameters in [
        "",
        ";charset=UTF-8",
        "; Charset=\"utf-8\"",
        " ; charset=utf-8 ; boundary=x",
        ";charset",
        "; charset=utf-8; charset=UTF-8",
    ] {
        for endpoint in Endpoint::MOUNTED {
            let seen = posted(&world, endpoint, &format!("{MEDIA}{parameters}"), Payload::Whole(good(endpoint).as_bytes())).await;
            let code = if endpoint == Endpoint::Token { refused("invalid_grant") } else { (200, String::new()) };
            assert_eq!(told(&seen), code, "{endpoint:?} {parameters}");
        }
    }
    for media in [
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "application/x-www-form-urlencoded; charset=\"latin1\"",
        "application/x-www-form-urlencoded; charset=\"utf-8",
        "application/x-www-form-urlencoded; charset=",
        "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
        "multipart/form-data; boundary=x",
        "",
    ] {
        for endpoint in Endpoint::MOUNTED {
            let seen = posted(&world, endpoint, media, Payload::Whole(good(endpoint).as_bytes())).await;
            assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"), "{endpoint:?} {media}");
        }
    }
}

/// TK-02
#[tokio::test]
async fn a_media_type_that_is_no_text_or_is_said_twice_is_none() {
    let world = World::whole();
    let media = ("content-type", MEDIA.as_bytes());
    for headers in [&[("content-type", &b"\xff"[..])][..], &[media, media], &[]] {
        let body = good(Endpoint::Introspection);
        let seen = Seen::from(world.server.introspect(Call { headers, ..form(&body) }).await);
        assert_eq!((seen.status, seen.error().as_str()), (400, "invalid_request"), "{headers:?}");
        let reply = world.server.authorize(Call { headers, ..form(&request()) }).await.unwrap_err();
        Seen::from(reply).assert_page(400);
    }
}

/// TH-02
#[tokio::test]
async fn a_form_has_sixty_four_parameters_at_most_and_no_endless_names() {
    let world = World::whole();
    for endpoint in Endpoint::MOUNTED {
        let with = |more: usize| format!("{}{}", good(endpoint), "&x=1".repeat(more));
        let own = good(endpoint).split('&').count();
        let usual = sent(&world, endpoint, &good(endpoint)).await;
        assert_eq!(sent(&world, endpoint, &with(64 - own)).await, usual, "{endpoint:?}");
        assert_eq!(sent(&world, endpoint, &with(65 - own)).await, refused("invalid_request"), "{endpoint:?}");
        let named = format!("{}&{}=1", good(endpoint), "n".repeat(129));
        assert_eq!(sent(&world, endpoint, &named).await, refused("invalid_request"), "{endpoint:?}");
    }
    let query = |more: usize| format!("{}{}", request(), "&x=1".repeat(more));
    let own = request().split('&').count();
    assert!(world.server.authorize(get(&query(64 - own))).await.is_ok());
    world.refused(&query(65 - own)).await.assert_page(400);
}

/// TK-05, CA-03, IN-05, PK-23
#[tokio::test]
async fn no_parameter_of_a_form_is_read_twice() {
    let world = World::whole();
    let credentials = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
    let of_token = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];
    for endpoint in Endpoint::MOUNTED {
        let own = if endpoint == Endpoint::Token { &of_token[..] } else { &["token", "token_type_hint"] };
        for name in credentials.iter().chain(own) {
            let rest: Vec<_> =
                good(endpoint).split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).map(str::to_owned).collect();
            let rest = rest.join("&");
            for twice in [format!("{rest}&{name}=x&{name}=x"), format!("{name}=&{rest}&{name}=x")] {
                assert_eq!(sent(&world, endpoint, &twice).await, refused("invalid_request"), "{endpoint:?}: {twice}");
            }
        }
    }
    assert!(world.store.take_ops().is_empty(), "nothing was looked for");
}

/// TK-08, TH-19
#[tokio::test]
async fn a_form_with_a_broken_escape_is_refused_whole() {
    let world = World::whole();
    for endpoint in Endpoint::MOUNTED {
        for broken in
            ["x=%", "x=%4", "x=%4z", "x=%zz", "%zz=1", "x=%ff", "x=%e2%82", "x=%f8%80%80%80", "x=%80", "x=%e2%82%zz", "x=%+1"]
        {
            let body = format!("{}&{broken}", good(endpoint));
            assert_eq!(sent(&world, endpoint, &body).await, refused("invalid_request"), "{endpoint:?} {broken}");
        }
        let usual = sent(&world, endpoint, &good(endpoint)).await;
        let fine = format!("{}&x=%f0%9f%8d%8b+%2B&%E2%82%AC=1&&", good(endpoint));
        assert_eq!(sent(&world, endpoint, &fine).await, usual, "{endpoint:?}");
    }
}

/// TK-04
#[tokio::test]
async fn what_belongs_into_the_form_is_refused_in_the_url() {
    let world = World::whole();
    for endpoint in Endpoint::MOUNTED {
        let body = good(endpoint);
        let asked = async |query| told(&world.server.serve(endpoint, Call { query, ..form(&body) }).await.into());
        let usual = asked(None).await;
        for harmless in ["", "tenant=a&x", "token_endpoint=1"] {
            assert_eq!(asked(Some(harmless)).await, usual, "{endpoint:?} {harmless}");
        }
        let many = "x=1&".repeat(65);
        for known in ["client_id=app", "client_secret", "x&client_secret=", &many] {
            assert_eq!(asked(Some(known)).await, refused("invalid_request"), "{endpoint:?} {known}");
        }
    }
}
