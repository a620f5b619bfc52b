//! Which API a token is for (RFC 8707).

use grantor_core::{AuthorizationServer, Client, Guard, Login, Needed, types::Resource};

use crate::kit::{REDIRECT_URI, Seen, World, app, request, request_with, shown};

const OWN: &str = "https://api.example/";
const OTHER: &str = "https://other.example/";

fn world(client: Client) -> World {
    World::with(|builder| builder.client(client).resource(OWN).resource(OTHER))
}

fn limited(resources: &[&str]) -> Client {
    Client::public("app").redirect_uri(REDIRECT_URI).resources(resources.iter().copied()).build().unwrap()
}

/// RI-02, TH-25
#[tokio::test]
async fn a_client_that_may_not_have_the_default_does_not_get_it_by_silence() {
    for resources in [&[OTHER][..], &[]] {
        let world = world(limited(resources));
        assert_eq!(world.refused(&request()).await.error(), "invalid_target");
        assert_eq!(world.refused(&request_with(&[("resource", OWN)])).await.error(), "invalid_target");
    }
    let world = world(limited(&[OTHER]));
    let question = world.question(&request_with(&[("resource", OTHER)])).await;
    assert_eq!(question.facts().resources, [OTHER]);
}

/// TH-25, RI-03
#[tokio::test]
async fn a_token_for_another_api_is_not_good_for_this_one() {
    let world = world(app());
    let code = Seen::from(world.question(&request_with(&[("resource", OTHER)])).await.approve_all().await).code();
    let token = world.redeem(&code).await.member("access_token");
    let refused = world.verify(&token).await.unwrap_err();
    assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_token"));
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_bytes())];
    let call = grantor_core::Call { headers: &headers, ..crate::kit::get("") };
    let access = Guard::of(&world.server)
        .resource("HTTPS://Other.example")
        .build()
        .unwrap()
        .verify(&call, &Needed::token())
        .await
        .unwrap();
    assert_eq!(access.audience()[0].as_str(), OTHER);
}

/// TH-25, PV-23
#[tokio::test]
async fn a_token_for_a_resource_passes_no_guard_that_knows_no_resource() {
    let world = world(app());
    let code = Seen::from(world.question(&request_with(&[("resource", OTHER)])).await.approve_all().await).code();
    let token = world.redeem(&code).await.member("access_token");
    let plain = world.later(|builder| builder.client(app()));
    let refused = plain.verify(&token).await.unwrap_err();
    assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_token"));
    let unbound = plain.tokens().await.member("access_token");
    assert!(plain.verify(&unbound).await.is_ok());
    assert!(world.verify(&unbound).await.is_err(), "and one for none passes no guard of a resource");
}

/// RI-05, TH-25
#[tokio::test]
async fn a_grant_from_before_the_first_resource_goes_on_with_the_default() {
    let world = World::with(|builder| builder.client(app()));
    let (code, refresh) = (world.code().await, world.tokens().await.member("refresh_token"));
    let later = world.later(|builder| builder.client(app()).resource(OWN).resource(OTHER));
    let narrow = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &refresh), ("resource", OTHER)];
    assert_eq!(later.token(&narrow).await.error(), "invalid_target", "nobody was asked about another");
    for tokens in [later.redeem(&code).await, later.refresh(&refresh).await, later.refresh(&refresh).await] {
        let access = later.verify(&tokens.member("access_token")).await.unwrap();
        assert_eq!(access.audience().iter().map(Resource::as_str).collect::<Vec<_>>(), [OWN]);
    }
}

/// RI-05, RI-02
#[tokio::test]
async fn a_grant_from_before_the_first_resource_gets_none_that_its_client_may_not_have() {
    let world = World::with(|builder| builder.client(app()));
    let refresh = world.tokens().await.member("refresh_token");
    let client = Client::public("app").redirect_uri(REDIRECT_URI).refresh_tokens().resources([OTHER]).build().unwrap();
    let later = world.later(|builder| builder.client(client).resource(OWN).resource(OTHER));
    let token = later.refresh(&refresh).await.member("access_token");
    let guards = [OWN, OTHER].map(|resource| Guard::of(&later.server).resource(resource).build().unwrap());
    for guard in guards {
        assert_eq!(shown(&guard, &token, &Needed::token()).await.unwrap_err().status, 401, "{guard:?}");
    }
}

/// RI-01, RI-02
#[tokio::test]
async fn a_server_without_resources_ignores_the_parameter_everywhere() {
    let world = World::new();
    for resource in ["garbage", "https://a.example/#x"] {
        let _pending = world.pending(&request_with(&[("resource", resource)])).await;
        let code = world.code().await;
        let fields = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &code), ("resource", resource)];
        let verifier = [("code_verifier", crate::kit::VERIFIER)];
        let tokens = world.token(&[&fields[..], &verifier].concat()).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let token = tokens.member("refresh_token");
        let fields = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &token), ("resource", resource)];
        assert_eq!(world.token(&fields).await.status, 200);
    }
}

/// AZ-07
#[tokio::test]
async fn the_endpoints_own_query_survives_a_forced_login() {
    let paths = grantor_core::Paths { authorize: "/authorize?tenant=a".to_owned(), ..Default::default() };
    let world = World::with(|builder| builder.client(app()).paths(paths));
    let query = format!("tenant=a&{}", request_with(&[("prompt", "login")]));
    let return_to = world.log_in(&query, None::<Login>).await;
    assert!(return_to.as_str().starts_with("/authorize?tenant=a&client_id=app&request_uri="), "{}", return_to.as_str());
    let server: &AuthorizationServer = &world.server;
    assert_eq!(server.return_to(return_to.as_str()).as_ref(), Some(&return_to));
}

/// AZ-16, AZ-40
#[tokio::test]
async fn a_request_that_grows_past_the_limit_on_its_way_back_is_parked_instead() {
    let world = World::new();
    let query = format!("{}&x={}", request(), "{".repeat(4_000));
    let return_to = world.log_in(&query, None::<Login>).await;
    assert!(return_to.as_str().len() < 300, "{}", return_to.as_str().len());
    let (_, back) = return_to.as_str().split_once('?').unwrap();
    let _question = world.question_of(back, Login::new("ann", "a new session", crate::kit::at(1_000))).await;
}

/// AR-30, AZ-10, RU-02
#[tokio::test]
async fn only_a_request_uri_answers_for_the_redirect_uri_that_it_would_bring() {
    let world = World::new();
    let unproven = [("redirect_uri", "https://evil.example/")];
    for (extra, code) in
        [("request_uri", "request_uri_not_supported"), ("request", "invalid_request"), ("registration", "invalid_request")]
    {
        let page = world.refused(&request_with(&[unproven[0], (extra, "x")])).await;
        page.assert_page(400);
        assert!(page.body.contains(&format!("<code>{code}</code>")), "{extra}: {}", page.body);
    }
    let doubled = format!("{}&redirect_uri=x&request_uri=x", request());
    let page = world.refused(&doubled).await;
    page.assert_page(400);
    assert!(page.body.contains("<code>invalid_request</code>"));
}
