//! The web app as an OAuth client, on the `oauth2` crate: nothing here is about pages.

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::url::Url;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde_json::Value;

use super::visits::{Held, Pending, Tokens};
use crate::story::{Fault, Story, random};
use crate::style::Style;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn client(story: &Story, redirect_uri: String) -> Result<Client, Fault> {
    let config = &story.config;
    let (id, secret) = config.web_app.clone();
    Ok(BasicClient::new(ClientId::new(id))
        .set_client_secret(ClientSecret::new(secret))
        .set_auth_uri(AuthUrl::new(config.authorization_endpoint.clone())?)
        .set_token_uri(TokenUrl::new(config.token_endpoint.clone())?)
        .set_redirect_uri(RedirectUrl::new(redirect_uri)?))
}

/// Where to send the browser, and what to expect from its return. State and verifier are drawn for this one request.
pub(crate) fn request(story: &Story, style: Style) -> Result<(Url, Pending), Fault> {
    let redirect_uri = format!("{}/callback{}", story.places.web_app, style.redirect_query());
    let client = client(story, redirect_uri.clone())?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = style.scope().split(' ').map(|scope| Scope::new(scope.to_owned()));
    let mut request = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).add_scopes(scopes);
    match style {
        Style::Plain => {}
        Style::Line => request = request.add_extra_param("nonce", random().ok_or("no random bits")?),
        Style::Auth0 => request = request.add_extra_param("audience", format!("{}/", story.places.resource)),
    }
    let (link, state) = request.url();
    Ok((link, Pending { state: state.into_secret(), verifier, redirect_uri }))
}

/// Changes a code for tokens, with the secret and the verifier.
pub(crate) async fn redeem(story: &Story, held: Held) -> Result<Tokens, Fault> {
    let client = client(story, held.redirect_uri)?;
    let request = client.exchange_code(AuthorizationCode::new(held.code)).set_pkce_verifier(held.verifier);
    let answer = request.request_async(&|request| send(story.web.clone(), request)).await;
    Ok(tokens(&answer.map_err(refused)?))
}

/// Changes a refresh token for a new pair.
pub(crate) async fn refresh(story: &Story, refresh_token: String) -> Result<Tokens, Fault> {
    let client = client(story, format!("{}/callback", story.places.web_app))?;
    let refresh_token = RefreshToken::new(refresh_token);
    let request = client.exchange_refresh_token(&refresh_token);
    let answer = request.request_async(&|request| send(story.web.clone(), request)).await;
    Ok(tokens(&answer.map_err(refused)?))
}

/// Calls the API.
pub(crate) async fn call(story: &Story, path: &str, tokens: &Tokens) -> Result<Value, Fault> {
    let place = format!("{}{path}", story.places.resource);
    let answer = story.web.get(place).bearer_auth(&tokens.access).send().await?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("{path} answered {status}").into());
    }
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

fn tokens(answer: &BasicTokenResponse) -> Tokens {
    let scopes = answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "));
    Tokens {
        access: answer.access_token().secret().clone(),
        refresh: answer.refresh_token().map(|token| token.secret().clone()),
        scope: scopes.unwrap_or_default(),
    }
}

/// The `oauth2` crate speaks in requests of the `http` crate; reqwest sends them.
async fn send(web: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = web.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = HttpResponse::new(answer.bytes().await?.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

fn refused(fault: RequestTokenError<reqwest::Error, BasicErrorResponse>) -> String {
    match fault {
        RequestTokenError::ServerResponse(answer) => format!("The provider refused: {answer}"),
        RequestTokenError::Request(_) => "The provider cannot be reached.".to_owned(),
        RequestTokenError::Parse(..) => "The provider's answer is not understood.".to_owned(),
        RequestTokenError::Other(fault) => fault,
    }
}
