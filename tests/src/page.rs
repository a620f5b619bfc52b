//! What the tests read of an HTML page.

use scraper::{Html, Selector};

use crate::{Fields, fields};

/// One form of a page.
#[derive(Clone, Debug)]
pub struct HtmlForm {
    /// Where it is sent; empty when the page does not say.
    pub action: String,
    /// Its hidden inputs.
    pub hidden: Fields,
    /// Its visible inputs and buttons: name, type, value.
    pub inputs: Vec<(String, String, String)>,
}

impl HtmlForm {
    /// Whether a person can fill in or press `name`.
    pub fn asks(&self, name: &str) -> bool {
        self.inputs.iter().any(|(known, ..)| known == name)
    }

    /// The values of every input called `name`.
    pub fn values(&self, name: &str) -> Vec<String> {
        self.inputs.iter().filter(|(known, ..)| known == name).map(|(_, _, value)| value.clone()).collect()
    }
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

/// The forms of a page, in order.
pub fn forms(html: &str) -> Vec<HtmlForm> {
    let page = Html::parse_document(html);
    page.select(&select("form"))
        .map(|form| {
            let mut hidden = fields([]);
            let mut inputs = Vec::new();
            for input in form.select(&select("input, button")) {
                let read = |name| input.attr(name).unwrap_or_default();
                match read("type") {
                    "hidden" => hidden = hidden.and(read("name"), read("value")),
                    kind => inputs.push((read("name").to_owned(), kind.to_owned(), read("value").to_owned())),
                }
            }
            HtmlForm { action: form.attr("action").unwrap_or_default().to_owned(), hidden, inputs }
        })
        .collect()
}

/// Whether the page holds an element that matches the CSS selector.
pub fn has_element(html: &str, selector: &str) -> bool {
    Html::parse_document(html).select(&select(selector)).next().is_some()
}

/// Where the links of a page lead.
pub fn links(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    page.select(&select("a[href]")).filter_map(|link| link.attr("href")).map(str::to_owned).collect()
}

/// The text a reader sees, entities resolved.
pub(crate) fn text(html: &str) -> String {
    Html::parse_document(html).root_element().text().collect()
}
