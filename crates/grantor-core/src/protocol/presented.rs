//! A token that is presented to be revoked (RFC 7009 §2.1) or introspected (RFC 7662 §2.1).

use super::{
    Reason,
    form::{Fault, invalid_request},
    params::Params,
};
use crate::types::SecretText;

/// The parameters that are read. The hint is read to be refused when it is repeated, and then passed over: a token says
/// itself what it is.
pub(crate) const NAMES: &[&str] =
    &["token", "token_type_hint", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// The token that the request is about.
pub(crate) fn token(params: &Params<'_>) -> Result<SecretText, Fault> {
    let token = params.get("token").map_err(|fault| invalid_request(fault.reason()))?;
    let token = token.ok_or(invalid_request(Reason::TokenParameterMissing))?;
    Ok(SecretText::new(token.to_owned()))
}
