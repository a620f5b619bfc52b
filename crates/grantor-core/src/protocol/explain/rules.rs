//! What each rule expects, and how to meet it. A [`Reason`] without its row here does not compile.

use super::Reason;

macro_rules! rules {
    ($($name:ident: $expected:literal, $fix:literal;)*) => {
        impl Reason {
            /// What the rule expects, in a sentence for developers.
            #[must_use]
            pub const fn expected(self) -> &'static str {
                match self { $(Self::$name => $expected,)* }
            }

            /// What to change to meet the rule, in a sentence for developers.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

rules! {
    Method:
        "a method that the Allow header of the answer names",
        "send the request with one of those methods; a token request is a POST";
    TooLarge:
        "at most 8,192 bytes of query and form at the authorization endpoint, 65,536 of body at the others",
        "shorten the request: drop parameters that the server does not know, shorten state and login_hint";
    BodyBroken:
        "a body as long as its Content-Length, or with its last chunk",
        "look at the connection between client and server: a proxy or a timeout may have cut it";
    MediaType:
        "Content-Type: application/x-www-form-urlencoded, with charset UTF-8 or none",
        "encode the parameters as a form and set the header; JSON is not read here";
    ParameterCount:
        "at most 64 parameters, with names of at most 128 bytes",
        "send the parameters of the specification only";
    Malformed:
        "names and values in UTF-8, percent-encoded once",
        "encode values with a form encoder; a percent sign that means itself is %25";
    Repeated:
        "each parameter once in query and form together; resource alone may repeat",
        "remove the second one; several scopes are one parameter with spaces between";
    RateLimited:
        "fewer requests from this address, and fewer wrong guesses for this client",
        "come back after Retry-After; look for a client in a loop, and raise rate_limits(..) if this was no attack";
    QueryParameter:
        "parameters in the form body, none in the URL",
        "move the parameters from the URL to the body: URLs end up in logs";
    ClientIdMissing:
        "client_id, as the client was registered",
        "add client_id to the authorization request";
    ClientUnknown:
        "the client_id of a client that is registered and enabled",
        "compare client_id with the registration: client(..) or the client store of the server";
    RedirectUriMissing:
        "redirect_uri, unless exactly one is registered",
        "add redirect_uri to the request, or register exactly one";
    RedirectUriMismatch:
        "a redirect_uri that is registered for this client, the same octet for octet; of a loopback IP literal the port may differ",
        "register exactly what the client sends, trailing slash, case and port included, or send exactly what is registered";
    RedirectUriOpenid:
        "redirect_uri in every request whose scope has openid",
        "add redirect_uri to the request";
    RequestObject:
        "plain parameters and no request object",
        "send the parameters of the object as parameters of the request";
    RequestUri:
        "plain parameters and no request_uri",
        "send the parameters themselves; nothing is fetched from elsewhere";
    Registration:
        "no registration parameter",
        "register the client at the server before its first request";
    ResponseTypeMissing:
        "response_type=code",
        "add response_type=code";
    ResponseType:
        "response_type=code and nothing else",
        "use the code flow with PKCE; the implicit flow does not exist any more (OAuth 2.1 section 10.1)";
    ResponseMode:
        "response_mode=query, or none",
        "leave response_mode out and read the answer from the query of the redirect";
    State:
        "state of 1 to 2048 printable ASCII characters",
        "send a short random text and keep the rest at the client";
    StateRequired:
        "state, since this client was registered with requires_state",
        "send a fresh random state with every request and compare it in the answer";
    Nonce:
        "nonce of at most 512 printable ASCII characters",
        "send a short random text, such as 32 bytes in base64url";
    ClientGrantType:
        "a grant type that the client is registered for",
        "register the client for this grant type, such as refresh_tokens() on its builder, or do not ask for it";
    ChallengeMissing:
        "code_challenge with code_challenge_method=S256, from every client",
        "turn PKCE on in the client library: a fresh code_verifier for each request, and its SHA-256 in base64url as challenge";
    ChallengeMethod:
        "code_challenge_method=S256; without the parameter the method would be plain",
        "send code_challenge_method=S256, in upper case";
    ChallengeMalformed:
        "43 characters of base64url without padding: the SHA-256 of the verifier",
        "encode the 32 bytes of the digest with base64url and without =; not their hexadecimal form, and not base64 with + and /";
    ScopeMalformed:
        "scopes of printable ASCII with exactly one space between, without quotes and backslashes",
        "join the scopes with single spaces, and encode the space once as %20 or +";
    ScopeMissing:
        "scope, since no default scope is open to this client",
        "add scope to the request, or default_scopes(..) to the server";
    ScopeUnknown:
        "scopes that the server lists as scopes_supported in its metadata",
        "correct the name, or add scope(name, description) to the server";
    ScopeNotAllowed:
        "scopes that this client may ask for",
        "ask for fewer scopes, or widen the client's registration";
    ResourceMalformed:
        "resource as an absolute URI without fragment",
        "send the resource's identifier, such as https://api.example.com/, once for each resource";
    ResourceUnknown:
        "a resource that the server has and this client may ask for",
        "correct the identifier, add resource(uri) to the server, or widen the client's registration";
    Prompt:
        "prompt of none, login, consent and select_account; none stands alone",
        "correct the words of prompt, with spaces between, or leave it out";
    MaxAge:
        "max_age as a whole number of seconds, from 0 to 4294967295",
        "send digits only, or leave max_age out";
    LoginRequired:
        "a person who is logged in, freshly enough for max_age, when prompt=none",
        "ask again without prompt=none, so that the person can log in";
    ConsentRequired:
        "consent that needs no page when prompt=none",
        "ask again without prompt=none, so that the person can be asked";
    ApprovedUnasked:
        "park() and a consent page for this client: it sent prompt=consent, or its redirect URI does not prove who it is",
        "in the authorize handler, look at must_ask() before approve(..); let the consent form approve";
    HandleUnknown:
        "the return_to of a request that still waits, within ten minutes, from the login that it waits for",
        "begin again at the client; give return_to back unchanged after the login";
    TicketUnknown:
        "the ticket of a question that is at most ten minutes old, from the session that it was asked in",
        "begin again at the client; send the ticket from a hidden field, and keep the session id the same from page to answer";
    ConsentUnwelcome:
        "a client that is still registered for this request, and a person whom the host still welcomes",
        "look at the client's registration and at the answer of the still_welcome hook";
    ConsentWidened:
        "scopes that were asked for, or fewer",
        "give approve(..) the names of Facts::scopes only";
    ConsentAnswered:
        "one answer to a question, or the same answer again within the retry window",
        "begin again at the client";
    Denied:
        "that the person says yes",
        "nothing: the client shows that it was denied and offers to try again";
    GrantTypeMissing:
        "grant_type in the form body",
        "add grant_type, such as authorization_code";
    GrantTypeUnknown:
        "a grant type that the server lists as grant_types_supported in its metadata",
        "use authorization_code with PKCE; the password grant does not exist any more (OAuth 2.1 section 10.1)";
    ParameterMissing:
        "code for authorization_code, refresh_token for refresh_token",
        "add the parameter to the form body";
    TokenParameterMissing:
        "token in the form body",
        "add the token itself as token; token_type_hint is not needed";
    AuthorizationRepeated:
        "one Authorization header",
        "send one; a proxy may have added another";
    TwoMethods:
        "the Authorization header, or client_secret in the body, or an assertion: one of them",
        "tell the client library which method to use (token_endpoint_auth_method) and remove the other";
    TwoIds:
        "the same client in the header and in client_id, or in one of them only",
        "leave client_id out of the body, or correct it";
    CredentialsMissing:
        "client_id in the body, or an Authorization header",
        "add client_id; a public client sends it alone, a confidential one with its secret";
    CredentialsMalformed:
        "Authorization: Basic with base64 of id:secret, both form-encoded first",
        "form-encode id and secret, join them with a colon, encode that with base64";
    CredentialsWrong:
        "the client's own secret",
        "compare the secret with the registration; form-encode it for Basic, and look for spaces at its end";
    CredentialsMethod:
        "the authentication method that the client is registered for",
        "use that method, or register this one with auth_methods(..); a public client sends no secret";
    CredentialsUnknown:
        "a client that is registered and enabled",
        "compare client_id with the registration: client(..) or the client store of the server";
    CredentialsUncheckable:
        "a server that can check slow hashes, since this client's secret is kept as one",
        "add secret_hashes(..) to the server's builder";
    CodeUnknown:
        "a code from this server, unchanged",
        "send the code of the redirect once, form-encoded; a code of another server or of a swept grant is none";
    CodeExpired:
        "a code within its lifetime, 60 seconds by default",
        "redeem the code at once; look at the clock of the server, or raise code_lifetime";
    CodeHolder:
        "the client that the code was made for, and its redirect_uri if the request has one",
        "send the same client_id and redirect_uri as in the authorization request, or leave redirect_uri out";
    CodeVerifier:
        "the code_verifier whose SHA-256 was the code_challenge; the fifth wrong one ends the grant",
        "keep the verifier with the state of this one request, and send it unchanged: 43 to 128 characters";
    CodeResource:
        "resources of the authorization request, or fewer",
        "name the resource in the authorization request already, or leave it out here";
    CodeUnwelcome:
        "a client that is still registered for this, and a person whom the host still welcomes",
        "look at the client's registration and at the answer of the still_welcome hook";
    CodeReplayed:
        "a code once; this one was redeemed before, and what it bought is dead now",
        "redeem each code once, and do not retry a redemption: begin a new flow instead";
    CodeReplayedByOther:
        "a code once, and from its own client",
        "find out how a code came to somebody who cannot redeem it: look at referrers, logs and redirect URIs";
    CodeEnded:
        "a grant that has not ended",
        "begin a new flow; the log has the event that ended the grant";
    RefreshUnknown:
        "a refresh token from this server, unchanged",
        "send the newest refresh token, form-encoded; a token of a swept grant is none";
    RefreshHolder:
        "the client that the token was made for",
        "send the client_id of the client that got the token";
    RefreshEnded:
        "a grant that has not ended, and a token within its idle and absolute lifetime",
        "begin a new flow; the log has the event that ended the grant, and refresh_lifetime(..) sets the lifetimes";
    RefreshUnwelcome:
        "a client that is still registered for this, and a person whom the host still welcomes",
        "look at the client's registration and at the answer of the still_welcome hook";
    RefreshScope:
        "scopes of the grant, or fewer",
        "leave scope out to get all that was granted, or begin a new flow for more";
    RefreshResource:
        "resources of the grant, or fewer",
        "leave resource out to get all that were granted, or begin a new flow for more";
    RefreshRetried:
        "the newest refresh token; the one before it gets the same answer again within the retry window",
        "nothing, if an answer was lost; otherwise let one task at a time refresh, and keep the new token before using it";
    RefreshOtherRetry:
        "within the retry window the same request again: same scope, same resource",
        "repeat the lost request unchanged, or refresh with the newest token";
    RefreshRecent:
        "the newest refresh token; this one is two or more rotations old, and its successors are just out",
        "let one task at a time refresh, and ask again with the newest token";
    RefreshReused:
        "the newest refresh token; this one was spent before, and its grant is dead now",
        "keep each new refresh token in the place of the old one, and let one task at a time refresh; then begin a new flow";
    IntrospectionPublic:
        "a client with a secret: whoever may ask about tokens must prove who it is",
        "register the resource server as a confidential client, and let it ask";
    TokenInTwoPlaces:
        "the access token in the Authorization header, and nowhere else",
        "take access_token out of the query: URLs end up in logs";
    TokenMissing:
        "Authorization: Bearer and an access token",
        "send the access token in the header; in the query or a form it is not read";
    TokenMalformed:
        "Authorization: Bearer, one space, and the token as it was issued",
        "send the access_token of the answer, without quotes and line breaks";
    TokenUnknown:
        "an access token from this server whose grant has not ended",
        "send the newest access token, and no refresh token; refresh, or begin a new flow";
    TokenExpired:
        "an access token within its lifetime (expires_in)",
        "refresh the token, or begin a new flow";
    TokenAudience:
        "an access token for this resource",
        "name this API as resource in the authorization request; a token for another one is not accepted here";
    TokenScope:
        "an access token with all scopes that the challenge names",
        "ask for those scopes in a new authorization request";
    Unguarded:
        "a guard before every route that asks who the token is from",
        "put the guard's layer or middleware around the route";
    StoreUnavailable:
        "a store that answers",
        "ask again after Retry-After; the server's log has what the store said";
    StoreContended:
        "a grant that others leave alone for a moment",
        "ask again after Retry-After; look for a client that sends one credential many times at once";
    RandomUnavailable:
        "random bytes from the operating system",
        "ask again after Retry-After; look at the system that the server runs on";
}
