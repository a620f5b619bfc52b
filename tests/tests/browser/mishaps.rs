//! What people do that nobody planned for. None of it ends at a page without a way forward.

use thirtyfour::prelude::*;

use crate::kit::{Scene, Settings, Stage, on_both_doors};

on_both_doors![
    a_double_click_on_allow_gives_one_code_and_no_error,
    going_back_after_the_answer_gives_a_clear_page_and_no_second_code,
    two_tabs_finish_each_with_its_own_state,
    a_question_that_is_too_old_leads_to_a_page_with_a_way_forward,
    a_login_that_ended_in_the_middle_is_made_up_for,
    a_browser_that_keeps_no_cookies_is_told_so,
    without_scripts_the_web_app_works_all_the_same,
];

/// The login, up to the question.
async fn is_asked(Stage { person, places, .. }: &Stage) {
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("Allow Letterbox?").await;
}

/// Waits until the walk's latest flow has this so often: a request is drawn once its answer has gone out.
async fn draws(Stage { person, places, .. }: &Stage, words: &str, times: usize) {
    let mut drawn = 0;
    for _ in 0..50 {
        person.opens(&format!("{}/walk", places.web_app)).await;
        drawn = person.page().await.matches(words).count();
        if drawn == times {
            return;
        }
    }
    panic!("the walk has {words:?} {drawn} times instead of {times}");
}

async fn a_double_click_on_allow_gives_one_code_and_no_error(scene: Scene) {
    let stage = scene.begin().await;
    is_asked(&stage).await;
    let allow = stage.person.finds_one(&["Allow"]).await;
    stage.person.browser.action_chain().double_click_element(&allow).perform().await.unwrap();
    stage.person.reads("You are logged in as alice").await;
    draws(&stage, "The client redeems the code", 1).await;
    draws(&stage, "does not take this answer", 0).await;
}

async fn going_back_after_the_answer_gives_a_clear_page_and_no_second_code(scene: Scene) {
    for (answer, end) in [("Allow", "You are logged in as alice"), ("Deny", "did not let the app in")] {
        let stage = scene.begin().await;
        is_asked(&stage).await;
        stage.person.presses(answer).await;
        stage.person.reads(end).await;
        // A browser may keep the page as it was. What it asks for anew is the clear page.
        stage.person.goes_back().await;
        stage.person.browser.refresh().await.unwrap();
        stage.person.reads("Already answered").await;
        stage.person.presses("Home").await;
        stage.person.reads("You are logged in as alice").await;
        let codes = if answer == "Allow" { 1 } else { 0 };
        draws(&stage, "The person allows it", codes).await;
    }
}

async fn two_tabs_finish_each_with_its_own_state(scene: Scene) {
    let stage = scene.begin().await;
    let Stage { person, places, .. } = &stage;
    is_asked(&stage).await;
    let first = person.browser.window().await.unwrap();
    let second = person.opens_tab(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.reads("Allow Letterbox?").await;
    for tab in [first, second] {
        person.browser.switch_to_window(tab).await.unwrap();
        person.presses("Allow").await;
        person.reads("You are logged in as alice").await;
    }
    // And the two apps at once, each in a tab of its own.
    person.opens_tab(&places.spa).await;
    person.presses("Login with grantor").await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
}

async fn a_question_that_is_too_old_leads_to_a_page_with_a_way_forward(scene: Scene) {
    let stage = scene.begin().await;
    let Stage { person, places, .. } = &stage;
    is_asked(&stage).await;
    // Nobody waits for ten minutes here: a ticket that was dropped looks the same to the provider.
    let spoil = "document.querySelector('input[name=ticket]').value = 'a'.repeat(43)";
    person.asks_page(spoil).await;
    person.presses("Allow").await;
    person.reads("This question is closed").await;
    person.reads("Go back to the app and start again.").await;
    person.presses("Home").await;
    person.reads("You are logged in as alice").await;
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
}

async fn a_login_that_ended_in_the_middle_is_made_up_for(scene: Scene) {
    let stage = scene.begin().await;
    let Stage { person, places, .. } = &stage;
    is_asked(&stage).await;
    let port = places.provider.rsplit(':').next().unwrap();
    person.browser.delete_cookie(format!("session-{port}")).await.unwrap();
    person.presses("Allow").await;
    person.reads("Go back to the app and start again").await;
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
}

async fn a_browser_that_keeps_no_cookies_is_told_so(scene: Scene) {
    let stage = scene.with(&[], Settings { cookies: false, ..Settings::default() }).await;
    let Stage { person, places, .. } = &stage;
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("your browser did not keep the cookie").await;
    person.opens(&places.spa).await;
    person.presses("Login with grantor").await;
    person.reads("Allow cookies").await;
}

async fn without_scripts_the_web_app_works_all_the_same(scene: Scene) {
    let stage = scene.with(&[], Settings { scripts: false, ..Settings::default() }).await;
    let Stage { person, places, .. } = &stage;
    is_asked(&stage).await;
    person.presses("Allow").await;
    // Not by a script, which does not run here.
    let name = person.browser.query(By::XPath("//p[starts-with(normalize-space(), 'You are logged in as alice')]")).first().await;
    assert!(name.is_ok(), "{}", person.place().await);
    person.opens(&places.spa).await;
    person.browser.query(By::LinkText("The web app")).first().await.unwrap();
}
