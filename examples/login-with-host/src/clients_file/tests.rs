use super::*;

fn faults(json: &str) -> Vec<String> {
    read(json, false, &[]).err().unwrap_or_default()
}

#[test]
fn a_client_with_the_least_members_is_read() {
    let clients = read(
        r#"[{"client_id": "app one", "client_secret": "short", "redirect_uris": ["https://a.example/cb"], "x": 1},
            {"client_id": "spa", "token_endpoint_auth_method": "none", "redirect_uris": ["https://b.example/"],
             "grant_types": ["authorization_code", "refresh_token"], "client_name": null}]"#,
        false,
        &[],
    );
    let read: Vec<_> = clients.iter().flatten().map(|it| (it.is_public(), it.uses_refresh_token())).collect();
    assert_eq!(read, [(false, false), (true, true)]);
}

#[test]
fn exactly_the_registered_method_is_kept() {
    let json = r#"[{"client_id": "a", "client_secret": "0123456789abcdef0123456789abcdef",
        "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "client_secret_post"}]"#;
    let methods: Vec<_> = read(json, false, &[]).iter().flatten().flat_map(|it| it.auth_methods().to_vec()).collect();
    assert_eq!(methods, [AuthMethod::Post]);
}

#[test]
fn every_fault_of_every_client_is_told() {
    let told = faults(
        r#"[{"client_secret": 7, "redirect_uris": "https://a.example/cb"},
            {"client_id": "b", "token_endpoint_auth_method": "private_key_jwt"},
            {"client_id": "c", "token_endpoint_auth_method": "none", "redirect_uris": ["/cb"],
             "grant_types": ["authorization_code", "password"], "disabled": "yes"},
            "d",
            {"client_id": "e", "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
            {"client_id": "f", "client_secret": "short", "grant_types": [], "not_before": "today", "introspect": 1}]"#,
    );
    for part in [
        "client 1 (without client_id): client_id is missing",
        "client 1 (without client_id): client_secret: wanted a string",
        "client 2 (b): token_endpoint_auth_method \"private_key_jwt\"",
        "client 3 (c): redirect URI \"/cb\"",
        "client 3 (c): grant type \"password\"",
        "client 3 (c): disabled: wanted true or false",
        "client 4 (without client_id): not a JSON object",
        "client 5 (e): a public client cannot act for itself",
        "client 6 (f): not_before: wanted whole seconds since 1970",
        "client 6 (f): introspect: wanted true or false",
    ] {
        assert!(told.iter().any(|fault| fault.starts_with(part)), "{part} is not in {told:#?}");
    }
}

#[test]
fn a_loopback_redirect_of_a_confidential_client_is_for_development() {
    let json = r#"[{"client_id": "a", "client_secret": "short", "redirect_uris": ["http://127.0.0.1:4001/cb"]}]"#;
    assert!(read(json, false, &[]).is_err());
    assert!(read(json, true, &[]).is_ok());
}

#[test]
fn a_file_that_is_no_list_and_a_doubled_id_are_refused() {
    assert_eq!(faults("{}").len(), 1);
    let twin = r#"{"client_id": "a", "token_endpoint_auth_method": "none", "redirect_uris": ["https://a.example/"]}"#;
    assert_eq!(faults(&format!("[{twin},{twin}]")), ["client 2 (a): this client_id stands in the list before"]);
}

fn machine(members: &str) -> Option<Client> {
    let offered =
        ["openid", "jobs.run", "profile"].map(|name| OfferedScope { name: name.to_owned(), description: "x".to_owned() });
    let json = format!(
        r#"[{{"client_id": "m", "client_secret": "0123456789abcdef0123456789abcdef", "grant_types": ["client_credentials"]{members}}}]"#
    );
    read(&json, false, &offered).ok()?.pop()
}

#[test]
fn a_client_acts_for_itself_with_the_scopes_it_names_and_no_others() {
    for (members, own) in [
        ("", ""),
        (r#", "scope": null"#, ""),
        (r#", "scope": """#, ""),
        (r#", "scope": "unknown""#, ""),
        (r#", "scope": "openid jobs.run unknown""#, "jobs.run"),
    ] {
        let client = machine(members);
        let scopes = client.as_ref().and_then(|client| client.own_scopes()).map(|scopes| scopes.as_str());
        assert_eq!(scopes, Some(own), "{members}");
        assert!(client.is_some_and(|client| client.redirect_uris().is_empty() && !client.uses_authorization_code()));
    }
}

#[test]
fn a_client_with_a_secret_introspects_unless_it_says_no() {
    for (members, introspects) in [("", true), (r#", "introspect": true"#, true), (r#", "introspect": false"#, false)] {
        assert_eq!(machine(members).map(|client| client.introspects()), Some(introspects), "{members}");
    }
    let public = r#"{"client_id": "a", "token_endpoint_auth_method": "none", "redirect_uris": ["https://a.example/"]}"#;
    let clients = read(&format!("[{public}]"), false, &[]);
    assert!(clients.is_ok_and(|clients| clients.iter().all(|client| !client.introspects())));
    let asking = public.replace("\"a\",", "\"a\", \"introspect\": true,");
    assert!(faults(&format!("[{asking}]")).iter().any(|fault| fault.contains("introspect")));
}

#[test]
fn a_client_begins_when_it_says() {
    let begins = OffsetDateTime::from_unix_timestamp(1_785_585_843).ok();
    assert_eq!(machine(r#", "not_before": 1785585843"#).map(|client| client.not_before()), Some(begins));
    assert_eq!(machine("").map(|client| client.not_before()), Some(None));
}
