//! What is asked and what must come back: the same requests for every contender.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};

pub(crate) const ORIGIN: &str = "https://id.example";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";
pub(crate) const PUBLIC: &str = "app";
pub(crate) const OFFLINE: &str = "offline";
pub(crate) const CONFIDENTIAL: &str = "web";
pub(crate) const SECRET: &str = "J8rVJZ6gB0mHqkYBcC0x4Xc2u0mJr9cJcVwq1kGJ6sA";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WRONG_VERIFIER: &str = "xBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const FORM: &str = "application/x-www-form-urlencoded";

/// What is measured. The flows are two requests, all others are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Mode {
    Flow,
    Confidential,
    RefusedCode,
    UnknownClient,
    WrongVerifier,
    Refresh,
    Introspection,
    Metadata,
}

impl Mode {
    pub(crate) const ALL: [Self; 8] = [
        Self::Flow,
        Self::Confidential,
        Self::RefusedCode,
        Self::UnknownClient,
        Self::WrongVerifier,
        Self::Refresh,
        Self::Introspection,
        Self::Metadata,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "full flow",
            Self::Confidential => "full flow, confidential client",
            Self::RefusedCode => "refused code",
            Self::UnknownClient => "unknown client",
            Self::WrongVerifier => "wrong verifier",
            Self::Refresh => "refresh",
            Self::Introspection => "introspection",
            Self::Metadata => "metadata",
        }
    }

    /// The client that asks.
    pub(crate) fn client(self) -> &'static str {
        match self {
            Self::Confidential | Self::Introspection => CONFIDENTIAL,
            Self::Refresh => OFFLINE,
            Self::UnknownClient => "nobody",
            _ => PUBLIC,
        }
    }

    /// Whether the status is what this mode is about.
    pub(crate) fn is_answered_by(self, status: u16) -> bool {
        match self {
            Self::RefusedCode | Self::WrongVerifier => status == 400,
            Self::UnknownClient => matches!(status, 400 | 401),
            _ => status == 200,
        }
    }
}

/// Where a contender's endpoints are.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) authorize: String,
    pub(crate) token: String,
    pub(crate) introspection: String,
    pub(crate) metadata: String,
}

/// One request, before it takes the form of a framework.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) form: Option<String>,
}

/// What is read of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
}

impl Paths {
    pub(crate) fn authorize(&self, client: &str) -> Ask {
        let query = form_urlencoded::Serializer::new(format!("{}?", self.authorize))
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", client),
                ("redirect_uri", REDIRECT_URI),
                ("scope", "profile mail"),
                ("state", "mPbLuhvJmDk5x2Yt"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        Ask { target: query.replace("?&", "?"), authorization: None, form: None }
    }

    /// The code stands as it stood in the URL, still encoded.
    pub(crate) fn token(&self, mode: Mode, code: &str) -> Ask {
        let verifier = if mode == Mode::WrongVerifier { WRONG_VERIFIER } else { VERIFIER };
        let redirect_uri = encoded(REDIRECT_URI);
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={redirect_uri}&code_verifier={verifier}");
        self.of_client(&self.token, mode.client(), form)
    }

    pub(crate) fn refresh(&self, token: &str) -> Ask {
        let form = format!("grant_type=refresh_token&refresh_token={}", encoded(token));
        self.of_client(&self.token, OFFLINE, form)
    }

    pub(crate) fn introspect(&self, token: &str) -> Ask {
        let form = format!("token={}", encoded(token));
        Ask { target: self.introspection.clone(), authorization: Some(basic(CONFIDENTIAL)), form: Some(form) }
    }

    pub(crate) fn metadata(&self) -> Ask {
        Ask { target: self.metadata.clone(), authorization: None, form: None }
    }

    fn of_client(&self, target: &str, client: &str, form: String) -> Ask {
        let target = target.to_owned();
        match client {
            CONFIDENTIAL => Ask { target, authorization: Some(basic(client)), form: Some(form) },
            _ => Ask { target, authorization: None, form: Some(format!("{form}&client_id={client}")) },
        }
    }
}

impl Ask {
    pub(crate) fn method(&self) -> Method {
        if self.form.is_some() { Method::POST } else { Method::GET }
    }

    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let form = self.form.iter().map(|_| ("content-type", FORM.to_owned()));
        let authorization = self.authorization.iter().map(|value| ("authorization", value.clone()));
        [("host", "id.example".to_owned())].into_iter().chain(authorization).chain(form).collect()
    }

    pub(crate) fn body(&self) -> Bytes {
        self.form.clone().unwrap_or_default().into()
    }

    pub(crate) fn to_http(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body()));
        *request.method_mut() = self.method();
        *request.uri_mut() = self.target.parse().expect("a path");
        for (name, value) in self.headers() {
            request.headers_mut().insert(name, value.parse().expect("a header value"));
        }
        request
    }
}

impl Answer {
    pub(crate) async fn read<B>(response: hyper::Response<B>) -> Self
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let location = parts.headers.get("location").map(|value| value.to_str().expect("text").to_owned());
        let body = body.collect().await.expect("a whole body").to_bytes();
        Self { status: parts.status.as_u16(), location, body }
    }

    pub(crate) fn code(&self) -> &str {
        let (_, rest) = self.location.as_deref().and_then(|at| at.split_once("code=")).unwrap_or_else(|| self.complain());
        rest.split('&').next().unwrap_or_default()
    }

    pub(crate) fn member(&self, name: &str) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json[name].as_str().unwrap_or_else(|| self.complain()).to_owned()
    }

    pub(crate) fn complain(&self) -> ! {
        panic!("{} {:?} {}", self.status, self.location, String::from_utf8_lossy(&self.body))
    }
}

/// A code that looks right, and that nobody issued.
pub(crate) fn unknown_code(code: &str) -> String {
    let mut text = code.to_owned();
    let other = if text[9..].starts_with('A') { "B" } else { "A" };
    text.replace_range(9..10, other);
    text
}

fn basic(client: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
