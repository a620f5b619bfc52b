//! What is served where no flag says otherwise, and a client of our own to try it with.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use grantor::{AuthorizationServer, Endpoint};
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};

use crate::flags::{NewUser, OfferedScope, ProtectedPath};
use crate::forms::field;
use crate::pages::Page;

/// The demo's clients: a file as `--clients` wants it.
pub const CLIENTS: &str = include_str!("../demo/clients.json");

/// The demo's only person.
pub fn users() -> Vec<NewUser> {
    vec![NewUser { name: "alice".to_owned(), password: "alice".to_owned() }]
}

/// The demo's scopes.
pub fn scopes() -> Vec<OfferedScope> {
    let scopes = [("profile", "See your name"), ("mail.read", "Read your mail")];
    scopes.map(|(name, words)| OfferedScope { name: name.to_owned(), description: words.to_owned() }).into()
}

/// The demo's protected paths.
pub fn apis() -> Vec<ProtectedPath> {
    let apis = [("/userinfo", "profile"), ("/messages", "mail.read")];
    apis.map(|(path, scope)| ProtectedPath { path: path.to_owned(), scope: scope.to_owned() }).into()
}

/// A client that lives on a page of this service, so that the flow can be tried with a browser
/// alone. It has one verifier and one state for as long as the process lives, because its link is
/// printed once; a real client draws both for each request.
pub struct DemoClient {
    issuer: String,
    token_endpoint: String,
    state: String,
    verifier: String,
    link: String,
}

impl DemoClient {
    /// A client of the server at `issuer`, which is the origin and nothing more.
    pub fn new(issuer: &str, server: &AuthorizationServer) -> Option<Self> {
        let (state, verifier) = (random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let query = Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", "demo-public")
            .append_pair("redirect_uri", &callback(issuer))
            .append_pair("scope", "profile mail.read")
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .finish();
        let link = format!("{issuer}{}?{query}", server.authorize_path());
        let token_endpoint = format!("{issuer}{}", server.path(Endpoint::Token));
        Some(Self { issuer: issuer.to_owned(), token_endpoint, state, verifier, link })
    }

    /// The authorization request that begins a flow.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// What the terminal says to somebody who gave no flag.
    pub fn introduction(&self) -> String {
        let Self { issuer, link, .. } = self;
        format!(
            "\nOpen {issuer}/ or run the whole flow with this link (log in as alice, password alice):\n\n  {link}\n\n\
             Or from a terminal: cargo run -p client -- {issuer}\n\n\
             Clients   demo-public, any port of http://127.0.0.1/callback\n          \
             demo-confidential, http://127.0.0.1:4001/callback, secret demo-confidential-secret\n\
             APIs      {issuer}/userinfo needs profile, {issuer}/messages needs mail.read\n\
             Metadata  {issuer}/.well-known/oauth-authorization-server\n"
        )
    }

    /// The redirect's answer: the commands that go on with the code.
    pub fn callback(&self, query: &str) -> Page {
        let ours = field(query, "state").is_some_and(|state| state == self.state)
            && field(query, "iss").is_some_and(|iss| iss == self.issuer);
        if !ours {
            return Page::message(400, "This answer is not for the demo app", "Its state or issuer is not ours.");
        }
        if let Some(error) = field(query, "error") {
            return Page::message(200, "The demo app was refused", &error);
        }
        // What is pasted into a shell must be what a code is made of, and nothing else.
        let plain = |code: &String| code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        let Some(code) = field(query, "code").filter(plain) else {
            return Page::message(400, "This answer has no code", "Nor has it an error.");
        };
        let Self { issuer, token_endpoint, verifier, .. } = self;
        let redirect_uri = callback(issuer);
        let redeem = format!(
            "curl -s {token_endpoint} \\\n  -d grant_type=authorization_code \\\n  -d client_id=demo-public \\\n  \
             -d redirect_uri={redirect_uri} \\\n  -d code_verifier={verifier} \\\n  -d code={code}"
        );
        Page::callback(&redeem, &format!("curl -s {issuer}/userinfo \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\""))
    }
}

fn callback(issuer: &str) -> String {
    format!("{issuer}/callback")
}

fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use grantor::Client;

    use super::*;

    #[test]
    fn the_demo_clients_are_a_good_clients_file() {
        assert_eq!(crate::clients_file::read(CLIENTS, true, &scopes()).map(|clients| clients.len()), Ok(2));
    }

    #[test]
    fn only_an_answer_to_our_own_request_reaches_the_page() {
        let server = AuthorizationServer::builder("http://127.0.0.1:4000").scope("profile", "See your name");
        let client = Client::public("demo-public").redirect_uri("http://127.0.0.1/callback").build();
        let server = client.map(|client| server.client(client).build());
        let client = server.iter().flatten().find_map(|server| DemoClient::new("http://127.0.0.1:4000", server));
        assert!(client.is_some());
        for client in client.iter() {
            let state = &client.state;
            let iss = "iss=http://127.0.0.1:4000";
            assert_eq!(client.callback(&format!("code=abc&{iss}&state={state}")).status, 200);
            assert_eq!(client.callback(&format!("code=abc&{iss}&state=x")).status, 400);
            assert_eq!(client.callback(&format!("code=abc&state={state}")).status, 400);
            assert_eq!(client.callback(&format!("code=a;reboot&{iss}&state={state}")).status, 400);
        }
    }
}
