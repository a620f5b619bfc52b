//! The bearer token of a request to an API (RFC 6750 §2.1): in the header, and nowhere else. One in the query is never
//! read (OAuth 2.1 §5.1.1): alone it counts as none, and beside the header it is one too many (RFC 6750 §2).

use super::{Call, ErrorCode, Reason};

/// The longest token that is looked at, in bytes.
const TOKEN_LIMIT: usize = 4_096;

/// Why there is no token to check; without a code the request carried none.
pub(crate) type Fault = (Option<ErrorCode>, Reason);

/// The token of the `Authorization` header.
pub(crate) fn read<'a>(call: &Call<'a>) -> Result<&'a str, Fault> {
    let malformed = (Some(ErrorCode::InvalidRequest), Reason::TokenMalformed);
    let missing = (None, Reason::TokenMissing);
    let header = call.header("authorization").map_err(|_| (Some(ErrorCode::InvalidRequest), Reason::AuthorizationRepeated))?;
    let header = std::str::from_utf8(header.ok_or(missing)?).map_err(|_| malformed)?.trim_matches(' ');
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing);
    }
    let token = token.trim_start_matches(' ');
    let body = token.trim_end_matches('=');
    let token68 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    let fits = !body.is_empty() && token.len() <= TOKEN_LIMIT && body.bytes().all(token68);
    if !fits {
        return Err(malformed);
    }
    if is_in_query(call) { Err((Some(ErrorCode::InvalidRequest), Reason::TokenInTwoPlaces)) } else { Ok(token) }
}

/// Whether the query has a token too. The rest of the query is the API's own, and not judged here.
fn is_in_query(call: &Call<'_>) -> bool {
    let query = call.query.unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}
