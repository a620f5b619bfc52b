//! Clients that others wrote.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use grantor_tests::{Auth, BOT, Browser, Consent, Door, NATIVE, Relying, SHOP, Service, both_doors, program};
use oauth2::basic::BasicClient;
use oauth2::{
    AccessToken, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IntrospectionUrl,
    PkceCodeChallenge, RedirectUrl, RefreshToken, RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse as _,
    TokenResponse as _, TokenUrl,
};

both_doors![
    the_oauth2_crate_completes_a_flow,
    the_oauth2_crate_introspects_refreshes_and_revokes,
    the_oauth2_crate_acts_for_itself,
    the_example_client_completes_a_flow,
];

/// How the `oauth2` crate speaks HTTP here. It wants https for a revocation, which on this machine is spoken plainly.
async fn http(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    let (parts, body) = request.into_parts();
    let answer = client
        .request(parts.method, parts.uri.to_string().replacen("https://", "http://", 1))
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// AZ-01, TK-20, RF-01
async fn the_oauth2_crate_completes_a_flow(door: Door) {
    let service = Service::start(door);
    let client = BasicClient::new(ClientId::new(NATIVE.id.to_owned()))
        .set_auth_uri(AuthUrl::new(format!("{}/authorize", service.base)).unwrap())
        .set_token_uri(TokenUrl::new(format!("{}/token", service.base)).unwrap())
        .set_redirect_uri(RedirectUrl::new(NATIVE.redirect_uri.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let mut browser = Browser::new(&service);
    let page = browser.open(url.as_str().strip_prefix(&service.base).unwrap()).await;
    let consent = Consent::read(&browser.log_in(&page).await);
    let landing = browser.allow_all(&consent).await.lands(NATIVE.redirect_uri);
    assert_eq!(landing.get("state"), Some(state.secret().as_str()));
    let code = AuthorizationCode::new(landing.get("code").unwrap().to_owned());
    let tokens = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    assert!(service.is_alive(tokens.access_token().secret()).await);
    let refresh = RefreshToken::new(tokens.refresh_token().unwrap().secret().clone());
    let again = client.exchange_refresh_token(&refresh).request_async(&http).await.unwrap();
    assert!(service.is_alive(again.access_token().secret()).await);
}

fn secret_of(client: Relying) -> ClientSecret {
    let Auth::Basic(secret) = client.auth else { panic!("{client:?} has no secret for Basic") };
    ClientSecret::new(secret.to_owned())
}

/// IN-01, IN-03, IN-06, RV-01, RV-06, RF-01
async fn the_oauth2_crate_introspects_refreshes_and_revokes(door: Door) {
    let service = Service::start(door);
    let session = SHOP.session(&service, "profile").await;
    let client = BasicClient::new(ClientId::new(SHOP.id.to_owned()))
        .set_client_secret(secret_of(SHOP))
        .set_token_uri(TokenUrl::new(format!("{}/token", service.base)).unwrap())
        .set_introspection_url(IntrospectionUrl::new(format!("{}/introspect", service.base)).unwrap())
        .set_revocation_url(RevocationUrl::new(format!("{}/revoke", service.base.replace("http:", "https:"))).unwrap());
    let access = AccessToken::new(session.access.clone());
    let seen = client.introspect(&access).request_async(&http).await.unwrap();
    assert_eq!((seen.active(), seen.sub()), (true, Some("alice")));
    let refresh = RefreshToken::new(session.refresh.clone());
    let tokens = client.exchange_refresh_token(&refresh).request_async(&http).await.unwrap();
    let newest = StandardRevocableToken::RefreshToken(tokens.refresh_token().unwrap().clone());
    client.revoke_token(newest).unwrap().request_async(&http).await.unwrap();
    for token in [tokens.access_token(), &access] {
        assert!(!client.introspect(token).request_async(&http).await.unwrap().active());
        assert!(!service.is_alive(token.secret()).await);
    }
}

/// CC-01
async fn the_oauth2_crate_acts_for_itself(door: Door) {
    let service = Service::start(door);
    let client = BasicClient::new(ClientId::new(BOT.id.to_owned()))
        .set_client_secret(secret_of(BOT))
        .set_token_uri(TokenUrl::new(format!("{}/token", service.base)).unwrap());
    let request = client.exchange_client_credentials().add_scope(Scope::new("mail.read".to_owned()));
    let tokens = request.request_async(&http).await.unwrap();
    assert!(tokens.refresh_token().is_none());
    service.api("/messages", tokens.access_token().secret()).await.has_status(200);
}

/// AZ-01, RU-13, TK-20
async fn the_example_client_completes_a_flow(door: Door) {
    let service = Service::bare(door, &[]);
    let mut client = Command::new(program("client"))
        .args(["--no-browser", &service.base])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(client.stdout.take().unwrap());
    let start = format!("{}/authorize?", service.base);
    let path = loop {
        let mut line = String::new();
        assert!(output.read_line(&mut line).unwrap() > 0, "the client ended without a link");
        if let Some(at) = line.find(&start) {
            break line[at..].split_whitespace().next().unwrap()[service.base.len()..].to_owned();
        }
    };
    let mut browser = Browser::of(&service, "alice", "alice");
    let page = browser.open(&path).await;
    let consent = Consent::read(&browser.log_in(&page).await);
    let answer = browser.allow_all(&consent).await;
    let back = answer.has_status(303).header("location").to_owned();
    let page = http(oauth2::http::Request::get(back).body(Vec::new()).unwrap()).await.unwrap();
    assert!(page.status().is_success(), "{page:?}");
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(client.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("alice"), "the API was not called: {rest}");
}
