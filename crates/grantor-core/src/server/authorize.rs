use http::Method;

use super::{
    Attempt, AuthorizationServer, Pending, Place, observe,
    question::Waiting,
    return_to::{QUERY_LIMIT, handle, query_of},
    settle::Trouble,
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
        if !reply::is_method(call.method, &[Method::GET, Method::HEAD, Method::POST]) {
            return Err(reply::method_not_allowed("GET, HEAD, POST"));
        }
        let attempt = Attempt { at: Place::Authorize, peer: call.peer, client: None };
        if let Err(wait) = self.0.throttle.admit(&attempt).await {
            observe::refused(ErrorCode::TemporarilyUnavailable, Reason::RateLimited);
            return Err(reply::too_many_page(wait, self.0.render.as_deref()));
        }
        let pending = self.read(&call).await;
        if call.method != Method::HEAD.as_str() {
            return pending;
        }
        Err(pending.err().unwrap_or_else(reply::nothing_to_show))
    }

    async fn read(&self, call: &Call<'_>) -> Result<Pending, Reply> {
        let now = self.now();
        let query = call.query.unwrap_or_default().as_bytes();
        if query.len() > QUERY_LIMIT {
            observe::refused(ErrorCode::InvalidRequest, Reason::TooLarge);
            return Err(reply::uri_too_long(self.0.render.as_deref()));
        }
        let body = self.read_body(call)?;
        if query.len() + body.len() > QUERY_LIMIT {
            return Err(self.invalid_page(Reason::TooLarge));
        }
        let parts = [query, body];
        let params = Params::parse(&parts, authorize::NAMES).map_err(|_| self.invalid_page(Reason::ParameterCount))?;
        let client = self.read_client(&params).await?;
        if let Some(handle) = handle(&params) {
            return self.take_up(handle, client, now).await;
        }
        let request = AuthorizationRequest::read(&params, client, &self.0.settings).map_err(|error| self.refuse(error))?;
        Ok(Pending { server: self.clone(), request, now, waiting: None, query: joined(&parts) })
    }

    fn read_body<'a>(&self, call: &Call<'a>) -> Result<&'a [u8], Reply> {
        if call.method != Method::POST.as_str() {
            return Ok(&[]);
        }
        match call.body {
            Payload::TooLarge => Err(self.invalid_page(Reason::TooLarge)),
            Payload::Broken => Err(self.invalid_page(Reason::BodyBroken)),
            Payload::Whole(_) if !call.has_form() => Err(self.invalid_page(Reason::MediaType)),
            Payload::Whole(body) => Ok(body),
        }
    }

    /// One page for an unknown client and for one that is switched off.
    async fn read_client(&self, params: &Params<'_>) -> Result<Client, Reply> {
        let id = client_id(params).map_err(|error| self.page(error))?;
        let client = match ClientId::parse(id) {
            Ok(id) => self.find_client(&id).await.map_err(|trouble| self.trouble_page(trouble))?,
            Err(_) => None,
        };
        let unknown = PageError { code: ErrorCode::InvalidClient, reason: Reason::ClientUnknown };
        client.filter(Client::is_enabled).ok_or_else(|| self.page(unknown))
    }

    /// A request that was parked for a login comes back.
    async fn take_up(&self, handle: Handed, client: Client, now: time::OffsetDateTime) -> Result<Pending, Reply> {
        let grant = self.load(handle.grant_id()).await.map_err(|trouble| self.trouble_page(trouble))?;
        let waits = grant.filter(|grant| grant.waits_for(&handle, now) && grant.fits(&client));
        let asked = waits.as_ref().and_then(|grant| grant.asked().cloned());
        let (Some(grant), Some(asked)) = (waits, asked) else { return Err(self.invalid_page(Reason::HandleUnknown)) };
        let request = AuthorizationRequest::resumed(client, asked);
        let query = query_of(&request, &handle, self.own_query());
        Ok(Pending { server: self.clone(), request, now, waiting: Some(Waiting { grant, handle }), query })
    }

    pub(super) fn refuse(&self, error: AuthorizeError) -> Reply {
        match error {
            AuthorizeError::Page(error) => self.page(error),
            AuthorizeError::Redirect(error) => {
                observe::refused(error.code, error.reason);
                reply::redirect_error(&error.target, error.code, error.reason.text())
            }
            AuthorizeError::RedirectAfterLogin(error) => {
                observe::refused(error.code, error.reason);
                let answer = [("error", error.code.as_str()), ("error_description", error.reason.text())];
                let page = PageError { code: error.code, reason: error.reason };
                self.page_with(page, Some(&error.target.location(&answer)))
            }
        }
    }

    /// 503, before client and redirect URI are proven.
    pub(super) fn trouble_page(&self, trouble: Trouble) -> Reply {
        self.page_with(PageError { code: ErrorCode::ServerError, reason: trouble.0 }, None)
    }
}

/// Query and body as one query. Both were read strictly, so this reads back to the same parameters.
fn joined(parts: &[&[u8]]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty()).map(|part| String::from_utf8_lossy(part));
    parts.collect::<Vec<_>>().join("&")
}
