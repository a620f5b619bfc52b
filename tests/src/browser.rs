//! A person with a browser.

use std::collections::BTreeMap;

use crate::{Answer, Attempt, Fields, Service, fields};

/// Cookies, an account, and the service it is used at.
#[derive(Clone, Debug)]
pub struct Browser<'a> {
    service: &'a Service,
    /// The cookie jar: name and value.
    pub cookies: BTreeMap<String, String>,
    /// Who sits here: user name and password.
    pub account: (String, String),
}

/// A consent page as a person reads it.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Where the form is sent.
    pub action: String,
    /// The ticket of this request.
    pub ticket: String,
    /// The scopes that can be ticked.
    pub scopes: Vec<String>,
    /// The text of the page.
    pub text: String,
}

impl<'a> Browser<'a> {
    /// Alice, not logged in.
    pub fn new(service: &'a Service) -> Self {
        Self::of(service, "alice", "correct horse")
    }

    /// Somebody else, not logged in.
    pub fn of(service: &'a Service, user: &str, password: &str) -> Self {
        Self { service, cookies: BTreeMap::new(), account: (user.to_owned(), password.to_owned()) }
    }

    /// One request with the cookies of the jar; redirects are not followed.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let jar: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let jar = jar.join("; ");
        let mut headers = headers.to_vec();
        if !jar.is_empty() {
            headers.push(("cookie", &jar));
        }
        let answer = self.service.send(method, path, &headers, body).await;
        for cookie in answer.cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').expect("a cookie with a value");
            if value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens a local page, and follows redirects as long as they stay in the service.
    pub async fn open(&mut self, path: &str) -> Answer {
        let mut answer = self.send("GET", path, &[], "").await;
        for _ in 0..5 {
            let Some(local) = self.local(answer.header("location")) else { break };
            answer = self.send("GET", &local, &[], "").await;
        }
        answer
    }

    /// Submits a form; redirects are not followed.
    pub async fn submit(&mut self, path: &str, form: &Fields) -> Answer {
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &form_type, &form.encode()).await
    }

    /// Fills in the login page it is looking at, and goes where that leads inside the service.
    pub async fn log_in(&mut self, page: &Answer) -> Answer {
        let form = page.form_asking("username");
        let filled = form.hidden.with("username", &self.account.0).with("password", &self.account.1);
        let answer = self.submit(if form.action.is_empty() { "/login" } else { &form.action }, &filled).await;
        match self.local(answer.header("location")) {
            Some(local) => self.open(&local).await,
            None => answer,
        }
    }

    /// Makes an authorization request, logs in when asked, and stops where a decision is due.
    pub async fn visit(&mut self, request: &Fields) -> Answer {
        let page = self.open(&self.service.authorize_url(request)).await;
        if page.find_form("username").is_some() { self.log_in(&page).await } else { page }
    }

    /// The same, up to a consent page.
    pub async fn consent(&mut self, request: &Fields) -> Consent {
        Consent::read(&self.visit(request).await)
    }

    /// Answers a consent page.
    pub async fn answer(&mut self, consent: &Consent, decision: &str, scopes: &[&str]) -> Answer {
        let form = fields([("ticket", &consent.ticket), ("decision", decision)]);
        let form = scopes.iter().fold(form, |form, scope| form.and("scope", scope));
        self.submit(&consent.action, &form).await
    }

    /// Allows everything a consent page offers.
    pub async fn allow_all(&mut self, consent: &Consent) -> Answer {
        let scopes: Vec<_> = consent.scopes.iter().map(String::as_str).collect();
        self.answer(consent, "allow", &scopes).await
    }

    /// The whole way of a willing person: login and consent where asked, and the code at the end.
    pub async fn code(&mut self, attempt: &Attempt) -> String {
        let mut answer = self.visit(&attempt.request).await;
        if answer.find_form("decision").is_some() {
            answer = self.allow_all(&Consent::read(&answer)).await;
        }
        answer.code(&attempt.redirect_uri)
    }

    fn local(&self, location: &str) -> Option<String> {
        let below = |base| location.strip_prefix(base).filter(|rest: &&str| rest.starts_with('/'));
        let local = below(self.service.base.as_str()).or_else(|| location.starts_with('/').then_some(location))?;
        Some(local.to_owned())
    }
}

impl Consent {
    /// Reads the page; fails when it is none.
    #[track_caller]
    pub fn read(page: &Answer) -> Self {
        let form = page.has_status(200).form_asking("decision");
        Self {
            action: form.action.clone(),
            ticket: form.hidden.get("ticket").expect("a ticket").to_owned(),
            scopes: form.values("scope"),
            text: crate::page::text(&page.body),
        }
    }
}
