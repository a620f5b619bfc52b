//! Where a login may return to: this server's own authorization endpoint, and nowhere else.

use grantor_core::{AuthorizationServer, Client, Login};

use crate::kit::{World, app, at, get, query_of, request, request_with};

/// TH-11
#[test]
fn a_place_that_is_not_the_authorization_endpoint_is_no_place_to_return_to() {
    let world = World::new();
    let long = format!("/authorize?{}", "x".repeat(8_192 + 1));
    let places = [
        "",
        "/",
        "?",
        "//evil",
        "//evil/authorize?x",
        "/\\evil",
        "\\\\evil",
        "https:evil",
        "https://evil.test/authorize?x",
        "https://id.example/authorize?x",
        "javascript:alert(1)",
        "authorize?x",
        "/authorize",
        "/authorizeX",
        "/authorizeX?x",
        "/authorize/?x",
        "/authorize/../evil?x",
        "/authorize@evil.test?x",
        "/Authorize?x",
        " /authorize?x",
        "/authorize ?x",
        "\t/authorize?x",
        "/authorize?a b",
        "/authorize?a#b",
        "/authorize?a\\b",
        "/authorize?a\"b",
        "/authorize?a'b",
        "/authorize?<script>",
        "/authorize?a\r\nSet-Cookie: b",
        "/authorize?\0",
        "/authorize?é",
        &long,
    ];
    for place in places {
        assert!(world.server.return_to(place).is_none(), "{place:?}");
    }
    assert!(world.server.return_to(&long[..long.len() - 1]).is_some());
}

/// AZ-40, TH-11, AZ-23
#[tokio::test]
async fn a_request_comes_back_from_the_login_as_it_went() {
    let world = World::new();
    let state = "a+b %25 \"quoted\" 'single' <tag> {x} ^`|\\ &=#;";
    let raw = request().replace("state=the+state", "nonce=n");
    let raw = format!("{raw}&state={}", state.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('#', "%23"));
    for query in [request_with(&[("state", state)]), raw] {
        let return_to = world.log_in(&query, None).await;
        let text = return_to.to_string();
        assert!(text.starts_with("/authorize?") && text.bytes().all(|byte| byte.is_ascii_graphic()), "{text}");
        assert!(!text.contains(['"', '\'', '<', '>', '\\', '#']), "{text}");
        assert_eq!(world.server.return_to(&text), Some(return_to));
        let reply = world.question(text.split_once('?').unwrap().1).await.deny().await;
        assert_eq!(crate::kit::Seen::from(reply).answer()["state"], state);
    }
}

/// AZ-40, AZ-02
#[tokio::test]
async fn a_posted_request_comes_back_as_a_query() {
    let world = World::new();
    let request = request();
    let (client, rest) = request.split_once('&').unwrap();
    let call = grantor_core::Call { query: Some(client), ..crate::kit::form(rest) };
    let pending = world.server.authorize(call).await.unwrap();
    let grantor_core::Next::LogIn(return_to) = pending.next(None).await.unwrap() else { panic!("no login") };
    assert_eq!(return_to.as_str(), format!("/authorize?{request}"));
}

/// AZ-40
#[tokio::test]
async fn a_name_that_grows_too_long_in_a_url_comes_back_by_a_handle() {
    let world = World::new();
    let place = world.log_in(&format!("{}&{}=1", request(), "\"".repeat(43)), None).await;
    assert!(place.as_str().contains("request_uri="), "{place}");
    let (_, query) = place.as_str().split_once('?').unwrap();
    assert_eq!(world.question(query).await.facts().client_id, "app");
}

/// AZ-40
#[tokio::test]
async fn what_comes_back_is_checked_anew_and_holds_no_more_than_the_url_says() {
    let world = World::new();
    let return_to = world.log_in(&request(), None).await;
    let query = query_of(&return_to);
    world.refused(&query.replace("app.example", "evil.example")).await.assert_page(400);
    assert_eq!(world.refused(&query.replace("profile", "admin")).await.error(), "invalid_scope");
    let without = AuthorizationServer::builder("https://id.example").scope("profile", "").scope("mail", "");
    let gone = without.client(Client::public("other").redirect_uri("https://app.example/cb").build().unwrap()).build().unwrap();
    assert!(gone.authorize(get(query)).await.is_err(), "the client was removed while the person logged in");
}

/// TH-11, PV-16
#[test]
fn the_place_follows_the_mount() {
    let server = |mount: &str| {
        let builder = AuthorizationServer::builder("https://id.example/t").scope("profile", "").client(app());
        builder.mount(mount).build().unwrap()
    };
    let (root, mounted) = (server(""), server("/oauth"));
    assert!(root.return_to("/authorize?x").is_some() && root.return_to("/oauth/authorize?x").is_none());
    assert!(mounted.return_to("/oauth/authorize?x").is_some() && mounted.return_to("/authorize?x").is_none());
}

/// TH-14
#[tokio::test]
async fn a_login_of_anybody_continues_the_request_and_names_that_person() {
    let world = World::new();
    let return_to = world.log_in(&request(), None).await;
    let query = query_of(&return_to);
    for name in ["ann", "bob"] {
        let question = world.question_of(query, Login::new(name, "s", at(0))).await;
        let code = crate::kit::Seen::from(question.approve_all().await).code();
        let access = world.verify(&world.redeem(&code).await.member("access_token")).await.unwrap();
        assert_eq!(access.sub(), name);
    }
}

/// AZ-40, AZ-02, TH-01
#[tokio::test]
async fn a_request_travels_in_the_url_as_long_as_it_is_read_again() {
    let world = World::new();
    let request = request();
    let (client, rest) = request.split_once('&').unwrap();
    // Query and body count together, and the `&` between them is one byte more on the way back.
    for (sum, by_handle) in [(8_191, false), (8_192, true)] {
        let body = format!("{rest}&x={}", "x".repeat(sum - request.len() + 1 - 3));
        assert_eq!(client.len() + body.len(), sum);
        let call = grantor_core::Call { query: Some(client), ..crate::kit::form(&body) };
        let pending = world.server.authorize(call).await.unwrap();
        let grantor_core::Next::LogIn(place) = pending.next(None).await.unwrap() else { panic!("no login") };
        assert_eq!(place.as_str().contains("request_uri="), by_handle, "{sum}");
        assert_eq!(world.server.return_to(place.as_str()).as_ref(), Some(&place), "{sum}");
    }
    let body = format!("{rest}&x={}", "x".repeat(8_193 - request.len() + 1 - 3));
    let call = grantor_core::Call { query: Some(client), ..crate::kit::form(&body) };
    let refused = world.server.authorize(call).await.unwrap_err();
    crate::kit::Seen::from(refused).assert_page(413);
    // What grows by its encoding counts as it grows: a quote becomes three bytes.
    for (length, by_handle) in [(8_192, false), (8_193, true)] {
        let padding = length - request.len() - "&x=%22".len();
        let place = world.log_in(&format!("{request}&x=\"{}", "x".repeat(padding)), None).await;
        assert_eq!(place.as_str().contains("request_uri="), by_handle, "{length}");
        assert!(by_handle || place.as_str().len() == "/authorize?".len() + length, "{place}");
    }
}
