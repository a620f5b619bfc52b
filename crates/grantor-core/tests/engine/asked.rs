//! What a client asks for: scopes, resources and a redirect URI, said, left out or not its own.

use grantor_core::{Client, Question};

use crate::kit::{REDIRECT_URI, Seen, World, app, request_with, shown};

const OWN: &str = "https://api.example/";
const OTHER: &str = "https://other.example/";

fn limited(scopes: &[&str]) -> Client {
    Client::public("app").redirect_uri(REDIRECT_URI).scopes(scopes.iter().copied()).build().unwrap()
}

fn scopes(question: &Question) -> Vec<&str> {
    question.facts().scopes.iter().map(|scope| scope.name.as_str()).collect()
}

/// AZ-27
#[tokio::test]
async fn who_names_no_scope_asks_for_the_defaults_that_it_may_have() {
    let world = |client| World::with(|builder| builder.scope("admin", "All").default_scopes(["mail", "profile"]).client(client));
    for (client, defaults) in [
        (app(), &["mail", "profile"][..]),
        (limited(&["admin", "mail"]), &["mail"]),
        (limited(&["profile", "mail"]), &["mail", "profile"]),
    ] {
        let world = world(client);
        assert_eq!(scopes(&world.question(&request_with(&[("scope", "")])).await), defaults);
        assert_eq!(scopes(&world.question(&request_with(&[("scope", "mail")])).await), ["mail"], "they are no addition");
    }
    let none_left = world(limited(&["admin"]));
    let no_defaults = World::with(|builder| builder.client(app()));
    for world in [none_left, no_defaults] {
        let seen = world.refused(&request_with(&[("scope", "")])).await;
        assert_eq!((seen.status, seen.error().as_str()), (303, "invalid_scope"), "never all there are");
    }
}

/// AZ-30, AZ-29
#[tokio::test]
async fn a_client_asks_for_no_scope_that_it_may_not_have() {
    let world = World::with(|builder| builder.scope("openid", "Who you are").client(limited(&["openid", "mail"])));
    for scope in ["mail", "openid", "openid mail unknown", "unknown openid"] {
        let known: Vec<_> = scope.split(' ').filter(|name| *name != "unknown").collect();
        assert_eq!(scopes(&world.question(&request_with(&[("scope", scope)])).await), known, "{scope}");
    }
    for scope in ["profile", "mail profile", "openid profile", "openid profile unknown", "mail unknown", "unknown"] {
        let seen = world.refused(&request_with(&[("scope", scope)])).await;
        assert_eq!((seen.error().as_str(), seen.answer()["state"].as_str()), ("invalid_scope", "the state"), "{scope}");
    }
}

/// AZ-28, AZ-31
#[tokio::test]
async fn a_scope_parameter_is_read_strictly_and_names_each_scope_once() {
    let world = World::new();
    assert_eq!(scopes(&world.question(&request_with(&[("scope", "mail profile mail")])).await), ["mail", "profile"]);
    for scope in [" ", " mail", "mail ", "mail  profile", "mail\tprofile", "mail\"", "mail\\", "maïl", "mail\n", "Mail"] {
        let seen = world.refused(&request_with(&[("scope", scope)])).await;
        assert_eq!((seen.status, seen.error().as_str()), (303, "invalid_scope"), "{scope:?}");
    }
}

/// AZ-12, RI-06
#[tokio::test]
async fn a_resource_that_is_named_twice_is_asked_for_once() {
    let world = World::with(|builder| builder.client(app()).resource(OWN).resource(OTHER));
    for (named, asked) in [
        (&[OWN, OWN][..], &[OWN][..]),
        (&[OTHER, OWN, OTHER], &[OTHER, OWN]),
        (&["HTTPS://API.example", OWN], &[OWN]),
        (&["", OTHER], &[OTHER]),
    ] {
        let named: Vec<_> = named.iter().map(|resource| ("resource", *resource)).collect();
        let question = world.question(&request_with(&named)).await;
        assert_eq!(question.facts().resources, asked, "{named:?}");
    }
    let query = request_with(&[("resource", OTHER), ("resource", OTHER)]);
    let code = Seen::from(world.question(&query).await.approve_all().await).code();
    let access = world.redeem(&code).await.member("access_token");
    let guard = grantor_core::Guard::of(&world.server).resource(OTHER).build().unwrap();
    let access = shown(&guard, &access, &grantor_core::Needed::token()).await.unwrap();
    assert_eq!(access.audience().iter().map(|resource| resource.as_str()).collect::<Vec<_>>(), [OTHER]);
}

/// AZ-13, AZ-14, RI-01
#[tokio::test]
async fn a_resource_that_cannot_be_read_is_no_resource() {
    let world = World::with(|builder| builder.client(app()).resource(OWN));
    for (resource, error) in
        [("/api", "invalid_target"), ("https%3A%2F%2Fapi.example%2F%23x", "invalid_target"), ("%zz", "invalid_request")]
    {
        let seen = world.refused(&format!("{}&resource={resource}", request_with(&[]))).await;
        assert_eq!(seen.error(), error, "{resource}");
    }
}

/// RU-04, RU-05, RU-06
#[tokio::test]
async fn a_redirect_uri_may_be_left_out_where_there_is_one_and_openid_is_not_asked_for() {
    let without = |scope| request_with(&[("redirect_uri", ""), ("scope", scope)]);
    let two = Client::public("app").redirect_uri(REDIRECT_URI).redirect_uri("https://app.example/other").build().unwrap();
    let world =
        |client| World::with(|builder| builder.scope("openid", "Who you are").scope("openid.more", "More").client(client));
    let (one, two) = (world(app()), world(two));
    let answer = Seen::from(one.question(&without("profile openid.more")).await.approve_all().await);
    assert!(answer.location().starts_with("https://app.example/cb?code="), "{answer:?}");
    for scope in ["openid", "profile openid", "openid mail"] {
        let page = one.refused(&without(scope)).await;
        page.assert_page(400);
        assert!(page.body.contains("<code>invalid_request</code>"), "{scope}: {}", page.body);
    }
    two.refused(&without("profile")).await.assert_page(400);
    assert_eq!(scopes(&one.question(&request_with(&[("scope", "openid")])).await), ["openid"], "said, it may");
}

/// RU-02, RU-03
#[tokio::test]
async fn a_redirect_uri_of_2048_bytes_is_taken_and_a_port_does_not_make_it_longer() {
    let stem = "http://127.0.0.1/";
    let most = format!("{stem}{}", "x".repeat(2_048 - stem.len()));
    let native = Client::public("app").redirect_uri(&most).build().unwrap();
    let world = World::with(|builder| builder.client(native));
    let _ = world.question(&request_with(&[("redirect_uri", &most)])).await;
    let longer = most.replace("127.0.0.1/", "127.0.0.1:51004/");
    world.refused(&request_with(&[("redirect_uri", &longer)])).await.assert_page(400);
}

/// RU-02, RU-03
#[tokio::test]
async fn a_redirect_uri_beyond_every_limit_is_not_looked_for() {
    let long = format!("{REDIRECT_URI}/{}", "x".repeat(2_048));
    let page = World::new().refused(&request_with(&[("redirect_uri", &long)])).await;
    page.assert_page(400);
    assert!(page.body.contains("<code>invalid_request</code>") && !page.body.contains("xxx"), "{}", page.body);
}

/// AZ-10, AZ-11, AZ-17, AR-30
#[tokio::test]
async fn a_parameter_that_is_sent_twice_is_refused_where_the_answer_may_go() {
    let world = World::new();
    for name in ["client_id", "redirect_uri"] {
        world.refused(&format!("{}&{name}=x", request_with(&[]))).await.assert_page(400);
    }
    let names = ["response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "prompt", "max_age", "request"];
    for name in names {
        let seen = world.refused(&format!("{}&{name}=1&{name}=1", request_with(&[]))).await;
        assert_eq!((seen.status, seen.error().as_str()), (303, "invalid_request"), "{name}");
        assert_eq!(seen.answer().contains_key("state"), name != "state", "{name}");
    }
    let registration = world.refused(&request_with(&[("registration", "{}")])).await;
    assert_eq!(registration.error(), "registration_not_supported");
}

/// RU-01, AZ-24
#[tokio::test]
async fn an_answer_is_put_behind_whatever_query_the_redirect_uri_has() {
    for (uri, begins) in [
        ("https://app.example/cb", "https://app.example/cb?code="),
        ("https://app.example/cb?", "https://app.example/cb?code="),
        ("https://app.example/cb?own=1", "https://app.example/cb?own=1&code="),
        ("https://app.example/cb?own=1&", "https://app.example/cb?own=1&code="),
    ] {
        let client = Client::public("app").redirect_uri(uri).build().unwrap();
        let world = World::with(|builder| builder.client(client));
        let query = request_with(&[("redirect_uri", uri), ("state", "")]);
        let answer = Seen::from(world.question(&query).await.approve_all().await);
        let rest = answer.location().strip_prefix(begins).unwrap_or_else(|| panic!("{uri}: {answer:?}"));
        assert!(rest.starts_with("gr_c_") && rest.ends_with("&iss=https%3A%2F%2Fid.example"), "{rest}");
        assert!(!answer.answer().contains_key("state"));
    }
}

/// AZ-25, TH-17
#[tokio::test]
async fn a_nonce_is_short_and_of_printable_ascii() {
    let world = World::new();
    let _question = world.question(&request_with(&[("nonce", &"n".repeat(512))])).await;
    for nonce in ["n".repeat(513), "é".to_owned(), "a\r\nb".to_owned(), "\u{7f}".to_owned()] {
        let seen = world.refused(&request_with(&[("nonce", &nonce)])).await;
        assert_eq!((seen.error().as_str(), seen.answer()["state"].as_str()), ("invalid_request", "the state"), "{nonce}");
    }
}

/// AZ-17, AZ-18, AZ-19
#[tokio::test]
async fn only_a_code_in_the_query_is_given_as_an_answer() {
    let world = World::new();
    let _question = world.question(&request_with(&[("response_mode", "query")])).await;
    for (changed, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "Code"), "unsupported_response_type"),
        (("response_type", "code token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("response_mode", "form_post"), "invalid_request"),
        (("response_mode", "Query"), "invalid_request"),
    ] {
        let seen = world.refused(&request_with(&[changed])).await;
        assert_eq!((seen.error().as_str(), seen.answer()["state"].as_str()), (error, "the state"), "{changed:?}");
    }
}

/// PK-02, PK-05, PK-06, PK-07, PK-08, PK-09, PK-10, PK-11, PK-18, PK-19
#[tokio::test]
async fn no_request_goes_on_without_a_challenge_made_by_s256() {
    let world = World::new();
    let whole = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (long, padded, foreign) = (format!("{whole}M"), format!("{}=", &whole[..42]), format!("{}+", &whole[..42]));
    let _question = world.question(&request_with(&[("code_challenge", whole)])).await;
    for client in ["app", "web"] {
        let own =
            [("client_id", client), ("redirect_uri", if client == "app" { REDIRECT_URI } else { "https://web.example/cb" })];
        for changed in [
            ("code_challenge", ""),
            ("code_challenge", &whole[..42]),
            ("code_challenge", &long),
            ("code_challenge", &padded),
            ("code_challenge", &foreign),
            ("code_challenge_method", ""),
            ("code_challenge_method", "plain"),
            ("code_challenge_method", "s256"),
            ("code_challenge_method", "S256 "),
        ] {
            let seen = world.refused(&request_with(&[&own[..], &[changed]].concat())).await;
            assert_eq!((seen.status, seen.error().as_str()), (303, "invalid_request"), "{client} {changed:?}");
        }
    }
}
