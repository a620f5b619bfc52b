use grantor_core::{Client, Login, protocol::CodeChallenge, server::Builder, types::Clock};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{
    Hands,
    world::{REDIRECT_URI, VERIFIER, encoded, failed},
};
use crate::{Broken, Verdict};

/// How many requests are made up.
const CASES: u32 = 48;

/// How often one that breaks a promise is tried smaller.
const SHRINKS: u32 = 64;

/// An authorization request with its person and all that follows on it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    client_id: String,
    subject: String,
    session: String,
    acr: Option<String>,
    amr: Vec<String>,
    scopes: Vec<String>,
    pub(crate) allowed: Vec<String>,
    resources: Vec<String>,
    state: Option<String>,
    nonce: Option<String>,
    max_age: Option<u32>,
    fresh_login: bool,
    pub(crate) denied: bool,
    /// How far it goes: 0 waits for a login, 1 for an answer, 2 has a code, 3 tokens, then it is refreshed, and 6 ends it.
    pub(crate) steps: u8,
}

impl Request {
    /// A request of `app` for Ann that goes the whole way.
    pub(crate) fn plain() -> Self {
        let scopes = ["profile", "mail"].map(str::to_owned).to_vec();
        Self {
            client_id: "app".into(),
            subject: "ann".into(),
            session: "a session".into(),
            acr: None,
            amr: Vec::new(),
            allowed: scopes.clone(),
            scopes,
            resources: Vec::new(),
            state: Some("the state".into()),
            nonce: None,
            max_age: None,
            fresh_login: true,
            denied: false,
            steps: 6,
        }
    }

    /// One that goes no further than to the login page.
    pub(crate) fn waiting() -> Self {
        Self { steps: 0, ..Self::plain() }
    }

    /// The plain request for another person or another client.
    pub(crate) fn between(subject: &str, client_id: &str) -> Self {
        Self { subject: subject.to_owned(), client_id: client_id.to_owned(), ..Self::plain() }
    }

    pub(crate) fn client(&self) -> Result<Client, Broken> {
        Client::public(&self.client_id).redirect_uri(REDIRECT_URI).refresh_tokens().build().map_err(failed)
    }

    pub(crate) fn configure(&self, builder: Builder) -> Builder {
        let builder = self.scopes.iter().fold(builder, |builder, scope| builder.scope(scope, scope));
        self.resources.iter().fold(builder, |builder, resource| builder.resource(resource))
    }

    pub(crate) fn login(&self, clock: &Hands) -> Login {
        let login =
            Login::new(self.subject.as_str(), self.session.as_str(), clock.now()).amr(self.amr.iter().map(String::as_str));
        match &self.acr {
            Some(acr) => login.acr(acr.as_str()),
            None => login,
        }
    }

    pub(crate) fn query(&self) -> String {
        let (challenge, scope) = (CodeChallenge::of(VERIFIER), self.scopes.join(" "));
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        let mut fields = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", scope.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        fields.extend(self.state.as_deref().map(|state| ("state", state)));
        fields.extend(self.nonce.as_deref().map(|nonce| ("nonce", nonce)));
        fields.extend(max_age.as_deref().map(|seconds| ("max_age", seconds)));
        fields.extend(self.fresh_login.then_some(("prompt", "login consent")));
        fields.extend(self.resources.iter().map(|resource| ("resource", resource.as_str())));
        encoded(fields)
    }

    /// Whether it waits for a login.
    pub(crate) fn waits(&self) -> bool {
        self.fresh_login || self.max_age.is_some()
    }

    pub(crate) fn redemption<'a>(&'a self, code: &'a str) -> [(&'a str, &'a str); 4] {
        let client_id = self.client_id.as_str();
        [("grant_type", "authorization_code"), ("client_id", client_id), ("code", code), ("code_verifier", VERIFIER)]
    }

    /// A refresh, narrowed to the first scope and the first resource where there are some.
    pub(crate) fn refresh<'a>(&'a self, refresh_token: &'a str) -> Vec<(&'a str, &'a str)> {
        let client_id = self.client_id.as_str();
        let mut fields = vec![("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", refresh_token)];
        fields.extend(self.allowed.first().map(|scope| ("scope", scope.as_str())));
        fields.extend(self.resources.first().map(|resource| ("resource", resource.as_str())));
        fields
    }
}

/// Names as people and databases have them: none at all, long, in every script, with what a query language reads.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "\\PC{0,40}",
        1 => "\\PC{200,300}",
        1 => prop::sample::select(vec!["", " ", "ann ", "Ann", "ANN", "%", "_", "a_n", "'; --", "\\", "\"", "{}", "ñ", "n\u{303}", "ß", "ı", "𝔞𝔫𝔫", "👩‍👩‍👧"])
            .prop_map(str::to_owned),
    ]
}

fn some<T>(list: &[T], keep: &[bool]) -> Vec<T>
where
    T: Clone,
{
    list.iter().zip(keep).filter(|(_, keep)| **keep).map(|(item, _)| item.clone()).collect()
}

/// Requests of every kind: no scope allowed, many resources, 2 KiB of state, and names of every kind.
pub(crate) fn requests() -> impl Strategy<Value = Request> {
    let person = (names(), names(), prop::option::of(names()), prop::collection::vec(names(), 0..4));
    let scopes = prop::collection::btree_set("[!#-\\[\\]-~]{1,20}", 1..6);
    let resources = prop::collection::btree_set("https://[a-z]{1,20}\\.example/[A-Za-z0-9._~-]{0,40}", 0..6);
    let state = prop_oneof![4 => "[ -~]{1,100}", 1 => "[ -~]{2000,2048}", 1 => "[a-zA-Z0-9]{2048}"];
    let texts = (prop::option::of(state), prop::option::of("[ -~]{1,200}"));
    let client_id = prop_oneof![4 => "[!-~]([ -~]{0,60}[!-~])?", 1 => "[!-~]{255}"];
    let path = (any::<[bool; 5]>(), any::<bool>(), prop::bool::weighted(0.1), 0_u8..=6);
    (client_id, person, scopes, resources, texts, prop::option::of(0_u32..100_000), path).prop_map(
        |(
            client_id,
            (subject, session, acr, amr),
            scopes,
            resources,
            (state, nonce),
            max_age,
            (keep, fresh_login, denied, steps),
        )| {
            let scopes: Vec<String> = scopes.into_iter().collect();
            let allowed = some(&scopes, &keep);
            let resources = resources.into_iter().collect();
            Request {
                client_id,
                subject,
                session,
                acr,
                amr,
                scopes,
                allowed,
                resources,
                state,
                nonce,
                max_age,
                fresh_login,
                denied,
                steps,
            }
        },
    )
}

/// Tries what the strategy makes up, and tells the smallest that breaks the promise.
pub(crate) async fn try_all<T: std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
    holds: impl AsyncFn(&T) -> Verdict,
) -> Verdict {
    let mut runner = TestRunner::new(Config { cases: CASES, ..Config::default() });
    for _ in 0..CASES {
        let mut tree = strategy.new_tree(&mut runner).map_err(|why| Broken::because(why.to_string()))?;
        let Err(mut broken) = holds(&tree.current()).await else { continue };
        let mut smallest = tree.current();
        let mut smaller = tree.simplify();
        for _ in 0..SHRINKS {
            if !smaller {
                break;
            }
            let current = tree.current();
            smaller = match holds(&current).await {
                Err(why) => {
                    (broken, smallest) = (why, current);
                    tree.simplify()
                }
                Ok(()) => tree.complicate(),
            };
        }
        return Err(Broken::because(format!("{broken}; the smallest that shows it: {smallest:?}")));
    }
    Ok(())
}
