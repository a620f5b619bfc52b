//! The shape of every answer, whatever was asked.

use grantor_core::{Call, Payload};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::form::{decoded, is_state};
use crate::kit::{Answer, FORM, ISSUER, Person, REDIRECT_URI, authorize, encoded, good_request, run, usual};
use crate::neighbours::{at_least, character, neighbours};

const NAMES: [&str; 14] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "request",
    "request_uri",
    "iss",
];
const TOKEN_NAMES: [&str; 10] = [
    "grant_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "client_id",
    "client_secret",
    "refresh_token",
    "scope",
    "resource",
    "client_assertion",
];
const METHODS: [&str; 8] = ["GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"];
const ERRORS: [&str; 16] = [
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "consent_required",
    "interaction_required",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
    "invalid_client",
    "invalid_grant",
    "unsupported_grant_type",
    "account_selection_required",
];

/// What is done to the parameters of a good request.
#[derive(Debug, Clone)]
enum Spoil {
    Drop(Index),
    Set(Index, String),
    Repeat(Index),
    Add(String, String),
}

fn values() -> impl Strategy<Value = String> {
    let text = vec(character(), 0..16).prop_map(String::from_iter);
    let known =
        select(vec!["", "code", "none", "login", "S256", "plain", "openid", "x\r\nSet-Cookie: a=b", "https://evil.test/", "0"]);
    prop_oneof![text, known.prop_map(str::to_owned), "[ -~]{2040,2060}"]
}

fn spoils(names: &'static [&'static str]) -> impl Strategy<Value = Vec<Spoil>> {
    let at = any::<Index>;
    let one = prop_oneof![
        at().prop_map(Spoil::Drop),
        (at(), values()).prop_map(|(at, value)| Spoil::Set(at, value)),
        at().prop_map(Spoil::Repeat),
        (select(names), values()).prop_map(|(name, value)| Spoil::Add(name.to_owned(), value)),
        (neighbours(select(names).prop_map(str::to_owned)), values()).prop_map(|(name, value)| Spoil::Add(name, value)),
    ];
    vec(one, 0..4)
}

fn spoilt(mut fields: Vec<(String, String)>, spoils: &[Spoil]) -> Vec<(String, String)> {
    for spoil in spoils {
        let place = |at: &Index| at.index(fields.len().max(1)).min(fields.len().saturating_sub(1));
        match spoil {
            Spoil::Add(name, value) => fields.push((name.clone(), value.clone())),
            _ if fields.is_empty() => {}
            Spoil::Drop(at) => drop(fields.remove(place(at))),
            Spoil::Set(at, value) => {
                let at = place(at);
                fields[at].1.clone_from(value);
            }
            Spoil::Repeat(at) => {
                let again = fields[place(at)].clone();
                fields.push(again);
            }
        }
    }
    fields
}

/// One neighbour of a whole query, or none.
fn queries() -> impl Strategy<Value = String> {
    let query = || spoils(&NAMES).prop_map(|spoils| encoded(&spoilt(good_request(), &spoils)));
    prop_oneof![3 => query(), 1 => neighbours(query())]
}

/// The one `state` of a query, if it is one.
fn state_of(query: &str) -> Option<String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut states = pairs.filter(|(name, _)| decoded(name).as_deref() == Some("state")).map(|(_, value)| decoded(value));
    match (states.next(), states.next()) {
        (Some(state), None) => state.filter(|state| is_state(state)),
        _ => None,
    }
}

fn is_error_text(text: &str) -> bool {
    text.chars().all(|c| (' '..='~').contains(&c) && c != '"' && c != '\\')
}

/// What is true of every answer at all.
fn is_well_formed(answer: &Answer) -> Result<(), TestCaseError> {
    prop_assert!([200, 303, 400, 401, 405, 413, 414].contains(&answer.status), "{:?}", answer);
    for (name, value) in &answer.headers {
        let printable = value.as_bytes().iter().all(|byte| (0x20..=0x7e).contains(byte));
        prop_assert!(printable, "{}: {:?}", name, value);
        prop_assert!(name == "vary" || answer.headers.get_all(name).iter().count() == 1, "{} twice: {:?}", name, answer);
    }
    prop_assert_eq!(answer.header("location").is_some(), answer.status == 303, "{:?}", answer);
    prop_assert_eq!(answer.header("cache-control"), Some("no-store"), "{:?}", answer);
    Ok(())
}

/// A redirect to the client: `iss` once, `state` once where there was one, and a code or an error.
fn is_well_sent(answer: &Answer, state: Option<&str>) -> Result<(), TestCaseError> {
    let location = answer.header("location").unwrap();
    prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{}", location);
    prop_assert!(answer.added().is_some(), "{} is not {} and an answer", location, REDIRECT_URI);
    prop_assert_eq!(answer.all("iss"), [ISSUER]);
    prop_assert_eq!(answer.all("state"), state.into_iter().collect::<Vec<_>>());
    let (codes, errors) = (answer.all("code"), answer.all("error"));
    prop_assert_eq!(codes.len() + errors.len(), 1, "{}", location);
    prop_assert!(errors.iter().all(|error| ERRORS.contains(&error.as_str())), "{}", location);
    prop_assert!(answer.all("error_description").iter().all(|text| is_error_text(text)), "{}", location);
    prop_assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    Ok(())
}

fn is_page(answer: &Answer) -> Result<(), TestCaseError> {
    prop_assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{:?}", answer);
    prop_assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));
    prop_assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    prop_assert!(!answer.body.contains("<script") && !answer.body.contains("href"), "{}", answer.body);
    Ok(())
}

proptest! {
    #![proptest_config(at_least(512))]

    /// AR-01, AZ-23, AZ-24, AZ-36, TH-09, TH-10, TH-16, TH-17, TH-34
    #[test]
    fn every_answer_of_the_authorization_endpoint_is_well_formed(
        query in queries(),
        method in select(&METHODS[..]),
        person in select(vec![Person::Away, Person::Allows, Person::Allows, Person::Denies]),
    ) {
        let headers = [FORM];
        let (query_part, body) = if method == "POST" { (None, query.as_bytes()) } else { (Some(query.as_str()), &b""[..]) };
        let call = Call { method, query: query_part, headers: &headers, body: Payload::Whole(body), peer: None };
        match run(authorize(call, person)) {
            Ok(answer) => {
                is_well_formed(&answer)?;
                match answer.status {
                    303 => is_well_sent(&answer, state_of(&query).as_deref())?,
                    _ if method == "HEAD" || answer.status == 405 => {}
                    _ => is_page(&answer)?,
                }
            }
            Err(place) => {
                prop_assert!(place.starts_with("/authorize?") && place.bytes().all(|byte| byte.is_ascii_graphic()), "{}", place);
                prop_assert_eq!(usual().return_to(&place).map(|place| place.as_str().to_owned()), Some(place));
            }
        }
    }

    /// TK-14, AZ-36, CA-07, TH-09, TH-10, TH-17, TH-34
    #[test]
    fn every_answer_of_the_token_endpoint_is_well_formed(
        spoils in spoils(&TOKEN_NAMES),
        raw in prop_oneof![3 => Just(None), 1 => vec(character(), 0..40).prop_map(|text| Some(String::from_iter(text)))],
        method in select(vec!["POST", "POST", "POST", "POST", "GET", "PUT", "OPTIONS"]),
        kind in prop_oneof![4 => Just("application/x-www-form-urlencoded".to_owned()), 1 => neighbours(Just("application/x-www-form-urlencoded".to_owned()))],
        authorization in prop_oneof![2 => Just(None), 1 => values().prop_map(Some), 1 => values().prop_map(|text| Some(format!("Basic {text}")))],
        query in prop_oneof![4 => Just(None), 1 => values().prop_map(Some)],
    ) {
        let good = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", "x"), ("code_verifier", "y")];
        let good = good.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let body = raw.unwrap_or_else(|| encoded(&spoilt(good, &spoils)));
        let mut headers = vec![("content-type", kind.as_bytes())];
        headers.extend(authorization.iter().map(|value| ("authorization", value.as_bytes())));
        let call = Call { method, query: query.as_deref(), headers: &headers, body: Payload::Whole(body.as_bytes()), peer: None };
        let answer = Answer::from(run(usual().token(call)));
        is_well_formed(&answer)?;
        prop_assert!([400, 401, 405, 413].contains(&answer.status), "{:?}", answer);
        prop_assert_eq!(answer.header("content-type"), Some("application/json"));
        prop_assert_eq!(answer.header("pragma"), Some("no-cache"));
        prop_assert_eq!(answer.header("www-authenticate").is_some(), answer.status == 401, "{:?}", answer);
        let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let members = told.as_object().unwrap();
        prop_assert!(members.keys().all(|name| name == "error" || name == "error_description"), "{}", answer.body);
        prop_assert!(members["error"].as_str().is_some_and(|error| ERRORS.contains(&error)), "{}", answer.body);
        prop_assert!(members.values().all(|value| value.as_str().is_some_and(is_error_text)), "{}", answer.body);
    }
}
