use super::{super::fixture::*, *};
use crate::grant::Stage;

/// Where a grant stands before the answer comes; everything so far happened at the beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Parked,
    Approved,
    Denied,
    DeniedAfterAll,
    Active,
    Replayed,
}

#[derive(Debug, Clone, Copy)]
enum Came {
    Allow(&'static str),
    AllowNonsense,
    Deny,
}

#[derive(Debug, PartialEq)]
enum Said {
    Code,
    Denied,
    Page(Reason),
}

use Before::{Active as Redeemed, *};
use Came::{Allow as Yes, AllowNonsense, Deny as No};

impl Came {
    fn answer(self) -> Answer {
        match self {
            Self::Allow(text) => Answer::Allow(Some(scopes(text))),
            Self::AllowNonsense => Answer::Allow(None),
            Self::Deny => Answer::Deny,
        }
    }
}

fn before(house: &House, before: Before) -> (Grant, Handed) {
    let deny = |grant: &Grant, ticket: &Handed| {
        let event = Answering { ticket, login: &house.login, answer: &Answer::Deny, now: at(0) };
        house.answer(grant, &event, true).grant
    };
    let (parked, ticket) = house.parked(at(0));
    let (approved, own_ticket, code) = house.approved(at(0));
    let redeem = |grant: &Grant| house.redeem(grant, &house.redeeming(&code, at(0)), true).grant;
    match before {
        Parked => (parked, ticket),
        Denied => (deny(&parked, &ticket), ticket),
        Approved => (approved, own_ticket),
        DeniedAfterAll => (deny(&approved, &own_ticket), own_ticket),
        Redeemed => (redeem(&approved), own_ticket),
        Replayed => (redeem(&redeem(&approved)), own_ticket),
    }
}

fn said(outcome: &Outcome) -> Said {
    match outcome {
        Outcome::Code(_) => Said::Code,
        Outcome::Denied => Said::Denied,
        Outcome::Page(reason) => Said::Page(*reason),
    }
}

type Case = (Row, Before, i64, Came, bool, Said, Stage);

fn check(house: &House, (row, stage, milliseconds, came, welcome, expected, after): Case) {
    let case = format!("{stage:?} {milliseconds} {came:?} welcome: {welcome}");
    let (grant, ticket) = before(house, stage);
    let answer = came.answer();
    let event = Answering { ticket: &ticket, login: &house.login, answer: &answer, now: at(milliseconds) };
    let step = house.answer(&grant, &event, welcome);
    assert_eq!(step.row, row, "{case}");
    assert_eq!(said(&step.answer), expected, "{case}");
    assert_eq!(step.grant.stage(), after, "{case}");
    assert_eq!(step.changed, matches!(row, Row::P2 | Row::P4 | Row::P5 | Row::P7), "{case}");
}

/// AZ-32, AZ-33, AR-13, AR-14, AR-15, TH-12, ST-04
#[test]
fn an_answer_is_decided_by_the_first_row_that_matches() {
    let (unknown, unwelcome) = (Said::Page(Reason::TicketUnknown), Said::Page(Reason::ConsentUnwelcome));
    let widened = || Said::Page(Reason::ConsentWidened);
    let answered = || Said::Page(Reason::ConsentAnswered);
    let cases: Vec<Case> = vec![
        (Row::P1, Parked, 600_000, Yes("profile"), true, unknown, Stage::Parked),
        (Row::P1, Parked, 600_000, No, true, Said::Page(Reason::TicketUnknown), Stage::Parked),
        (Row::P1, Parked, 600_000, Yes("admin"), false, Said::Page(Reason::TicketUnknown), Stage::Parked),
        (Row::P2, Parked, 599_999, Yes("profile"), false, unwelcome, Stage::Ended),
        (Row::P2, Parked, 0, No, false, Said::Page(Reason::ConsentUnwelcome), Stage::Ended),
        (Row::P2, Parked, 0, Yes("admin"), false, Said::Page(Reason::ConsentUnwelcome), Stage::Ended),
        (Row::P2, Approved, 0, Yes("profile mail"), false, Said::Page(Reason::ConsentUnwelcome), Stage::Ended),
        (Row::P2, Approved, 10_000, Yes("profile mail"), false, Said::Page(Reason::ConsentUnwelcome), Stage::Ended),
        (Row::P2, Approved, 0, No, false, Said::Page(Reason::ConsentUnwelcome), Stage::Ended),
        (Row::P3, Parked, 0, Yes("profile admin"), true, widened(), Stage::Parked),
        (Row::P3, Parked, 0, AllowNonsense, true, widened(), Stage::Parked),
        (Row::P4, Parked, 599_999, Yes("profile mail"), true, Said::Code, Stage::Approved),
        (Row::P4, Parked, 0, Yes("mail"), true, Said::Code, Stage::Approved),
        (Row::P4, Parked, 0, Yes(""), true, Said::Code, Stage::Approved),
        (Row::P5, Parked, 599_999, No, true, Said::Denied, Stage::Ended),
        (Row::P6, Approved, 0, Yes("profile mail"), true, Said::Code, Stage::Approved),
        (Row::P6, Approved, 9_999, Yes("mail profile"), true, Said::Code, Stage::Approved),
        (Row::P7, Approved, 0, No, true, Said::Denied, Stage::Ended),
        (Row::P7, Approved, 59_999, No, true, Said::Denied, Stage::Ended),
        (Row::P8, Denied, 9_999, No, true, Said::Denied, Stage::Ended),
        (Row::P8, DeniedAfterAll, 9_999, No, true, Said::Denied, Stage::Ended),
        (Row::P8, Denied, 0, No, false, Said::Denied, Stage::Ended),
        (Row::P9, Approved, 10_000, Yes("profile mail"), true, answered(), Stage::Approved),
        (Row::P9, Approved, 0, Yes("profile"), true, answered(), Stage::Approved),
        (Row::P9, Approved, 0, Yes("profile mail admin"), true, answered(), Stage::Approved),
        (Row::P9, Approved, 0, AllowNonsense, true, answered(), Stage::Approved),
        (Row::P9, Denied, 10_000, No, true, answered(), Stage::Ended),
        (Row::P9, Denied, 0, Yes("profile"), true, answered(), Stage::Ended),
        (Row::P9, DeniedAfterAll, 0, Yes("profile mail"), true, answered(), Stage::Ended),
        (Row::P9, Redeemed, 0, Yes("profile mail"), true, answered(), Stage::Active),
        (Row::P9, Redeemed, 0, No, true, answered(), Stage::Active),
        (Row::P9, Redeemed, 0, No, false, answered(), Stage::Active),
        (Row::P9, Replayed, 0, No, true, answered(), Stage::Ended),
    ];
    let house = House::new();
    for case in cases {
        check(&house, case);
    }
}

/// AR-14
#[test]
fn without_a_window_an_answer_is_never_given_again() {
    let house = House::new().with_window(Duration::ZERO);
    let answered = || Said::Page(Reason::ConsentAnswered);
    check(&house, (Row::P9, Approved, 0, Yes("profile mail"), true, answered(), Stage::Approved));
    check(&house, (Row::P9, Denied, 0, No, true, answered(), Stage::Ended));
    check(&house, (Row::P7, Approved, 0, No, true, Said::Denied, Stage::Ended));
}

/// AR-13, TH-12, TH-15
#[test]
fn a_ticket_is_unknown_in_every_stage_when_secret_person_or_session_differ() {
    let house = House::new();
    let (_, of_another_request) = house.parked(at(0));
    let others = [Login::new("bob", "session", at(0)), Login::new("ann", "other", at(0)), Login::new("annsession", "", at(0))];
    for stage in [Parked, Approved, Denied, DeniedAfterAll, Redeemed, Replayed] {
        let (grant, ticket) = before(&house, stage);
        for answer in [Answer::Deny, Answer::Allow(Some(scopes("profile"))), Answer::Allow(None)] {
            let guessed = Handed::new(Kind::Ticket, *grant.id(), house.draw().secret().clone());
            let wrong = [&guessed, &of_another_request].map(|ticket| (ticket, &house.login));
            for (ticket, login) in others.iter().map(|login| (&ticket, login)).chain(wrong) {
                for welcome in [true, false] {
                    let step = house.answer(&grant, &Answering { ticket, login, answer: &answer, now: at(0) }, welcome);
                    assert_eq!(step.row, Row::P1, "{stage:?}");
                    assert!(matches!(step.answer, Outcome::Page(Reason::TicketUnknown)) && !step.changed);
                }
            }
        }
    }
}

/// AR-14, AZ-37
#[test]
fn the_same_answer_gives_the_same_code_and_another_question_another() {
    let house = House::new();
    let (grant, ticket, code) = house.approved(at(0));
    let answer = Answer::Allow(Some(scopes("mail profile")));
    let again = Answering { ticket: &ticket, login: &house.login, answer: &answer, now: at(9_999) };
    let again = house.answer(&grant, &again, true).answer.code();
    assert!(again.digest().matches(&code.digest()));
    let (_, _, other) = house.approved(at(0));
    assert!(!other.digest().matches(&code.digest()));
}

/// AR-14, PK-24
#[test]
fn a_wrong_verifier_does_not_take_the_second_click_away() {
    let house = House::new();
    let (grant, ticket, code) = house.approved(at(0));
    let wrong = authorization_code_with_a_wrong_verifier(&house, &grant, &code);
    let answer = Answer::Allow(Some(scopes("profile mail")));
    let step = house.answer(&wrong, &Answering { ticket: &ticket, login: &house.login, answer: &answer, now: at(1) }, true);
    assert_eq!(step.row, Row::P6);
}

fn authorization_code_with_a_wrong_verifier(house: &House, grant: &Grant, code: &Handed) -> Grant {
    let event = super::super::authorization_code::Redeeming { verifier: None, ..house.redeeming(code, at(0)) };
    house.redeem(grant, &event, true).grant
}

/// AZ-32, AR-15
#[test]
fn the_granted_scopes_are_those_of_the_answer_in_the_order_they_were_asked() {
    let house = House::new();
    for (allowed, granted) in [("mail profile", "profile mail"), ("mail", "mail"), ("", "")] {
        let (grant, ticket) = house.parked(at(0));
        let answer = Answer::Allow(Some(scopes(allowed)));
        let step = house.answer(&grant, &Answering { ticket: &ticket, login: &house.login, answer: &answer, now: at(0) }, true);
        assert_eq!(step.grant.scopes().as_str(), granted);
    }
}

/// ST-09, ST-10
#[test]
fn a_grant_is_remembered_as_long_as_it_matters() {
    let house = House::new();
    let forgotten = |stage| before(&house, stage).0.forget_after();
    assert_eq!(forgotten(Parked), at(600_000));
    assert_eq!(forgotten(Approved), at(70_000), "the code's minute and the window");
    assert_eq!(forgotten(Denied), at(600_000));
    assert_eq!(forgotten(DeniedAfterAll), at(70_000));
    let house = House::new();
    let (grant, ticket) = house.parked(at(0));
    let late = Answering { ticket: &ticket, login: &house.login, answer: &Answer::Deny, now: at(599_999) };
    assert_eq!(house.answer(&grant, &late, true).grant.forget_after(), at(609_999), "not before the window has passed");
}

/// TH-31
#[test]
fn a_clock_that_jumps_back_does_not_open_the_window_again() {
    let house = House::new();
    let (grant, ticket, _) = house.approved(at(0));
    let later = house.kept(grant, at(10_000));
    let answer = Answer::Allow(Some(scopes("profile mail")));
    let step = house.answer(&later, &Answering { ticket: &ticket, login: &house.login, answer: &answer, now: at(0) }, true);
    assert_eq!(step.row, Row::P9);
}

/// TK-34, AR-14
#[test]
fn without_random_bytes_or_a_kept_salt_no_code_is_made() {
    let house = House::new().with_window(std::time::Duration::ZERO);
    let answer = Answer::Allow(Some(scopes("profile mail")));
    let (parked, ticket) = house.parked(at(0));
    let (approved, own_ticket, _) = house.approved(at(0));
    for (row, grant, ticket) in [(Row::P4, &parked, &ticket), (Row::P6, &approved, &own_ticket), (Row::P6, &parked, &ticket)] {
        let event = Answering { ticket, login: &house.login, answer: &answer, now: at(0) };
        let (outcome, next) = apply(row, grant.clone(), &event, None, &house.terms());
        assert_eq!((said(&outcome), next.is_none()), (Said::Page(Reason::ConsentAnswered), true), "{row:?} {grant:?}");
    }
}

/// TH-09
#[test]
fn an_operator_reads_why_for_every_row_but_those_that_answer_with_a_code() {
    use Row::{P1, P2, P3, P4, P5, P6, P7, P8, P9};
    for (rows, reason) in [
        (&[P1][..], Some(Reason::TicketUnknown)),
        (&[P2], Some(Reason::ConsentUnwelcome)),
        (&[P3], Some(Reason::ConsentWidened)),
        (&[P5, P7, P8], Some(Reason::Denied)),
        (&[P9], Some(Reason::ConsentAnswered)),
        (&[P4, P6], None),
    ] {
        assert!(rows.iter().all(|row| row.reason() == reason), "{rows:?}");
    }
}

/// AZ-40
#[test]
fn a_handle_of_what_waits_no_longer_finds_nothing() {
    let house = House::new();
    let (waiting, handle) = house.begun(at(0)).wait_for_login(&house.draw());
    assert!(waiting.waits_for(&handle, at(0)) && !waiting.waits_for(&handle, at(600_000)));
    for stage in [Approved, Denied, Redeemed, Replayed] {
        let (grant, handle) = before(&house, stage).0.wait_for_login(&house.draw());
        assert!(!grant.waits_for(&handle, at(0)), "{stage:?}");
    }
}
