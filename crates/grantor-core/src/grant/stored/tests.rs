mod damage;

use proptest::prelude::*;

use super::{super::fixture::*, *};
use crate::{
    grant::{Draw, State, tokens::MOST_ACCESS_TOKENS},
    types::{Digest, GrantId, Login, Resource, SecretBytes, Subject, Version},
};

fn instants() -> impl Strategy<Value = Moment> {
    // From 1969 to 9999, in whole milliseconds as a grant keeps them.
    (-1_000_i64..253_402_300_799_999).prop_map(|milliseconds| Moment::of_milliseconds(milliseconds).unwrap())
}

fn digests() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn secrets() -> impl Strategy<Value = SecretBytes> {
    any::<[u8; 32]>().prop_map(SecretBytes::new)
}

fn scope_sets() -> impl Strategy<Value = ScopeSet> {
    prop::collection::vec("[!#-\\[\\]-~]{1,20}", 0..6).prop_map(|names| scopes(&names.join(" ")))
}

fn resource_lists() -> impl Strategy<Value = Vec<Resource>> {
    prop::collection::vec("https://[a-z]{1,20}\\.example/[a-z]{0,20}", 0..6)
        .prop_map(|texts| texts.iter().map(|text| resource(text)).collect())
}

/// The parts of a person, as strategies may show them.
type PersonParts = ((String, Option<String>, Vec<String>), Option<Digest>, Moment);
type AccessParts = (Digest, [Moment; 2], Option<ScopeSet>, Option<Vec<Resource>>);
type PreviousParts = (SecretBytes, Moment);
type RefreshParts = (SecretBytes, u32, Digest, [Moment; 2], Option<PreviousParts>, Vec<(u32, Moment)>);

#[derive(Debug, Clone)]
enum StateParts {
    Parked(Moment, Option<Digest>),
    Approved(ScopeSet, Digest, [Moment; 2], u8, Option<SecretBytes>),
    Active(ScopeSet, Option<Digest>, Vec<AccessParts>, Option<RefreshParts>),
    Ended(Moment, bool),
}

fn people() -> impl Strategy<Value = PersonParts> {
    let texts = ("\\PC{0,40}", prop::option::of("\\PC{0,20}"), prop::collection::vec("\\PC{0,8}", 0..3));
    (texts, prop::option::of(digests()), instants())
}

fn access_tokens() -> impl Strategy<Value = AccessParts> {
    (digests(), [instants(), instants()], prop::option::of(scope_sets()), prop::option::of(resource_lists()))
}

fn refresh_lines() -> impl Strategy<Value = RefreshParts> {
    let previous = prop::option::of((secrets(), instants()));
    let superseded = prop::collection::vec((any::<u32>(), instants()), 0..17);
    (secrets(), any::<u32>(), digests(), [instants(), instants()], previous, superseded)
}

fn states() -> impl Strategy<Value = StateParts> {
    let tokens = prop::collection::vec(access_tokens(), 0..=MOST_ACCESS_TOKENS);
    prop_oneof![
        (instants(), prop::option::of(digests())).prop_map(|(expires, handle)| StateParts::Parked(expires, handle)),
        (scope_sets(), digests(), [instants(), instants()], 0_u8..5, prop::option::of(secrets()))
            .prop_map(|(scopes, code, times, failures, salt)| StateParts::Approved(scopes, code, times, failures, salt)),
        (scope_sets(), prop::option::of(digests()), tokens, prop::option::of(refresh_lines()))
            .prop_map(|(scopes, code, access, refresh)| StateParts::Active(scopes, code, access, refresh)),
        (instants(), any::<bool>()).prop_map(|(at, denied)| StateParts::Ended(at, denied)),
    ]
}

fn person(((subject, acr, amr), session, auth_time): PersonParts) -> Person {
    let amr = amr.into_iter().map(Into::into).collect();
    Person { subject: Subject::from(subject), session, auth_time, acr: acr.map(Into::into), amr }
}

fn refresh((key, generation, digest, [expires, ends], previous, superseded): RefreshParts) -> Box<Refresh> {
    let previous = previous.map(|(salt, at)| Previous { salt, at });
    let superseded = superseded.into_iter().map(|(generation, at)| Superseded { generation, at }).collect();
    Box::new(Refresh { key, generation, digest, expires, ends, previous, superseded })
}

fn state(parts: StateParts) -> State {
    let access =
        |(digest, [issued, expires], scopes, resources): AccessParts| Access { digest, issued, expires, scopes, resources };
    match parts {
        StateParts::Parked(expires, handle) => State::Parked { expires, handle },
        StateParts::Approved(scopes, code, [at, expires], failures, salt) => {
            State::Approved(Approved { scopes, code, at, expires, failures, salt })
        }
        StateParts::Active(scopes, code, tokens, line) => {
            let access = tokens.into_iter().map(access).collect();
            State::Active(Active { scopes, code, access, refresh: line.map(refresh) })
        }
        StateParts::Ended(at, denied) => State::Ended { at, denied },
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let texts = (prop::option::of("[ -~]{0,2048}"), prop::option::of("[ -~]{0,512}"));
    (texts, scope_sets(), resource_lists(), any::<[bool; 4]>(), any::<Option<u32>>()).prop_map(
        |((state, nonce), scopes, resources, [none, login, consent, select_account], max_age)| Asked {
            redirect_uri: REDIRECT_URI.into(),
            state: state.map(Into::into),
            scopes,
            resources,
            challenge: CodeChallenge::of(VERIFIER),
            nonce: nonce.map(Into::into),
            prompt: Prompt { none, login, consent, select_account },
            max_age,
        },
    )
}

fn grants() -> impl Strategy<Value = Grant> {
    let marks = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<[u8; 8]>(), "[ -~]{1,255}");
    let times = [instants(), instants(), instants()];
    (marks, times, prop::option::of(asked()), prop::option::of(people()), prop::option::of(digests()), states()).prop_map(
        |((id, version, issuer, client_id), [created, newest, forget_after], asked, bound, ticket, stage)| Grant {
            id: GrantId::from_bytes(id),
            version: Version::from_bytes(version),
            issuer,
            client_id: ClientId::parse(&client_id).unwrap(),
            created,
            newest,
            forget_after,
            asked,
            person: bound.map(person),
            ticket,
            stage: state(stage),
        },
    )
}

proptest! {
    /// AZ-38, PK-12, ST-11
    #[test]
    fn every_grant_comes_back_from_its_stored_form(grant in grants()) {
        let bytes = grant.encode();
        let back = Grant::decode(&bytes).unwrap();
        prop_assert_eq!(back.encode(), bytes);
        prop_assert_eq!(back.subject(), grant.subject());
        prop_assert_eq!(back.scopes(), grant.scopes());
        prop_assert_eq!(back.asked().map(Asked::resources), grant.asked().map(Asked::resources));
        let state = |grant: &Grant| grant.asked().map(|asked| (asked.state.clone(), asked.prompt));
        prop_assert_eq!(state(&back), state(&grant));
        prop_assert_eq!((back.stage(), back.id(), back.version()), (grant.stage(), grant.id(), grant.version()));
        prop_assert_eq!((back.created(), back.forget_after()), (grant.created(), grant.forget_after()));
        prop_assert_eq!((back.auth_time(), back.acr()), (grant.auth_time(), grant.acr()));
        prop_assert!(back.amr().eq(grant.amr()));
    }

    /// ST-11, TH-10
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Grant::decode(&bytes);
        let _ = Grant::decode(&[vec![VERSION], bytes].concat());
    }

    /// ST-11
    #[test]
    fn a_cut_or_longer_form_is_no_grant(grant in grants(), cut in 1_usize..50) {
        let bytes = grant.encode();
        prop_assert!(Grant::decode(&bytes[..bytes.len() - cut]).is_err());
        prop_assert!(Grant::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

/// ST-11
#[test]
fn a_version_that_is_not_known_is_refused() {
    let bytes = House::new().parked(at(0)).0.encode();
    for version in [0, 2, 255] {
        assert_eq!(Grant::decode(&[&[version], &bytes[1..]].concat()).err(), Some(InvalidGrant));
    }
    assert_eq!(Grant::decode(&[]).err(), Some(InvalidGrant));
}

/// ST-11
#[test]
fn a_clock_with_nanoseconds_loses_nothing_that_is_judged() {
    let house = House::new();
    let odd = at(0) + time::Duration::nanoseconds(1_999_999);
    let login = Login::new("zoë", "s", odd).acr("gold").amr(["pwd", "otp"]);
    let (grant, _) = house.begun(at(0)).park(&login, &Draw::new(&[1; Draw::LENGTH]));
    let back = Grant::decode(&grant.encode()).unwrap();
    assert_eq!(back.auth_time(), grant.auth_time());
    assert!(back.is_bound_to(&login) && back.acr() == Some("gold") && back.amr().eq(["pwd", "otp"]));
}
