//! What an exchange is, in a sentence, and where the rule stands. It is read off the exchange: its endpoint, its parameters
//! and its status; there is no script of steps to follow.

use crate::shorten::Fact;
use crate::traffic::{Exchange, FORM, Role};

/// An exchange in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened, for a person.
    pub sentence: String,
    /// The section to read.
    pub rfc: &'static str,
    /// False if the answer is a refusal.
    pub good: bool,
}

/// Says what an exchange is.
pub fn explain(exchange: &Exchange) -> Told {
    let it = Reading(exchange);
    match exchange.to {
        Role::Provider => it.at_provider(),
        Role::Resource => it.at_resource(),
        _ => it.at_client(),
    }
}

/// The value of a fact by its name.
pub(crate) fn value<'a>(facts: &'a [Fact], name: &str) -> Option<&'a str> {
    facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
}

struct Reading<'a>(&'a Exchange);

impl Reading<'_> {
    fn at_provider(&self) -> Told {
        let path = self.0.path.as_str();
        match self.asked("grant_type") {
            Some("authorization_code") => return self.redemption(),
            Some("refresh_token") => return self.refresh(),
            _ => {}
        }
        if self.asked("response_type").is_some() || path.ends_with("/authorize") {
            return self.authorization();
        }
        if self.asked("decision").is_some() || path.ends_with("/consent") {
            return self.consent();
        }
        if path.ends_with("/login") {
            return self.login();
        }
        self.told("The provider answers a request that is no part of the flow.", "RFC 6749 \u{a7}3")
    }

    fn authorization(&self) -> Told {
        let rfc = "RFC 6749 \u{a7}4.1.1, RFC 7636 \u{a7}4.3";
        if let Some(error) = self.location("error") {
            let text =
                format!("The provider refuses the request ({error}) and sends the browser back to the client, which is proven.");
            return self.refused(text, "RFC 6749 \u{a7}4.1.2.1");
        }
        if self.location("code").is_some() {
            let text = "The person allowed this before, so the browser is sent back to the client with a code at once.";
            return self.told(text, "RFC 6749 \u{a7}4.1.2, RFC 9207 \u{a7}2");
        }
        if matches!(self.0.status, 429 | 500..) {
            return self.refused("The provider asks to come back later.".to_owned(), "RFC 9110 \u{a7}10.2.3");
        }
        if self.0.status >= 400 {
            let text =
                "The provider does not know this client or its redirect address: it shows a page and sends the browser nowhere.";
            return self.refused(text.to_owned(), "RFC 6749 \u{a7}4.1.2.1, RFC 9700 \u{a7}4.1.3");
        }
        let mut text = match self.form_asks("ticket") {
            true => self.question(),
            false => self.request(),
        };
        let asks_openid = self.asked("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "openid"));
        if asks_openid || self.asked("nonce").is_some() {
            text += " openid and nonce are accepted; they do nothing here yet.";
        }
        if self.asked("audience").is_some() {
            text += " audience is ignored here, as an unknown parameter has to be.";
        }
        self.told(&text, rfc)
    }

    fn request(&self) -> String {
        let challenge = match self.asked("code_challenge_method") {
            Some("S256") => ", and the PKCE challenge, which is the hash of a secret that stays with the client",
            _ => "",
        };
        let page = if self.form_asks("password") { "asks the person to log in" } else { "shows a page of its own" };
        format!(
            "The browser brings the client's request: who asks, for which scopes, where the answer goes{challenge}. The provider \
             checks all of it, and {page}."
        )
    }

    fn question(&self) -> String {
        let (app, scope) = (self.asked("client_id").unwrap_or("the app"), self.asked("scope").unwrap_or("what is usual"));
        format!(
            "The browser brings the request, and the provider knows the person by its own cookie. So it asks: do you allow {app} to \
             use {scope}?"
        )
    }

    fn login(&self) -> Told {
        if self.0.method == "GET" {
            return self.told("The provider shows its login form.", "RFC 6749 \u{a7}3.1");
        }
        match self.0.status {
            300..400 => {
                let text = "The person logs in at the provider. The client sees neither name nor password. Then the browser goes back to the request.";
                self.told(text, "RFC 6749 \u{a7}3.1")
            }
            _ => self.refused("The provider refuses the login.".to_owned(), "RFC 6749 \u{a7}3.1"),
        }
    }

    fn consent(&self) -> Told {
        if let Some(error) = self.location("error") {
            let text = format!("The person said no. The browser tells the client so ({error}); there is no code.");
            return self.refused(text, "RFC 6749 \u{a7}4.1.2.1");
        }
        if self.location("code").is_some() {
            let text = "The person allows it. The provider sends the browser back to the client with a code, the client's own state, and its own name (iss).";
            return self.told(text, "RFC 6749 \u{a7}4.1.2, RFC 9207 \u{a7}2");
        }
        match self.0.status {
            403 => {
                let text = "Another site sent this form. The provider does nothing.";
                self.refused(text.to_owned(), "RFC 6749 \u{a7}10.12, RFC 9700 \u{a7}4.7")
            }
            _ => self.refused("The provider does not accept this answer.".to_owned(), "RFC 6749 \u{a7}10.12"),
        }
    }

    fn redemption(&self) -> Told {
        if self.0.status >= 400 {
            let text = format!("The provider refuses to redeem the code{}.", self.error());
            return self.refused(text, "RFC 6749 \u{a7}5.2, RFC 7636 \u{a7}4.6");
        }
        let proof = match (self.has_secret(), self.asked("code_verifier").is_some()) {
            (true, true) => "with its secret and with the verifier, which only it knows",
            (false, true) => "with the verifier, which only it knows",
            (true, false) => "with its secret",
            (false, false) => "with no proof at all",
        };
        let text =
            format!("The client redeems the code {proof}. The hash fits the challenge, and the provider hands out tokens.");
        self.told(&text, "RFC 6749 \u{a7}4.1.3, RFC 7636 \u{a7}4.5")
    }

    fn refresh(&self) -> Told {
        if self.0.status >= 400 {
            let text = format!("The provider refuses the refresh token{}.", self.error());
            return self.refused(text, "RFC 6749 \u{a7}5.2, RFC 9700 \u{a7}4.14.2");
        }
        let text = "The client changes its refresh token for a new pair. The old one is used up.";
        self.told(text, "RFC 6749 \u{a7}6, RFC 9700 \u{a7}4.14.2")
    }

    fn at_resource(&self) -> Told {
        if self.0.method == "OPTIONS" {
            let text =
                "The browser asks whether a page from the app's address may call this API with a token, and is told yes or no.";
            return self.told(text, "OAuth 2.0 for Browser-Based Apps");
        }
        let rfc = "RFC 6750 \u{a7}2.1";
        match self.0.status {
            200..300 if self.0.path.ends_with("/userinfo") => self
                .told("The client asks the API who the person is, and shows the access token. It holds the scope profile.", rfc),
            200..300 => {
                self.told("The client asks the API for the person's mail. The access token holds the scope mail.read.", rfc)
            }
            403 => {
                let text = "The token is good, but not for this: the API wants a scope that the person did not give.";
                self.refused(text.to_owned(), "RFC 6750 \u{a7}3.1")
            }
            _ => self.refused("The API does not accept the token, or there is none.".to_owned(), "RFC 6750 \u{a7}3.1"),
        }
    }

    fn at_client(&self) -> Told {
        let leads_to_login = self.location("response_type").is_some();
        if leads_to_login {
            let text = "The person clicks the login button. The client draws a state and a PKCE verifier, keeps both, and sends the browser to the provider.";
            return self.told(text, "RFC 6749 \u{a7}4.1.1, RFC 7636 \u{a7}4.1");
        }
        if let Some(error) = self.asked("error") {
            let text = format!("The browser comes back with a refusal ({error}).");
            return self.refused(text, "RFC 6749 \u{a7}4.1.2.1");
        }
        if self.asked("code").is_some() {
            return match self.0.status {
                400.. => {
                    let text = "The client does not take this answer: it did not ask for it, or it could not redeem the code.";
                    self.refused(text.to_owned(), "RFC 6749 \u{a7}10.12, RFC 9207 \u{a7}2.4")
                }
                _ => {
                    let text = "The browser brings the code to the client, which checks that state and iss are what it expects.";
                    self.told(text, "RFC 6749 \u{a7}4.1.2, RFC 9207 \u{a7}2.4")
                }
            };
        }
        self.told("The person uses the client.", "RFC 6749 \u{a7}1.1")
    }

    fn asked(&self, name: &str) -> Option<&str> {
        value(&self.0.parameters, name)
    }

    /// A parameter of the place that the answer leads to; it is shortened already, and so can hold a space.
    fn location(&self, name: &str) -> Option<&str> {
        let (_, query) = value(&self.0.answer, "Location")?.split_once('?')?;
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }

    /// Whether the answer is a page with a form that has this field.
    fn form_asks(&self, field: &str) -> bool {
        value(&self.0.answer, FORM).is_some_and(|fields| fields.split(", ").any(|other| other == field))
    }

    fn has_secret(&self) -> bool {
        self.asked("client_secret").is_some() || self.asked("Authorization").is_some()
    }

    fn error(&self) -> String {
        let told = |name| value(&self.0.answer, name);
        match (told("error"), told("error_description")) {
            (Some(error), Some(words)) => format!(" ({error}: {words})"),
            (Some(error), None) => format!(" ({error})"),
            _ => String::new(),
        }
    }

    /// A sentence for an answer that is good, as far as the status says so.
    fn told(&self, sentence: &str, rfc: &'static str) -> Told {
        Told { sentence: sentence.to_owned(), rfc, good: self.0.status < 400 }
    }

    fn refused(&self, sentence: String, rfc: &'static str) -> Told {
        Told { sentence, rfc, good: false }
    }
}
