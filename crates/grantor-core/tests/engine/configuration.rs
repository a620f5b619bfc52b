//! A server's configuration: every fault at once, each with its fix.

use std::{sync::Arc, time::Duration};

use grantor_core::{
    AuthorizationServer, Client, ClientSecret, ConfigFault, MemoryClients, Pepper, SecretHashes,
    protocol::Paths,
    server::Builder,
    types::{InvalidIssuer, InvalidOrigin, InvalidResource, InvalidScope},
};

use crate::kit::{REDIRECT_URI, app};

fn good() -> Builder {
    AuthorizationServer::builder("https://id.example").scope("profile", "Your name").client(app())
}

fn faults(builder: Builder) -> Vec<ConfigFault> {
    builder.build().err().map(|error| error.faults().to_vec()).unwrap_or_default()
}

/// Asserts that this is the one fault, and that its message names the fix.
fn assert_fault(builder: Builder, fault: ConfigFault, fix: &str) {
    assert!(fault.to_string().contains(fix), "{fault}");
    assert_eq!(faults(builder), [fault]);
}

/// AR-03, TH-21
#[test]
fn an_issuer_that_is_no_https_url_stops_the_build() {
    use InvalidIssuer::*;
    for (issuer, why, fix) in [
        ("id.example", NotAUrl, "https://id.example.com"),
        ("http://id.example", NotHttps, "uses https"),
        ("http://192.168.0.1", NotHttps, "127.0.0.1"),
        ("https://id.example?tenant=a", HasExtras, "no query"),
        ("https://id.example/#", HasExtras, "no fragment"),
    ] {
        let builder = AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app());
        assert_fault(builder, ConfigFault::Issuer(issuer.to_owned(), why), fix);
    }
    for issuer in ["https://id.example/a//b", "https://id.example/%7Eann", "https://id.example/a:b", "https://id.example/.."] {
        let builder = AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app());
        assert_fault(builder, ConfigFault::IssuerPath(issuer.to_owned()), "letters, digits");
    }
    for issuer in ["http://127.0.0.1:4000", "http://[::1]:4000", "http://localhost"] {
        let server = AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app()).build().unwrap();
        assert!(server.issuer().is_loopback());
    }
}

/// AZ-27, AZ-28
#[test]
fn scopes_are_checked_when_the_server_is_built() {
    assert_fault(good().scope("a b", ""), ConfigFault::Scope("a b".to_owned(), InvalidScope), "without space");
    assert_fault(good().scope("profile", ""), ConfigFault::ScopeTwice("profile".to_owned()), "keep one");
    let none = AuthorizationServer::builder("https://id.example").client(app());
    assert_fault(none, ConfigFault::NoScope, "add scope(name, description)");
    assert_fault(good().default_scopes(["mail"]), ConfigFault::DefaultScope("mail".to_owned()), "add scope(\"mail\"");
}

/// RI-01
#[test]
fn resources_are_checked_when_the_server_is_built() {
    let api = "https://api.example/";
    assert_fault(good().resource("/api"), ConfigFault::Resource("/api".to_owned(), InvalidResource), "absolute URI");
    let twice = good().resource(api).resource("HTTPS://API.example");
    assert_fault(twice, ConfigFault::ResourceTwice("HTTPS://API.example".to_owned()), "twice");
}

/// TK-17
#[test]
fn origins_are_checked_when_the_server_is_built() {
    let page = "https://app.example";
    for (origin, why, fix) in [
        ("*", InvalidOrigin::NotAnOrigin, "such as https://app.example.com"),
        ("http://app.example", InvalidOrigin::NotHttps, "uses https"),
        ("https://app.example/", InvalidOrigin::HasExtras, "not even /"),
        ("https://App.example", InvalidOrigin::Spelling, "lower case"),
        ("https://app.example:443", InvalidOrigin::Port, "left out"),
    ] {
        assert_fault(good().allow_origin(origin), ConfigFault::Origin(origin.to_owned(), why), fix);
    }
    let twice = good().allow_origin(page).allow_origin(page);
    assert_fault(twice, ConfigFault::OriginTwice(page.to_owned()), "twice");
    let server = good().allow_origin("http://localhost:3000").allow_origin(page).build().unwrap();
    assert_eq!(
        server.settings().origins().iter().map(|origin| origin.as_str()).collect::<Vec<_>>(),
        ["http://localhost:3000", page]
    );
}

/// TK-22, RF-10
#[test]
fn lifetimes_have_bounds() {
    let seconds = Duration::from_secs;
    let (none, day) = (Duration::ZERO, seconds(86_400));
    for builder in [
        good().code_lifetime(none),
        good().code_lifetime(seconds(601)),
        good().access_lifetime(none),
        good().access_lifetime(day * 30 + seconds(1)),
        good().refresh_lifetime(none, seconds(1)),
        good().refresh_lifetime(day * 3_651, day),
        good().refresh_lifetime(day, none),
        good().refresh_lifetime(day, day + seconds(1)),
        good().retry_window(seconds(61)),
    ] {
        let faults = faults(builder);
        assert!(matches!(faults[..], [ConfigFault::Lifetime(..)]), "{faults:?}");
        assert!(faults[0].to_string().contains("it must be from"));
    }
    for builder in [
        good().code_lifetime(seconds(600)),
        good().code_lifetime(seconds(1)),
        good().access_lifetime(day * 30),
        good().refresh_lifetime(day, day),
        good().refresh_lifetime(day * 3_650, day),
        good().refresh_lifetime(seconds(1), seconds(1)),
        good().retry_window(none),
        good().retry_window(seconds(60)),
    ] {
        assert!(builder.build().is_ok());
    }
}

/// TK-22, RF-10
#[test]
fn a_lifetime_that_is_out_of_its_bounds_is_named_with_them() {
    let (seconds, day) = (Duration::from_secs, Duration::from_secs(86_400));
    let lifetime = |name, is, least, most| ConfigFault::Lifetime(name, is, least, most);
    assert_fault(
        good().code_lifetime(seconds(601)),
        lifetime("code_lifetime", seconds(601), seconds(1), seconds(600)),
        "code_lifetime is 601s; it must be from 1s to 600s",
    );
    assert_fault(
        good().access_lifetime(day * 31),
        lifetime("access_lifetime", day * 31, seconds(1), day * 30),
        "access_lifetime is 2678400s",
    );
    let (most, absolute) = (day * 3_650, "the absolute refresh_lifetime");
    let long = lifetime(absolute, most + seconds(1), seconds(1), most);
    assert_fault(good().refresh_lifetime(most + seconds(1), day), long, "the absolute refresh_lifetime is");
    let idle = lifetime("the idle refresh_lifetime", day * 2, seconds(1), day);
    assert_fault(good().refresh_lifetime(day, day * 2), idle, "the idle refresh_lifetime is");
    let window = lifetime("retry_window", seconds(61), Duration::ZERO, seconds(60));
    assert_fault(good().retry_window(seconds(61)), window, "retry_window is 61s; it must be from 0ns to 60s");
}

/// TK-18, TH-21
#[test]
fn limits_and_explanations_are_checked_when_the_server_is_built() {
    let second = Duration::from_secs(1);
    let limits = grantor_core::server::RateLimits::default().wrong_guesses(0, second);
    let fault = ConfigFault::RateLimit("wrong_guesses", 0, second);
    assert_fault(good().rate_limits(limits), fault, "wrong_guesses(0, 1s): neither is zero");
    let fault = ConfigFault::Explain("https://id.example".to_owned());
    assert_fault(good().explain(), fault, "\"https://id.example\" is reached by others: leave it out");
}

/// PV-16
#[test]
fn mount_and_paths_are_paths() {
    for mount in
        ["/", "oauth", "/oauth/", "//a", "/./a", "/../a", "/a b", "/a?b", "/a#b", "/{a}", "/:a", "/*", "https://id.example"]
    {
        assert_fault(good().mount(mount), ConfigFault::Mount(mount.to_owned()), "such as /oauth");
    }
    let paths =
        |authorize: &str, token: &str| Paths { authorize: authorize.to_owned(), token: token.to_owned(), ..Paths::default() };
    for bad in ["", "token", "/to ken", "/token#", "/token?a", "/{token}", "/t\u{f6}ken"] {
        let fault = ConfigFault::Path("token", bad.to_owned());
        assert_fault(good().paths(paths("/authorize", bad)), fault, "such as /oauth/token");
    }
    for bad in ["authorize", "/authorize#", "/authorize?a b", "/authorize?a#b", "/../authorize"] {
        let fault = ConfigFault::Path("authorize", bad.to_owned());
        assert_fault(good().paths(paths(bad, "/token")), fault, "such as /oauth/token");
    }
    for same in ["/token", "/token?a=b"] {
        assert_fault(good().paths(paths(same, "/token")), ConfigFault::PathTwice("/token".to_owned()), "two endpoints");
    }
}

/// CA-15, AZ-30, RI-02
#[test]
fn clients_are_checked_against_the_server() {
    let client = |id: &str| Client::public(id).redirect_uri(REDIRECT_URI);
    let bare = || AuthorizationServer::builder("https://id.example").scope("profile", "Your name");
    assert_fault(bare(), ConfigFault::NoClient, "add client(..) or clients(..)");
    let both = good().clients(Arc::new(MemoryClients::default()));
    assert_fault(both, ConfigFault::TwoClientStores, "one place");
    assert_fault(good().client(app()), ConfigFault::ClientTwice("app".to_owned()), "twice");
    let allowance = |what: &str| ConfigFault::ClientAllowance("b".to_owned(), what.to_owned());
    let wide = client("b").scopes(["profile", "mail"]).build().unwrap();
    assert_fault(good().client(wide), allowance("mail"), "does not know");
    let wide = client("b").resources(["https://api.example/"]).build().unwrap();
    assert_fault(good().client(wide), allowance("https://api.example/"), "does not know");
    let own = |scopes: &[&str]| {
        let bot = Client::confidential("b", ClientSecret::sha256_of("generated")).without_authorization_code();
        bot.client_credentials(scopes.iter().copied()).build().unwrap()
    };
    assert_fault(good().client(own(&["profile", "mail"])), allowance("mail"), "does not know");
    assert!(good().client(own(&["profile"])).build().is_ok());

    let human = || Client::confidential("human", ClientSecret::hashed("$argon2id$")).redirect_uri(REDIRECT_URI).build().unwrap();
    assert_fault(good().client(human()), ConfigFault::SecretHashes("human".to_owned()), "add secret_hashes(..)");
    assert!(good().client(human()).secret_hashes(Arc::new(Nobody)).build().is_ok());
}

struct Nobody;

#[async_trait::async_trait]
impl SecretHashes for Nobody {
    async fn verify(&self, _: &str, _: Option<&str>) -> bool {
        false
    }
}

/// TH-28
#[test]
fn a_pepper_has_at_least_sixteen_bytes() {
    assert_fault(good().pepper(Pepper::new([1; 15])), ConfigFault::Pepper, "32 random ones");
    assert_fault(good().pepper(Pepper::new([])), ConfigFault::Pepper, "fewer than 16 bytes");
    assert!(good().pepper(Pepper::new([1; 16])).build().is_ok());
}

/// TH-21
#[test]
fn all_faults_are_told_at_once_even_beside_a_bad_issuer() {
    let builder = AuthorizationServer::builder("http://id.example")
        .scope("a b", "")
        .default_scopes(["mail"])
        .resource("x")
        .code_lifetime(Duration::ZERO)
        .retry_window(Duration::from_secs(3_600))
        .mount("oauth")
        .paths(Paths { authorize: "/same".to_owned(), token: "/same".to_owned(), ..Paths::default() })
        .pepper(Pepper::new([0]));
    let error = builder.build().unwrap_err();
    assert_eq!(error.faults().len(), 10, "{error}");
    let text = error.to_string();
    assert!(text.starts_with("the authorization server cannot be built:\n  - "));
    assert!(error.faults().iter().all(|fault| text.contains(&format!("\n  - {fault}"))));
}
