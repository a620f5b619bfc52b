//! Grants for the tests of the tables: made the way the engine makes them, and kept the way a store keeps them.

use std::{cell::Cell, time::Duration};

use time::OffsetDateTime;

use super::{
    Draw, Grant, Handed, HandedRefresh, Issued, Kind, Terms,
    authorization_code::{self, Redeeming},
    consent::{self, Answer, Answering, Outcome},
    refresh_token::{self, Refreshing},
};
use crate::{
    protocol::{AuthorizationRequest, CodeChallenge, authorize, params::Params},
    types::{Client, Digest, Issuer, Lifetimes, Login, Pepper, Resource, Scope, ScopeSet, SecretText, Settings},
};

pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const REDIRECT_URI: &str = "https://app.example/cb";
pub(super) const API: &str = "https://api.example/";
pub(super) const FILES: &str = "https://files.example/";

/// Everything around a grant: the client, the person, the terms, and random bytes that never repeat.
pub(crate) struct House {
    pub(super) client: Client,
    pub(crate) login: Login,
    pub(super) settings: Settings,
    drawn: Cell<u64>,
}

/// What one event came to: the row, what was answered, and the grant as it stands now.
pub(super) struct Step<R, A> {
    pub(super) row: R,
    pub(super) answer: A,
    pub(super) grant: Grant,
    pub(super) changed: bool,
}

/// So many milliseconds after the beginning.
pub(crate) fn at(milliseconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap() + time::Duration::milliseconds(milliseconds)
}

pub(super) fn client(id: &str) -> Client {
    Client::public(id).redirect_uri(REDIRECT_URI).refresh_tokens().build().unwrap()
}

pub(super) fn scopes(text: &str) -> ScopeSet {
    if text.is_empty() { ScopeSet::default() } else { ScopeSet::parse(text).unwrap() }
}

pub(super) fn resource(text: &str) -> Resource {
    Resource::parse(text).unwrap()
}

impl House {
    /// A retry window of ten seconds, codes of sixty, access tokens of six hundred.
    pub(crate) fn new() -> Self {
        let scope = |name: &str| (Scope::parse(name).unwrap(), Box::from(name));
        let settings = Settings {
            issuer: Issuer::parse("https://id.example").unwrap(),
            scopes: ["profile", "mail", "admin"].map(scope).to_vec(),
            default_scopes: ScopeSet::default(),
            resources: [API, FILES].map(resource).to_vec(),
            origins: Vec::new(),
            lifetimes: Lifetimes::default(),
            pepper: Pepper::new([5; 32]),
        };
        Self { client: client("app"), login: Login::new("ann", "session", at(-60_000)), settings, drawn: Cell::new(0) }
    }

    pub(super) fn with_window(mut self, window: Duration) -> Self {
        self.settings.lifetimes.retry_window = window;
        self
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn terms(&self) -> Terms<'_> {
        let Settings { lifetimes, pepper, issuer, .. } = &self.settings;
        Terms { lifetimes: *lifetimes, pepper, issuer, default_resource: self.settings.default_resource() }
    }

    pub(crate) fn draw(&self) -> Draw {
        let drawn = self.drawn.replace(self.drawn.get() + 1).to_be_bytes();
        let mut bytes = [0; Draw::WITH_LINE];
        for (part, number) in bytes.chunks_exact_mut(32).zip(0_u8..) {
            part.copy_from_slice(Digest::of(&[&drawn, &[number]]).as_bytes());
        }
        Draw::with_line(&bytes)
    }

    /// A request for `profile mail` at both resources, read as the server reads it.
    pub(super) fn request(&self) -> AuthorizationRequest {
        let query = format!(
            "client_id=app&redirect_uri={REDIRECT_URI}&response_type=code&scope=profile+mail&state=s&resource={API}&resource={FILES}&code_challenge_method=S256&code_challenge={}",
            CodeChallenge::of(VERIFIER).as_str()
        );
        let parts = [query.as_bytes()];
        let params = Params::parse(&parts, authorize::NAMES).unwrap();
        AuthorizationRequest::read(&params, self.client.clone(), &self.settings).unwrap()
    }

    /// The grant after a write at `now`, read back from its stored form.
    pub(crate) fn kept(&self, grant: Grant, now: OffsetDateTime) -> Grant {
        let grant = grant.marked(self.draw().version(), now);
        Grant::decode(&grant.encode()).unwrap()
    }

    pub(crate) fn begun(&self, now: OffsetDateTime) -> Grant {
        Grant::begin(self.draw().grant_id(), &self.request(), now, &self.terms())
    }

    /// A request that waits for its person's answer, and the ticket.
    pub(crate) fn parked(&self, now: OffsetDateTime) -> (Grant, Handed) {
        let (grant, ticket) = self.begun(now).park(&self.login, &self.draw());
        (self.kept(grant, now), Handed::parse(Kind::Ticket, ticket.expose()).unwrap())
    }

    /// A grant that its person allowed, with the ticket and the code.
    pub(crate) fn approved(&self, now: OffsetDateTime) -> (Grant, Handed, Handed) {
        let (grant, ticket) = self.parked(now);
        let answer = Answer::Allow(Some(scopes("profile mail")));
        let step = self.answer(&grant, &Answering { ticket: &ticket, login: &self.login, answer: &answer, now }, true);
        let code = step.answer.code();
        (step.grant, ticket, code)
    }

    /// A grant whose code was redeemed.
    pub(super) fn active(&self, now: OffsetDateTime) -> (Grant, Handed, Issued) {
        let (grant, _, code) = self.approved(now);
        let step = self.redeem(&grant, &self.redeeming(&code, now), true);
        (step.grant, code, step.answer.unwrap())
    }

    /// A redemption in which everything is right.
    pub(super) fn redeeming<'a>(&'a self, code: &'a Handed, now: OffsetDateTime) -> Redeeming<'a> {
        let (redirect_uri, verifier) = (Some(REDIRECT_URI), Some(VERIFIER));
        Redeeming { client: &self.client, code, redirect_uri, verifier, resources: &[], now }
    }

    /// A refresh in which everything is right.
    pub(super) fn refreshing<'a>(&'a self, token: &'a HandedRefresh, now: OffsetDateTime) -> Refreshing<'a> {
        Refreshing { client: &self.client, token, scopes: None, resources: &[], now }
    }

    pub(super) fn answer(&self, grant: &Grant, event: &Answering<'_>, welcome: bool) -> Step<consent::Row, Outcome> {
        let row = consent::judge(grant, event, welcome, self.settings.lifetimes.retry_window);
        let (answer, next) = consent::apply(row, grant.clone(), event, Some(&self.draw()), &self.terms());
        self.step(row, answer, grant, next, event.now)
    }

    pub(super) fn redeem(
        &self,
        grant: &Grant,
        event: &Redeeming<'_>,
        welcome: bool,
    ) -> Step<authorization_code::Row, Option<Issued>> {
        let row = authorization_code::judge(grant, event, welcome, &self.terms());
        let (answer, next) = authorization_code::apply(row, grant.clone(), event, Some(&self.draw()), &self.terms());
        self.step(row, answer, grant, next, event.now)
    }

    pub(super) fn refresh(
        &self,
        grant: &Grant,
        event: &Refreshing<'_>,
        welcome: bool,
    ) -> Step<refresh_token::Row, Option<Issued>> {
        let row = refresh_token::judge(grant, event, welcome, &self.terms());
        let (answer, next) = refresh_token::apply(row, grant.clone(), event, Some(&self.draw()), &self.terms());
        self.step(row, answer, grant, next, event.now)
    }

    fn step<R, A>(&self, row: R, answer: A, before: &Grant, next: Option<Grant>, now: OffsetDateTime) -> Step<R, A> {
        let changed = next.is_some();
        let grant = next.map_or_else(|| before.clone(), |next| self.kept(next, now));
        assert_eq!(changed, grant.encode() != before.encode());
        Step { row, answer, grant, changed }
    }
}

impl Outcome {
    /// The code that was handed out.
    pub(super) fn code(&self) -> Handed {
        let Self::Code(text) = self else { unreachable!("{self:?}") };
        Handed::parse(Kind::Code, text.expose()).unwrap()
    }
}

impl Issued {
    pub(super) fn access_token(&self) -> Handed {
        Handed::parse(Kind::Access, self.access.expose()).unwrap()
    }

    pub(super) fn refresh_token(&self) -> HandedRefresh {
        HandedRefresh::parse(self.refresh.as_ref().map(SecretText::expose).unwrap()).unwrap()
    }
}
