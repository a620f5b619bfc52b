use std::{borrow::Cow, fmt};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::AuthorizationServer;
use crate::{
    grant::{Handed, Kind},
    protocol::{
        AUTHORIZE_BODY_LIMIT, AuthorizationRequest,
        params::{Name, Names, Params},
    },
};

/// The longest query that is read, in bytes; a body counts with it.
pub(super) const QUERY_LIMIT: usize = AUTHORIZE_BODY_LIMIT;

/// What stands before the handle in `request_uri` when a request comes back from a login.
const HANDLE_URN: &str = "urn:ietf:params:oauth:request_uri:";

/// What may not stand in a query as it is (RFC 3986 §3.4).
const OUTSIDE_QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'\'');

/// A place on this server to go to after a login: the authorization endpoint with the request, percent-encoded.
///
/// [`AuthorizationServer::return_to`] reads one back and accepts nothing else, so that a host's `?return_to=` leads nowhere
/// else. The request is validated whole when it comes back.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

impl AuthorizationServer {
    /// Reads a place to return to, as a login form sends it back. `None` for anything but this server's own authorization
    /// endpoint, so that a login page that uses it is no open redirect.
    #[must_use]
    pub fn return_to(&self, text: &str) -> Option<ReturnTo> {
        let query = text.strip_prefix(self.authorize_path())?.strip_prefix('?')?;
        let own = query.len() <= QUERY_LIMIT && utf8_percent_encode(query, OUTSIDE_QUERY).eq([query]);
        own.then(|| ReturnTo(text.to_owned()))
    }

    pub(super) fn return_to_query(&self, query: &str) -> ReturnTo {
        ReturnTo(format!("{}?{}", self.authorize_path(), utf8_percent_encode(query, OUTSIDE_QUERY)))
    }
}

impl ReturnTo {
    /// The path and query, ready for a `Location` header or, escaped, for a form field.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The handle of a parked request, if that is what `request_uri` holds.
pub(super) fn handle(params: &Params<'_>) -> Option<Handed> {
    let text = params.get(Name::RequestUri).ok().flatten()?;
    Handed::parse(Kind::Handle, text.strip_prefix(HANDLE_URN)?)
}

/// Whether the query, percent-encoded, is short enough to be read again, and its names too.
pub(super) fn comes_back_whole(query: &str) -> bool {
    match Cow::from(utf8_percent_encode(query, OUTSIDE_QUERY)) {
        Cow::Borrowed(same) => same.len() <= QUERY_LIMIT,
        Cow::Owned(longer) => longer.len() <= QUERY_LIMIT && Params::parse(&[longer.as_bytes()], Names::of(&[])).is_ok(),
    }
}

/// The query by which a parked request comes back, behind the endpoint's own.
pub(super) fn query_of(request: &AuthorizationRequest, handle: &Handed, own: &str) -> String {
    let request_uri = format!("{HANDLE_URN}{}", handle.to_text().expose());
    let client_id = request.client().id().as_str();
    form_urlencoded::Serializer::new(own.to_owned())
        .append_pair("client_id", client_id)
        .append_pair("request_uri", &request_uri)
        .finish()
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnTo([REDACTED])")
    }
}
