//! A token that is presented to be revoked (RFC 7009 §2.1) or introspected (RFC 7662 §2.1).

use super::{
    Reason,
    form::{Fault, invalid_request},
    params::{Name, Names, Params},
};

/// The parameters that are read. The hint is read to be refused when it is repeated, and then passed over: a token says
/// itself what it is.
pub(crate) const NAMES: Names = Names::of(&[
    Name::Token,
    Name::TokenTypeHint,
    Name::ClientId,
    Name::ClientSecret,
    Name::ClientAssertion,
    Name::ClientAssertionType,
]);

/// The token that the request is about.
pub(crate) fn token<'p>(params: &'p Params<'_>) -> Result<&'p str, Fault> {
    let token = params.get(Name::Token).map_err(|fault| invalid_request(fault.reason()))?;
    token.ok_or(invalid_request(Reason::TokenParameterMissing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ErrorCode;

    /// IN-05, RV-03
    #[test]
    fn there_is_one_token_or_none() {
        for (form, expected) in [
            ("token=a+b&token_type_hint=x", Ok("a b")),
            ("token=", Err(Reason::TokenParameterMissing)),
            ("token_type_hint=token", Err(Reason::TokenParameterMissing)),
            ("token=a&token=a", Err(Reason::Repeated)),
            ("token=%", Err(Reason::Malformed)),
        ] {
            let params = Params::parse(&[form.as_bytes()], NAMES).unwrap();
            assert_eq!(token(&params), expected.map_err(|reason| (ErrorCode::InvalidRequest, reason)), "{form}");
        }
    }
}
