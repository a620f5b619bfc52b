//! The client that asks for authorization.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::byte_serialize;
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Answer, Browser, Fields, Service, fields};

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// It cannot: a public client.
    None,
    /// `client_secret_basic`.
    Basic(&'static str),
    /// `client_secret_post`.
    Post(&'static str),
}

/// A registered client.
#[derive(Clone, Copy, Debug)]
pub struct Relying {
    /// Its `client_id`.
    pub id: &'static str,
    /// How it authenticates.
    pub auth: Auth,
    /// Where it wants its answers.
    pub redirect_uri: &'static str,
}

/// A public https client that may refresh.
pub const WEB: Relying = Relying { id: "web", auth: Auth::None, redirect_uri: "https://app.example.test/cb" };
/// A public client on a loopback port.
pub const NATIVE: Relying = Relying { id: "native", auth: Auth::None, redirect_uri: "http://127.0.0.1:51004/cb" };
/// A confidential client with `client_secret_basic` and a generated secret.
pub const SHOP: Relying = Relying {
    id: "shop",
    auth: Auth::Basic("generated-GxY8vQm2Lr5Tz0Kc7Wd3Hn9BpJ4sFa6E"),
    redirect_uri: "https://shop.example.test/cb",
};
/// A confidential client with `client_secret_post` and a chosen secret.
pub const POST: Relying =
    Relying { id: "post", auth: Auth::Post("correct battery staple"), redirect_uri: "https://post.example.test/cb" };
/// A confidential client that acts for itself, with `mail.read` and `calendar`.
pub const BOT: Relying = Relying { id: "bot", auth: Auth::Basic("generated-Qm4TzW8yKd2Xv6Rb9Nc3Lh7PsJ5gFa1E"), redirect_uri: "" };
/// A public client that may ask for `profile` only.
pub const NARROW: Relying = Relying { id: "narrow", auth: Auth::None, redirect_uri: "https://narrow.example.test/cb" };

/// One authorization request, and what the client keeps until the answer.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Who asks.
    pub relying: Relying,
    /// The PKCE verifier.
    pub verifier: String,
    /// The `state` of the request.
    pub state: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// The parameters of the request.
    pub request: Fields,
}

/// A client with its tokens.
#[derive(Clone, Debug)]
pub struct Session {
    /// The request that led here.
    pub attempt: Attempt,
    /// The spent code.
    pub code: String,
    /// The access token.
    pub access: String,
    /// The refresh token, empty when there is none.
    pub refresh: String,
    /// The whole token answer.
    pub answer: Value,
}

/// 32 octets of the operating system, as base64url.
pub fn random_text() -> String {
    let mut octets = [0; 32];
    SysRng.try_fill_bytes(&mut octets).expect("randomness");
    URL_SAFE_NO_PAD.encode(octets)
}

/// `S256` of a verifier.
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

impl Auth {
    /// The value of an `Authorization` header for an id and a secret, each form-encoded first.
    pub fn basic(id: &str, secret: &str) -> String {
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
    }
}

impl Relying {
    /// A new request for `scope`, with fresh PKCE and state.
    pub fn asks(&self, scope: &str) -> Attempt {
        let (verifier, state) = (random_text(), random_text());
        let request = fields([
            ("response_type", "code"),
            ("client_id", self.id),
            ("redirect_uri", self.redirect_uri),
            ("scope", scope),
            ("state", &state),
            ("code_challenge", &pkce_challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ]);
        Attempt { relying: *self, verifier, state, redirect_uri: self.redirect_uri.to_owned(), request }
    }

    /// The header and the fields by which it authenticates.
    pub fn authenticate(&self, form: &Fields) -> (Option<String>, Fields) {
        match self.auth {
            Auth::None => (None, form.with("client_id", self.id)),
            Auth::Basic(secret) => (Some(Auth::basic(self.id, secret)), form.clone()),
            Auth::Post(secret) => (None, form.with("client_id", self.id).with("client_secret", secret)),
        }
    }

    /// A form of this client for an endpoint.
    pub async fn post(&self, service: &Service, endpoint: &str, form: &Fields) -> Answer {
        let (header, form) = self.authenticate(form);
        service.post(endpoint, header.as_deref(), &form.encode()).await
    }

    /// A token request of this client.
    pub async fn token(&self, service: &Service, form: &Fields) -> Answer {
        self.post(service, "token", form).await
    }

    /// Revokes.
    pub async fn revoke(&self, service: &Service, token: &str) -> Answer {
        self.post(service, "revoke", &fields([("token", token)])).await
    }

    /// What introspection tells this client.
    pub async fn introspect(&self, service: &Service, token: &str) -> Value {
        let answer = self.post(service, "introspect", &fields([("token", token)])).await;
        answer.has_status(200).is_uncached_json().json()
    }

    /// What it gets by acting for itself.
    pub async fn own_token(&self, service: &Service) -> Answer {
        self.token(service, &fields([("grant_type", "client_credentials")])).await
    }

    /// Refreshes.
    pub async fn refresh(&self, service: &Service, token: &str) -> Answer {
        self.token(service, &fields([("grant_type", "refresh_token"), ("refresh_token", token)])).await
    }

    /// The whole flow for `scope` in this browser.
    pub async fn sign_in(&self, service: &Service, browser: &mut Browser<'_>, scope: &str) -> Session {
        let attempt = self.asks(scope);
        let code = browser.code(&attempt).await;
        attempt.redeem(service, &code).await
    }

    /// The whole flow for `scope` by a new browser of Alice.
    pub async fn session(&self, service: &Service, scope: &str) -> Session {
        self.sign_in(service, &mut Browser::new(service), scope).await
    }
}

impl Attempt {
    /// The same with other parameters.
    #[must_use]
    pub fn changed(mut self, change: impl FnOnce(Fields) -> Fields) -> Self {
        self.request = change(self.request);
        self
    }

    /// The token request for a code, without client authentication.
    pub fn redemption(&self, code: &str) -> Fields {
        fields([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &self.verifier),
        ])
    }

    /// Redeems a code that must be good.
    pub async fn redeem(self, service: &Service, code: &str) -> Session {
        let answer = self.relying.token(service, &self.redemption(code)).await;
        Session::read(self, code, &answer)
    }
}

impl Session {
    fn read(attempt: Attempt, code: &str, answer: &Answer) -> Self {
        answer.has_status(200).is_uncached_json();
        let answer = answer.json();
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Self { attempt, code: code.to_owned(), access: text("access_token"), refresh: text("refresh_token"), answer }
    }

    /// Refreshes with this session's refresh token.
    pub async fn refreshed(&self, service: &Service) -> Answer {
        self.attempt.relying.refresh(service, &self.refresh).await
    }

    /// Redeems the code of this session once more.
    pub async fn replayed(&self, service: &Service) -> Answer {
        self.attempt.relying.token(service, &self.attempt.redemption(&self.code)).await
    }
}
