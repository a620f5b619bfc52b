//! What a service has already, on its own storage: a login form, and a session in a cookie.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use axum::extract::{Form, FromRequestParts, State};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use cookie::Cookie;
use grantor::{AuthorizationServer, Login};
use rand::{TryRng, rngs::SysRng};
use time::{Duration, OffsetDateTime};

use crate::pages::{LoginPage, page};

/// On https it is `__Host-session`, and `Secure` goes with it.
const COOKIE: &str = "session-minimal";
/// argon2id of alice's password: alice.
const ALICE: &str = "$argon2id$v=19$m=19456,t=2,p=1$VTsLQJ+eccFB9eJtSZMSDg$xsnaSqy4zEuQCZky9OYO6FkPWRbDBDyCwoGB/bJTFww";

static SESSIONS: Mutex<BTreeMap<String, OffsetDateTime>> = Mutex::new(BTreeMap::new());

pub(crate) struct Session(Option<Login>);

#[derive(serde::Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    return_to: String,
}

impl Session {
    pub(crate) fn login(self) -> Option<Login> {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let cookies = parts.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        let mut cookies = Cookie::split_parse(cookies.unwrap_or_default()).flatten();
        let id = cookies.find(|cookie| cookie.name() == COOKIE).map(|cookie| cookie.value().to_owned());
        Ok(Self(id.and_then(|id| {
            let auth_time = *sessions().get(&id)?;
            let live = OffsetDateTime::now_utc() - auth_time < Duration::hours(8);
            live.then(|| Login::new("alice", id, auth_time))
        })))
    }
}

pub(crate) async fn log_in(
    State(server): State<AuthorizationServer>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Response {
    let from_here = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let Some(return_to) = server.return_to(&form.return_to).filter(|_| from_here) else {
        return (StatusCode::BAD_REQUEST, "Go back to the app and start again").into_response();
    };
    let mut id = [0; 32];
    if !is_alice(form.username, form.password).await || SysRng.try_fill_bytes(&mut id).is_err() {
        let page = page(&LoginPage { return_to: return_to.as_str() });
        return (StatusCode::UNAUTHORIZED, page).into_response();
    }
    let id = id.map(|byte| format!("{byte:02x}")).concat();
    let cookie = format!("{COOKIE}={id}; HttpOnly; SameSite=Lax; Path=/");
    sessions().insert(id, OffsetDateTime::now_utc());
    ([(header::SET_COOKIE, cookie)], Redirect::to(return_to.as_str())).into_response()
}

/// Off the runtime's threads, and as slow for a stranger as for alice.
async fn is_alice(username: String, password: String) -> bool {
    let check = move || {
        let alice = PasswordHash::new(ALICE)?;
        Argon2::default().verify_password(password.as_bytes(), &alice)
    };
    tokio::task::spawn_blocking(check).await.is_ok_and(|checked| checked.is_ok()) && username == "alice"
}

fn sessions() -> MutexGuard<'static, BTreeMap<String, OffsetDateTime>> {
    SESSIONS.lock().unwrap_or_else(PoisonError::into_inner)
}
