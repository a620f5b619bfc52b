//! What an attack works with: real requests, each written down with its answer, and the roles that the thief plays around them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth2::PkceCodeChallenge;
use reqwest::{RequestBuilder, Response, Url};
use serde_json::Value;

use super::browser::Browser;
use crate::shorten::{self, Fact};
use crate::story::{Fault, Story, random};
use crate::traffic::THIEF_AGENT;

/// Why a move was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What had to happen before.
    Before,
    /// The attack.
    Attempt,
    /// What became of the rightful owner.
    After,
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct Move {
    /// Why.
    pub kind: Kind,
    /// What, in words.
    pub words: String,
    /// The request and its answer, where it was one.
    pub wire: Option<Wire>,
}

/// A request and its answer, shortened.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Method and place.
    pub request: String,
    /// What was sent.
    pub sent: Vec<Fact>,
    /// The status of the answer.
    pub status: u16,
    /// What came back.
    pub answer: Vec<Fact>,
    /// The error code, if the answer is a refusal that has one.
    pub error: Option<String>,
    /// What the answer says about it.
    pub description: Option<String>,
}

impl Wire {
    /// Whether the answer is a refusal.
    pub fn is_refused(&self) -> bool {
        self.status >= 400 || self.error.is_some()
    }
}

/// One of the two clients, as the thief knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum App {
    Web,
    Single,
}

/// A flow of the person's: what was intercepted, and what only the client has.
pub(crate) struct Victim {
    pub(crate) app: App,
    pub(crate) code: String,
    pub(crate) verifier: String,
}

/// How far a long attack is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) doing: String,
    pub(crate) percent: u32,
}

/// The thief at work on one attack.
pub(crate) struct Hand {
    pub(crate) story: Arc<Story>,
    pub(crate) progress: Arc<Mutex<Progress>>,
    moves: Mutex<Vec<Move>>,
}

impl Hand {
    pub(crate) fn new(story: Arc<Story>, progress: Arc<Mutex<Progress>>) -> Self {
        Self { story, progress, moves: Mutex::default() }
    }

    pub(crate) fn into_moves(self) -> Vec<Move> {
        self.moves.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what was done without a request of its own.
    pub(crate) fn note(&self, kind: Kind, words: &str) {
        self.moves().push(Move { kind, words: words.to_owned(), wire: None });
    }

    pub(crate) fn client_id(&self, app: App) -> &str {
        match app {
            App::Web => &self.story.config.web_app.0,
            App::Single => &self.story.config.spa,
        }
    }

    pub(crate) fn redirect_uri(&self, app: App) -> String {
        let place = match app {
            App::Web => &self.story.places.web_app,
            App::Single => &self.story.places.spa,
        };
        format!("{place}/callback")
    }

    /// An authorization request of one of the clients, as a list of parameters.
    pub(crate) fn request(&self, app: App, scope: &str, challenge: &str) -> Vec<(&'static str, String)> {
        vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client_id(app).to_owned()),
            ("redirect_uri", self.redirect_uri(app)),
            ("scope", scope.to_owned()),
            ("state", random().unwrap_or_default()),
            ("code_challenge", challenge.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
        ]
    }

    pub(crate) fn link(&self, parameters: &[(&str, String)]) -> Result<Url, Fault> {
        Ok(Url::parse_with_params(&self.story.config.authorization_endpoint, parameters)?)
    }

    /// Lets the person log in and consent, in a browser of the thief's, and intercepts the redirect.
    pub(crate) async fn intercept(&self, app: App, scope: &str) -> Result<Victim, Fault> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let link = self.link(&self.request(app, scope, challenge.as_str()))?;
        let browser = Browser::new(self.story.config.person.clone())?;
        let code = browser.allow(link.as_str(), &self.redirect_uri(app)).await?;
        let words = format!(
            "A scripted browser logged in as {} and allowed {} to use: {scope}. The redirect back to the app was intercepted, \
             so the code is the thief's: {}. The verifier stayed with the app.",
            self.story.config.person.0,
            self.client_id(app),
            shorten::shortened(&code)
        );
        self.note(Kind::Before, &words);
        Ok(Victim { app, code, verifier: verifier.into_secret() })
    }

    /// The form that redeems a code, without anything that proves whose it is.
    pub(crate) fn redemption(&self, victim: &Victim) -> Vec<(&'static str, String)> {
        vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", victim.code.clone()),
            ("redirect_uri", self.redirect_uri(victim.app)),
            ("client_id", self.client_id(victim.app).to_owned()),
        ]
    }

    /// The single-page app redeems its code, as it should.
    pub(crate) async fn redeem_rightly(&self, kind: Kind, words: &str, victim: &Victim) -> Result<Value, Fault> {
        let mut form = self.redemption(victim);
        form.push(("code_verifier", victim.verifier.clone()));
        let tokens = self.token(kind, words, &form).await?;
        if tokens.get("access_token").is_none() {
            return Err("the app itself was refused its tokens".into());
        }
        Ok(tokens)
    }

    /// A refresh by the single-page app.
    pub(crate) async fn refresh(&self, kind: Kind, words: &str, refresh_token: &str) -> Result<Value, Fault> {
        let form = [
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", refresh_token.to_owned()),
            ("client_id", self.client_id(App::Single).to_owned()),
        ];
        self.token(kind, words, &form).await
    }

    /// A request to the token endpoint.
    pub(crate) async fn token(&self, kind: Kind, words: &str, form: &[(&str, String)]) -> Result<Value, Fault> {
        let place = self.story.config.token_endpoint.clone();
        let sent = form.iter().map(|(name, value)| Fact::new(name, value)).collect();
        let request = self.story.web.post(&place).form(form);
        self.send(kind, words, format!("POST {place}"), sent, request).await
    }

    /// A request to the API.
    pub(crate) async fn api(&self, kind: Kind, words: &str, path: &str, token: &str) -> Result<Value, Fault> {
        let place = format!("{}{path}", self.story.places.resource);
        let sent = vec![Fact { name: "Authorization".to_owned(), value: shorten::authorization(&format!("Bearer {token}")) }];
        let request = self.story.web.get(&place).bearer_auth(token);
        self.send(kind, words, format!("GET {place}"), sent, request).await
    }

    /// An authorization request.
    pub(crate) async fn authorize(&self, words: &str, parameters: &[(&str, String)]) -> Result<Value, Fault> {
        let place = self.story.config.authorization_endpoint.clone();
        let sent = parameters.iter().map(|(name, value)| Fact::new(name, value)).collect();
        let request = self.story.web.get(self.link(parameters)?);
        self.send(Kind::Attempt, words, format!("GET {place}"), sent, request).await
    }

    async fn send(
        &self,
        kind: Kind,
        words: &str,
        line: String,
        sent: Vec<Fact>,
        request: RequestBuilder,
    ) -> Result<Value, Fault> {
        let answer = request.header("user-agent", THIEF_AGENT).send().await?;
        self.wrote_down(kind, words, line, sent, answer).await
    }

    /// Keeps a request and its answer, shortened, and gives the answer's JSON.
    pub(crate) async fn wrote_down(
        &self,
        kind: Kind,
        words: &str,
        request: String,
        sent: Vec<Fact>,
        response: Response,
    ) -> Result<Value, Fault> {
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, challenge) = (header("location"), header("www-authenticate"));
        let body = response.bytes().await?;
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut answer = Vec::new();
        let (mut error, mut description) = (text(&json, "error"), text(&json, "error_description"));
        if let Some(location) = location {
            answer.push(Fact { name: "Location".to_owned(), value: shorten::place(&location) });
            let query = location.split_once('?').map_or("", |(_, query)| query);
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                match name.as_ref() {
                    "error" => error = Some(value.into_owned()),
                    "error_description" => description = Some(value.into_owned()),
                    _ => {}
                }
            }
        }
        answer.extend(challenge.map(|value| Fact { name: "WWW-Authenticate".to_owned(), value }));
        answer.extend(shorten::members(&body));
        let wire = Wire { request, sent, status, answer, error, description };
        self.moves().push(Move { kind, words: words.to_owned(), wire: Some(wire) });
        Ok(json)
    }

    /// Waits, and says so.
    pub(crate) async fn wait(&self, doing: &str, length: Duration) {
        const PARTS: u32 = 100;
        for part in 0..PARTS {
            let progress = Progress { doing: doing.to_owned(), percent: part };
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
            tokio::time::sleep(length / PARTS).await;
        }
    }

    fn moves(&self) -> MutexGuard<'_, Vec<Move>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn text(json: &Value, name: &str) -> Option<String> {
    json.get(name).and_then(Value::as_str).map(str::to_owned)
}
