use std::fmt;

macro_rules! reasons {
    ($($name:ident = $code:literal, $rfc:literal, $text:literal;)*) => {
        /// Why a request was refused, for the operator: a stable code, the rule's source, and a sentence.
        ///
        /// The sentence is fixed text, and it is the `error_description` too, so that nothing a stranger sent is echoed.
        /// What to do about each, [`expected`](Self::expected) and [`fix`](Self::fix) say. The codes do not change:
        ///
        /// | code | source | what it says |
        /// |---|---|---|
        $(#[doc = concat!("| `", $code, "` | ", $rfc, " | ", $text, " |")])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $text] $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code that logs carry.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Where the rule stands.
            #[must_use]
            pub const fn rfc(self) -> &'static str {
                match self { $(Self::$name => $rfc,)* }
            }

            /// What the rule says, in a sentence of NQSCHAR (RFC 6749 A.8).
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    Method = "request.method", "RFC 9110 15.5.6", "this endpoint does not take this method";
    TooLarge = "request.too_large", "RFC 9110 15.5.14", "the request is larger than this endpoint reads";
    BodyBroken = "request.body_broken", "RFC 9112 8", "the request body ended early";
    MediaType = "request.media_type", "RFC 6749 B", "the body must be application/x-www-form-urlencoded in UTF-8";
    ParameterCount = "request.parameter_count", "RFC 6749 3.1", "too many parameters, or a parameter name that is too long";
    Malformed = "request.malformed", "RFC 6749 B", "a parameter is not form-urlencoded UTF-8";
    Repeated = "request.repeated", "RFC 6749 3.1", "a parameter must not be sent more than once";
    RateLimited = "request.rate_limited", "RFC 6585 4", "too many requests, try again later";
    QueryParameter = "token.query_parameter", "OAuth 2.1 2.4.1", "parameters belong in the body, not in the URL";
    ClientIdMissing = "authorize.client_id_missing", "RFC 6749 4.1.1", "client_id is missing";
    ClientUnknown = "authorize.client_unknown", "RFC 6749 4.1.2.1", "no such client";
    RedirectUriMissing = "authorize.redirect_uri_missing", "OAuth 2.1 2.3.2", "redirect_uri is missing, and the client has not exactly one";
    RedirectUriMismatch = "authorize.redirect_uri_mismatch", "OAuth 2.1 2.3.1", "redirect_uri is not one that the client registered";
    RedirectUriOpenid = "authorize.redirect_uri_openid", "OIDC Core 3.1.2.1", "an openid request must name its redirect_uri";
    RequestObject = "authorize.request_object", "OIDC Core 6", "request objects are not supported";
    RequestUri = "authorize.request_uri", "OIDC Core 6", "request_uri is not supported";
    Registration = "authorize.registration", "OIDC Core 7.2.1", "the registration parameter is not supported";
    ResponseTypeMissing = "authorize.response_type_missing", "RFC 6749 3.1.1", "response_type is missing";
    ResponseType = "authorize.response_type", "RFC 6749 3.1.1", "response_type must be code";
    ResponseMode = "authorize.response_mode", "OAuth Multiple Response Types 2.1", "response_mode must be query";
    State = "authorize.state", "RFC 6749 A.5", "state must be 1 to 2048 printable ASCII characters";
    StateRequired = "authorize.state_required", "RFC 6749 10.12", "this client must send a state";
    Nonce = "authorize.nonce", "OIDC Core 3.1.2.1", "nonce must be at most 512 printable ASCII characters";
    ClientGrantType = "client.grant_type", "RFC 7591 2", "the client is not registered for this grant type";
    ChallengeMissing = "pkce.challenge_missing", "RFC 7636 4.4.1", "code challenge required";
    ChallengeMethod = "pkce.method", "RFC 7636 4.4.1", "transform algorithm not supported, code_challenge_method must be S256";
    ChallengeMalformed = "pkce.challenge_malformed", "RFC 7636 4.2", "code_challenge must be 43 characters of base64url without padding";
    ScopeMalformed = "scope.malformed", "RFC 6749 3.3", "scope must be tokens with one space between";
    ScopeMissing = "scope.missing", "RFC 6749 3.3", "scope is missing and there is no default";
    ScopeUnknown = "scope.unknown", "RFC 6749 3.3", "a scope is not known here";
    ScopeNotAllowed = "scope.not_allowed", "RFC 6749 3.3", "a scope is not allowed to this client";
    ResourceMalformed = "resource.malformed", "RFC 8707 2", "resource must be an absolute URI without fragment";
    ResourceUnknown = "resource.unknown", "RFC 8707 2", "a resource is not known here or not allowed to this client";
    Prompt = "authorize.prompt", "OIDC Core 3.1.2.1", "prompt is not understood";
    MaxAge = "authorize.max_age", "OIDC Core 3.1.2.1", "max_age must be a number of seconds";
    LoginRequired = "authorize.login_required", "OIDC Core 3.1.2.6", "the person must log in";
    ConsentRequired = "authorize.consent_required", "OIDC Core 3.1.2.6", "the person must be asked";
    ApprovedUnasked = "host.approved_unasked", "RFC 8252 8.6", "the person must be asked before this client is approved";
    Unguarded = "host.unguarded", "RFC 6750 3", "this route has no guard";
    HandleUnknown = "authorize.handle_unknown", "RFC 6749 3.1", "this request was not found or is too old";
    TicketUnknown = "consent.ticket", "RFC 6749 10.12", "this question was not found, is too old, or belongs to another login";
    ConsentUnwelcome = "consent.unwelcome", "RFC 6749 4.1.1", "the request is no longer allowed";
    ConsentWidened = "consent.widened", "RFC 6749 3.3", "the answer allows more than was asked";
    ConsentAnswered = "consent.answered", "RFC 6749 10.5", "this question was already answered";
    Denied = "consent.denied", "RFC 6749 4.1.2.1", "the person or the host said no";
    GrantTypeMissing = "token.grant_type_missing", "RFC 6749 4.1.3", "grant_type is missing";
    GrantTypeUnknown = "token.grant_type", "RFC 6749 5.2", "grant_type is not supported";
    ParameterMissing = "token.parameter_missing", "RFC 6749 5.2", "a parameter of this grant type is missing";
    TokenParameterMissing = "presented.token_missing", "RFC 7009 2.1", "the token parameter is missing";
    AuthorizationRepeated = "client_auth.header_repeated", "RFC 9110 5.3", "the Authorization header must not be repeated";
    TwoMethods = "client_auth.two_methods", "RFC 6749 2.3", "a client must not use two authentication methods at once";
    TwoIds = "client_auth.two_ids", "RFC 6749 3.2.1", "the header and the body name different clients";
    CredentialsMissing = "client_auth.missing", "RFC 6749 3.2.1", "the request does not say which client it is from";
    CredentialsMalformed = "client_auth.malformed", "RFC 6749 2.3.1", "client authentication failed";
    CredentialsWrong = "client_auth.wrong", "RFC 6749 2.3.1", "client authentication failed";
    CredentialsMethod = "client_auth.method", "RFC 7591 2", "client authentication failed";
    CredentialsUnknown = "client_auth.unknown", "RFC 6749 5.2", "client authentication failed";
    CredentialsUncheckable = "client_auth.uncheckable", "RFC 6749 2.3.1", "client authentication failed";
    CodeUnknown = "code.unknown", "RFC 6749 5.2", "the code is not valid";
    CodeExpired = "code.expired", "RFC 6749 4.1.2", "the code is not valid";
    CodeHolder = "code.holder", "RFC 6749 4.1.3", "the code is not valid";
    CodeVerifier = "code.verifier", "RFC 7636 4.6", "the code is not valid";
    CodeResource = "code.resource", "RFC 8707 2.2", "the resource was not granted";
    CodeUnwelcome = "code.unwelcome", "RFC 6749 4.1.2", "the code is not valid";
    CodeReplayed = "code.replayed", "RFC 6749 4.1.2", "the code is not valid";
    CodeReplayedByOther = "code.replayed_by_other", "OAuth 2.1 7.5.2", "the code is not valid";
    CodeEnded = "code.ended", "RFC 6749 5.2", "the code is not valid";
    RefreshUnknown = "refresh.unknown", "RFC 6749 5.2", "the refresh token is not valid";
    RefreshHolder = "refresh.holder", "RFC 6749 10.4", "the refresh token is not valid";
    RefreshEnded = "refresh.ended", "RFC 9700 4.14.2", "the refresh token is not valid";
    RefreshUnwelcome = "refresh.unwelcome", "RFC 9700 4.14.2", "the refresh token is not valid";
    RefreshScope = "refresh.scope", "RFC 6749 6", "a scope was not granted";
    RefreshResource = "refresh.resource", "RFC 8707 2.2", "a resource was not granted";
    RefreshRetried = "refresh.retried", "RFC 9700 4.14.2", "the same answer was given again";
    RefreshOtherRetry = "refresh.other_retry", "RFC 9700 4.14.2", "the refresh token is not valid";
    RefreshRecent = "refresh.recent", "RFC 9700 4.14.2", "ask again in a moment with the newest refresh token";
    RefreshReused = "refresh.reused", "RFC 9700 4.14.2", "the refresh token is not valid";
    IntrospectionPublic = "introspection.public_client", "RFC 7662 2.1", "client authentication failed";
    TokenInTwoPlaces = "bearer.two_places", "RFC 6750 2", "the request carries an access token in more than one way";
    TokenMissing = "bearer.missing", "RFC 6750 3.1", "the request carries no access token";
    TokenMalformed = "bearer.malformed", "RFC 6750 2.1", "the Authorization header is not a bearer token";
    TokenUnknown = "bearer.unknown", "RFC 6750 3.1", "the access token is not valid";
    TokenExpired = "bearer.expired", "RFC 6750 3.1", "the access token is not valid";
    TokenAudience = "bearer.audience", "RFC 8707 2", "the access token is not valid";
    TokenScope = "bearer.scope", "RFC 6750 3.1", "the access token lacks a scope that is needed";
    StoreUnavailable = "store.unavailable", "RFC 9110 15.6.4", "try again in a moment";
    StoreContended = "store.contended", "RFC 9110 15.6.4", "try again in a moment";
    RandomUnavailable = "random.unavailable", "RFC 9110 15.6.4", "try again in a moment";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// AZ-36, TH-09
    #[test]
    fn every_sentence_fits_error_description_and_every_code_is_its_own() {
        let mut codes = std::collections::HashSet::new();
        for reason in Reason::ALL {
            let fits = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(reason.text().bytes().all(fits), "{reason}");
            assert!(codes.insert(reason.code()), "{reason}");
        }
    }
}
