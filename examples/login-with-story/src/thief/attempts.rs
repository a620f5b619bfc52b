//! The requests of each attack. Every one is real, and so is every answer.

use std::time::Duration;

use oauth2::PkceCodeChallenge;

use super::browser::Browser;
use super::hand::{App, Hand, Kind, Victim, text};
use crate::resource::{MAIL, PROFILE};
use crate::shorten::Fact;
use crate::story::{Fault, random};

const BOTH: &str = "profile mail.read";
const APP_GOES_ON: &str = "The app, which has the verifier, still gets its tokens.";

pub(crate) async fn no_verifier(hand: &Hand) -> Result<(), Fault> {
    with_intercepted_code(hand, "The thief redeems the code, and has no verifier to send.", None).await
}

pub(crate) async fn wrong_verifier(hand: &Hand) -> Result<(), Fault> {
    let made_up = random().ok_or("no random bits")?;
    with_intercepted_code(hand, "The thief redeems the code with a verifier of their own.", Some(made_up)).await
}

/// The person's own code, if they let the thief see it; else that of a scripted browser.
async fn with_intercepted_code(hand: &Hand, words: &str, verifier: Option<String>) -> Result<(), Fault> {
    let verifier = verifier.map(|verifier| ("code_verifier", verifier));
    if let Some(loot) = hand.story.intercepted.loot() {
        hand.note(Kind::Before, "You logged in and let the thief see the redirect: this is the code of your own login.");
        if loot.client_id == hand.story.config.web_app.0 {
            let words =
                "It belongs to the web app, which must show its secret as well: the thief does not even get to the verifier.";
            hand.note(Kind::Before, words);
        }
        let mut form = vec![("grant_type", "authorization_code".to_owned()), ("code", loot.code)];
        form.extend([("redirect_uri", loot.redirect_uri), ("client_id", loot.client_id)]);
        form.extend(verifier);
        hand.token(Kind::Attempt, words, &form).await?;
        hand.note(
            Kind::After,
            "Go back to the app and let it go on: its own verifier still fits. Five wrong ones would end the code.",
        );
        return Ok(());
    }
    let victim = hand.intercept(App::Single, BOTH).await?;
    let mut form = hand.redemption(&victim);
    form.extend(verifier);
    hand.token(Kind::Attempt, words, &form).await?;
    hand.redeem_rightly(Kind::After, APP_GOES_ON, &victim).await?;
    Ok(())
}

pub(crate) async fn second_time(hand: &Hand) -> Result<(), Fault> {
    let victim = hand.intercept(App::Single, BOTH).await?;
    let tokens = hand.redeem_rightly(Kind::Before, "The app redeems its code first.", &victim).await?;
    let access = text(&tokens, "access_token").unwrap_or_default();
    let mut form = hand.redemption(&victim);
    form.push(("code_verifier", victim.verifier.clone()));
    hand.token(Kind::Attempt, "The thief sends the very same request.", &form).await?;
    hand.api(Kind::After, "The app's token is ended as well: it has to ask the person again.", "/userinfo", &access).await?;
    Ok(())
}

pub(crate) async fn redirect_at_authorize(hand: &Hand) -> Result<(), Fault> {
    let mut request = fresh_request(hand);
    replace(&mut request, "redirect_uri", &format!("{}/callback", hand.story.places.thief));
    hand.authorize("The person's browser would bring this request. It gets a page, and no Location.", &request).await?;
    Ok(())
}

pub(crate) async fn redirect_at_token(hand: &Hand) -> Result<(), Fault> {
    let victim = hand.intercept(App::Single, BOTH).await?;
    let mut form = hand.redemption(&victim);
    form.push(("code_verifier", victim.verifier.clone()));
    replace(&mut form, "redirect_uri", &format!("{}/callback", hand.story.places.thief));
    hand.token(Kind::Attempt, "The thief redeems the code with the verifier and their own redirect address.", &form).await?;
    hand.redeem_rightly(Kind::After, APP_GOES_ON, &victim).await?;
    Ok(())
}

pub(crate) async fn other_client(hand: &Hand) -> Result<(), Fault> {
    let victim = hand.intercept(App::Web, BOTH).await?;
    let mut form = hand.redemption(&victim);
    form.push(("code_verifier", victim.verifier.clone()));
    replace(&mut form, "client_id", hand.client_id(App::Single));
    hand.token(Kind::Attempt, "The thief redeems the web app's code as the single-page app.", &form).await?;
    Ok(())
}

pub(crate) async fn plain(hand: &Hand) -> Result<(), Fault> {
    let mut request = fresh_request(hand);
    replace(&mut request, "code_challenge_method", "plain");
    hand.authorize(
        "The request with code_challenge_method=plain. The browser is sent back with an error, and no code.",
        &request,
    )
    .await?;
    Ok(())
}

pub(crate) async fn no_challenge(hand: &Hand) -> Result<(), Fault> {
    let mut request = fresh_request(hand);
    request.retain(|(name, _)| !name.starts_with("code_challenge"));
    hand.authorize("The request without a challenge. The browser is sent back with an error, and no code.", &request).await?;
    Ok(())
}

pub(crate) async fn old_refresh_token(hand: &Hand) -> Result<(), Fault> {
    let victim = hand.intercept(App::Single, BOTH).await?;
    let tokens = hand.redeem_rightly(Kind::Before, "The app redeems its code.", &victim).await?;
    let old = text(&tokens, "refresh_token").ok_or("the app got no refresh token")?;
    let tokens = hand.refresh(Kind::Before, "The app refreshes. The thief has a copy of the token it used.", &old).await?;
    let new = text(&tokens, "refresh_token").ok_or("the app got no new refresh token")?;
    let window = hand.story.config.retry_window + Duration::from_millis(500);
    hand.wait("Waiting until a lost answer can no longer be the reason to ask again", window).await;
    hand.refresh(Kind::Attempt, "The thief uses the old token.", &old).await?;
    hand.refresh(Kind::After, "The app's newest token is ended as well: it has to ask the person again.", &new).await?;
    Ok(())
}

pub(crate) async fn profile_token(hand: &Hand) -> Result<(), Fault> {
    let victim = hand.intercept(App::Single, PROFILE).await?;
    let tokens = hand.redeem_rightly(Kind::Before, "The app redeems its code. The token is for the profile.", &victim).await?;
    let access = text(&tokens, "access_token").unwrap_or_default();
    hand.api(Kind::Attempt, &format!("The thief shows it at the mail API, which wants {MAIL}."), "/messages", &access).await?;
    hand.api(Kind::After, "For the profile the same token is good.", "/userinfo", &access).await?;
    Ok(())
}

pub(crate) async fn consent_form(hand: &Hand) -> Result<(), Fault> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let link = hand.link(&hand.request(App::Single, BOTH, challenge.as_str()))?;
    let browser = Browser::new(hand.story.config.person.clone())?;
    let redirect_uri = hand.redirect_uri(App::Single);
    let form = browser.asked(link.as_str(), &redirect_uri).await?;
    hand.note(Kind::Before, "A scripted browser logged in and is asked for consent. Nobody has answered yet.");
    let thief = &hand.story.places.thief;
    let mut sent: Vec<Fact> = form.fields.iter().map(|(name, value)| Fact::new(name, value)).collect();
    sent.extend([Fact::new("Origin", thief), Fact { name: "Sec-Fetch-Site".to_owned(), value: "cross-site".to_owned() }]);
    let response = browser.forged(&form, thief).await?;
    let line = format!("POST {}", form.place);
    hand.wrote_down(Kind::Attempt, "The thief's page sends the form, with allow.", line, sent, response).await?;
    let code = browser.answer(form, &redirect_uri).await?;
    let victim = Victim { app: App::Single, code, verifier: verifier.into_secret() };
    hand.note(Kind::After, "The person answers on the provider's own page. That still works.");
    hand.redeem_rightly(Kind::After, "And the app gets its tokens.", &victim).await?;
    Ok(())
}

fn fresh_request(hand: &Hand) -> Vec<(&'static str, String)> {
    let (challenge, _) = PkceCodeChallenge::new_random_sha256();
    hand.request(App::Single, BOTH, challenge.as_str())
}

fn replace(fields: &mut [(&str, String)], name: &str, value: &str) {
    for (_, old) in fields.iter_mut().filter(|(other, _)| *other == name) {
        value.clone_into(old);
    }
}
