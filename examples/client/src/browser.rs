//! A browser for tests: it logs in and allows everything, by the forms that it finds.

use oauth2::url::Url;
use reqwest::header::LOCATION;
use reqwest::{Client, StatusCode, redirect::Policy};

use crate::Fault;
use crate::forms::Form;

/// Follows the link until it leads to the redirect URI, which is visited as well.
pub(crate) async fn play(link: Url, redirect_uri: &str, user: &str) -> Result<(), Fault> {
    let (name, password) = user.split_once(':').ok_or("--user: wanted NAME:PASSWORD")?;
    let web = Client::builder().cookie_store(true).redirect(Policy::none()).build()?;
    let mut answer = web.get(link).send().await?;
    for _ in 0..10 {
        let here = answer.url().clone();
        if answer.status().is_redirection() {
            let place = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
            let place = here.join(place.ok_or("a redirect to nowhere")?)?;
            let is_answer = place.as_str().split('?').next() == Some(redirect_uri);
            answer = web.get(place).send().await?;
            if is_answer {
                return Ok(());
            }
            continue;
        }
        let status = answer.status();
        let html = answer.text().await?;
        let Some(form) = Form::find(&html).filter(|_| status == StatusCode::OK) else {
            let words = if status == StatusCode::UNAUTHORIZED { "the login was refused" } else { "a page without a form" };
            return Err(format!("{words} ({status} at {})", here.path()).into());
        };
        let fields = if form.has("password") {
            form.with("username", name).with("password", password)
        } else {
            form.with("decision", "allow")
        };
        answer = web.post(here.join(&fields.action)?).form(&fields.fields).send().await?;
    }
    Err("the pages lead nowhere".into())
}
