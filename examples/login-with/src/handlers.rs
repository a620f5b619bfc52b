//! The handlers: what this service answers.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use grantor::tower::{Access, Authorize};
use grantor::{Next, Reply};
use login_with_host::Page;
use login_with_host::api::{self, Api};

use crate::app::{App, Sender, Shown};

/// The authorization endpoint: the library checked the request, the host knows the person.
pub(crate) async fn authorize(
    State(App(host)): State<App>,
    Sender(visitor): Sender,
    RawQuery(query): RawQuery,
    Authorize(pending): Authorize,
) -> Result<Response, Reply> {
    let query = query.as_deref();
    Ok(match pending.next(visitor.login()).await? {
        Next::LogIn(return_to) => Shown(host.login_first(&visitor, return_to.as_str())).into_response(),
        Next::Ask(_) if host.answered_before(&visitor, query).await => Shown(Page::answered()).into_response(),
        Next::Ask(question) if !question.must_ask() && host.agreed_before(&visitor, question.facts()).await => {
            question.approve_all().await.into_response()
        }
        Next::Ask(question) => Shown(host.consent_page(&visitor, &question.park().await?, query)).into_response(),
        Next::Answer(reply) => reply.into_response(),
    })
}

/// The consent form came back.
pub(crate) async fn consent(State(App(host)): State<App>, Sender(visitor): Sender, body: Bytes) -> Result<Response, Reply> {
    let answer = match host.answer(&visitor, &body) {
        Ok(answer) => answer,
        Err(page) => return Ok(Shown(page).into_response()),
    };
    let question = host.server().resume(&answer.ticket, &answer.login).await?;
    let outcome = host.outcome(question.facts(), &answer);
    let reply = if answer.allow { question.approve(answer.scopes).await } else { question.deny().await };
    if reply.status().is_redirection() {
        host.remember(&visitor, outcome).await;
    }
    Ok(reply.into_response())
}

/// A protected path, behind its guard.
pub(crate) fn protected(api: &Api, access: &Access) -> Shown {
    Shown(api::answer(&api.path, access))
}

pub(crate) async fn login_page(State(App(host)): State<App>, RawQuery(query): RawQuery) -> Shown {
    Shown(host.login_page(&query.unwrap_or_default()))
}

pub(crate) async fn log_in(State(App(host)): State<App>, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.log_in(&visitor, &body).await)
}

pub(crate) async fn apps(State(App(host)): State<App>, Sender(visitor): Sender, RawQuery(query): RawQuery) -> Shown {
    Shown(host.apps(&visitor, &query.unwrap_or_default()).await)
}

pub(crate) async fn end_app(State(App(host)): State<App>, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.end_app(&visitor, &body).await)
}

pub(crate) async fn close_account(State(App(host)): State<App>, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.close_account(&visitor, &body).await)
}

pub(crate) async fn home(State(App(host)): State<App>, Sender(visitor): Sender) -> Shown {
    Shown(host.home(&visitor))
}

pub(crate) async fn no_icon() -> Shown {
    Shown(Page::no_icon())
}

pub(crate) async fn style() -> Shown {
    Shown(Page::style())
}
