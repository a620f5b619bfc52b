use super::*;
use crate::types::ScopeSet;

fn full() -> Client {
    let builder =
        Client::confidential("app", ClientSecret::sha256_of("generated")).also_secret(ClientSecret::hashed("$argon2id$x"));
    let builder = builder.name("Zoë's \"app\"").logo_uri("https://app.example/logo.png").auth_methods([AuthMethod::Post]);
    let builder = builder.redirect_uri("https://app.example/cb").redirect_uri("com.example.app:/cb").redirect_uri("myapp:/cb");
    let builder = builder.scopes(["profile", "mail"]).resources(["https://API.example"]).refresh_tokens().native().untrusted();
    let builder = builder.may_skip_consent().require_state().exact_localhost_port().allow_scheme_without_period().disabled();
    let instant = OffsetDateTime::UNIX_EPOCH - time::Duration::nanoseconds(1);
    builder.access_lifetime(Duration::from_millis(1_500)).not_before(instant).build().unwrap()
}

fn back(client: &Client) -> Client {
    let bytes = client.encode();
    let back = Client::decode(&bytes).unwrap();
    assert_eq!(back.encode(), bytes);
    back
}

/// ST-11
#[test]
fn every_property_of_a_client_comes_back_from_its_stored_form() {
    let (client, back) = (full(), back(&full()));
    assert_eq!((back.id(), back.name(), back.logo_uri()), (client.id(), client.name(), client.logo_uri()));
    assert_eq!((back.redirect_uris(), back.auth_methods()), (client.redirect_uris(), client.auth_methods()));
    assert_eq!((back.scopes(), back.resources()), (client.scopes(), client.resources()));
    assert_eq!((back.access_lifetime(), back.not_before()), (client.access_lifetime(), client.not_before()));
    assert!(back.uses_authorization_code() && back.uses_refresh_token() && back.may_skip_consent() && back.requires_state());
    assert!(!back.is_trusted() && !back.is_enabled() && !back.is_public());
    let kept = matches!(back.secrets(), [ClientSecret::Sha256(digest), ClientSecret::Hashed(phc)]
        if digest.matches(&Digest::of(&[b"generated"])) && &**phc == "$argon2id$x");
    assert!(kept, "{:?}", back.secrets());
}

/// ST-11
#[test]
fn all_and_only_none_stay_apart() {
    let plain = || Client::public("app").redirect_uri("https://app.example/cb");
    let all = back(&plain().build().unwrap());
    assert_eq!((all.scopes(), all.resources()), (&Allowed::All, &Allowed::All));
    assert!(all.is_trusted() && all.is_enabled() && all.is_public() && !all.uses_refresh_token());
    let none = plain().scopes([""; 0]).resources([""; 0]).without_authorization_code().build().unwrap();
    let none = back(&none);
    assert_eq!(none.scopes(), &Allowed::Only(ScopeSet::default()));
    assert_eq!(none.resources(), &Allowed::Only(Vec::new()));
    assert!(!none.uses_authorization_code());
}

/// CA-15, ST-14
#[test]
fn a_stored_client_holds_no_secret() {
    let text = String::from_utf8(full().encode()).unwrap();
    assert!(!text.contains("generated") && text.contains("sha256") && text.contains("$argon2id$x"));
}

/// ST-11
#[test]
fn no_client_comes_out_that_could_not_be_registered() {
    let stored = String::from_utf8(full().encode()).unwrap();
    let turned = [
        ("\"client_id\":\"app\"", "\"client_id\":\"\""),
        ("https://app.example/cb", "http://app.example/cb"),
        ("\"scheme_without_period\":true", "\"scheme_without_period\":false"),
        ("[\"client_secret_post\"]", "[\"none\"]"),
        ("profile mail", "profile  mail"),
        ("\"secs\":1,", "\"secs\":0,"),
    ];
    for (from, to) in turned {
        let text = stored.replacen(from, to, 1);
        assert_ne!(text, stored, "{from}");
        assert!(matches!(Client::decode(text.as_bytes()), Err(InvalidClient::Registration(_))), "{to}");
    }
}

/// ST-11
#[test]
fn another_version_another_field_and_damage_are_refused() {
    let stored = String::from_utf8(full().encode()).unwrap();
    let turned = [
        ("\"version\":1", "\"version\":2"),
        ("\"version\":1,", ""),
        ("\"trusted\":false", "\"trusted\":false,\"only_on_sundays\":true"),
        ("\"trusted\":false,", ""),
        ("\"sha256\":\"", "\"sha256\":\"AA"),
        ("\"sha256\"", "\"md5\""),
        ("999999999", "1999999999"),
        ("authorization_code", "implicit"),
    ];
    for (from, to) in turned {
        let text = stored.replacen(from, to, 1);
        assert_ne!(text, stored, "{from}");
        assert_eq!(Client::decode(text.as_bytes()).err(), Some(InvalidClient::Form), "{to}");
    }
    for end in 0..stored.len() {
        assert_eq!(Client::decode(&stored.as_bytes()[..end]).err(), Some(InvalidClient::Form));
    }
}

/// ST-11
#[test]
fn what_a_client_may_for_itself_and_each_method_come_back() {
    let secret = || ClientSecret::sha256_of("generated");
    let bot = || Client::confidential("bot", secret()).without_authorization_code();
    for (client, own) in [
        (bot().client_credentials(["mail", "profile"]), Some("mail profile")),
        (bot().client_credentials([""; 0]), Some("")),
        (bot(), None),
    ] {
        let back = back(&client.build().unwrap());
        assert_eq!(back.own_scopes().map(ScopeSet::as_str), own);
        assert_eq!(back.auth_methods(), [AuthMethod::Basic, AuthMethod::Post]);
        assert!(!back.introspects() && !back.may_skip_consent() && !back.requires_state());
    }
    let basic = bot().auth_methods([AuthMethod::Basic]).introspects().build().unwrap();
    assert_eq!(back(&basic).auth_methods(), [AuthMethod::Basic]);
    assert!(back(&basic).introspects());
}
