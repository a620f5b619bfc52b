//! A browser of the thief's own, so that each attack needs one click: it logs in and consents by the forms that it finds, as
//! the person would. It stops at the redirect to the client: that is the redirect that is intercepted.

use form_urlencoded::parse;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use crate::html;
use crate::story::{Fault, PATIENCE};
use crate::traffic::THIEF_AGENT;

/// More pages than any login has.
const MOST_PAGES: usize = 12;

/// A browser with cookies, and the person in front of it.
pub(crate) struct Browser {
    web: Client,
    person: (String, String),
}

/// A form, as it would be sent.
pub(crate) struct Form {
    pub(crate) place: Url,
    pub(crate) fields: Vec<(String, String)>,
}

/// Where the pages lead.
enum Stop {
    /// The consent form.
    Consent(Form),
    /// Back to the client: the query of that redirect.
    Client(String),
}

impl Browser {
    pub(crate) fn new(person: (String, String)) -> Result<Self, Fault> {
        let web =
            Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().user_agent(THIEF_AGENT).timeout(PATIENCE);
        Ok(Self { web: web.build()?, person })
    }

    /// Logs in, allows everything, and gives the parameter of the redirect to the client.
    pub(crate) async fn allow(&self, link: &str, redirect_uri: &str) -> Result<String, Fault> {
        let form = match self.follow(self.web.get(link).send().await?, redirect_uri).await? {
            Stop::Consent(form) => form,
            Stop::Client(query) => return code(&query),
        };
        self.answer(form, redirect_uri).await
    }

    /// Logs in, and gives the consent form unanswered.
    pub(crate) async fn asked(&self, link: &str, redirect_uri: &str) -> Result<Form, Fault> {
        match self.follow(self.web.get(link).send().await?, redirect_uri).await? {
            Stop::Consent(form) => Ok(form),
            Stop::Client(_) => Err("the provider did not ask for consent".into()),
        }
    }

    /// Sends the consent form as the person would.
    pub(crate) async fn answer(&self, form: Form, redirect_uri: &str) -> Result<String, Fault> {
        let answer = self.web.post(form.place).form(&form.fields).send().await?;
        match self.follow(answer, redirect_uri).await? {
            Stop::Client(query) => code(&query),
            Stop::Consent(_) => Err("the provider asks for consent again and again".into()),
        }
    }

    /// Sends a form as a page of another site would make the browser do, cookies and all.
    pub(crate) async fn forged(&self, form: &Form, origin: &str) -> Result<Response, Fault> {
        let request = self.web.post(form.place.clone()).form(&form.fields);
        Ok(request.header("origin", origin).header("sec-fetch-site", "cross-site").send().await?)
    }

    async fn follow(&self, mut answer: Response, redirect_uri: &str) -> Result<Stop, Fault> {
        let mut has_logged_in = false;
        for _ in 0..MOST_PAGES {
            let here = answer.url().clone();
            if answer.status().is_redirection() {
                let place =
                    answer.headers().get(LOCATION).and_then(|place| place.to_str().ok()).ok_or("a redirect to nowhere")?;
                if let Some(query) = place.strip_prefix(redirect_uri).and_then(|rest| rest.strip_prefix(['?', '&'])) {
                    return Ok(Stop::Client(query.to_owned()));
                }
                answer = self.web.get(here.join(place)?).send().await?;
                continue;
            }
            let status = answer.status();
            let html = answer.text().await?;
            let found = html::form(&html).filter(|_| status == StatusCode::OK);
            let found = found.ok_or_else(|| format!("a page without a form ({status} at {})", here.path()))?;
            let mut form = Form { place: here.join(&found.action)?, fields: found.fields };
            if !form.fields.iter().any(|(name, _)| name == "password") {
                form.fields.push(("decision".to_owned(), "allow".to_owned()));
                return Ok(Stop::Consent(form));
            }
            if has_logged_in {
                return Err("the provider wants a login again and again".into());
            }
            has_logged_in = true;
            let (name, password) = &self.person;
            form.fields.retain(|(field, _)| field != "username" && field != "password");
            form.fields.extend([("username".to_owned(), name.clone()), ("password".to_owned(), password.clone())]);
            answer = self.web.post(form.place).form(&form.fields).send().await?;
        }
        Err("the pages lead nowhere".into())
    }
}

fn code(query: &str) -> Result<String, Fault> {
    let mut pairs = parse(query.as_bytes());
    pairs.find(|(name, _)| name == "code").map(|(_, code)| code.into_owned()).ok_or_else(|| "the redirect has no code".into())
}
