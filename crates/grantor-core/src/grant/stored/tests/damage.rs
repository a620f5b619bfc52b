//! Stored forms that were damaged on purpose, one field at a time.

use super::*;

/// More than any grant has of texts, and too far from any instant for one.
const TOO_LONG: Length = Length::MAX;
const TOO_LATE: i64 = i64::MAX;

/// What a grant is read as after its form was changed.
fn damaged(grant: &Grant, change: impl FnOnce(&mut StoredGrant<'_>)) -> Result<Grant, InvalidGrant> {
    let bytes = grant.encode();
    let mut stored = StoredGrant::read(&bytes).unwrap();
    change(&mut stored);
    Grant::decode(&[vec![VERSION], postcard::to_allocvec(&stored).unwrap()].concat())
}

fn assert_refused(grant: &Grant, changes: &[fn(&mut StoredGrant<'_>)]) {
    assert!(damaged(grant, |_| ()).is_ok_and(|same| same.encode() == grant.encode()));
    for (number, change) in changes.iter().enumerate() {
        assert_eq!(damaged(grant, change).err(), Some(InvalidGrant), "change {number} of a {:?} grant", grant.stage());
    }
}

fn person<'s>(stored: &'s mut StoredGrant<'_>) -> &'s mut StoredPerson {
    stored.person.as_mut().unwrap()
}

fn asked<'s>(stored: &'s mut StoredGrant<'_>) -> &'s mut StoredAsked {
    stored.asked.as_mut().unwrap()
}

/// The scopes, the instant of the answer and the end of the code.
fn answered<'s>(stored: &'s mut StoredGrant<'_>) -> (&'s mut Option<Length>, &'s mut i64, &'s mut i64) {
    let StoredState::Approved { scopes, at, expires, .. } = &mut stored.state else { unreachable!() };
    (scopes, at, expires)
}

fn access<'s>(stored: &'s mut StoredGrant<'_>) -> &'s mut StoredAccess {
    let StoredState::Active { access, .. } = &mut stored.state else { unreachable!() };
    access.last_mut().unwrap()
}

fn line<'s>(stored: &'s mut StoredGrant<'_>) -> &'s mut StoredRefresh {
    let StoredState::Active { refresh: Some(line), .. } = &mut stored.state else { unreachable!() };
    line
}

/// ST-11
#[test]
fn a_grant_with_a_field_that_cannot_be_is_none() {
    let house = House::new();
    assert_refused(
        &house.parked(at(0)).0,
        &[
            |stored| stored.created = i64::MIN,
            |stored| stored.created = TOO_LATE,
            |stored| stored.newest = TOO_LATE,
            |stored| stored.forget_after = TOO_LATE,
            |stored| stored.client_id = TOO_LONG,
            |stored| stored.client_id = 0,
            |stored| stored.client_id += 1,
            |stored| stored.client_id -= 1,
            |stored| stored.texts = "",
            |stored| stored.texts = "app and nothing else",
        ],
    );
}

/// ST-11
#[test]
fn a_person_with_a_field_that_cannot_be_is_none() {
    let house = House::new();
    let login = Login::new("zoë", "s", at(0)).acr("gold").amr(["pwd", "otp"]);
    let (grant, _) = house.begun(at(0)).park(&login, &Draw::new(&[1; Draw::LENGTH]));
    assert_refused(
        &house.kept(grant, at(0)),
        &[
            |stored| person(stored).subject = TOO_LONG,
            // In the middle of a letter of two bytes.
            |stored| person(stored).subject -= 1,
            |stored| person(stored).auth_time = TOO_LATE,
            |stored| person(stored).acr = Some(TOO_LONG),
            |stored| person(stored).amr[1] = TOO_LONG,
            |stored| person(stored).amr.push(TOO_LONG),
        ],
    );
}

/// ST-11
#[test]
fn a_request_with_a_field_that_cannot_be_is_none() {
    let house = House::new();
    let mut grant = house.parked(at(0)).0;
    grant.asked.as_mut().unwrap().nonce = Some("nonce".into());
    assert_refused(
        &grant,
        &[
            |stored| asked(stored).redirect_uri = TOO_LONG,
            |stored| asked(stored).state = Some(TOO_LONG),
            |stored| asked(stored).scopes = TOO_LONG,
            |stored| asked(stored).resources[0] = TOO_LONG,
            |stored| asked(stored).resources[1] = 0,
            |stored| asked(stored).challenge = TOO_LONG,
            |stored| asked(stored).challenge -= 1,
            |stored| asked(stored).nonce = Some(TOO_LONG),
        ],
    );
}

/// ST-11
#[test]
fn a_stage_with_a_field_that_cannot_be_is_none() {
    let house = House::new();
    let (parked, approved) = (house.parked(at(0)).0, house.approved(at(0)).0);
    assert_refused(
        &parked,
        &[
            |stored| stored.state = StoredState::Parked { expires: TOO_LATE, handle: None },
            |stored| {
                stored.state = StoredState::Ended { at: TOO_LATE, denied: true };
            },
        ],
    );
    assert_refused(
        &approved,
        &[
            |stored| *answered(stored).0 = Some(TOO_LONG),
            |stored| *answered(stored).1 = TOO_LATE,
            |stored| *answered(stored).2 = TOO_LATE,
            // It says that all was allowed that was asked for, and nothing was asked for.
            |stored| {
                let keep = stored.client_id as usize;
                (stored.asked, stored.person, stored.texts) = (None, None, &stored.texts[..keep]);
            },
        ],
    );
}

/// ST-11
#[test]
fn tokens_with_a_field_that_cannot_be_are_none() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let (narrow, one) = (scopes("mail"), [resource(API)]);
    let token = issued.refresh_token();
    let narrowed =
        crate::grant::refresh_token::Refreshing { scopes: Some(&narrow), resources: &one, ..house.refreshing(&token, at(0)) };
    let grant = house.refresh(&grant, &narrowed, true).grant;
    assert_refused(
        &grant,
        &[
            |stored| {
                let StoredState::Active { scopes, .. } = &mut stored.state else { unreachable!() };
                *scopes = Some(TOO_LONG);
            },
            |stored| access(stored).issued = TOO_LATE,
            |stored| access(stored).expires = TOO_LATE,
            |stored| access(stored).scopes = Some(TOO_LONG),
            |stored| access(stored).resources = Some(vec![TOO_LONG]),
            |stored| line(stored).expires = TOO_LATE,
            |stored| line(stored).ends = TOO_LATE,
            |stored| line(stored).previous.as_mut().unwrap().1 = TOO_LATE,
            |stored| line(stored).superseded[0].1 = TOO_LATE,
        ],
    );
}
