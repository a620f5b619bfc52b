//! What a person does: opens, presses, ticks, types, reads, goes back. Every wait has an end.

use std::future::Future;

use serde_json::Value;
use thirtyfour::prelude::*;
use tokio::time::Instant;

use super::driver::{Chromedriver, GLANCE, PATIENCE, Settings};

/// Somebody with a browser.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) browser: WebDriver,
    // Ends after its browser.
    _driver: Chromedriver,
}

impl Person {
    pub(crate) async fn sit_down(settings: &Settings) -> Self {
        let (driver, browser) = Chromedriver::start(settings).await;
        Self { browser, _driver: driver }
    }

    pub(crate) async fn opens(&self, place: &str) {
        self.browser.goto(place).await.unwrap_or_else(|fault| panic!("{place}: {fault}"));
    }

    /// Presses the button, or follows the link, that says this.
    pub(crate) async fn presses(&self, words: &str) {
        let element = self.finds_one(&[words]).await;
        element.click().await.unwrap_or_else(|fault| panic!("{words}: {fault}"));
    }

    /// The button or link that says one of these.
    pub(crate) async fn finds_one(&self, words: &[&str]) -> WebElement {
        let paths =
            words.iter().map(|words| format!("//button[normalize-space()=\"{words}\"] | //a[normalize-space()=\"{words}\"]"));
        let path = paths.collect::<Vec<_>>().join(" | ");
        match self.browser.query(By::XPath(path)).and_clickable().first().await {
            Ok(element) => element,
            Err(_) => panic!("nothing says {words:?} on {}", self.reads_all().await),
        }
    }

    /// Writes into the field with this label.
    pub(crate) async fn types(&self, label: &str, text: &str) {
        let path = format!("//input[@id = //label[normalize-space()=\"{label}\"]/@for]");
        let field = self.browser.query(By::XPath(path)).and_displayed().first().await;
        let field = match field {
            Ok(field) => field,
            Err(_) => panic!("no field {label} on {}", self.reads_all().await),
        };
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Takes the tick off the box whose label holds this.
    pub(crate) async fn unticks(&self, words: &str) {
        let path = format!("//label[contains(normalize-space(), \"{words}\")]//input[@type='checkbox']");
        let tick = self.browser.query(By::XPath(path)).first().await.expect(words);
        assert!(tick.is_selected().await.unwrap(), "{words} is ticked at first");
        tick.click().await.unwrap();
        assert!(!tick.is_selected().await.unwrap());
    }

    /// Logs in where the login page stands.
    pub(crate) async fn logs_in(&self) {
        self.types("Name", "alice").await;
        self.types("Password", "alice").await;
        self.presses("Log in").await;
    }

    /// Waits until the page says this.
    pub(crate) async fn reads(&self, words: &str) {
        if !until(|| async { self.page().await.contains(words) }).await {
            panic!("{words:?} does not stand on {}", self.reads_all().await);
        }
    }

    /// Everything that can be read, with the page's address.
    pub(crate) async fn reads_all(&self) -> String {
        format!("{}: {}", self.place().await, self.page().await)
    }

    /// The text of the page; nothing while it is on its way.
    pub(crate) async fn page(&self) -> String {
        let text = self.asks_page("return document.body ? document.body.innerText : ''").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a script on the page answers; nothing while it is on its way.
    pub(crate) async fn asks_page(&self, script: &str) -> Value {
        match self.browser.execute(script, Vec::new()).await {
            Ok(answer) => answer.json().clone(),
            Err(_) => Value::Null,
        }
    }

    /// The texts of everything that the selector finds.
    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let found = self.browser.query(By::Css(selector)).any().await.unwrap();
        let mut texts = Vec::new();
        for element in found {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// Where the browser is.
    pub(crate) async fn place(&self) -> String {
        self.browser.current_url().await.map(|place| place.to_string()).unwrap_or_default()
    }

    /// Waits until the browser is at a place that begins so.
    pub(crate) async fn arrives(&self, place: &str) {
        if !until(|| async { self.place().await.starts_with(place) }).await {
            panic!("not at {place}, but on {}", self.reads_all().await);
        }
    }

    pub(crate) async fn goes_back(&self) {
        self.browser.back().await.unwrap();
    }

    /// Opens a tab of its own, and looks at it.
    pub(crate) async fn opens_tab(&self, place: &str) -> WindowHandle {
        let tab = self.browser.new_tab().await.unwrap();
        self.browser.switch_to_window(tab.clone()).await.unwrap();
        self.opens(place).await;
        tab
    }

    /// Looks at the tab that is at a place that begins so.
    pub(crate) async fn turns_to(&self, place: &str) {
        let turned = until(|| async {
            for tab in self.browser.windows().await.unwrap_or_default() {
                if self.browser.switch_to_window(tab).await.is_ok() && self.place().await.starts_with(place) {
                    return true;
                }
            }
            false
        });
        assert!(turned.await, "no tab is at {place}");
    }

    /// Complaints of the browser's console since it was last asked.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.browser.get_log("browser").await.unwrap();
        entries.into_iter().filter(|entry| entry.level != "INFO").map(|entry| entry.message).collect()
    }

    /// Every place that the tab in front asked for since it was last asked.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let mut places = Vec::new();
        for entry in self.browser.get_log("performance").await.unwrap() {
            let event: Value = serde_json::from_str(&entry.message).unwrap_or_default();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                places.extend(event["message"]["params"]["request"]["url"].as_str().map(str::to_owned));
            }
        }
        places
    }
}

/// Looks again and again, for as long as a person would.
pub(crate) async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        if is_so().await {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        tokio::time::sleep(GLANCE).await;
    }
}
