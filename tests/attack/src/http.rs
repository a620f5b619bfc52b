//! Requests and answers; nothing is followed, nothing remembered.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) asked: Request,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// The connections of a run.
#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new() -> Result<Self, String> {
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(PATIENCE).no_proxy();
        client.build().map(Self).map_err(|fault| fault.to_string())
    }

    pub(crate) async fn get(&self, url: &str) -> Result<Answer, String> {
        self.send(&Request { method: "GET".to_owned(), url: url.to_owned(), ..Request::default() }).await
    }

    pub(crate) async fn send(&self, asked: &Request) -> Result<Answer, String> {
        let told = |fault: &dyn std::fmt::Display| format!("{} {}: {fault}", asked.method, asked.url);
        let method = asked.method.parse().map_err(|fault| told(&fault))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &asked.headers {
            let name: HeaderName = name.parse().map_err(|fault| told(&fault))?;
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|fault| told(&fault))?);
        }
        let request = self.0.request(method, &asked.url).headers(headers).body(asked.body.clone());
        let response = match request.send().await {
            Ok(response) => response,
            // Whoever hangs up on a request has refused it; whoever cannot be reached, or never answers, has not.
            Err(fault) if fault.is_request() && !fault.is_connect() && !fault.is_timeout() => return Ok(Answer::hung_up(asked)),
            Err(fault) => return Err(told(&fault)),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(|fault| told(&fault))?;
        Ok(Answer { asked: asked.clone(), status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

impl Answer {
    fn hung_up(asked: &Request) -> Self {
        Self { asked: asked.clone(), status: 400, headers: HeaderMap::new(), body: "(the connection was closed)".to_owned() }
    }

    /// Every value of a header, in lower case and joined, or none.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).iter().map(|it| String::from_utf8_lossy(it.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", ").to_ascii_lowercase())
    }

    /// Where it sends a browser, as an absolute URL where that can be told.
    pub(crate) fn location(&self) -> Option<String> {
        let value = self.headers.get("location").filter(|_| (300..400).contains(&self.status))?;
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        // Only what is relative is resolved: an absolute URL is judged as it stands.
        match Url::parse(&value) {
            Ok(_) => Some(value),
            Err(_) => Some(Url::parse(&self.asked.url).ok()?.join(&value).map_or(value, String::from)),
        }
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// One member of the JSON answer, where it is text.
    pub(crate) fn member(&self, name: &str) -> Option<String> {
        Some(self.json()?.get(name)?.as_str()?.to_owned())
    }

    /// Whether it is a page.
    pub(crate) fn page(&self) -> Option<Html> {
        let is_page = self.header("content-type").is_some_and(|kind| kind.contains("html"));
        is_page.then(|| Html::parse_document(&self.body))
    }

    /// Whether the page holds such an element. A selector that is none matches nothing.
    pub(crate) fn has_element(&self, selector: &str) -> bool {
        let Ok(selector) = Selector::parse(selector) else { return false };
        self.page().is_some_and(|page| page.select(&selector).next().is_some())
    }

    /// What it was, for a person.
    pub(crate) fn told(&self) -> String {
        let location = self.location().map(|it| format!(", to {}", start(&it, 200))).unwrap_or_default();
        let body = if self.page().is_some() { "a page".to_owned() } else { start(&self.body, 200) };
        format!("{} {} was answered {}{location}: {body}", self.asked.method, start(&self.asked.url, 100), self.status)
    }
}

fn start(text: &str, most: usize) -> String {
    let shown: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}
