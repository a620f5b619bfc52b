//! The flow, step by step.

use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::url::Url;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};

use crate::discovery::discover;
use crate::redirect::Redirect;
use crate::{Fault, Flags, browser};

pub(crate) async fn run(flags: &Flags) -> Result<(), Fault> {
    // A redirect of the token endpoint would carry the code to who knows where: none is followed.
    let web = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let http = |request| send(web.clone(), request);

    println!("1. Reading what the server says of itself");
    let server = discover(&web, &flags.issuer).await?;

    let redirect = Redirect::listen().await?;
    println!("2. Waiting for the redirect on {}", redirect.uri());
    let client = BasicClient::new(ClientId::new(flags.client_id.clone()))
        .set_auth_uri(AuthUrl::new(server.authorization_endpoint.clone())?)
        .set_token_uri(TokenUrl::new(server.token_endpoint.clone())?)
        .set_redirect_uri(RedirectUrl::new(redirect.uri().to_owned())?);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
    for scope in flags.scope.split_ascii_whitespace() {
        request = request.add_scope(Scope::new(scope.to_owned()));
    }
    if let Some(resource) = &flags.resource {
        request = request.add_extra_param("resource", resource);
    }
    let (link, state) = request.url();

    println!("3. Open this link, log in and allow:\n\n   {link}\n");
    let answer = async {
        let answer = tokio::time::timeout(Duration::from_secs(flags.wait), redirect.answer(&server, state.secret()));
        answer.await.map_err(|_| format!("nobody answered within {} seconds", flags.wait))?
    };
    let code = match &flags.user {
        None => {
            if !flags.no_browser && open::that_detached(link.as_str()).is_err() {
                println!("   (no browser could be opened here)");
            }
            answer.await?
        }
        Some(user) => tokio::try_join!(answer, browser::play(link, redirect.uri(), user))?.0,
    };
    println!("4. The answer has our state and the server's issuer: redeeming its code");
    let mut redemption = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
    if let Some(resource) = &flags.resource {
        redemption = redemption.add_extra_param("resource", resource);
    }
    let tokens = redemption.request_async(&http).await.map_err(refused)?;
    describe(&tokens);

    println!("5. Calling {}", flags.api);
    println!("   {}", call(&web, &flags.issuer, &flags.api, &tokens).await?);

    let Some(refresh_token) = tokens.refresh_token() else {
        println!("Done. There is no refresh token.");
        print_if_wanted(flags, &tokens);
        return Ok(());
    };
    println!("6. Refreshing once, and calling again with the new token");
    let tokens = client.exchange_refresh_token(refresh_token).request_async(&http).await.map_err(refused)?;
    describe(&tokens);
    println!("   {}", call(&web, &flags.issuer, &flags.api, &tokens).await?);
    println!("Done.");
    print_if_wanted(flags, &tokens);
    Ok(())
}

fn print_if_wanted(flags: &Flags, tokens: &BasicTokenResponse) {
    if flags.print_token {
        println!("{}", tokens.access_token().secret());
    }
}

fn describe(tokens: &BasicTokenResponse) {
    let scopes = tokens.scopes().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "));
    let lifetime = tokens.expires_in().unwrap_or_default().as_secs();
    let refresh = if tokens.refresh_token().is_some() { "with" } else { "without" };
    let scopes = scopes.unwrap_or_else(|| "as asked".to_owned());
    println!("   an access token for {lifetime} seconds, {refresh} a refresh token, scope: {scopes}");
}

async fn call(web: &reqwest::Client, issuer: &str, path: &str, tokens: &BasicTokenResponse) -> Result<String, Fault> {
    let place = Url::parse(issuer)?.join(path)?;
    let answer = web.get(place).bearer_auth(tokens.access_token().secret()).send().await?;
    let status = answer.status();
    let challenge = answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok()).map(str::to_owned);
    match (status.is_success(), challenge) {
        (true, _) => Ok(answer.text().await?),
        (false, Some(challenge)) => Err(format!("{path} answered {status}: {challenge}").into()),
        (false, None) => Err(format!("{path} answered {status}").into()),
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
        RequestTokenError::ServerResponse(answer) => format!("the token endpoint refused: {answer}"),
        RequestTokenError::Request(fault) => format!("the token endpoint cannot be reached: {fault}"),
        RequestTokenError::Parse(fault, _) => format!("the token endpoint's answer is not understood: {fault}"),
        RequestTokenError::Other(fault) => fault,
    }
}
