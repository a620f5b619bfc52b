//! Whoever sits at the browser, and what became of an authorization request.

use std::collections::BTreeMap;
use std::sync::Mutex;

use form_urlencoded::{Serializer, parse};
use scraper::{ElementRef, Selector};
use tokio::process::Command;
use url::Url;

use crate::corpus::Outcome;
use crate::flags::Flags;
use crate::http::{Answer, Http, Request};
use crate::target::Target;

/// Redirects and forms on the way to an answer.
const MOST_STEPS: usize = 12;

/// A person who may be logged in, or able to log in.
#[derive(Debug)]
pub(crate) struct Person<'a> {
    target: &'a Target,
    http: &'a Http,
    fills: Vec<(String, String)>,
    command: Option<String>,
    jar: Mutex<BTreeMap<String, String>>,
}

/// Where an authorization request led.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) outcome: Outcome,
    /// What the client was sent, in order.
    pub(crate) params: Vec<(String, String)>,
    pub(crate) answer: Answer,
}

struct Form {
    action: String,
    method: String,
    fields: Vec<(String, String)>,
    asked: Vec<String>,
}

impl<'a> Person<'a> {
    pub(crate) fn new(flags: &Flags, target: &'a Target, http: &'a Http) -> Self {
        let jar = Mutex::new(flags.cookie.iter().cloned().collect());
        Self { target, http, fills: flags.fill.clone(), command: flags.code_command.clone(), jar }
    }

    /// Somebody else, who has no account here.
    pub(crate) fn stranger(&self) -> Self {
        let (fills, command, jar) = (Vec::new(), None, Mutex::default());
        Self { target: self.target, http: self.http, fills, command, jar }
    }

    /// Goes on until the client has an answer, or nobody here knows how to. `lands` is where the client is.
    ///
    /// # Errors
    ///
    /// `Ok(Err(_))`: the browser was sent somewhere else, which no case allows.
    pub(crate) async fn authorize(&self, request: Request, lands: &str) -> Result<Result<Landed, String>, String> {
        if let Some(command) = &self.command {
            return self.by_command(command, request, lands).await;
        }
        let mut request = request;
        for _ in 0..MOST_STEPS {
            let answer = self.send(&request).await?;
            match self.next(&answer, lands) {
                Ok(next) => request = next,
                Err(end) => return Ok(end.map(|(outcome, params)| Landed { outcome, params, answer })),
            }
        }
        Err(format!("{}: no answer after {MOST_STEPS} redirects and forms; is the login right?", request.url))
    }

    async fn send(&self, request: &Request) -> Result<Answer, String> {
        let mut request = request.clone();
        let cookies: Vec<_> = self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        let answer = self.http.send(&request).await?;
        for cookie in answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            let Some((name, value)) = pair else { continue };
            let is_over = value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0");
            let mut jar = self.jar();
            if is_over {
                jar.remove(name.trim())
            } else {
                jar.insert(name.trim().to_owned(), value.to_owned())
            };
        }
        Ok(answer)
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.jar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The next request, or the end.
    #[expect(clippy::type_complexity, reason = "the end is an outcome with its parameters, or what went wrong")]
    fn next(&self, answer: &Answer, lands: &str) -> Result<Request, Result<(Outcome, Vec<(String, String)>), String>> {
        let get = |url: String| Request { method: "GET".to_owned(), url, ..Request::default() };
        if let Some(location) = answer.location() {
            if let Some(params) = landed(&location, lands) {
                return Err(Ok((outcome_of(&params), params)));
            }
            let query = location.split_once(['?', '#']).map_or("", |(_, added)| added);
            let stays = self.target.is_home(&location) && outcome_of(&decode(query)) != Outcome::Code;
            return if stays { Ok(get(location)) } else { Err(Err(format!("the browser was sent to {location}"))) };
        }
        let forms = forms(answer);
        if let Some(form) = forms.iter().find(|form| same_place(&form.action, lands)) {
            return Err(Ok((outcome_of(&form.fields), form.fields.clone())));
        }
        if let Some(form) = forms.iter().find(|form| !form.action.is_empty() && !self.target.is_home(&form.action)) {
            return Err(Err(format!("a page posts to {}", form.action)));
        }
        if let Some(form) = forms.iter().find(|form| self.fills.iter().any(|(name, _)| form.asked.contains(name))) {
            return Ok(self.filled(form));
        }
        let nobody = self.fills.is_empty() && self.jar().is_empty();
        let asks = answer.status == 200 && (nobody || !forms.is_empty());
        Err(Ok((if asks { Outcome::Asked } else { Outcome::Page }, Vec::new())))
    }

    fn filled(&self, form: &Form) -> Request {
        let mut fields = form.fields.clone();
        for (name, value) in self.fills.iter().filter(|(name, _)| form.asked.contains(name)) {
            fields.retain(|(known, _)| known != name);
            fields.push((name.clone(), value.clone()));
        }
        let body = Serializer::new(String::new()).extend_pairs(&fields).finish();
        if form.method == "GET" {
            let url = format!("{}?{body}", form.action);
            return Request { method: form.method.clone(), url, ..Request::default() };
        }
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        Request { method: "POST".to_owned(), url: form.action.clone(), headers, body }
    }

    async fn by_command(&self, command: &str, request: Request, lands: &str) -> Result<Result<Landed, String>, String> {
        let output = Command::new("sh").args(["-c", command]).env("AUTHORIZATION_URL", &request.url).output().await;
        let output = output.map_err(|fault| format!("{command}: {fault}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
        let answer = Answer { asked: request, status: 0, headers: reqwest::header::HeaderMap::new(), body: text };
        let ended = match landed(&last, lands) {
            Some(params) => Ok((outcome_of(&params), params)),
            None if last.contains("://") && !self.target.is_home(&last) => Err(format!("the browser was sent to {last}")),
            None => Ok((Outcome::Page, Vec::new())),
        };
        Ok(ended.map(|(outcome, params)| Landed { outcome, params, answer }))
    }
}

/// What a redirect to the client added to its URI, `None` when it leads elsewhere.
fn landed(location: &str, lands: &str) -> Option<Vec<(String, String)>> {
    let added = location.strip_prefix(lands)?;
    let added = match added.chars().next() {
        None => "",
        Some('?' | '#') => added.get(1..)?,
        Some('&') if lands.contains('?') => added.get(1..)?,
        Some(_) if lands.ends_with('?') => added,
        Some(_) => return None,
    };
    Some(decode(added))
}

/// The parameters of a query; a fragment beside it counts as well, since a token may stand there.
fn decode(added: &str) -> Vec<(String, String)> {
    added.split('#').flat_map(|part| parse(part.as_bytes()).into_owned()).collect()
}

fn outcome_of(params: &[(String, String)]) -> Outcome {
    let handed_out = |name: &String| ["code", "access_token", "id_token"].contains(&name.as_str());
    if params.iter().any(|(name, _)| handed_out(name)) { Outcome::Code } else { Outcome::SentBack }
}

fn same_place(action: &str, lands: &str) -> bool {
    action == lands || Url::parse(lands).is_ok_and(|url| url.as_str() == action)
}

fn forms(answer: &Answer) -> Vec<Form> {
    let (Some(page), Ok(form), Ok(field)) =
        (answer.page(), Selector::parse("form"), Selector::parse("input, button, select, textarea"))
    else {
        return Vec::new();
    };
    page.select(&form).map(|form| read(&form, &field, &answer.asked.url)).collect()
}

fn read(form: &ElementRef<'_>, field: &Selector, page: &str) -> Form {
    let action = form.attr("action").unwrap_or_default();
    let action = Url::parse(page).and_then(|page| page.join(action)).map_or(action.to_owned(), String::from);
    let (mut fields, mut asked) = (Vec::new(), Vec::new());
    for field in form.select(field) {
        let Some(name) = field.attr("name") else { continue };
        let value = field.attr("value").unwrap_or_default().to_owned();
        let kind = field.attr("type").unwrap_or_default().to_ascii_lowercase();
        let is_button = field.value().name() == "button" || kind == "submit";
        if kind != "hidden" {
            asked.push(name.to_owned());
        }
        if !is_button && (!matches!(kind.as_str(), "checkbox" | "radio") || field.attr("checked").is_some()) {
            fields.push((name.to_owned(), value));
        }
    }
    let method = form.attr("method").unwrap_or("GET").to_ascii_uppercase();
    Form { action, method, fields, asked }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clients_own_uri_is_a_landing() {
        let code = Some(vec![("code".to_owned(), "c".to_owned())]);
        assert_eq!(landed("https://a.test/cb?code=c", "https://a.test/cb"), code);
        assert_eq!(landed("https://a.test/cb?x=1&code=c", "https://a.test/cb?x=1"), code);
        assert_eq!(landed("https://a.test/cb#code=c", "https://a.test/cb"), code);
        assert_eq!(landed("https://a.test/cbx?code=c", "https://a.test/cb"), None);
        assert_eq!(landed("https://a.test/cb/../x?code=c", "https://a.test/cb"), None);
        assert_eq!(landed("https://a.test/cb&code=c", "https://a.test/cb"), None);
    }
}
