use super::*;
use crate::protocol::{authorize, params::Name, presented, token};

fn values(sent: &[Sent]) -> Vec<(&str, &str)> {
    sent.iter().map(|sent| (sent.name(), sent.value())).collect()
}

fn call<'a>(headers: &'a [(&'static str, &'a [u8])], body: &'a [u8]) -> Call<'a> {
    Call { method: "POST", query: Some("client_id=app&unknown=x"), headers, body: Payload::Whole(body), peer: None }
}

/// TH-07, TH-09
#[test]
fn of_a_secret_the_length_alone_is_shown() {
    let headers = [
        ("authorization", &b"basic c2VjcmV0LXNlY3JldA=="[..]),
        ("content-type", b"application/x-www-form-urlencoded"),
        ("authorization", b"SECRET-without-scheme"),
    ];
    let body: String = HIDDEN.iter().map(|name| format!("&{name}=SECRET%20{name}")).collect();
    let sent = sent_in(&call(&headers, format!("grant_type=x{body}&scope=gr_a_{}", "S".repeat(64)).as_bytes()));
    let shown = values(&sent);
    assert_eq!(
        shown[..3],
        [("method", "POST"), ("authorization", "Basic [20 characters]"), ("content-type", "application/x-www-form-urlencoded")]
    );
    assert_eq!(shown[3], ("authorization", "[21 characters of no known scheme]"));
    assert_eq!(shown[4..6], [("client_id", "app"), ("grant_type", "x")]);
    assert!(shown.contains(&("code", "[11 characters]")) && shown.contains(&("scope", "[69 characters]")), "{shown:?}");
    assert_eq!(shown.len(), 7 + HIDDEN.len());
    assert_eq!(format!("{:?}", sent[0]), "Sent { name: \"method\", .. }");
    let written = serde_json::to_string(&Explanation::new(Reason::CodeUnknown, sent.clone())).unwrap();
    assert!(!written.contains("SECRET") && !written.contains("c2Vj") && !written.contains("SSSS"), "{written}");
    assert!(!format!("{sent:?}").contains("app"), "what is sent is shown where it is escaped, and nowhere else");
}

/// TH-09, TH-16, TH-17, TH-18
#[test]
fn what_is_shown_is_short_and_has_no_control_characters() {
    let long = format!("state=a%00%1b%0d%0ab%E2%80%AEc&scope={}&scope={}", "%C3%A9".repeat(200), "x".repeat(201));
    let sent = sent_as(long.as_bytes());
    let (exact, cut) = ("é".repeat(200), format!("{}...", "x".repeat(200)));
    assert_eq!(values(&sent), [("state", "abc"), ("scope", &exact), ("scope", &cut)]);
    assert_eq!(sent_as("scope=x&".repeat(1_000).as_bytes()).len(), 64);
}

/// TH-09
#[test]
fn a_body_that_is_no_form_is_not_shown() {
    let named = |headers: &[(&'static str, &[u8])]| {
        let sent = sent_in(&call(headers, b"{\"code\":\"SECRET\"}"));
        values(&sent).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(named(&[]), "method=POST client_id=app body=[17 bytes]");
    let json = [("content-type", &b"application/json"[..])];
    assert_eq!(named(&json), "method=POST content-type=application/json client_id=app body=[17 bytes]");
}

#[test]
fn every_parameter_that_is_read_is_known_here() {
    let known = |name: &&str| SHOWN.contains(name) || HIDDEN.contains(name);
    for name in Name::ALL {
        let read = [authorize::NAMES, token::NAMES, presented::NAMES].iter().any(|names| names.has(*name));
        assert!(read && known(&name.as_str()), "{name:?}");
    }
    assert!(!SHOWN.iter().any(|name| HIDDEN.contains(name)));
}

/// AZ-36, TH-09
#[test]
fn every_rule_has_its_expectation_and_its_fix() {
    for reason in Reason::ALL {
        for text in [reason.expected(), reason.fix()] {
            let plain = |character: char| matches!(character, ' '..='~');
            assert!(text.len() > 10 && text.chars().all(plain) && !text.ends_with('.'), "{reason}: {text}");
        }
        assert_ne!(reason.expected(), reason.fix(), "{reason}");
    }
}

/// TH-09
#[test]
fn a_writer_without_room_for_all_of_it_fails_and_has_its_beginning() {
    let why = Explanation::new(Reason::CodeUnknown, sent_as(b"client_id=app&code=x"));
    let whole = serde_json::to_vec(&why).unwrap();
    for room in 0..whole.len() {
        let mut place = vec![0; room];
        assert!(serde_json::to_writer(&mut place[..], &why).is_err(), "{room} of {}", whole.len());
        assert!(whole.starts_with(&place), "{room} of {}", whole.len());
    }
    let mut place = vec![0; whole.len()];
    serde_json::to_writer(&mut place[..], &why).unwrap();
    assert_eq!(place, whole);
    let printed = format!("{why:?}");
    assert!(printed.contains("CodeUnknown") && !printed.contains("app"), "{printed}");
}
