use std::pin::pin;

use http::Method;

use super::{
    Attempt, AuthorizationServer, Pending, Place,
    pending::Inquiry,
    question::{Origin, Waiting},
    return_to::{QUERY_LIMIT, handle, query_of},
    visit::{Visit, within},
};
use crate::{
    grant::Handed,
    protocol::{
        AuthorizationRequest, AuthorizeError, Call, ErrorCode, PageError, Payload, Reason, Reply,
        authorize::{self, client_id},
        params::Params,
        reply,
    },
    types::{Client, ClientId},
};

impl AuthorizationServer {
    /// Reads an authorization request (RFC 6749 §4.1.1). What comes out must be decided: [`Pending::next`].
    ///
    /// # Errors
    /// The finished answer: a page until client and redirect URI are proven, then a redirect or, for a client that nobody
    /// vouches for, a page with a link; 405 for other methods than GET, HEAD and POST, and 429 for an address that asks too
    /// often. HEAD is always answered here, and changes nothing; as with every HEAD, the HTTP server leaves the body out.
    pub async fn authorize(&self, call: Call<'_>) -> Result<Pending, Reply> {
        let visit = self.visit(Place::Authorize, &call);
        let span = visit.span().clone();
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD, Method::POST]) {
            return Err(span.in_scope(|| self.refuse_method(&visit, "GET, HEAD, POST")));
        }
        let pending = within(&span, pin!(self.admit_and_read(&call, visit))).await;
        if call.method != Method::HEAD.as_str() {
            return pending;
        }
        let shown = |pending: Pending| {
            pending.visit().ended("answered");
            reply::nothing_to_show()
        };
        Err(pending.map_or_else(|reply| reply, shown))
    }

    async fn admit_and_read(&self, call: &Call<'_>, visit: Visit) -> Result<Pending, Reply> {
        let attempt = Attempt { at: Place::Authorize, peer: call.peer, client: None };
        match self.0.throttle.admit(&attempt).await {
            Ok(()) => self.read(call, visit).await,
            Err(wait) => {
                let error = PageError { code: ErrorCode::TemporarilyUnavailable, reason: Reason::RateLimited };
                Err(reply::later(self.page(&visit, error, None), wait))
            }
        }
    }

    async fn read(&self, call: &Call<'_>, mut visit: Visit) -> Result<Pending, Reply> {
        let now = self.now();
        let query = call.query.unwrap_or_default().as_bytes();
        if query.len() > QUERY_LIMIT {
            return Err(reply::uri_too_long(self.invalid_page(&visit, Reason::TooLarge)));
        }
        let body = self.read_body(call, &visit)?;
        if query.len() + body.len() > QUERY_LIMIT {
            return Err(self.invalid_page(&visit, Reason::TooLarge));
        }
        let parts = [query, body];
        let params = Params::parse(&parts, authorize::NAMES);
        let params = params.map_err(|_| self.invalid_page(&visit, Reason::ParameterCount))?;
        let client = self.read_client(&params, &visit).await?;
        visit.of(client.id());
        if let Some(handle) = handle(&params) {
            return self.take_up(handle, client, now, visit).await;
        }
        let request = AuthorizationRequest::read(&params, client, &self.0.settings);
        let request = request.map_err(|error| self.refuse(&visit, error))?;
        let query = joined(call.query.unwrap_or_default(), body);
        Ok(Pending::of(Inquiry { server: self.clone(), request, now, origin: Origin::New, query, visit }))
    }

    fn read_body<'a>(&self, call: &Call<'a>, visit: &Visit) -> Result<&'a [u8], Reply> {
        if call.method != Method::POST.as_str() {
            return Ok(&[]);
        }
        match call.body {
            Payload::TooLarge => Err(self.invalid_page(visit, Reason::TooLarge)),
            Payload::Broken => Err(self.invalid_page(visit, Reason::BodyBroken)),
            Payload::Whole(_) if !call.has_form() => Err(self.invalid_page(visit, Reason::MediaType)),
            Payload::Whole(body) => Ok(body),
        }
    }

    /// One page for an unknown client and for one that is switched off.
    async fn read_client(&self, params: &Params<'_>, visit: &Visit) -> Result<Client, Reply> {
        let id = client_id(params).map_err(|error| self.page(visit, error, None))?;
        let client = match ClientId::parse(id) {
            Ok(id) => self.find_client(&id).await.map_err(|trouble| self.trouble_page(visit, trouble))?,
            Err(_) => None,
        };
        let unknown = PageError { code: ErrorCode::InvalidClient, reason: Reason::ClientUnknown };
        client.filter(Client::is_enabled).ok_or_else(|| self.page(visit, unknown, None))
    }

    /// A request that was parked for a login comes back.
    async fn take_up(
        &self,
        handle: Handed,
        client: Client,
        now: time::OffsetDateTime,
        mut visit: Visit,
    ) -> Result<Pending, Reply> {
        visit.about(handle.grant_id());
        let grant = self.load(handle.grant_id()).await.map_err(|trouble| self.trouble_page(&visit, trouble))?;
        let waits = grant.filter(|grant| grant.waits_for(&handle, now) && grant.fits(&client));
        let asked = waits.as_ref().and_then(|grant| grant.asked().cloned());
        let (Some(grant), Some(asked)) = (waits, asked) else { return Err(self.invalid_page(&visit, Reason::HandleUnknown)) };
        let request = AuthorizationRequest::resumed(client, asked);
        let query = query_of(&request, &handle, self.own_query());
        let origin = Origin::Waiting(Box::new(Waiting { grant, handle }));
        Ok(Pending::of(Inquiry { server: self.clone(), request, now, origin, query, visit }))
    }

    pub(super) fn refuse(&self, visit: &Visit, error: AuthorizeError) -> Reply {
        match error {
            AuthorizeError::Page(error) => self.page(visit, error, None),
            AuthorizeError::Redirect(error) => {
                self.tell_refused(visit, &visit.refusal(error.code, error.reason));
                reply::redirect_error(&error.target, error.code, error.reason.text())
            }
            AuthorizeError::RedirectAfterLogin(error) => {
                let answer = [("error", error.code.as_str()), ("error_description", error.reason.text())];
                let page = PageError { code: error.code, reason: error.reason };
                self.page(visit, page, Some(&error.target.location(&answer)))
            }
        }
    }
}

/// Query and body as one query. Both were read strictly, so this reads back to the same parameters.
fn joined(query: &str, body: &[u8]) -> String {
    match (query, body) {
        (query, []) => query.to_owned(),
        ("", body) => String::from_utf8_lossy(body).into_owned(),
        (query, body) => format!("{query}&{}", String::from_utf8_lossy(body)),
    }
}
