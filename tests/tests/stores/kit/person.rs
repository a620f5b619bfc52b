//! A person and a client who ask again whenever they got no answer.

use std::sync::Arc;

use grantor_tests::{Answer, Attempt, Consent, Relying, fields};

use super::{Farm, Request};

pub(crate) struct Person {
    farm: Arc<Farm>,
    cookie: String,
}

/// What a client was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Person {
    pub(crate) async fn log_in(farm: Arc<Farm>) -> Self {
        let form = fields([("username", "alice"), ("password", "correct horse")]);
        let answer = farm.ask(&Request::post("/login", &form)).await;
        let cookie = answer.has_status(303).cookies()[0].split(';').next().unwrap().to_owned();
        Self { farm, cookie }
    }

    /// Allows what is asked, and gets the code: a lost answer to the consent form is given again.
    pub(crate) async fn code(&self, attempt: &Attempt) -> String {
        let path = format!("/authorize?{}", attempt.request.encode());
        let page = self.farm.ask(&Request::get(path).with("cookie", self.cookie.clone())).await;
        let consent = Consent::read(&page);
        let form = fields([("ticket", &consent.ticket), ("decision", "allow"), ("scope", "profile")]);
        let answer = self.farm.ask(&Request::post("/consent", &form).with("cookie", self.cookie.clone())).await;
        answer.code(&attempt.redirect_uri)
    }
}

impl Pair {
    /// Redeems a code. `None`: an answer was lost, and the code with it.
    pub(crate) async fn redeem(farm: &Farm, attempt: &Attempt, code: &str) -> Option<Self> {
        let request = Request::token(attempt.relying, &attempt.redemption(code));
        if let Some(answer) = farm.ask_once(&request).await {
            return Some(Self::read(&answer));
        }
        let answer = farm.ask(&request).await;
        if answer.status == 200 {
            return Some(Self::read(&answer));
        }
        answer.is_json(400, "invalid_grant");
        None
    }

    /// Refreshes, at one service or at both at once; whoever answers must give the same.
    pub(crate) async fn refresh(&self, farm: &Farm, client: Relying, at_both: bool) -> Self {
        let request = Request::token(client, &fields([("grant_type", "refresh_token"), ("refresh_token", &self.refresh)]));
        let answers = if at_both { farm.ask_both(&request).await } else { [None, None] };
        let mut pairs: Vec<_> = answers.iter().flatten().map(Self::read).collect();
        pairs.push(Self::read(&farm.ask(&request).await));
        assert!(pairs.windows(2).all(|two| two[0] == two[1]), "one refresh token has two successors: {pairs:?}");
        pairs.swap_remove(0)
    }

    /// Whoever answers knows the access token.
    pub(crate) async fn is_known(&self, farm: &Farm) {
        let request = Request::get("/userinfo".to_owned()).with("authorization", format!("Bearer {}", self.access));
        farm.ask(&request).await.has_status(200);
    }

    fn read(answer: &Answer) -> Self {
        let body = answer.has_status(200).json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}
