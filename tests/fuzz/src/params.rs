use std::sync::OnceLock;

use grantor_core::{Call, Payload};

use crate::{
    answer::Seen,
    reading::Form,
    world::{CHALLENGE, FORM, SECRET, Setting, World, at_once, post},
};

/// What the authorization endpoint reads (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2, OpenID Connect Core §3.1.2.1).
const AUTHORIZE: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "display",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "request",
    "request_uri",
    "registration",
];

/// Those of them of which any text is good.
const HINTS: [&str; 4] = ["login_hint", "display", "ui_locales", "acr_values"];

/// What the token endpoint reads (RFC 6749 §4.1.3, §4.4.2, §6, RFC 7636 §4.5, RFC 7521 §4.2, RFC 8707 §2).
const TOKEN: &[&str] = &[
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// Forms and queries, by what comes out of them at the endpoints, against the second reading.
///
/// `0<form for authorize>`, `1<query for authorize>`, `2<query for authorize>\n<form for authorize>`, `3<form for token>`
pub fn params(data: &[u8]) {
    let Some((mode, data)) = data.split_first() else { return };
    let good = format!(
        "client_id=app&response_type=code&scope=profile&code_challenge={CHALLENGE}&code_challenge_method=S256&redirect_uri=https://app.example/cb&"
    );
    match mode % 4 {
        0 => authorize(good.as_bytes(), data),
        1 => authorize(&[good.as_bytes(), data].concat(), b""),
        2 => {
            let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
            let (query, body) = data.split_at(end);
            authorize(&[good.as_bytes(), query].concat(), body.get(1..).unwrap_or_default());
        }
        _ => token(data),
    }
}

fn authorize(query: &[u8], body: &[u8]) {
    let (Ok(text), true) = (std::str::from_utf8(query), query.len() + body.len() <= 8_192) else { return };
    // Nothing is written before a request is decided, so that one server is every input's.
    static WORLD: OnceLock<World> = OnceLock::new();
    let world = WORLD.get_or_init(|| World::new(Setting::Plain, 1));
    let (method, headers): (_, &[(&str, &[u8])]) =
        if body.is_empty() { ("GET", &[]) } else { ("POST", &[("content-type", FORM)]) };
    let call = Call { method, query: Some(text), headers, body: Payload::Whole(body), peer: None };
    let pending = at_once(world.server.authorize(call)).map_err(Seen::from);
    let form = match Form::read(&[query, body]) {
        Ok(form) => form,
        Err(_) => return pending.expect_err("there are too many").assert_page(),
    };
    agree_with_the_common_reader(&form, &[query, body]);
    if !form.is_whole() || form.repeats(AUTHORIZE) {
        let refused = pending.expect_err("there is a fault");
        assert!(refused.status == 303 || refused.status == 400, "{refused:?}");
        return;
    }
    let ignored = |name: &str| !AUTHORIZE.contains(&name) || ["id_token_hint", "claims_locales"].contains(&name);
    let chosen = |name: &str| ["state", "nonce", "response_mode", "resource", "prompt", "max_age"].contains(&name);
    let given = |name: &str| AUTHORIZE[..10].contains(&name) && !chosen(name);
    let free = form.names().all(|name| given(name) || HINTS.contains(&name) || ignored(name));
    match pending {
        Ok(pending) => {
            let hints = pending.hints();
            let read = [hints.login_hint(), hints.display(), hints.ui_locales(), hints.acr_values()];
            assert_eq!(read, HINTS.map(|name| form.value(name)));
        }
        Err(refused) => assert!(!free, "a good request: {refused:?}"),
    }
}

fn token(data: &[u8]) {
    let good = format!("grant_type=client_credentials&client_id=bot&client_secret={SECRET}&");
    let body = [good.as_bytes(), data].concat();
    let seen = Seen::from(at_once(World::new(Setting::Plain, 1).server.token(post(&body))));
    let Some(form) = Form::read(&[&body]).ok().filter(|form| form.is_whole() && !form.repeats(TOKEN)) else {
        assert_eq!(seen.status, 400, "there is a fault: {seen:?}");
        return seen.assert_error();
    };
    agree_with_the_common_reader(&form, &[&body]);
    let scope = form.value("scope");
    let is_good = scope.is_none_or(|scope| scope.split(' ').all(|word| word == "mail"))
        && form.value("client_assertion").or(form.value("client_assertion_type")).is_none();
    assert_eq!(seen.status == 200, is_good, "{seen:?}");
}

/// Where nothing is broken, the reader that repairs reads the same.
fn agree_with_the_common_reader(form: &Form, parts: &[&[u8]]) {
    let Some(pairs) = form.pairs() else { return };
    let common = parts.iter().flat_map(|part| form_urlencoded::parse(part));
    assert!(common.eq(pairs.into_iter().map(|(name, value)| (name.into(), value.into()))));
}
