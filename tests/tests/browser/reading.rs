//! What every page owes to whoever reads it: by keyboard, on a small screen, in the dark, and without strangers.

use serde_json::json;

use crate::kit::{Person, Places, Scene, Settings, Stage, on_both_doors};

on_both_doors![every_page_can_be_read_and_worked_by_everybody, no_page_asks_a_stranger_or_complains];

/// Faults of a page that can be told by looking at it: names of what lacks something.
const FAULTS: &str = r#"
const faults = [];
if (document.documentElement.lang !== "en") faults.push("no language");
if (document.title.trim() === "") faults.push("no title");
if (document.querySelectorAll("h1").length !== 1) faults.push("not one main heading");
if (document.querySelectorAll("main").length !== 1) faults.push("not one main part");
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea, progress"))
  if (field.labels.length === 0 || field.labels[0].innerText.trim() === "") faults.push(`no label: ${field.name || field.id}`);
for (const it of document.querySelectorAll("a, button"))
  if (it.innerText.trim() === "" && !it.closest("[hidden]")) faults.push(`no words: ${it.outerHTML}`);
for (const it of document.querySelectorAll("[id]"))
  if (document.querySelectorAll(`[id="${it.id}"]`).length > 1) faults.push(`twice: ${it.id}`);
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide > 0) faults.push(`${wide} pixels too wide`);

const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (it) => {
  for (; it; it = it.parentElement) {
    const colour = numbers(getComputedStyle(it).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
for (const it of document.querySelectorAll("main *")) {
  const says = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
  if (!says || !it.checkVisibility()) continue;
  const [one, other] = [light(numbers(getComputedStyle(it).color)), light(behind(it))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${it.outerHTML.slice(0, 120)}`);
}

const worked = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")].filter((it) => it.checkVisibility());
if (arguments[0]) for (const it of worked) {
  it.focus({ focusVisible: true });
  const { outlineStyle, outlineWidth } = getComputedStyle(it);
  if (document.activeElement !== it) faults.push(`no focus: ${it.outerHTML.slice(0, 120)}`);
  else if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) faults.push(`focus not seen: ${it.outerHTML.slice(0, 120)}`);
}
return faults;
"#;

async fn every_page_can_be_read_and_worked_by_everybody(scene: Scene) {
    let stage = scene.with(&["--retry-window", "1"], Settings::default()).await;
    let Stage { person, places, .. } = &stage;
    let Places { provider, web_app, spa, thief } = places;
    person.opens(web_app).await;
    is_readable(person, "the web app").await;
    person.presses("Login with grantor").await;
    is_readable(person, "the login page").await;
    person.types("Name", "alice").await;
    person.types("Password", "wrong").await;
    person.presses("Log in").await;
    person.reads("do not belong together").await;
    is_readable(person, "the login page after a wrong password").await;
    person.logs_in().await;
    person.reads("Allow Letterbox?").await;
    is_readable(person, "the consent page").await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
    is_readable(person, "the web app after the login").await;
    person.goes_back().await;
    person.browser.refresh().await.unwrap();
    person.reads("Already answered").await;
    is_readable(person, "the question that was answered").await;
    for place in ["/", "/login", "/apps", "/authorize"] {
        person.opens(&format!("{provider}{place}")).await;
        is_readable(person, place).await;
    }
    for place in ["/walk", "/walk/without-pkce", "/callback"] {
        person.opens(&format!("{web_app}{place}")).await;
        is_readable(person, place).await;
    }
    person.opens(spa).await;
    is_readable(person, "the single-page app").await;
    person.opens(thief).await;
    is_readable(person, "the thief").await;
    person.presses("Try: Redeem the code without the verifier").await;
    person.reads("Refused.").await;
    is_readable(person, "an attempt").await;
}

/// In the light and in the dark, on a screen of 320 pixels.
async fn is_readable(person: &Person, page: &str) {
    let cdp = person.browser.cdp();
    cdp.emulation().set_device_metrics_override(320, 640, 1.0, true).await.unwrap();
    for scheme in ["light", "dark"] {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        cdp.send_raw("Emulation.setEmulatedMedia", features).await.unwrap();
        let faults = person.browser.execute(FAULTS, vec![json!(scheme == "light")]).await.unwrap().json().clone();
        assert_eq!(faults, json!([]), "{page}, {scheme}: {}", person.place().await);
    }
    cdp.send_raw("Emulation.setEmulatedMedia", json!({ "features": [] })).await.unwrap();
    cdp.emulation().clear_device_metrics_override().await.unwrap();
}

async fn no_page_asks_a_stranger_or_complains(scene: Scene) {
    let stage = scene.begin().await;
    let Stage { person, places, .. } = &stage;
    person.opens(&format!("{}/walk", places.web_app)).await;
    person.opens(&places.spa).await;
    person.presses("Login with grantor").await;
    person.logs_in().await;
    person.presses("Allow").await;
    person.reads("You are logged in as alice").await;
    person.presses("Show my mail").await;
    person.reads("Lunch?").await;
    person.opens(&places.thief).await;
    person.presses("Try: Redeem the code without the verifier").await;
    person.reads("Refused.").await;
    person.opens(&places.web_app).await;
    person.presses("Login with grantor").await;
    person.presses("Deny").await;
    person.reads("did not let the app in").await;
    assert_eq!(person.complaints().await, [""; 0]);
    let requests = person.requests().await;
    assert!(requests.len() > 20, "{requests:?}");
    for place in requests.iter().filter(|place| place.starts_with("http")) {
        // Nothing of the machine listens on loopback but the story, as far as the pages know.
        assert!(place.starts_with("http://127.0.0.1:") || place.starts_with(&places.thief), "{place}");
    }
}
