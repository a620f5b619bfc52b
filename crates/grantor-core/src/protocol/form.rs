//! The form that the token endpoint and its kin read (RFC 6749 §3.2, appendix B).

use super::{
    Call, ErrorCode, Payload, Reason,
    params::{Names, Params},
};

/// Why the request was refused.
pub(crate) type Fault = (ErrorCode, Reason);

pub(super) fn invalid_request(reason: Reason) -> Fault {
    (ErrorCode::InvalidRequest, reason)
}

/// Media type, size and form of a body, in which `names` are the parameters that count.
pub(crate) fn read_form<'a>(call: &Call<'a>, names: Names) -> Result<Params<'a>, Fault> {
    let body = match call.body {
        Payload::TooLarge => return Err(invalid_request(Reason::TooLarge)),
        Payload::Broken => return Err(invalid_request(Reason::BodyBroken)),
        Payload::Whole(_) if !call.has_form() => return Err(invalid_request(Reason::MediaType)),
        Payload::Whole(body) => body,
    };
    let is_empty = |query: &str| Params::parse(&[query.as_bytes()], names).is_ok_and(|params| params.is_empty());
    if !call.query.is_none_or(is_empty) {
        return Err(invalid_request(Reason::QueryParameter));
    }
    let params = Params::parse(&[body], names).map_err(|_| invalid_request(Reason::ParameterCount))?;
    match params.fault_beside(Names::of(&[])) {
        Some(fault) => Err(invalid_request(fault.reason())),
        None => Ok(params),
    }
}
