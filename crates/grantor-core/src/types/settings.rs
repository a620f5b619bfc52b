use std::{ops::RangeInclusive, time::Duration};

use super::{Issuer, Origin, Pepper, Resource, Scope, ScopeSet};

/// What a server was configured with, checked. Made by the server's builder alone.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) issuer: Issuer,
    pub(crate) scopes: Vec<(Scope, Box<str>)>,
    pub(crate) default_scopes: ScopeSet,
    pub(crate) resources: Vec<Resource>,
    pub(crate) origins: Vec<Origin>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) pepper: Pepper,
}

/// The lifetimes that an access token may have: from a second to 30 days.
pub(crate) const ACCESS_LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30 * 86_400);

/// How long things live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// A parked request, and its ticket: ten minutes.
    pub parked: Duration,
    /// An authorization code: 60 seconds, at most 600 (RFC 6749 §4.1.2).
    pub code: Duration,
    /// An access token: 600 seconds.
    pub access: Duration,
    /// A grant's refresh tokens altogether, from the redemption on: 90 days.
    pub refresh_absolute: Duration,
    /// One refresh token, from its issue on: 30 days.
    pub refresh_idle: Duration,
    /// How long a lost answer may be asked for again: 10 seconds; zero switches it off.
    pub retry_window: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            parked: Duration::from_secs(600),
            code: Duration::from_secs(60),
            access: Duration::from_secs(600),
            refresh_absolute: Duration::from_secs(90 * DAY),
            refresh_idle: Duration::from_secs(30 * DAY),
            retry_window: Duration::from_secs(10),
        }
    }
}

impl Settings {
    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// What the scope means to a person, if the server knows the scope.
    #[must_use]
    pub fn describe(&self, scope: &str) -> Option<&str> {
        self.scopes.iter().find(|(known, _)| known.as_str() == scope).map(|(_, description)| &**description)
    }

    /// The scopes the server knows, in the order they were configured.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().map(|(scope, _)| scope)
    }

    /// The configured resource that the indicator names.
    #[must_use]
    pub fn resource(&self, named: &Resource) -> Option<&Resource> {
        self.resources.iter().find(|known| *known == named)
    }

    /// The resources that tokens may be for, in the order they were configured.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter()
    }

    /// The resource of a request that names none.
    #[must_use]
    pub fn default_resource(&self) -> Option<&Resource> {
        self.resources.first()
    }

    /// The origins whose pages may call the token and revocation endpoints, in the order they were configured.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// How long things live.
    #[must_use]
    pub fn lifetimes(&self) -> &Lifetimes {
        &self.lifetimes
    }
}
