use super::{Asked, AuthorizeError, Hints, PageError, Prompt, Target};
use crate::{
    protocol::{
        CodeChallenge, ErrorCode, Reason,
        params::{Name, Names, ParamFault, Params},
    },
    types::{Client, Issuer, REDIRECT_URI_LIMIT, Resource, ScopeSet, Settings, Text, is_vschar},
};

const STATE_LIMIT: usize = 2_048;
const NONCE_LIMIT: usize = 512;

/// An authorization request of a known client in which every parameter was checked.
///
/// Its fields are private, and reading a message is the one way to make it: what was not validated cannot be approved.
///
/// ```compile_fail
/// fn swap(mut request: grantor_core::protocol::AuthorizationRequest, other: grantor_core::Client) {
///     request.client = other;
/// }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    client: Client,
    asked: Asked,
    hints: Hints,
}

/// A fault whose place is proven: what to tell the client, and why.
type Fault = (ErrorCode, Reason);

impl AuthorizationRequest {
    /// Checks a request of `client` (RFC 6749 §4.1.1) in the order of the module's promise.
    ///
    /// # Errors
    /// [`AuthorizeError::Page`] until the redirect URI is proven, after that a redirect.
    pub(crate) fn read(params: &Params<'_>, client: Client, settings: &Settings) -> Result<Self, AuthorizeError> {
        let redirect_uri = redirect_uri(params, &client).map_err(AuthorizeError::Page)?;
        let state = state(params);
        let quiet = params.get(Name::Prompt) == Ok(Some("none"));
        let refuse = |(code, reason)| {
            let echoed = state.ok().flatten().map(Text::from);
            let target =
                Target { redirect_uri: redirect_uri.clone(), state: echoed, issuer: settings.issuer().encoded().clone() };
            AuthorizeError::to_client(&client, quiet, target, code, reason)
        };

        unsupported(params).map_err(refuse)?;
        response(params).map_err(refuse)?;
        if let Some(fault) = params.fault_beside(Names::of(&[Name::ClientId, Name::RedirectUri])) {
            return Err(refuse((ErrorCode::InvalidRequest, fault.reason())));
        }
        let state = state.map_err(refuse)?;
        if state.is_none() && client.requires_state() {
            return Err(refuse((ErrorCode::InvalidRequest, Reason::StateRequired)));
        }
        let nonce = short_text(params, Name::Nonce, NONCE_LIMIT, Reason::Nonce).map_err(refuse)?;
        let named_scopes = named_scopes(params).map_err(refuse)?;
        if !client.uses_authorization_code() {
            return Err(refuse((ErrorCode::UnauthorizedClient, Reason::ClientGrantType)));
        }
        let challenge = challenge(params).map_err(refuse)?;
        let scopes = scopes(named_scopes, &client, settings).map_err(refuse)?;
        let resources = resources_of(params, &client, settings).map_err(refuse)?;
        let prompt = prompt(params).map_err(refuse)?;
        let max_age = max_age(params).map_err(refuse)?;

        let text = |name| params.get(name).ok().flatten().map(str::to_owned);
        let hints = Hints {
            login_hint: text(Name::LoginHint),
            display: text(Name::Display),
            ui_locales: text(Name::UiLocales),
            acr_values: text(Name::AcrValues),
        };
        let [state_text, nonce_text] = Text::together([state.unwrap_or_default(), nonce.unwrap_or_default()]);
        let (state, nonce) = (state.map(|_| state_text), nonce.map(|_| nonce_text));
        let asked = Asked { redirect_uri, state, scopes, resources, challenge, nonce, prompt, max_age };
        Ok(Self { client, asked, hints })
    }

    /// The request that a kept grant stands for, taken up again with the client as it is now.
    pub(crate) fn resumed(client: Client, asked: Asked) -> Self {
        Self { client, asked, hints: Hints::default() }
    }

    /// Whose request it is.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What is asked for.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// An error of this request, for the client.
    pub(crate) fn refusal(&self, issuer: &Issuer, code: ErrorCode, reason: Reason) -> AuthorizeError {
        AuthorizeError::to_client(&self.client, self.asked.prompt.none, self.asked.target(issuer), code, reason)
    }

    /// What the client would like the login page to know.
    #[must_use]
    pub fn hints(&self) -> &Hints {
        &self.hints
    }
}

/// Step 4: the redirect URI, compared before everything else (RFC 9700 §4.1.3).
fn redirect_uri(params: &Params<'_>, client: &Client) -> Result<Text, PageError> {
    let fault = |reason| PageError { code: ErrorCode::InvalidRequest, reason };
    let sent = params.get(Name::RedirectUri).map_err(|repeated| fault(repeated.reason()))?;
    let page = |reason| match params.get(Name::RequestUri) {
        Ok(Some(_)) => PageError { code: ErrorCode::RequestUriNotSupported, reason: Reason::RequestUri },
        _ => fault(reason),
    };
    match sent {
        Some(sent) if sent.len() > REDIRECT_URI_LIMIT => Err(page(Reason::RedirectUriMismatch)),
        Some(sent) => match client.redirect_uri(sent) {
            Some(registered) if registered.as_str() == sent => Ok(registered.text().clone()),
            Some(_) => Ok(sent.into()),
            None => Err(page(Reason::RedirectUriMismatch)),
        },
        None => {
            let openid = matches!(params.get(Name::Scope), Ok(Some(scope)) if scope.split(' ').any(|word| word == "openid"));
            if openid {
                return Err(page(Reason::RedirectUriOpenid));
            }
            let sole = client.sole_redirect_uri().ok_or(page(Reason::RedirectUriMissing))?;
            Ok(sole.text().clone())
        }
    }
}

/// The `state` to echo; a faulty one is not echoed (RFC 6749 A.5).
fn state<'p>(params: &'p Params<'_>) -> Result<Option<&'p str>, Fault> {
    short_text(params, Name::State, STATE_LIMIT, Reason::State)
}

fn short_text<'p>(params: &'p Params<'_>, name: Name, limit: usize, reason: Reason) -> Result<Option<&'p str>, Fault> {
    let Some(text) = params.get(name).map_err(|fault| (ErrorCode::InvalidRequest, fault.reason()))? else { return Ok(None) };
    let fits = text.len() <= limit && text.bytes().all(is_vschar);
    if fits { Ok(Some(text)) } else { Err((ErrorCode::InvalidRequest, reason)) }
}

/// Step 5: what would carry the request elsewhere is refused, never fetched (OpenID Connect Core §6).
fn unsupported(params: &Params<'_>) -> Result<(), Fault> {
    let table = [
        (Name::Request, ErrorCode::RequestNotSupported, Reason::RequestObject),
        (Name::RequestUri, ErrorCode::RequestUriNotSupported, Reason::RequestUri),
        (Name::Registration, ErrorCode::RegistrationNotSupported, Reason::Registration),
    ];
    for (name, code, reason) in table {
        if params.get(name).is_ok_and(|value| value.is_some()) {
            return Err((code, reason));
        }
    }
    Ok(())
}

/// Step 6: `response_type` and `response_mode`.
fn response(params: &Params<'_>) -> Result<(), Fault> {
    let broken = |fault: ParamFault| (ErrorCode::InvalidRequest, fault.reason());
    match params.get(Name::ResponseType).map_err(broken)? {
        Some("code") => {}
        Some(_) => return Err((ErrorCode::UnsupportedResponseType, Reason::ResponseType)),
        None => return Err((ErrorCode::InvalidRequest, Reason::ResponseTypeMissing)),
    }
    match params.get(Name::ResponseMode).map_err(broken)? {
        None | Some("query") => Ok(()),
        Some(_) => Err((ErrorCode::InvalidRequest, Reason::ResponseMode)),
    }
}

/// Step 9: a challenge, and S256 (RFC 7636 §4.3, §4.4.1). An absent method means `plain`, even beside a perfect challenge.
fn challenge(params: &Params<'_>) -> Result<CodeChallenge, Fault> {
    let text = |name| params.get(name).ok().flatten();
    let Some(challenge) = text(Name::CodeChallenge) else { return Err((ErrorCode::InvalidRequest, Reason::ChallengeMissing)) };
    if text(Name::CodeChallengeMethod) != Some("S256") {
        return Err((ErrorCode::InvalidRequest, Reason::ChallengeMethod));
    }
    CodeChallenge::parse(challenge).map_err(|_| (ErrorCode::InvalidRequest, Reason::ChallengeMalformed))
}

fn named_scopes(params: &Params<'_>) -> Result<Option<ScopeSet>, Fault> {
    let Some(text) = params.get(Name::Scope).ok().flatten() else { return Ok(None) };
    ScopeSet::parse(text).map(Some).map_err(|_| (ErrorCode::InvalidScope, Reason::ScopeMalformed))
}

/// Step 10: known, and allowed to the client. Beside `openid` an unknown one is ignored (OpenID Connect Core §3.1.2.1).
fn scopes(named: Option<ScopeSet>, client: &Client, settings: &Settings) -> Result<ScopeSet, Fault> {
    let refuse = |reason| Err((ErrorCode::InvalidScope, reason));
    let Some(named) = named else {
        let defaults = settings.default_scopes.filter(|scope| client.allows_scope(scope));
        return if defaults.is_empty() { refuse(Reason::ScopeMissing) } else { Ok(defaults) };
    };
    let known = named.filter(|scope| settings.describe(scope).is_some());
    if known.is_empty() || (known != named && !named.contains("openid")) {
        return refuse(Reason::ScopeUnknown);
    }
    if client.allows_scopes(&known) { Ok(known) } else { refuse(Reason::ScopeNotAllowed) }
}

/// Step 10: RFC 8707 §2.1. A server without resources of its own ignores the parameter.
pub(crate) fn resources_of(params: &Params<'_>, client: &Client, settings: &Settings) -> Result<Vec<Resource>, Fault> {
    let Some(default) = settings.default_resource() else { return Ok(Vec::new()) };
    let mut resources = Vec::new();
    for named in read_resources(params).map_err(|reason| (ErrorCode::InvalidTarget, reason))? {
        match settings.resource(&named) {
            Some(known) if !client.allows_resource(known) => return Err((ErrorCode::InvalidTarget, Reason::ResourceUnknown)),
            Some(known) if resources.contains(known) => {}
            Some(known) => resources.push(known.clone()),
            None => return Err((ErrorCode::InvalidTarget, Reason::ResourceUnknown)),
        }
    }
    if resources.is_empty() {
        if !client.allows_resource(default) {
            return Err((ErrorCode::InvalidTarget, Reason::ResourceUnknown));
        }
        resources.push(default.clone());
    }
    Ok(resources)
}

/// The `resource` parameters of a request, read but not yet known to anybody.
pub(crate) fn read_resources(params: &Params<'_>) -> Result<Vec<Resource>, Reason> {
    let read = |value: Result<&str, ParamFault>| {
        let text = value.map_err(ParamFault::reason)?;
        Resource::parse(text).map_err(|_| Reason::ResourceMalformed)
    };
    params.resources().map(read).collect()
}

/// Step 11.
fn prompt(params: &Params<'_>) -> Result<Prompt, Fault> {
    match params.get(Name::Prompt).ok().flatten() {
        None => Ok(Prompt::default()),
        Some(text) => Prompt::parse(text).ok_or((ErrorCode::InvalidRequest, Reason::Prompt)),
    }
}

fn max_age(params: &Params<'_>) -> Result<Option<u32>, Fault> {
    let Some(text) = params.get(Name::MaxAge).ok().flatten() else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if digits { text.parse().ok() } else { None };
    seconds.map(Some).ok_or((ErrorCode::InvalidRequest, Reason::MaxAge))
}
