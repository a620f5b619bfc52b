//! The README's pictures, taken of the real pages where `GRANTOR_SCREENSHOTS` names a folder for them.

use std::path::PathBuf;

use grantor_tests::Door;
use serde_json::json;

use crate::kit::{Person, Scene, Stage, on};

#[test]
fn the_pictures_of_the_readme_can_be_taken() {
    on(Door::Tower, pictures);
}

async fn pictures(scene: Scene) {
    let folder = std::env::var_os("GRANTOR_SCREENSHOTS").map(PathBuf::from);
    let Stage { person, places, .. } = &scene.begin().await;
    person.opens(&places.spa).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.reads("Allow Postcard?").await;
    let consent = picture(person, 390, 620, 2.0).await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
    person.opens(&format!("{}/walk", places.web_app)).await;
    person.reads("The client asks the API who the person is").await;
    person.asks_page("document.querySelectorAll('h2')[1].scrollIntoView()").await;
    let walk = picture(person, 1280, 800, 1.0).await;
    person.opens(&places.thief).await;
    person.presses("Try: Redeem the code with a made-up verifier").await;
    person.reads("Refused.").await;
    let thief = picture(person, 1280, 800, 1.0).await;
    for (name, picture) in [("consent.png", consent), ("walk.png", walk), ("thief.png", thief)] {
        assert!(picture.starts_with(b"\x89PNG") && picture.len() < 150_000, "{name}: {} bytes", picture.len());
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join(name), picture).unwrap();
        }
    }
}

/// What is seen on a screen of this size.
async fn picture(person: &Person, width: u32, height: u32, scale: f64) -> Vec<u8> {
    let cdp = person.browser.cdp();
    // A phone has no scroll bar to be seen, and neither has a picture.
    cdp.send_raw("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await.unwrap();
    cdp.emulation().set_device_metrics_override(width, height, scale, width < 600).await.unwrap();
    let picture = person.browser.screenshot_as_png().await.unwrap();
    cdp.emulation().clear_device_metrics_override().await.unwrap();
    picture
}
