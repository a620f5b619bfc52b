//! The thief's buttons: each is pressed in a browser, and each attempt is refused.

use std::io::Write as _;

use thirtyfour::prelude::*;

use crate::kit::{Scene, Settings, Stage, on_both_doors};

on_both_doors![
    every_button_of_the_thief_leads_to_a_refusal_and_its_rule,
    a_code_that_the_thief_has_seen_is_worth_nothing_to_them,
    a_form_of_the_thiefs_page_does_nothing_in_a_real_browser,
];

async fn every_button_of_the_thief_leads_to_a_refusal_and_its_rule(scene: Scene) {
    let stage = scene.with(&["--retry-window", "1"], Settings::default()).await;
    let Stage { person, places, .. } = &stage;
    person.opens(&places.thief).await;
    let names = person.texts("ol.attacks h3").await;
    assert_eq!(names.len(), 11, "{names:?}");
    for name in names {
        person.opens(&places.thief).await;
        person.presses(&format!("Try: {name}")).await;
        let verdict = person.browser.query(By::Css("p.held, p.fault")).first().await;
        let verdict = match verdict {
            Ok(verdict) => verdict.text().await.unwrap(),
            Err(_) => panic!("{name}: no verdict on {}", person.reads_all().await),
        };
        let answers = person.texts("li.attempt p.wire").await;
        // Past the harness, which would keep the line of a test that passes to itself.
        let outcome = answers.last().map_or("", String::as_str);
        let _ = writeln!(std::io::stderr(), "{:?}: {name}: {outcome}. {verdict}", scene.door);
        assert!(verdict.starts_with("Refused.") && verdict.contains('\u{a7}'), "{name}: {verdict}");
    }
}

async fn a_code_that_the_thief_has_seen_is_worth_nothing_to_them(scene: Scene) {
    for app in ["Letterbox", "Postcard"] {
        let stage = scene.begin().await;
        let Stage { person, places, .. } = &stage;
        person.opens(if app == "Letterbox" { &places.web_app } else { &places.spa }).await;
        person.presses("Let the thief see the next redirect").await;
        person.reads("The thief sees where your browser is sent back to").await;
        person.presses("Login with grantor").await;
        person.logs_in().await;
        person.presses("Allow").await;
        person.reads(if app == "Letterbox" { "The thief has seen your code" } else { "The thief has seen this code" }).await;
        let victim = person.browser.window().await.unwrap();
        person.opens_tab(&places.thief).await;
        person.reads("They have a code that was meant for").await;
        person.presses("Try: Redeem the code with a made-up verifier").await;
        person.reads("this is the code of your own login").await;
        person.reads("Refused.").await;
        person.browser.switch_to_window(victim).await.unwrap();
        person.presses("Let the app go on").await;
        person.reads("You are logged in as alice").await;
    }
}

async fn a_form_of_the_thiefs_page_does_nothing_in_a_real_browser(scene: Scene) {
    let stage = scene.begin().await;
    let Stage { person, places, .. } = &stage;
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("Allow Letterbox?").await;
    let ticket = person.asks_page("return document.querySelector('input[name=ticket]').value").await;
    let question = person.browser.window().await.unwrap();
    person.opens_tab(&places.thief).await;
    person.types("The ticket of your consent form, if the thief could read it", ticket.as_str().unwrap()).await;
    person.presses("Win a prize").await;
    person.reads("Another site sent this form").await;
    person.browser.switch_to_window(question).await.unwrap();
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
}
