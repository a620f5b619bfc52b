use super::{super::fixture::*, *};
use crate::grant::{Stage, tokens::MOST_ACCESS_TOKENS};

/// A grant whose refresh token was rotated at each of some instants, and every answer there was.
struct Line {
    grant: Grant,
    answers: Vec<Issued>,
}

impl Line {
    fn rotated_at(house: &House, instants: &[i64]) -> Self {
        let (grant, _, issued) = house.active(at(0));
        let mut line = Self { grant, answers: vec![issued] };
        for instant in instants {
            line.rotate(house, *instant);
        }
        line
    }

    fn rotate(&mut self, house: &House, instant: i64) {
        let token = self.token(0);
        let step = house.refresh(&self.grant, &house.refreshing(&token, at(instant)), true);
        assert_eq!(step.row, Row::F11);
        self.grant = step.grant;
        self.answers.push(step.answer.unwrap());
    }

    /// The refresh token so many generations before the newest.
    fn token(&self, back: usize) -> HandedRefresh {
        self.answers.iter().rev().nth(back).unwrap().refresh_token()
    }
}

/// What may be different about a request.
#[derive(Debug, Clone, Copy)]
enum Twist {
    Client,
    Wide,
    Narrow,
    Foreign,
    OneResource,
    Unwelcome,
    Tag,
    Secret,
    Generation,
    AnotherGrant,
}

use Twist::{AnotherGrant, Client as AnotherClient, Foreign, Generation, Narrow, OneResource, Secret, Tag, Unwelcome, Wide};

type Case = (Row, &'static [i64], usize, i64, &'static [Twist], Stage);

fn check(house: &House, (row, rotations, back, milliseconds, twists, after): Case) {
    let case = format!("rotated at {rotations:?}, {back} back, at {milliseconds}, {twists:?}");
    let line = Line::rotated_at(house, rotations);
    let (stranger, wide, narrow) = (client("other"), scopes("profile admin"), scopes("mail"));
    let (foreign, one) = ([resource("https://other.example/")], [resource(API)]);
    let mut token = line.token(back);
    for twist in twists {
        match twist {
            Tag => token.tag[0] ^= 1,
            Secret => token.secret = house.draw().secret().clone(),
            Generation => token.generation += 1,
            AnotherGrant => token.id = *house.parked(at(0)).0.id(),
            _ => {}
        }
    }
    let mut event = house.refreshing(&token, at(milliseconds));
    let mut welcome = true;
    for twist in twists {
        match twist {
            AnotherClient => event.client = &stranger,
            Wide => event.scopes = Some(&wide),
            Narrow => event.scopes = Some(&narrow),
            Foreign => event.resources = &foreign,
            OneResource => event.resources = &one,
            Unwelcome => welcome = false,
            Tag | Secret | Generation | AnotherGrant => {}
        }
    }
    let step = house.refresh(&line.grant, &event, welcome);
    assert_eq!(step.row, row, "{case}");
    assert_eq!(step.answer.is_some(), matches!(row, Row::F7 | Row::F11), "{case}");
    assert_eq!(row.refusal().is_none(), step.answer.is_some(), "{case}");
    assert_eq!(step.grant.stage(), after, "{case}");
    assert_eq!(step.changed, matches!(row, Row::F5 | Row::F10 | Row::F11), "{case}");
}

const DAY: i64 = 86_400_000;

/// RF-01, RF-03, RF-04, RF-05, RF-08, RI-04, ST-04
#[test]
fn a_refresh_is_decided_by_the_first_row_that_matches() {
    use Stage::{Active, Ended};
    let cases: &[Case] = &[
        (Row::F2, &[], 0, 0, &[Tag], Active),
        (Row::F2, &[], 0, 0, &[Secret], Active),
        (Row::F2, &[], 0, 0, &[Generation], Active),
        (Row::F2, &[], 0, 0, &[AnotherGrant], Active),
        (Row::F2, &[0], 1, 100 * DAY, &[Tag, AnotherClient], Active),
        (Row::F3, &[], 0, 0, &[AnotherClient], Active),
        (Row::F3, &[0], 1, 0, &[AnotherClient, Wide], Active),
        (Row::F3, &[0, 20_000], 2, 40_000, &[AnotherClient], Active),
        (Row::F3, &[], 0, 100 * DAY, &[AnotherClient], Active),
        (Row::F4, &[], 0, 30 * DAY, &[], Active),
        (Row::F4, &[], 0, 30 * DAY, &[Unwelcome, Wide], Active),
        (Row::F4, &[0], 1, 30 * DAY, &[], Active),
        (Row::F5, &[], 0, 0, &[Unwelcome], Ended),
        (Row::F5, &[], 0, 0, &[Unwelcome, Wide, Foreign], Ended),
        (Row::F5, &[0], 1, 9_999, &[Unwelcome], Ended),
        (Row::F5, &[0], 1, 9_999, &[Unwelcome, Narrow], Ended),
        (Row::F6Scope, &[], 0, 0, &[Wide], Active),
        (Row::F6Scope, &[], 0, 0, &[Wide, Foreign], Active),
        (Row::F6Scope, &[0], 1, 9_999, &[Wide], Active),
        (Row::F6Target, &[], 0, 0, &[Foreign], Active),
        (Row::F6Target, &[0], 1, 9_999, &[Foreign, Narrow], Active),
        (Row::F7, &[0], 1, 0, &[], Active),
        (Row::F7, &[0], 1, 9_999, &[], Active),
        (Row::F7, &[0, 5_000], 1, 14_999, &[], Active),
        (Row::F8, &[0], 1, 9_999, &[Narrow], Active),
        (Row::F8, &[0], 1, 9_999, &[OneResource], Active),
        (Row::F9, &[0, 5_000], 2, 9_999, &[], Active),
        (Row::F9, &[0, 5_000, 6_000], 3, 9_999, &[Wide], Active),
        (Row::F9, &[0, 5_000, 6_000], 2, 14_999, &[Unwelcome], Active),
        (Row::F10, &[0], 1, 10_000, &[], Ended),
        (Row::F10, &[0], 1, 10_000, &[Unwelcome, Wide], Ended),
        (Row::F10, &[0, 5_000], 2, 10_000, &[], Ended),
        (Row::F10, &[0, 5_000], 1, 15_000, &[], Ended),
        (Row::F10, &[0, 5_000, 6_000], 2, 15_000, &[], Ended),
        (Row::F11, &[], 0, 30 * DAY - 1, &[], Active),
        (Row::F11, &[0], 0, 9_999, &[], Active),
        (Row::F11, &[0, 0], 0, 0, &[Narrow, OneResource], Active),
    ];
    let house = House::new();
    for case in cases {
        check(&house, *case);
    }
}

/// RF-05, ST-05
#[test]
fn without_a_window_every_token_but_the_newest_ends_the_grant() {
    let strict = House::new().with_window(Duration::ZERO);
    check(&strict, (Row::F10, &[0], 1, 0, &[], Stage::Ended));
    check(&strict, (Row::F10, &[0], 1, 0, &[Unwelcome], Stage::Ended));
    check(&strict, (Row::F10, &[0, 0, 0], 3, 0, &[Narrow], Stage::Ended));
    check(&strict, (Row::F11, &[0, 0, 0], 0, 0, &[], Stage::Active));
}

/// RF-03
#[test]
fn a_token_of_a_grant_that_has_no_refresh_line_or_has_ended_is_refused_unchanged() {
    let house = House::new();
    let (parked, approved) = (house.parked(at(0)).0, house.approved(at(0)).0);
    let plain = Client::public("app").redirect_uri(REDIRECT_URI).build().unwrap();
    let (waiting, _, code) = house.approved(at(0));
    let event = super::super::authorization_code::Redeeming { client: &plain, ..house.redeeming(&code, at(0)) };
    let without = house.redeem(&waiting, &event, true).grant;
    let line = Line::rotated_at(&house, &[0]);
    let ended = house.refresh(&line.grant, &house.refreshing(&line.token(1), at(10_000)), true).grant;
    for (grant, row) in [(parked, Row::F2), (approved, Row::F2), (without, Row::F2), (ended, Row::F4)] {
        let step = house.refresh(&grant, &house.refreshing(&line.token(0), at(10_000)), true);
        assert!(step.row == row && !step.changed, "{:?}", grant.stage());
    }
}

/// RF-05
#[test]
fn a_token_of_the_time_before_a_store_was_set_back_is_not_the_current_one() {
    let house = House::new();
    let kept = Line::rotated_at(&house, &[]);
    let rotate = || house.refresh(&kept.grant, &house.refreshing(&kept.token(0), at(0)), true);
    let (lost, next) = (rotate().answer.unwrap().refresh_token(), rotate().grant);
    let step = house.refresh(&next, &house.refreshing(&lost, at(20_000)), true);
    assert_eq!((step.row, step.grant.stage()), (Row::F10, Stage::Ended), "of the same generation, and ours");
}

/// RF-09, ST-06
#[test]
fn a_retry_gets_the_same_pair_with_what_is_left_of_its_time() {
    let house = House::new();
    for narrow in [None, Some(scopes("mail"))] {
        let line = Line::rotated_at(&house, &[]);
        let token = line.token(0);
        let ask = |milliseconds| Refreshing { scopes: narrow.as_ref(), ..house.refreshing(&token, at(milliseconds)) };
        let first = house.refresh(&line.grant, &ask(1_000), true);
        let again = house.refresh(&first.grant, &ask(10_999), true);
        let (first, second) = (first.answer.unwrap(), again.answer.unwrap());
        assert_eq!(again.row, Row::F7, "also for a narrowed one");
        assert_eq!(first.access.expose(), second.access.expose());
        assert_eq!(first.refresh.unwrap().expose(), second.refresh.unwrap().expose());
        assert_eq!((first.expires_in, second.expires_in), (600, 590));
        assert_eq!(
            (first.scopes.as_str(), second.scopes.as_str()),
            match narrow {
                None => ("profile mail", "profile mail"),
                Some(_) => ("mail", "mail"),
            }
        );
    }
}

/// RF-09
#[test]
fn a_retry_whose_access_token_is_dead_is_refused_and_ends_nothing() {
    let mut house = House::new();
    house.settings.lifetimes.access = Duration::from_secs(5);
    let line = Line::rotated_at(&house, &[0]);
    let row = |milliseconds| house.refresh(&line.grant, &house.refreshing(&line.token(1), at(milliseconds)), true).row;
    assert_eq!([4_999, 5_000, 9_999, 10_000].map(row), [Row::F7, Row::F8, Row::F8, Row::F10]);
}

/// RF-07
#[test]
fn a_narrowed_refresh_narrows_one_access_token_and_not_the_grant() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[]);
    let narrow = scopes("mail");
    let token = line.token(0);
    let step = house.refresh(&line.grant, &Refreshing { scopes: Some(&narrow), ..house.refreshing(&token, at(0)) }, true);
    let issued = step.answer.unwrap();
    assert_eq!(issued.scopes.as_str(), "mail");
    assert_eq!(step.grant.access(&issued.access_token()).unwrap().scopes.as_str(), "mail");
    let next = issued.refresh_token();
    let full = house.refresh(&step.grant, &house.refreshing(&next, at(0)), true).answer.unwrap();
    assert_eq!(full.scopes.as_str(), "profile mail");
}

/// RF-08
#[test]
fn a_refused_scope_leaves_the_token_good() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[]);
    let (token, wide) = (line.token(0), scopes("profile mail admin"));
    let refused = house.refresh(&line.grant, &Refreshing { scopes: Some(&wide), ..house.refreshing(&token, at(0)) }, true);
    assert_eq!(house.refresh(&refused.grant, &house.refreshing(&token, at(0)), true).row, Row::F11);
}

/// RI-03
#[test]
fn a_resource_narrows_one_access_token_and_not_the_grant() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[]);
    let (token, one) = (line.token(0), [resource(FILES)]);
    let step = house.refresh(&line.grant, &Refreshing { resources: &one, ..house.refreshing(&token, at(0)) }, true);
    let issued = step.answer.unwrap();
    assert_eq!(step.grant.access(&issued.access_token()).unwrap().resources, one);
    let next = issued.refresh_token();
    let step = house.refresh(&step.grant, &house.refreshing(&next, at(0)), true);
    assert_eq!(step.grant.access(&step.answer.unwrap().access_token()).unwrap().resources.len(), 2);
}

/// RF-10
#[test]
fn rotation_renews_the_idle_month_and_never_the_absolute_limit() {
    let house = House::new();
    let mut line = Line::rotated_at(&house, &[29 * DAY, 58 * DAY, 87 * DAY]);
    let row =
        |line: &Line, milliseconds| house.refresh(&line.grant, &house.refreshing(&line.token(0), at(milliseconds)), true).row;
    assert_eq!([90 * DAY - 1, 90 * DAY, 90 * DAY + 1].map(|instant| row(&line, instant)), [Row::F11, Row::F4, Row::F4]);
    line.rotate(&house, 90 * DAY - 1);
    assert_eq!(row(&line, 90 * DAY), Row::F4);
    let idle = Line::rotated_at(&house, &[DAY]);
    assert_eq!([31 * DAY - 1, 31 * DAY].map(|instant| row(&idle, instant)), [Row::F11, Row::F4]);
}

/// ST-07, RF-05
#[test]
fn after_a_hundred_rotations_the_first_token_still_ends_the_grant_and_the_grant_stays_small() {
    let house = House::new();
    let instants: Vec<i64> = (1..=100).map(|rotation| rotation * 20_000).collect();
    let line = Line::rotated_at(&house, &instants);
    let first = line.token(100);
    let step = house.refresh(&line.grant, &house.refreshing(&first, at(2_000_001)), true);
    assert_eq!((step.row, step.grant.stage()), (Row::F10, Stage::Ended));
    assert!(line.grant.encode().len() <= Line::rotated_at(&house, &instants[..20]).grant.encode().len() + 64);
}

/// RF-05, RF-09, ST-07
#[test]
fn of_many_rotations_within_a_window_the_recent_ones_are_told_from_those_long_gone() {
    let house = House::new();
    // Two long ago, then forty within two seconds.
    let instants: Vec<i64> = [0, 1_000].into_iter().chain((0..40).map(|rotation| 60_000 + rotation * 50)).collect();
    let line = Line::rotated_at(&house, &instants);
    let last = 60_000 + 39 * 50;
    let row = |back, milliseconds| house.refresh(&line.grant, &house.refreshing(&line.token(back), at(milliseconds)), true).row;
    assert_eq!(row(0, last), Row::F11);
    assert_eq!(row(1, last), Row::F7);
    for back in 2..=40 {
        assert_eq!(row(back, last), Row::F9, "{back} rotations ago");
    }
    for back in 41..=42 {
        assert_eq!(row(back, last), Row::F10, "{back} rotations ago");
    }
    // Nobody is ever taken for a thief too early, and everybody is once the newest rotation is a window old.
    for back in 1..=42 {
        assert_eq!(row(back, last + 10_000), Row::F10, "{back} rotations ago");
        let superseded = instants[instants.len() - back];
        assert!(superseded < 60_000 || matches!(row(back, superseded + 9_999), Row::F7 | Row::F9), "{back} rotations ago");
    }
    assert!(line.grant.encode().len() < 2_000);
}

/// RF-04
#[test]
fn the_ninth_living_access_token_ends_the_oldest_and_expired_ones_make_room() {
    let house = House::new();
    let mut line = Line::rotated_at(&house, &[0; MOST_ACCESS_TOKENS - 1]);
    let lives =
        |line: &Line| line.answers.iter().map(|issued| line.grant.access(&issued.access_token()).is_some()).collect::<Vec<_>>();
    assert_eq!(lives(&line), [true; MOST_ACCESS_TOKENS]);
    line.rotate(&house, 0);
    assert_eq!(lives(&line), [vec![false], vec![true; MOST_ACCESS_TOKENS]].concat());
    line.rotate(&house, 600_000);
    assert_eq!(lives(&line), [vec![false; MOST_ACCESS_TOKENS + 1], vec![true]].concat());
}

/// RF-14
#[test]
fn successors_depend_on_token_salt_request_and_pepper() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[]);
    let (token, narrow, one) = (line.token(0), scopes("mail"), [resource(API)]);
    let secret = |house: &House, event: &Refreshing<'_>| {
        let issued = house.refresh(&line.grant, event, true).answer.unwrap();
        [issued.access.expose()[30..].to_owned(), issued.refresh.unwrap().expose()[30..].to_owned()]
    };
    let plain = || house.refreshing(&token, at(0));
    let tokens = [
        secret(&house, &plain()),
        secret(&house, &plain()),
        secret(&house, &Refreshing { scopes: Some(&narrow), ..plain() }),
        secret(&house, &Refreshing { resources: &one, ..plain() }),
    ];
    let distinct: std::collections::HashSet<_> = tokens.iter().flatten().collect();
    assert_eq!(distinct.len(), 8, "each rotation draws its own salt, and the kinds differ");
    let mut other = House::new();
    other.settings.pepper = crate::types::Pepper::new([6; 32]);
    assert_eq!(other.refresh(&line.grant, &other.refreshing(&token, at(0)), true).row, Row::F2, "the pepper enters the tag");
}

/// TH-31
#[test]
fn a_clock_that_jumps_back_does_not_open_the_window_again() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[0]);
    let seen = house.kept(line.grant.clone(), at(10_000));
    assert_eq!(house.refresh(&seen, &house.refreshing(&line.token(1), at(1)), true).row, Row::F10);
}

/// TK-34
#[test]
fn without_random_bytes_nothing_is_rotated() {
    let house = House::new();
    let line = Line::rotated_at(&house, &[]);
    let token = line.token(0);
    let event = house.refreshing(&token, at(0));
    let (issued, next) = apply(Row::F11, line.grant.clone(), &event, None, &house.terms());
    assert!(issued.is_none() && next.is_none());
    assert_eq!(house.refresh(&line.grant, &event, true).row, Row::F11);
}

/// RF-14
#[test]
fn a_row_that_the_grant_does_not_fit_issues_nothing() {
    let house = House::new();
    let (rotated, fresh) = (Line::rotated_at(&house, &[0]), Line::rotated_at(&house, &[]));
    let token = rotated.token(1);
    let event = house.refreshing(&token, at(0));
    let mut without_line = fresh.grant.clone();
    if let State::Active(active) = &mut without_line.stage {
        active.refresh = None;
    }
    let applied = |row, grant: &Grant| apply(row, grant.clone(), &event, Some(&house.draw()), &house.terms());
    assert!(applied(Row::F7, &rotated.grant).0.is_some());
    for grant in
        [&house.parked(at(0)).0, &house.approved(at(0)).0, &without_line, &fresh.grant, &Line::rotated_at(&house, &[0]).grant]
    {
        let (issued, next) = applied(Row::F7, grant);
        assert!(issued.is_none() && next.is_none(), "{grant:?}");
    }
    for grant in [&house.parked(at(0)).0, &house.approved(at(0)).0, &without_line] {
        let (issued, next) = applied(Row::F11, grant);
        assert!(issued.is_none() && next.is_none(), "{grant:?}");
    }
}
