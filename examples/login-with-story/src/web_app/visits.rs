//! Who visits the web app. The browser has a cookie with 256 random bits; everything else stays here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, header};
use cookie::{Cookie, SameSite};
use oauth2::PkceCodeVerifier;

use crate::story::random;

/// Visits that are kept; the oldest go first.
const MOST_VISITS: usize = 200;
/// Requests of one browser that wait at the same time.
const MOST_PENDING: usize = 8;

/// What is known of one browser.
#[derive(Default)]
pub(crate) struct Visit {
    /// The requests that wait for their answers: one for each tab.
    pub(crate) pending: Vec<Pending>,
    /// A code that the thief has seen, and that was not redeemed yet.
    pub(crate) held: Option<Held>,
    /// The person's tokens.
    pub(crate) tokens: Option<Tokens>,
    /// What the API said of the person.
    pub(crate) name: Option<String>,
    /// The person's mail, once it was fetched.
    pub(crate) mail: Option<Vec<(String, String)>>,
    /// What to say on the next page.
    pub(crate) notice: Option<String>,
}

impl Visit {
    /// Another request, in the place of the oldest if there are too many.
    pub(crate) fn wait_for(&mut self, pending: Pending) {
        if self.pending.len() >= MOST_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(pending);
    }

    /// The request with this state, which waits no longer: of two answers to it, one at most is taken.
    pub(crate) fn take_pending(&mut self, state: &str) -> Option<Pending> {
        let place = self.pending.iter().position(|pending| pending.state == state)?;
        Some(self.pending.remove(place))
    }
}

/// A request that was sent, and what its answer must bring.
pub(crate) struct Pending {
    pub(crate) state: String,
    pub(crate) verifier: PkceCodeVerifier,
    pub(crate) redirect_uri: String,
}

/// A code, and what redeems it.
pub(crate) struct Held {
    pub(crate) code: String,
    pub(crate) verifier: PkceCodeVerifier,
    pub(crate) redirect_uri: String,
}

/// What the token endpoint gave.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
}

/// All visits.
pub(crate) struct Visits {
    cookie_name: String,
    kept: Mutex<(BTreeMap<String, Visit>, VecDeque<String>)>,
}

impl Visits {
    /// Cookies do not tell ports apart, so the port is in the name.
    pub(crate) fn new(origin: &str) -> Self {
        let port = origin.rsplit(':').next().unwrap_or_default();
        Self { cookie_name: format!("web-app-{port}"), kept: Mutex::default() }
    }

    /// The id of a live visit in the request's cookies.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Option<String> {
        self.cookie(headers).filter(|id| self.kept().0.contains_key(id))
    }

    /// What the browser has for an id, of a live visit or not.
    pub(crate) fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let mut cookies = Cookie::split_parse(cookies).flatten();
        Some(cookies.find(|cookie| cookie.name() == self.cookie_name)?.value().to_owned())
    }

    /// A new visit.
    pub(crate) fn begin(&self, visit: Visit) -> Option<String> {
        let id = random()?;
        let mut kept = self.kept();
        kept.0.insert(id.clone(), visit);
        kept.1.push_back(id.clone());
        if kept.1.len() > MOST_VISITS
            && let Some(oldest) = kept.1.pop_front()
        {
            kept.0.remove(&oldest);
        }
        Some(id)
    }

    /// Takes a visit out: what was planted in a browser before the login is worth nothing after it.
    pub(crate) fn take(&self, id: &str) -> Option<Visit> {
        let mut kept = self.kept();
        kept.1.retain(|other| other != id);
        kept.0.remove(id)
    }

    /// Looks at a visit, or changes it.
    pub(crate) fn with<T>(&self, id: &str, act: impl FnOnce(&mut Visit) -> T) -> Option<T> {
        self.kept().0.get_mut(id).map(act)
    }

    /// The header that gives the browser its visit.
    pub(crate) fn set_cookie(&self, id: &str) -> String {
        let cookie = Cookie::build((self.cookie_name.as_str(), id)).path("/").http_only(true);
        cookie.same_site(SameSite::Lax).build().to_string()
    }

    fn kept(&self) -> MutexGuard<'_, (BTreeMap<String, Visit>, VecDeque<String>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
