use super::{super::fixture::*, *};
use crate::{
    grant::{Kind, Stage},
    types::Resource,
};

/// Where a grant stands before the code comes; everything so far happened at the beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Parked,
    Approved,
    Active,
    Ended,
}

/// What may be wrong about a request.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Nothing,
    NoUri,
    Client,
    Uri,
    NoVerifier,
    Verifier,
    Grammar,
    Resource,
    Secret,
    Unwelcome,
}

use Fault::{Client as AnotherClient, Grammar, NoUri, NoVerifier, Nothing, Resource as ForeignResource, Secret, Unwelcome, Uri};

const WRONG_VERIFIER: &str = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

fn before(house: &House, before: Before) -> (Grant, Handed) {
    match before {
        Before::Parked => {
            let grant = house.parked(at(0)).0;
            let code = Handed::new(Kind::Code, *grant.id(), house.draw().secret().clone());
            (grant, code)
        }
        Before::Approved => {
            let (grant, _, code) = house.approved(at(0));
            (grant, code)
        }
        Before::Active => {
            let (grant, code, _) = house.active(at(0));
            (grant, code)
        }
        Before::Ended => {
            let (grant, code, _) = house.active(at(0));
            (house.redeem(&grant, &house.redeeming(&code, at(0)), true).grant, code)
        }
    }
}

type Case = (Row, Before, i64, &'static [Fault], Stage);

fn check(house: &House, (row, stage, milliseconds, faults, after): Case) {
    let case = format!("{stage:?} {milliseconds} {faults:?}");
    let (grant, code) = before(house, stage);
    let (stranger, guessed) = (client("other"), Handed::new(Kind::Code, *grant.id(), house.draw().secret().clone()));
    let foreign = [resource("https://other.example/")];
    let mut event = house.redeeming(&code, at(milliseconds));
    let mut welcome = true;
    for fault in faults {
        match fault {
            Nothing => {}
            NoUri => event.redirect_uri = None,
            AnotherClient => event.client = &stranger,
            Uri => event.redirect_uri = Some("https://app.example/CB"),
            NoVerifier => event.verifier = None,
            Fault::Verifier => event.verifier = Some(WRONG_VERIFIER),
            Grammar => event.verifier = Some("short"),
            ForeignResource => event.resources = &foreign,
            Secret => event.code = &guessed,
            Unwelcome => welcome = false,
        }
    }
    let step = house.redeem(&grant, &event, welcome);
    assert_eq!(step.row, row, "{case}");
    assert_eq!(step.answer.is_some(), row == Row::R7, "{case}");
    assert_eq!(row.refusal().is_none(), row == Row::R7, "{case}");
    assert_eq!(step.grant.stage(), after, "{case}");
    assert_eq!(step.changed, matches!(row, Row::R4 | Row::R6 | Row::R7 | Row::R8), "{case}");
}

/// PK-13, PK-14, PK-15, PK-16, TK-20, TK-22, TK-23, TK-24, TK-25, TK-27, TK-28, RI-04, ST-03, ST-04
#[test]
fn a_redemption_is_decided_by_the_first_row_that_matches() {
    use Before::{Active, Approved, Ended, Parked};
    let cases: &[Case] = &[
        (Row::R1, Parked, 0, &[Nothing], Stage::Parked),
        (Row::R1, Approved, 0, &[Secret], Stage::Approved),
        (Row::R1, Approved, 60_000, &[Secret, AnotherClient], Stage::Approved),
        (Row::R1, Active, 0, &[Secret], Stage::Active),
        (Row::R2, Approved, 60_000, &[Nothing], Stage::Approved),
        (Row::R2, Approved, 60_000, &[AnotherClient, Fault::Verifier], Stage::Approved),
        (Row::R2, Approved, 60_001, &[Nothing], Stage::Approved),
        (Row::R2, Approved, 61_000, &[Unwelcome], Stage::Approved),
        (Row::R3, Approved, 0, &[AnotherClient], Stage::Approved),
        (Row::R3, Approved, 0, &[Uri], Stage::Approved),
        (Row::R3, Approved, 59_999, &[Uri, NoVerifier, ForeignResource, Unwelcome], Stage::Approved),
        (Row::R4, Approved, 0, &[NoVerifier], Stage::Approved),
        (Row::R4, Approved, 0, &[Fault::Verifier], Stage::Approved),
        (Row::R4, Approved, 59_999, &[Grammar], Stage::Approved),
        (Row::R4, Approved, 0, &[Fault::Verifier, ForeignResource, Unwelcome], Stage::Approved),
        (Row::R5, Approved, 0, &[ForeignResource], Stage::Approved),
        (Row::R5, Approved, 0, &[ForeignResource, Unwelcome], Stage::Approved),
        (Row::R6, Approved, 0, &[Unwelcome], Stage::Ended),
        (Row::R7, Approved, 59_000, &[Nothing], Stage::Active),
        (Row::R7, Approved, 59_999, &[Nothing], Stage::Active),
        (Row::R7, Approved, 0, &[NoUri], Stage::Active),
        (Row::R8, Active, 0, &[Nothing], Stage::Ended),
        (Row::R8, Active, 0, &[NoUri], Stage::Ended),
        (Row::R8, Active, 0, &[ForeignResource], Stage::Ended),
        (Row::R8, Active, 3_600_000, &[Unwelcome], Stage::Ended),
        (Row::R9, Active, 0, &[AnotherClient], Stage::Active),
        (Row::R9, Active, 0, &[Uri], Stage::Active),
        (Row::R9, Active, 0, &[NoVerifier], Stage::Active),
        (Row::R9, Active, 60_000, &[Fault::Verifier], Stage::Active),
        (Row::R10, Ended, 0, &[Nothing], Stage::Ended),
        (Row::R10, Ended, 0, &[AnotherClient], Stage::Ended),
    ];
    let house = House::new();
    for case in cases {
        check(&house, *case);
    }
    // The window is none of redemption's business.
    let strict = House::new().with_window(Duration::ZERO);
    for case in cases {
        check(&strict, *case);
    }
}

/// ST-03
#[test]
fn a_code_lives_for_its_lifetime_and_not_a_millisecond_more() {
    let mut house = House::new();
    for seconds in [1, 60, 600] {
        house.settings.lifetimes.code = Duration::from_secs(seconds);
        let end = i64::try_from(seconds).unwrap() * 1_000;
        let (grant, _, code) = house.approved(at(0));
        let row = |milliseconds| house.redeem(&grant, &house.redeeming(&code, at(milliseconds)), true).row;
        assert_eq!([end - 1_000, end - 1, end, end + 1, end + 1_000].map(row), [Row::R7, Row::R7, Row::R2, Row::R2, Row::R2]);
    }
}

/// PK-24, ST-04
#[test]
fn four_wrong_verifiers_cost_nothing_and_the_fifth_ends_the_code() {
    let house = House::new();
    let (mut grant, _, code) = house.approved(at(0));
    for wrong in [Some(WRONG_VERIFIER), None, Some("short"), Some("")] {
        grant = house.redeem(&grant, &Redeeming { verifier: wrong, ..house.redeeming(&code, at(0)) }, true).grant;
        assert_eq!(grant.stage(), Stage::Approved);
        assert_eq!(house.redeem(&grant, &house.redeeming(&code, at(0)), true).row, Row::R7);
    }
    // What never came to the verifier does not count.
    let stranger = client("other");
    let foreign = Redeeming { client: &stranger, verifier: None, ..house.redeeming(&code, at(0)) };
    assert!(!house.redeem(&grant, &foreign, true).changed);
    let fifth = house.redeem(&grant, &Redeeming { verifier: None, ..house.redeeming(&code, at(0)) }, true);
    assert_eq!((fifth.row, fifth.grant.stage()), (Row::R4, Stage::Ended));
    assert_eq!(house.redeem(&fifth.grant, &house.redeeming(&code, at(0)), true).row, Row::R10);
}

/// TK-23, ST-02
#[test]
fn a_true_replay_ends_every_token_of_the_grant() {
    let house = House::new();
    let (grant, code, issued) = house.active(at(0));
    let token = issued.refresh_token();
    let refreshed = house.refresh(&grant, &house.refreshing(&token, at(1)), true);
    let newer = refreshed.answer.unwrap();
    let replay = house.redeem(&refreshed.grant, &house.redeeming(&code, at(2)), true);
    assert_eq!(replay.row, Row::R8);
    assert!(replay.grant.access(&issued.access_token()).is_none() && replay.grant.access(&newer.access_token()).is_none());
    let dead = newer.refresh_token();
    assert_eq!(house.refresh(&replay.grant, &house.refreshing(&dead, at(2)), true).row, crate::grant::refresh_token::Row::F4);
}

/// TK-24
#[test]
fn somebody_who_could_hold_no_tokens_logs_nobody_out() {
    let house = House::new();
    let (grant, code, issued) = house.active(at(0));
    let step = house.redeem(&grant, &Redeeming { verifier: None, ..house.redeeming(&code, at(1)) }, true);
    assert_eq!(step.row, Row::R9);
    assert!(step.grant.access(&issued.access_token()).is_some());
}

/// RI-03, TK-31, TK-35
#[test]
fn tokens_are_for_what_was_granted_and_asked_for() {
    let house = House::new();
    let (grant, _, code) = house.approved(at(0));
    let files = [resource("HTTPS://Files.example")];
    let step = house.redeem(&grant, &Redeeming { resources: &files, ..house.redeeming(&code, at(0)) }, true);
    let issued = step.answer.unwrap();
    assert_eq!((issued.expires_in, issued.scopes.as_str()), (600, "profile mail"));
    let living = step.grant.access(&issued.access_token()).unwrap();
    assert_eq!(living.resources.iter().map(Resource::as_str).collect::<Vec<_>>(), [FILES], "as the server spells it");
    let all = house.redeem(&grant, &house.redeeming(&code, at(0)), true);
    assert_eq!(all.grant.access(&all.answer.unwrap().access_token()).unwrap().resources.len(), 2);

    let plain = Client::public("app").redirect_uri(REDIRECT_URI).build().unwrap();
    let none = house.redeem(&grant, &Redeeming { client: &plain, ..house.redeeming(&code, at(0)) }, true);
    assert!(none.answer.unwrap().refresh.is_none());
}

/// AZ-37, RF-14, TH-28
#[test]
fn two_redemptions_of_one_code_would_draw_tokens_that_have_nothing_in_common() {
    let house = House::new();
    let (grant, _, code) = house.approved(at(0));
    let [one, other] = [(); 2].map(|()| house.redeem(&grant, &house.redeeming(&code, at(0)), true).answer.unwrap());
    assert!(!one.access_token().digest().matches(&other.access_token().digest()));
    assert!(one.refresh.unwrap().expose()[30..] != other.refresh.unwrap().expose()[30..]);
}

/// ST-09
#[test]
fn a_spent_code_is_known_as_spent_until_a_day_after_the_last_token() {
    let house = House::new();
    let (grant, code, _) = house.active(at(0));
    let month = 30 * 86_400_000;
    assert_eq!(grant.forget_after(), at(month + 86_400_000), "the refresh token's idle month, and a day");
    assert_eq!(house.redeem(&grant, &house.redeeming(&code, at(month)), true).row, Row::R8);
    let plain = Client::public("app").redirect_uri(REDIRECT_URI).build().unwrap();
    let (approved, _, code) = house.approved(at(0));
    let step = house.redeem(&approved, &Redeeming { client: &plain, ..house.redeeming(&code, at(0)) }, true);
    assert_eq!(step.grant.forget_after(), at(600_000 + 86_400_000));
}

/// TH-31
#[test]
fn a_clock_that_jumps_back_does_not_bring_a_code_back() {
    let house = House::new();
    let (grant, _, code) = house.approved(at(0));
    let wrong = Redeeming { verifier: None, ..house.redeeming(&code, at(59_999)) };
    let seen = house.kept(house.redeem(&grant, &wrong, true).grant, at(60_000));
    assert_eq!(house.redeem(&seen, &house.redeeming(&code, at(1)), true).row, Row::R2);
}

/// TK-34
#[test]
fn without_random_bytes_nothing_is_issued_and_the_code_is_not_spent() {
    let house = House::new();
    let (grant, _, code) = house.approved(at(0));
    let event = house.redeeming(&code, at(0));
    let (issued, next) = apply(Row::R7, grant.clone(), &event, None, &house.terms());
    assert!(issued.is_none() && next.is_none());
    assert_eq!(house.redeem(&grant, &event, true).row, Row::R7);
}

/// TH-08
#[test]
fn a_kept_token_prints_when_it_ends_and_no_more() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let State::Active(active) = &grant.stage else { unreachable!() };
    let printed = format!("{:?}", active.access);
    assert_eq!(printed, format!("[Access {{ expires: {:?}, .. }}]", Moment::from(at(600_000))));
    assert!(!printed.contains(&issued.access.expose()[5..20]));
}

/// TK-24
#[test]
fn nothing_is_issued_for_a_grant_whose_code_is_not_open() {
    let house = House::new();
    let (active, code, _) = house.active(at(0));
    let (parked, _) = house.parked(at(0));
    for grant in [active, parked] {
        let (issued, next) = apply(Row::R7, grant, &house.redeeming(&code, at(0)), Some(&house.draw()), &house.terms());
        assert!(issued.is_none() && next.is_none());
    }
}
