use time::OffsetDateTime;

use crate::types::{ClientId, GrantId, InvalidScope, Resource, Scope, ScopeSet, Subject};

/// What a request to an API must bring.
#[derive(Debug, Clone, Default)]
pub struct Needed {
    scopes: ScopeSet,
    one_is_enough: bool,
}

/// A checked access token: who lets whom do what, until when. A guard makes one, or reads one from another
/// server's introspection answer.
#[derive(Debug, Clone)]
pub struct Access {
    pub(crate) grant: Option<GrantId>,
    pub(crate) subject: Option<Subject>,
    pub(crate) client_id: ClientId,
    pub(crate) scopes: ScopeSet,
    pub(crate) audience: Vec<Resource>,
    /// Whether it names an audience at all, be it one that is no resource indicator.
    pub(crate) is_bound: bool,
    pub(crate) expires_at: OffsetDateTime,
}

/// Whether holding one scope is as good as holding another.
pub(crate) type Implies = dyn Fn(&str, &str) -> bool + Send + Sync;

impl Needed {
    /// A live token for this resource, whatever its scopes.
    #[must_use]
    pub fn token() -> Self {
        Self::default()
    }

    /// A live token with all of these scopes.
    ///
    /// # Errors
    /// [`InvalidScope`] when one of them is no scope.
    pub fn all_of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        Ok(Self { scopes: read(scopes)?, one_is_enough: false })
    }

    /// A live token with at least one of these scopes.
    ///
    /// # Errors
    /// [`InvalidScope`] when one of them is no scope, or there is none: no token could ever do.
    pub fn any_of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        let scopes = read(scopes)?;
        if scopes.is_empty() { Err(InvalidScope) } else { Ok(Self { scopes, one_is_enough: true }) }
    }

    /// The scopes that a challenge names: all that the route knows (RFC 6750 §3).
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    pub(crate) fn is_met(&self, held: &ScopeSet, implies: Option<&Implies>) -> bool {
        let has =
            |needed: &str| held.contains(needed) || implies.is_some_and(|implies| held.iter().any(|held| implies(held, needed)));
        if self.one_is_enough { self.scopes.iter().any(has) } else { self.scopes.iter().all(has) }
    }
}

fn read<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<ScopeSet, InvalidScope> {
    let scopes: Vec<Scope> = scopes.into_iter().map(Scope::parse).collect::<Result<_, _>>()?;
    Ok(scopes.iter().collect())
}

impl Access {
    /// The person who allowed it; nothing when a client acts for itself, so that no client is taken for a person
    /// (RFC 9700 §4.15).
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The `sub` of the token (RFC 7662 §2.2): the person, or the client that acts for itself. Show it or log it; to find
    /// an account, take [`subject`](Self::subject).
    #[must_use]
    pub fn sub(&self) -> &str {
        self.subject.as_ref().map_or(self.client_id.as_str(), Subject::as_str)
    }

    /// The client that acts.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The resources the token is for (RFC 8707); empty if the server has none.
    #[must_use]
    pub fn audience(&self) -> &[Resource] {
        &self.audience
    }

    /// When the token dies by itself.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// The grant behind the token, where the token was checked in the server's own process. It is the same for all tokens
    /// of one consent.
    #[must_use]
    pub fn grant_id(&self) -> Option<&GrantId> {
        self.grant.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PV-27
    #[test]
    fn all_of_wants_each_scope_and_any_of_wants_one() {
        let held = ScopeSet::parse("a b").unwrap();
        let all = |scopes: &[&str]| Needed::all_of(scopes.iter().copied()).unwrap().is_met(&held, None);
        let any = |scopes: &[&str]| Needed::any_of(scopes.iter().copied()).unwrap().is_met(&held, None);
        assert!(all(&["a"]) && all(&["b", "a"]) && !all(&["a", "c"]) && all(&[]));
        assert!(any(&["c", "b"]) && !any(&["c", "d"]));
        assert!(Needed::any_of([]).is_err() && Needed::all_of(["a b"]).is_err() && Needed::any_of(["a", ""]).is_err());
    }

    /// PV-27
    #[test]
    fn a_hierarchy_lets_a_wider_scope_stand_for_a_narrower_one() {
        let held = ScopeSet::parse("mail").unwrap();
        let implies = |held: &str, needed: &str| needed.strip_prefix(held).is_some_and(|rest| rest.starts_with('.'));
        let needed = Needed::all_of(["mail.read", "mail"]).unwrap();
        assert!(needed.is_met(&held, Some(&implies)) && !needed.is_met(&held, None));
        assert!(!Needed::all_of(["mailbox"]).unwrap().is_met(&held, Some(&implies)));
    }
}
