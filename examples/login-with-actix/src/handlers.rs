//! The handlers: what this service answers.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use grantor::actix::{Access, Answer, Authorize};
use grantor::{AuthorizationServer, Next};
use login_with_host::Page;
use login_with_host::api::{self, Api};

use crate::app::{App, Sender, Shown};

/// The authorization endpoint: the library checked the request, the host knows the person.
pub(crate) async fn authorize(
    host: App,
    Sender(visitor): Sender,
    request: HttpRequest,
    Authorize(pending): Authorize,
) -> Result<HttpResponse, Answer> {
    let query = request.uri().query();
    Ok(match pending.next(visitor.login()).await? {
        Next::LogIn(return_to) => Shown(host.login_first(&visitor, return_to.as_str())).into(),
        Next::Ask(_) if host.answered_before(&visitor, query).await => Shown(Page::answered()).into(),
        Next::Ask(question) if !question.must_ask() && host.agreed_before(&visitor, question.facts()).await => {
            Answer(question.approve_all().await).into()
        }
        Next::Ask(question) => Shown(host.consent_page(&visitor, &question.park().await?, query)).into(),
        Next::Answer(reply) => Answer(reply).into(),
    })
}

/// The consent form came back.
pub(crate) async fn consent(
    host: App,
    server: Data<AuthorizationServer>,
    Sender(visitor): Sender,
    body: Bytes,
) -> Result<HttpResponse, Answer> {
    let answer = match host.answer(&visitor, &body) {
        Ok(answer) => answer,
        Err(page) => return Ok(Shown(page).into()),
    };
    let question = server.resume(&answer.ticket, &answer.login).await?;
    let outcome = host.outcome(question.facts(), &answer);
    let reply = if answer.allow { question.approve(answer.scopes).await } else { question.deny().await };
    if reply.status().is_redirection() {
        host.remember(&visitor, outcome).await;
    }
    Ok(Answer(reply).into())
}

/// A protected path, behind its guard.
pub(crate) fn protected(api: &Api, access: &Access) -> Shown {
    Shown(api::answer(&api.path, access))
}

pub(crate) async fn login_page(host: App, request: HttpRequest) -> Shown {
    Shown(host.login_page(request.query_string()))
}

pub(crate) async fn log_in(host: App, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.log_in(&visitor, &body).await)
}

pub(crate) async fn apps(host: App, Sender(visitor): Sender, request: HttpRequest) -> Shown {
    Shown(host.apps(&visitor, request.query_string()).await)
}

pub(crate) async fn end_app(host: App, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.end_app(&visitor, &body).await)
}

pub(crate) async fn close_account(host: App, Sender(visitor): Sender, body: Bytes) -> Shown {
    Shown(host.close_account(&visitor, &body).await)
}

pub(crate) async fn home(host: App, Sender(visitor): Sender) -> Shown {
    Shown(host.home(&visitor))
}

pub(crate) async fn no_icon() -> Shown {
    Shown(Page::no_icon())
}

pub(crate) async fn style() -> Shown {
    Shown(Page::style())
}
