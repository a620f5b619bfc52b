use super::*;
use crate::grant::{
    Stage,
    fixture::{House, at, client},
    refresh_token::Row as RefreshRow,
};

fn refresh(house: &House, grant: &Grant, token: &AnyToken) -> (RefreshRow, Option<AnyToken>, Grant) {
    let AnyToken::Refresh(token) = token else { unreachable!() };
    let step = house.refresh(grant, &house.refreshing(token, at(1_000)), true);
    (step.row, step.answer.map(|issued| AnyToken::Refresh(issued.refresh_token())), step.grant)
}

fn revoke(house: &House, grant: &Grant, holder: &Client, token: &AnyToken) -> (Row, Option<Grant>) {
    let event = Revoking { client: holder, token, now: at(2_000) };
    let row = judge(grant, &event, &house.terms());
    (row, apply(row, grant.clone(), &event, house.terms().lifetimes.retry_window))
}

/// RV-06, ST-08
#[test]
fn a_refresh_token_of_any_generation_takes_the_grant_with_it() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let first = AnyToken::Refresh(issued.refresh_token());
    let (row, second, rotated) = refresh(&house, &grant, &first);
    assert_eq!(row, RefreshRow::F11);
    for token in [&first, &second.unwrap()] {
        let (row, ended) = revoke(&house, &rotated, &house.client, token);
        assert_eq!((row, ended.map(|grant| grant.stage())), (Row::V1, Some(Stage::Ended)));
    }
}

/// RV-01, RV-06
#[test]
fn an_access_token_dies_alone() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let access = issued.access_token();
    let (row, next) = revoke(&house, &grant, &house.client, &AnyToken::Access(access.clone()));
    let next = next.unwrap();
    assert_eq!((row, next.stage()), (Row::V2, Stage::Active));
    assert!(grant.access(&access).is_some() && next.access(&access).is_none());
    assert_eq!(refresh(&house, &next, &AnyToken::Refresh(issued.refresh_token())).0, RefreshRow::F11);
}

/// RV-02, RV-05
#[test]
fn what_is_another_clients_or_unknown_changes_nothing() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let other = client("other");
    let unknown = Handed::new(crate::grant::Kind::Access, *grant.id(), crate::types::SecretBytes::new([1; 32]));
    let mut tag_wrong = issued.refresh_token();
    tag_wrong.tag[0] ^= 1;
    let tries = [
        (&other, AnyToken::Refresh(issued.refresh_token())),
        (&other, AnyToken::Access(issued.access_token())),
        (&house.client, AnyToken::Refresh(tag_wrong)),
        (&house.client, AnyToken::Access(unknown)),
    ];
    for (holder, token) in &tries {
        let (row, next) = revoke(&house, &grant, holder, token);
        assert!(row == Row::V3 && next.is_none(), "{token:?}");
    }
    let (approved, _, _) = house.approved(at(0));
    assert_eq!(revoke(&house, &approved, &house.client, &tries[0].1).0, Row::V3);
}

/// RV-02
#[test]
fn an_ended_grant_stays_as_it_is() {
    let house = House::new();
    let (grant, _, issued) = house.active(at(0));
    let token = AnyToken::Refresh(issued.refresh_token());
    let ended = revoke(&house, &grant, &house.client, &token).1.unwrap();
    let (row, next) = revoke(&house, &ended, &house.client, &token);
    assert!(row == Row::V0 && next.is_none());
}

/// RV-02
#[test]
fn of_a_grant_without_tokens_none_is_taken() {
    let house = House::new();
    let (_, _, issued) = house.active(at(0));
    let token = AnyToken::Access(issued.access_token());
    let event = Revoking { client: &house.client, token: &token, now: at(0) };
    for grant in [house.parked(at(0)).0, house.approved(at(0)).0] {
        let next = apply(Row::V2, grant.clone(), &event, house.terms().lifetimes.retry_window).unwrap();
        assert_eq!(next.encode(), grant.encode(), "{grant:?}");
    }
}
