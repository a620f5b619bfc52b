//! Every attack, run for real against a provider: each is refused, as the list says, and what is right still works.
#![expect(clippy::print_stdout, reason = "the outcomes are worth reading")]

mod stage;

use login_with_story::{ATTACKS, Kind};
use stage::{Fault, run};

/// The page that an attack ends on. The long one is waited for.
async fn tried(story: &stage::Running, id: &str) -> Result<String, Fault> {
    let thief = &story.places.thief;
    let place = story.post(&format!("{thief}/try/{id}"), &[]).await?;
    loop {
        let (_, _, page) = story.get(&format!("{thief}{place}")).await?;
        if !page.contains("<progress") {
            return Ok(page);
        }
        assert!(page.contains("<label for=\"progress\""), "{page}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_attack_is_refused_by_the_rule_that_it_names() -> Result<(), Fault> {
    let story = run().await?;
    for attack in &ATTACKS {
        let outcome = outcome_of(&story, attack.id).await?;
        let attempts: Vec<_> = outcome.attempts().collect();
        assert_eq!(attempts.len(), 1, "{}", attack.id);
        for wire in attempts {
            println!("{}: {} {:?}: {:?}", attack.name, wire.status, wire.error, wire.description);
            assert_eq!((wire.status, wire.error.as_deref()), attack.expected, "{}", attack.id);
        }
        assert!(outcome.is_refused(), "{}", attack.id);
    }
    Ok(())
}

#[tokio::test]
async fn after_an_attack_the_rightful_app_has_what_the_rule_leaves_it() -> Result<(), Fault> {
    let story = run().await?;
    let rightly = |id: &str| !matches!(id, "second-time" | "old-refresh-token");
    for attack in &ATTACKS {
        let outcome = outcome_of(&story, attack.id).await?;
        let after = outcome.moves.iter().filter(|it| it.kind == Kind::After).filter_map(|it| it.wire.as_ref());
        for wire in after {
            assert_eq!(!wire.is_refused(), rightly(attack.id), "{}: {wire:?}", attack.id);
        }
    }
    Ok(())
}

#[tokio::test]
async fn each_button_leads_to_a_page_that_tells_request_refusal_and_rule() -> Result<(), Fault> {
    let story = run().await?;
    for attack in &ATTACKS {
        let page = tried(&story, attack.id).await?;
        for text in ["<b>Refused.</b>", attack.rfc, "The attempt"] {
            assert!(page.contains(text), "{}: {text} in {page}", attack.id);
        }
    }
    Ok(())
}

#[test]
fn every_attack_has_a_story_a_rule_and_a_section() {
    for attack in &ATTACKS {
        for text in [attack.name, attack.story, attack.rule] {
            assert!(text.len() > 15, "{}", attack.id);
        }
        assert!(attack.rfc.starts_with("RFC ") && attack.rfc.contains('\u{a7}'), "{}", attack.id);
        assert!(attack.story.ends_with('.') && attack.rule.ends_with('.'), "{}", attack.id);
    }
}

#[tokio::test]
async fn a_persons_own_code_is_worth_nothing_to_the_thief_and_still_good_for_the_app() -> Result<(), Fault> {
    let story = run().await?;
    let app = &story.places.web_app;
    story.post(&format!("{app}/watch"), &[("watch", "on")]).await?;
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    let (_, _, home) = story.get(&format!("{app}/")).await?;
    assert!(home.contains("The thief has seen your code"), "{home}");
    let page = tried(&story, "no-verifier").await?;
    assert!(page.contains("<b>Refused.</b>") && page.contains("the code of your own login"), "{page}");
    story.post(&format!("{app}/go-on"), &[]).await?;
    let (_, _, home) = story.get(&format!("{app}/")).await?;
    assert!(home.contains("You are logged in as <b>alice</b>"), "{home}");
    Ok(())
}

async fn outcome_of(story: &stage::Running, id: &str) -> Result<login_with_story::Outcome, Fault> {
    let attack = ATTACKS.iter().find(|attack| attack.id == id).ok_or("no such attack")?;
    story.thief.attempt(attack).await
}
