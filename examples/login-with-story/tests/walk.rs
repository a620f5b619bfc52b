//! The walk shows what was captured, in the order it happened, and no secret of it.

mod stage;

use login_with_story::{Exchange, Role, Seen, Traffic, draw, explain, steps};
use stage::{Fault, Running, SECRET, location, run};

fn ways(exchanges: &[Exchange]) -> Vec<String> {
    exchanges.iter().map(|it| format!("{:?} {:?} {} {} {}", it.from, it.to, it.method, it.path, it.status)).collect()
}

#[tokio::test]
async fn the_walk_shows_a_login_from_the_click_to_the_api() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    let expected = [
        "Browser Client GET /login 303",
        "Browser Provider GET /authorize 200",
        "Browser Provider POST /login 303",
        "Browser Provider GET /authorize 200",
        "Browser Provider POST /consent 303",
        "Browser Client GET /callback 303",
        "Client Provider POST /token 200",
        "Client Resource GET /userinfo 200",
    ];
    assert_eq!(ways(&story.traffic.latest_flow()), expected);
    let (_, _, page) = story.get(&format!("{}/walk", story.places.web_app)).await?;
    assert_eq!(page.matches("<li data-number").count(), expected.len(), "{page}");
    for words in
        ["asks the person to log in", "do you allow web-app to use profile mail.read?", "with its secret and with the verifier"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    Ok(())
}

#[tokio::test]
async fn what_the_app_does_with_its_tokens_belongs_to_the_login_they_come_from() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    story.post(&format!("{}/refresh", story.places.web_app), &[]).await?;
    story.post(&format!("{}/mail", story.places.web_app), &[]).await?;
    let latest = story.traffic.latest_flow();
    let last: Vec<_> = ways(&latest).into_iter().rev().take(2).collect();
    assert_eq!(last, ["Client Resource GET /messages 200", "Client Provider POST /token 200"]);
    assert!(latest.iter().all(|it| it.flow == Some(1)), "{latest:?}");
    Ok(())
}

#[tokio::test]
async fn a_second_login_is_a_flow_of_its_own_and_the_thief_is_in_none() -> Result<(), Fault> {
    let story = run().await?;
    let first = story.log_in("plain", "allow").await?;
    story.get(&first).await?;
    let before = story.traffic.latest_flow().len();
    story.log_in("plain", "deny").await?;
    let latest = story.traffic.latest_flow();
    assert!(latest.len() < before && latest.iter().all(|it| it.path != "/token"), "{:?}", ways(&latest));
    for attack in login_with_story::ATTACKS.iter().take(2) {
        story.thief.attempt(attack).await?;
    }
    assert_eq!(ways(&story.traffic.latest_flow()), ways(&latest));
    Ok(())
}

#[tokio::test]
async fn what_the_person_refuses_is_drawn_as_a_refusal() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "deny").await?;
    story.get(&callback).await?;
    let drawn = draw(&story.traffic.latest_flow()).unwrap_or_default();
    assert!(drawn.contains("The person said no") && drawn.contains("access_denied"), "{drawn}");
    assert!(drawn.contains("class=\"refused\""), "{drawn}");
    Ok(())
}

#[tokio::test]
async fn a_change_of_one_answer_changes_the_picture() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    let mut exchanges = story.traffic.latest_flow();
    let before = steps(&exchanges);
    let at = exchanges.iter().position(|it| it.path == "/token").ok_or("no redemption")?;
    for exchange in exchanges.iter_mut().skip(at).take(1) {
        exchange.status = 400;
    }
    let after = steps(&exchanges);
    let changed: Vec<_> = before.iter().zip(&after).enumerate().filter(|(_, (a, b))| a != b).map(|(index, _)| index).collect();
    assert_eq!(changed, [at]);
    let drawn = draw(&exchanges).unwrap_or_default();
    assert!(drawn.contains("400 Bad Request") && drawn.contains("refuses to redeem the code"), "{drawn}");
    Ok(())
}

#[tokio::test]
async fn no_secret_stands_in_the_log_or_on_a_page() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "allow").await?;
    story.get(&callback).await?;
    story.post(&format!("{}/refresh", story.places.web_app), &[]).await?;
    let (_, query) = callback.split_once('?').ok_or("no query")?;
    let mut secrets: Vec<String> = vec![SECRET.to_owned()];
    let pairs = form_urlencoded::parse(query.as_bytes());
    secrets.extend(pairs.filter(|(name, _)| name == "code" || name == "state").map(|(_, value)| value.into_owned()));
    assert_eq!(secrets.len(), 3);
    let (_, _, page) = story.get(&format!("{}/walk", story.places.web_app)).await?;
    let log = format!("{:?}", story.traffic.all());
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()) && !page.contains(secret.as_str()), "{secret}");
    }
    assert!(story.traffic.all().iter().flat_map(|it| &it.parameters).any(|it| it.name == "password" && it.value == "not shown"));
    // Whatever is long is an address or a sentence; no random value is.
    let facts = story.traffic.all().into_iter().flat_map(|it| it.parameters.into_iter().chain(it.answer));
    for fact in
        facts.filter(|fact| !matches!(fact.name.as_str(), "Location" | "WWW-Authenticate" | "return_to" | "redirect_uri" | "iss"))
    {
        assert!(!fact.value.split(|it: char| !it.is_ascii_alphanumeric()).any(|word| word.len() > 19), "{fact:?}");
    }
    Ok(())
}

/// What the request of a style holds, and what came of it.
async fn asked(story: &Running, style: &str) -> Result<(String, String), Fault> {
    let link = location(&story.web.get(format!("{}/login?style={style}", story.places.web_app)).send().await?);
    let callback = story.log_in(style, "allow").await?;
    story.get(&callback).await?;
    let (_, _, home) = story.get(&format!("{}/", story.places.web_app)).await?;
    assert!(home.contains("You are logged in as <b>alice</b>"), "{style}: {home}");
    Ok((link, callback))
}

#[tokio::test]
async fn requests_in_the_style_of_known_providers_are_served_and_told_truthfully() -> Result<(), Fault> {
    let story = run().await?;
    let (link, callback) = asked(&story, "line").await?;
    for part in ["scope=profile+openid", "&nonce=", "callback%3Fapp%3Dstory", "&state="] {
        assert!(link.contains(part), "{part} in {link}");
    }
    assert!(callback.contains("/callback?app=story&code="), "{callback}");
    let told: String = story.traffic.latest_flow().iter().map(|it| explain(it).sentence).collect();
    assert!(told.contains("openid and nonce are accepted; they do nothing here yet."), "{told}");
    let (link, _) = asked(&story, "auth0").await?;
    assert!(link.contains("&audience=http"), "{link}");
    let told: String = story.traffic.latest_flow().iter().map(|it| explain(it).sentence).collect();
    assert!(told.contains("audience is ignored here"), "{told}");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_not_asked_for_is_not_taken() -> Result<(), Fault> {
    let story = run().await?;
    let callback = story.log_in("plain", "allow").await?;
    let forged = callback.replace("state=", "state=x");
    assert_eq!(story.get(&forged).await?.0, 400);
    let other_issuer = callback.replace("iss=http", "iss=https");
    assert_eq!(story.get(&other_issuer).await?.0, 400);
    assert_eq!(story.get(&callback).await?.0, 303);
    // The state is used up.
    assert_eq!(story.get(&callback.replace("code=", "code=x")).await?.0, 400);
    assert_eq!(reqwest::get(&callback).await?.status(), 400);
    // What the same browser brings again is not redeemed again.
    assert_eq!(story.get(&callback).await?.0, 303);
    let redeemed = story.traffic.latest_flow().iter().filter(|it| it.path == "/token").count();
    assert_eq!(redeemed, 1);
    Ok(())
}

#[test]
fn the_log_is_bounded_and_markup_in_it_is_escaped() {
    let traffic = Traffic::new();
    for _ in 0..1_000 {
        traffic.record(&Seen {
            arrival: traffic.arrival(),
            to: Role::Client,
            method: "GET",
            path: "/callback<script>",
            query: "error=%3Cscript%3E&%3Cb%3E=x&response_type=code&state=abcdefghijklmnop",
            header: &|_| None,
            body: &[],
            status: 200,
            answer_header: &|_| None,
            answer: &[],
        });
    }
    let all = traffic.all();
    assert_eq!(all.len(), 400);
    let drawn = draw(&all).unwrap_or_default();
    assert!(!drawn.contains("<script>") && !drawn.contains("<b>"), "{drawn}");
}

#[test]
fn every_sentence_comes_with_a_section() {
    let traffic = Traffic::new();
    for to in [Role::Client, Role::Provider, Role::Resource] {
        for path in ["/login", "/authorize", "/consent", "/token", "/callback", "/userinfo", "/messages", "/other"] {
            for (query, status) in [("", 200), ("grant_type=refresh_token", 200), ("code=x", 303), ("error=x", 400), ("", 403)] {
                traffic.record(&Seen {
                    arrival: traffic.arrival(),
                    to,
                    method: "POST",
                    path,
                    query,
                    header: &|_| None,
                    body: &[],
                    status,
                    answer_header: &|_| None,
                    answer: &[],
                });
            }
        }
    }
    for exchange in traffic.all() {
        let told = explain(&exchange);
        assert!(told.sentence.ends_with('.') && told.rfc.contains("RFC "), "{told:?}");
        assert!(!told.good || exchange.status < 400, "{exchange:?}");
    }
}
