//! As much of a page as a form-filling browser needs: its title, and its first form.

use scraper::{Html, Selector};

/// A form as it stands on a page.
pub(crate) struct Form {
    /// Where it goes, as it is written there.
    pub(crate) action: String,
    /// Its inputs with their values, and no buttons.
    pub(crate) fields: Vec<(String, String)>,
}

/// The text of the title.
pub(crate) fn title(html: &str) -> Option<String> {
    let selector = Selector::parse("title").ok()?;
    let title: String = Html::parse_document(html).select(&selector).next()?.text().collect();
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

/// The first form of a page. Boxes that are not ticked are left out, as a browser does.
pub(crate) fn form(html: &str) -> Option<Form> {
    let (form, input) = (Selector::parse("form[action]").ok()?, Selector::parse("input[name]").ok()?);
    let page = Html::parse_document(html);
    let form = page.select(&form).next()?;
    let inputs = form.select(&input).map(|input| input.value());
    let inputs = inputs.filter(|input| input.attr("type") != Some("checkbox") || input.attr("checked").is_some());
    let fields = inputs.map(|input| {
        let attribute = |name| input.attr(name).unwrap_or_default().to_owned();
        (attribute("name"), attribute("value"))
    });
    Some(Form { action: form.attr("action")?.to_owned(), fields: fields.collect() })
}
