//! The story as a person lives it: one click, a login, a question, and the way back.

use crate::kit::{Scene, Stage, on_both_doors};

on_both_doors![
    a_newcomer_goes_from_one_link_through_the_whole_story,
    the_single_page_app_logs_in_without_a_secret,
    who_says_no_is_sent_back_without_a_code,
    what_is_unticked_is_not_given,
    requests_in_the_style_of_other_providers_go_through,
];

/// The login, up to the question.
async fn is_asked(Stage { person, places, .. }: &Stage) {
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("Allow Letterbox?").await;
}

async fn a_newcomer_goes_from_one_link_through_the_whole_story(scene: Scene) {
    let Stage { person, places, .. } = &scene.begin().await;
    let walk = format!("{}/walk", places.web_app);
    person.opens(&walk).await;
    person.reads("Nothing has happened yet").await;
    person.presses("Login with grantor").await;
    person.turns_to(&places.provider).await;
    person.logs_in().await;
    for words in ["Allow Letterbox?", "Your answer goes to an app on this device (127.0.0.1", "See your name", "Read your mail"] {
        person.reads(words).await;
    }
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
    person.presses("Show my mail").await;
    person.reads("Lunch?").await;
    person.presses("Refresh the tokens").await;
    person.reads("a new pair of tokens").await;
    person.turns_to(&walk).await;
    // By itself, without being loaded again.
    person.reads("The client changes its refresh token for a new pair").await;
    for words in
        ["draws a state and a PKCE verifier", "The person allows it", "with its secret and with the verifier", "mail.read"]
    {
        person.reads(words).await;
    }
}

async fn the_single_page_app_logs_in_without_a_secret(scene: Scene) {
    let Stage { person, places, .. } = &scene.begin().await;
    person.opens(&places.spa).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("Allow Postcard?").await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
    person.presses("Show my mail").await;
    person.reads("The report").await;
    person.presses("Refresh the tokens").await;
    person.reads("a new pair of tokens").await;
    assert_eq!(person.place().await, format!("{}/", places.spa), "the code is out of the address");
}

async fn who_says_no_is_sent_back_without_a_code(scene: Scene) {
    let stage = scene.begin().await;
    is_asked(&stage).await;
    stage.person.presses("Deny").await;
    stage.person.reads("The provider did not let the app in: access_denied.").await;
    stage.person.arrives(&stage.places.web_app).await;
    stage.person.opens(&format!("{}/walk", stage.places.web_app)).await;
    stage.person.reads("The person said no").await;
    // There is a way forward: the same button, and it works.
    stage.person.opens(&stage.places.web_app).await;
    stage.person.presses("Login with grantor").await;
    stage.person.presses("Allow").await;
    stage.person.reads("You are logged in as alice").await;
}

async fn what_is_unticked_is_not_given(scene: Scene) {
    let stage = scene.begin().await;
    is_asked(&stage).await;
    stage.person.unticks("Read your mail").await;
    stage.person.presses("Allow").await;
    stage.person.reads("it may use: profile").await;
    stage.person.presses("Show my mail").await;
    stage.person.reads("The API refused").await;
}

async fn requests_in_the_style_of_other_providers_go_through(scene: Scene) {
    let Stage { person, places, .. } = &scene.begin().await;
    for (style, told) in [("line", "openid and nonce are accepted"), ("auth0", "audience is ignored here")] {
        person.opens(&format!("{}/?style={style}", places.web_app)).await;
        person.presses("Login with grantor").await;
        let page = person.finds_one(&["Log in", "Allow"]).await.text().await.unwrap();
        if page == "Log in" {
            person.logs_in().await;
        }
        person.presses("Allow").await;
        person.reads("You are logged in as alice").await;
        person.presses("Log out").await;
        // The page that follows must have come, or it comes over the one that is opened next.
        person.reads("Login with grantor").await;
        person.opens(&format!("{}/walk", places.web_app)).await;
        person.reads(told).await;
    }
}
