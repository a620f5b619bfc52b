//! Answers: the only file that knows status codes and headers.

use std::{fmt::Write as _, sync::OnceLock, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde::Serialize;

use super::{Body, ErrorCode, Explanation, HostPage, PageFacts, Reason, Target, introspection::Active, page};
use crate::types::{Origin, ScopeSet, SecretText};

/// A whole answer. Print it and it tells neither tokens nor codes.
pub type Reply = Response<Body>;

/// How the host renders error pages.
pub(crate) type RenderPage = dyn Fn(&PageFacts<'_>) -> HostPage + Send + Sync;

const PLAIN_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'";

/// Values that are checked once and for all, so that to set one copies nothing.
macro_rules! values {
    ($($name:ident = $text:literal),* $(,)?) => {
        $(static $name: HeaderValue = HeaderValue::from_static($text);)*
    };
}

values! {
    ANY = "*", ASK_AGAIN = "1", BASIC = "Basic realm=\"token\", charset=\"UTF-8\"", BY_ORIGIN = "Origin", DENY = "DENY",
    EXPOSED = "WWW-Authenticate, DPoP-Nonce", FOR_A_WHILE = "public, max-age=300", HTML = "text/html; charset=utf-8",
    JSON = "application/json", NO_CACHE = "no-cache", NO_REFERRER = "no-referrer", NO_STORE = "no-store", NOSNIFF = "nosniff",
    PREFLIGHT_AGE = "600", PREFLIGHT_HEADERS = "authorization, content-type", PREFLIGHT_METHODS = "POST",
    TAKES_OPTIONS = "POST, OPTIONS", UNFRAMED = "frame-ancestors 'none'", CHALLENGE = "WWW-Authenticate",
}

/// A bare answer that no cache keeps.
fn bare(status: StatusCode) -> Reply {
    let mut reply = Response::new(Body::default());
    *reply.status_mut() = status;
    set(&mut reply, header::CACHE_CONTROL, &NO_STORE);
    reply
}

fn set(reply: &mut Reply, name: header::HeaderName, value: &HeaderValue) {
    reply.headers_mut().insert(name, value.clone());
}

/// Sets a header to text that was made here from checked parts. What is no header value is left out, never sent raw.
fn set_text(reply: &mut Reply, name: header::HeaderName, text: String) {
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        reply.headers_mut().insert(name, value);
    }
}

/// 303 to a proven target (RFC 9700 §4.12), with `state` and `iss`.
pub(crate) fn redirect(target: &Target, answer: &[(&str, &str)]) -> Reply {
    let mut reply = bare(StatusCode::SEE_OTHER);
    set_text(&mut reply, header::LOCATION, target.location(answer));
    set(&mut reply, header::REFERRER_POLICY, &NO_REFERRER);
    reply
}

/// A redirect that tells the client an error (RFC 6749 §4.1.2.1).
pub(crate) fn redirect_error(target: &Target, code: ErrorCode, description: &str) -> Reply {
    let mut reply = redirect(target, &[("error", code.as_str()), ("error_description", description)]);
    if code == ErrorCode::TemporarilyUnavailable {
        set(&mut reply, header::RETRY_AFTER, &ASK_AGAIN);
    }
    reply
}

/// A page that names the error and leads nowhere, or to the link that the facts prove.
pub(crate) fn page(facts: &PageFacts<'_>, render: Option<&RenderPage>) -> Reply {
    let status = match (facts.reason, facts.code) {
        (Reason::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Reason::RateLimited, _) => StatusCode::TOO_MANY_REQUESTS,
        (_, ErrorCode::ServerError) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut reply = bare(status);
    let (html, policy) = match render {
        Some(render) => {
            let own = render(facts);
            (own.html, own.content_security_policy)
        }
        None => (page::plain(facts), PLAIN_PAGE.to_owned()),
    };
    *reply.body_mut() = Body::new(html);
    set(&mut reply, header::CONTENT_TYPE, &HTML);
    set(&mut reply, header::REFERRER_POLICY, &NO_REFERRER);
    set(&mut reply, header::X_FRAME_OPTIONS, &DENY);
    set(&mut reply, header::X_CONTENT_TYPE_OPTIONS, &NOSNIFF);
    // The first of two directives counts, and no policy of a host may lose this one.
    let policy: Vec<&str> = ["frame-ancestors 'none';"].into_iter().chain(policy.split_ascii_whitespace()).collect();
    set(&mut reply, header::CONTENT_SECURITY_POLICY, &UNFRAMED);
    set_text(&mut reply, header::CONTENT_SECURITY_POLICY, policy.join(" "));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        set(&mut reply, header::RETRY_AFTER, &ASK_AGAIN);
    }
    reply
}

/// The same page where it was the URL that is longer than the endpoint reads (RFC 9110 §15.5.15).
pub(crate) fn uri_too_long(mut page: Reply) -> Reply {
    *page.status_mut() = StatusCode::URI_TOO_LONG;
    page
}

/// The answer to a HEAD of a request that would lead to the host's own pages.
pub(crate) fn nothing_to_show() -> Reply {
    let mut reply = bare(StatusCode::OK);
    set(&mut reply, header::REFERRER_POLICY, &NO_REFERRER);
    set(&mut reply, header::X_FRAME_OPTIONS, &DENY);
    set(&mut reply, header::CONTENT_SECURITY_POLICY, &UNFRAMED);
    reply
}

/// 405 with the methods that the endpoint takes (RFC 9110 §15.5.6).
pub(crate) fn method_not_allowed(allow: &'static str, explain: Option<&Explanation>) -> Reply {
    let mut reply = error(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest, Reason::Method, explain);
    set(&mut reply, header::ALLOW, &HeaderValue::from_static(allow));
    reply
}

/// The JSON error of the token endpoint and its kin (RFC 6749 §5.2).
///
/// The RFC has no code for 429. That of §4.1.2.1 says what a client is to do: come back later, with the same.
pub(crate) fn token_error(code: ErrorCode, reason: Reason, explain: Option<&Explanation>) -> Reply {
    let status = match (code, reason) {
        (ErrorCode::InvalidClient, _) => StatusCode::UNAUTHORIZED,
        (ErrorCode::ServerError, _) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Reason::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
        (_, Reason::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut reply = error(status, code, reason, explain);
    if status == StatusCode::UNAUTHORIZED {
        set(&mut reply, header::WWW_AUTHENTICATE, &BASIC);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        set(&mut reply, header::RETRY_AFTER, &ASK_AGAIN);
    }
    reply
}

/// The host's code is at fault, and no client's request.
pub(crate) fn host_fault(reason: Reason) -> Reply {
    error(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::ServerError, reason, None)
}

/// When whoever came too often may come back (RFC 6585 §4), in whole seconds: a part of one counts as one, and none too.
pub(crate) fn later(mut reply: Reply, wait: Duration) -> Reply {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    reply
}

/// 204 for OPTIONS where other origins may call. A preflight of one that may is told what it may send (Fetch §3.2.3).
pub(crate) fn preflight(origin: Option<&Origin>) -> Reply {
    let mut reply = bare(StatusCode::NO_CONTENT);
    set(&mut reply, header::ALLOW, &TAKES_OPTIONS);
    if origin.is_some() {
        set(&mut reply, header::ACCESS_CONTROL_ALLOW_METHODS, &PREFLIGHT_METHODS);
        set(&mut reply, header::ACCESS_CONTROL_ALLOW_HEADERS, &PREFLIGHT_HEADERS);
        set(&mut reply, header::ACCESS_CONTROL_MAX_AGE, &PREFLIGHT_AGE);
    }
    name_origin(&mut reply, origin);
    reply
}

/// Lets a page of the origin read the answer; without one it says only that answers differ by origin.
pub(crate) fn allow_origin(reply: &mut Reply, origin: Option<&Origin>) {
    name_origin(reply, origin);
    if origin.is_some() {
        set(reply, header::ACCESS_CONTROL_EXPOSE_HEADERS, &EXPOSED);
    }
}

fn name_origin(reply: &mut Reply, origin: Option<&Origin>) {
    reply.headers_mut().append(header::VARY, BY_ORIGIN.clone());
    if let Some(origin) = origin {
        set_text(reply, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_str().to_owned());
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'static str,
    error_description: &'static str,
    /// In development only.
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<&'a Explanation>,
}

fn error(status: StatusCode, code: ErrorCode, reason: Reason, explain: Option<&Explanation>) -> Reply {
    let written = || written(&ErrorBody { error: code.as_str(), error_description: reason.text(), explain });
    // A reason mostly goes with one code: that body is written once.
    static WRITTEN: [OnceLock<(ErrorCode, Bytes)>; Reason::ALL.len()] = [const { OnceLock::new() }; Reason::ALL.len()];
    let kept = WRITTEN.get(reason as usize).filter(|_| explain.is_none());
    match kept.map(|kept| kept.get_or_init(|| (code, written()))) {
        Some((own, body)) if *own == code => json(status, body.clone()),
        _ => json(status, written()),
    }
}

/// The answer that holds tokens (RFC 6749 §5.1).
pub(crate) struct TokenBody<'a> {
    pub(crate) access_token: &'a SecretText,
    pub(crate) expires_in: u64,
    pub(crate) refresh_token: Option<&'a SecretText>,
    pub(crate) scope: &'a ScopeSet,
}

/// Written by hand and into a text of its size: neither our tokens nor scopes have anything to escape.
pub(crate) fn tokens(body: &TokenBody<'_>) -> Reply {
    let refresh = body.refresh_token.map(|token| [",\"refresh_token\":\"", token.expose(), "\""]).unwrap_or_default();
    let before = ["{\"access_token\":\"", body.access_token.expose(), "\",\"token_type\":\"Bearer\",\"expires_in\":"];
    let after = [",\"scope\":\"", body.scope.as_str(), "\"}"];
    let digits = body.expires_in.checked_ilog10().unwrap_or_default() as usize + 1;
    let length = |parts: [&str; 3]| parts.iter().map(|part| part.len()).sum::<usize>();
    let mut text = String::with_capacity(length(before) + digits + length(refresh) + length(after));
    text.extend(before);
    let _ = write!(text, "{}", body.expires_in);
    text.extend(refresh.into_iter().chain(after));
    json(StatusCode::OK, text.into())
}

/// The answer to a revocation, whatever became of it (RFC 7009 §2.2).
pub(crate) fn revoked() -> Reply {
    let mut reply = bare(StatusCode::OK);
    set(&mut reply, header::PRAGMA, &NO_CACHE);
    reply
}

/// What is told about a living token (RFC 7662 §2.2).
pub(crate) fn active(body: &Active<'_>) -> Reply {
    json(StatusCode::OK, written(body))
}

/// All that is told about any other token.
pub(crate) fn inactive() -> Reply {
    json(StatusCode::OK, Bytes::from_static(b"{\"active\":false}"))
}

/// No body of ours can fail to be JSON: they are structs of strings and numbers.
fn written(body: &impl Serialize) -> Bytes {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, body).map(|()| json.into()).unwrap_or_default()
}

fn json(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = bare(status);
    *reply.body_mut() = Body::new(body);
    set(&mut reply, header::CONTENT_TYPE, &JSON);
    set(&mut reply, header::PRAGMA, &NO_CACHE);
    reply
}

/// The metadata document (RFC 8414 §3.2), which any page may read and any cache may keep for a while.
pub(crate) fn metadata(document: Bytes) -> Reply {
    let mut reply = Response::new(Body::new(document));
    set(&mut reply, header::CONTENT_TYPE, &JSON);
    set(&mut reply, header::CACHE_CONTROL, &FOR_A_WHILE);
    set(&mut reply, header::ACCESS_CONTROL_ALLOW_ORIGIN, &ANY);
    reply
}

/// A challenge to a bearer (RFC 6750 §3). Without a code it is the bare one, for a request that carried nothing.
///
/// `scope` is what the route needs, and `metadata` the URL of the resource's document (RFC 9728 §5.1), if it has one.
pub(crate) fn challenge(
    code: Option<ErrorCode>,
    reason: Reason,
    scope: &str,
    metadata: Option<&str>,
    explain: Option<&Explanation>,
) -> Reply {
    let status = match code {
        Some(ErrorCode::InsufficientScope) => StatusCode::FORBIDDEN,
        Some(ErrorCode::InvalidRequest) => StatusCode::BAD_REQUEST,
        Some(ErrorCode::ServerError) => return token_error(ErrorCode::ServerError, reason, explain),
        _ => StatusCode::UNAUTHORIZED,
    };
    let mut value = String::from("Bearer realm=\"api\"");
    if let Some(code) = code {
        value += &format!(", error=\"{code}\", error_description=\"{}\"", reason.text());
    }
    if !scope.is_empty() {
        value += &format!(", scope=\"{scope}\"");
    }
    if let Some(metadata) = metadata {
        value += &format!(", resource_metadata=\"{metadata}\"");
    }
    let mut reply = match code {
        Some(code) => error(status, code, reason, explain),
        None => bare(status),
    };
    set_text(&mut reply, header::WWW_AUTHENTICATE, value);
    set(&mut reply, header::ACCESS_CONTROL_EXPOSE_HEADERS, &CHALLENGE);
    reply
}

/// Whether the method is one of those; what else there is gets 405.
pub(crate) fn is_method(method: &str, known: &[Method]) -> bool {
    known.iter().any(|known| known.as_str() == method)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TK-18
    #[test]
    fn who_came_too_often_is_told_when_to_come_back_in_whole_seconds() {
        for (milliseconds, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (59_999, "60")] {
            let wait = Duration::from_millis(milliseconds);
            let (code, reason) = (ErrorCode::TemporarilyUnavailable, Reason::RateLimited);
            let json = later(token_error(code, reason, None), wait);
            let page = later(page(&PageFacts { code, reason, link: None, explanation: None }, None), wait);
            for (reply, media) in [(&json, &JSON), (&page, &HTML)] {
                assert_eq!(reply.status(), StatusCode::TOO_MANY_REQUESTS);
                assert_eq!(reply.headers()[header::RETRY_AFTER], seconds);
                assert_eq!(reply.headers()[header::CONTENT_TYPE], media);
                assert_eq!(reply.headers()[header::CACHE_CONTROL], "no-store");
            }
        }
        let reply = later(nothing_to_show(), Duration::MAX);
        assert_eq!(reply.headers()[header::RETRY_AFTER], u64::MAX.to_string().as_str());
    }

    /// TK-14
    #[test]
    fn a_body_that_is_kept_for_a_reason_is_that_of_its_code() {
        for code in [ErrorCode::InvalidRequest, ErrorCode::InvalidClient, ErrorCode::InvalidRequest] {
            let body = error(StatusCode::BAD_REQUEST, code, Reason::Malformed, None).into_body().into_bytes();
            let members: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(members["error"], code.as_str());
        }
    }
}
