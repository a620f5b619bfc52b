//! The form that the token endpoint and its kin read (RFC 6749 §3.2, appendix B).

use super::{Call, ErrorCode, Payload, Reason, params::Params};

/// Why the request was refused.
pub(crate) type Fault = (ErrorCode, Reason);

pub(super) fn invalid_request(reason: Reason) -> Fault {
    (ErrorCode::InvalidRequest, reason)
}

/// Media type, size and form of a body, in which `names` are the parameters that count.
pub(crate) fn read_form<'a>(call: &Call<'a>, names: &'static [&'static str]) -> Result<Params<'a>, Fault> {
    let body = match call.body {
        Payload::TooLarge => return Err(invalid_request(Reason::TooLarge)),
        Payload::Broken => return Err(invalid_request(Reason::BodyBroken)),
        Payload::Whole(_) if !call.has_form() => return Err(invalid_request(Reason::MediaType)),
        Payload::Whole(body) => body,
    };
    let in_query = Params::parse(&[call.query.unwrap_or_default().as_bytes()], names);
    if !in_query.is_ok_and(|params| params.is_empty()) {
        return Err(invalid_request(Reason::QueryParameter));
    }
    let params = Params::parse(&[body], names).map_err(|_| invalid_request(Reason::ParameterCount))?;
    match params.fault_beside(&[]) {
        Some(fault) => Err(invalid_request(fault.reason())),
        None => Ok(params),
    }
}
