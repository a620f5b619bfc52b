//! The person's question: what a host may show, who may answer, and what an answer may say.

use grantor_core::{Client, Login};

use crate::kit::{Seen, World, app, at, request, request_with};

const LOOPBACK: [(&str, &str); 2] = [("client_id", "cli"), ("redirect_uri", "http://127.0.0.1:4711/cb")];
const PRIVATE: [(&str, &str); 2] = [("client_id", "cli"), ("redirect_uri", "com.example.cli:/cb")];

/// A world with a client that cannot prove who it is.
fn world(skips_consent: bool) -> World {
    let cli = Client::public("cli").redirect_uri("http://127.0.0.1/cb").redirect_uri("com.example.cli:/cb");
    let cli = if skips_consent { cli.may_skip_consent() } else { cli };
    World::with(|builder| builder.client(app()).client(cli.build().unwrap()))
}

/// AZ-41
#[tokio::test]
async fn a_client_that_cannot_prove_itself_is_never_approved_unasked() {
    for changes in [LOOPBACK, PRIVATE] {
        let (world, query) = (world(false), request_with(&changes));
        let question = world.question(&query).await;
        assert!(question.must_ask());
        assert_eq!(Seen::from(question.approve_all().await).error(), "consent_required", "the host's fault, not the person's");
        assert_eq!(Seen::from(world.question(&query).await.approve(["mail"]).await).error(), "consent_required");
        assert!(world.store.memory.is_empty());
        let parked = world.parked(&query).await;
        let asked = world.resumed(parked.ticket()).await.unwrap();
        assert!(asked.must_ask());
        assert!(Seen::from(asked.approve_all().await).answer().contains_key("code"));
    }
}

/// AZ-38
#[tokio::test]
async fn the_words_of_a_no_are_printable_ascii_without_quotes_and_backslashes() {
    let world = World::new();
    let question = world.question(&request()).await;
    let answer = Seen::from(question.deny_because("Not \"you\", \\ann~ \u{7f}\r\nb\u{f6}b!").await).answer();
    assert_eq!((&*answer["error"], &*answer["error_description"]), ("access_denied", "Not you, ann~ bb!"));
}

/// AZ-41
#[tokio::test]
async fn a_client_with_a_claimed_https_redirect_or_the_hosts_word_may_be_approved_unasked() {
    let world = world(true);
    for changes in [&[][..], &LOOPBACK, &PRIVATE] {
        let question = world.question(&request_with(changes)).await;
        assert!(!question.must_ask());
        assert!(Seen::from(question.approve_all().await).answer().contains_key("code"));
    }
}

/// AZ-32, AR-15
#[tokio::test]
async fn an_answer_can_narrow_and_never_widen() {
    let world = World::new();
    for (allowed, granted) in [(vec!["mail"], "mail"), (vec!["mail", "profile"], "profile mail"), (vec![], "")] {
        let parked = world.parked(&request()).await;
        let after_the_page = world.resumed(parked.ticket()).await.unwrap().approve(&allowed).await;
        let at_once = world.question(&request()).await.approve(&allowed).await;
        for reply in [after_the_page, at_once] {
            assert_eq!(world.redeem(&Seen::from(reply).code()).await.member("scope"), granted);
        }
    }
    for wide in [vec!["profile", "admin"], vec!["Profile"], vec!["profile mail"], vec![""], vec!["\""]] {
        let parked = world.parked(&request()).await;
        Seen::from(world.resumed(parked.ticket()).await.unwrap().approve(&wide).await).assert_page(400);
        Seen::from(world.question(&request()).await.approve(&wide).await).assert_page(400);
        let right = world.resumed(parked.ticket()).await.unwrap().approve(["mail"]).await;
        assert!(Seen::from(right).answer().contains_key("code"), "the question is still open");
    }
}

/// AR-13, TH-12, TH-15
#[tokio::test]
async fn a_ticket_works_for_its_person_in_their_session_for_ten_minutes() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let ticket = parked.ticket();
    for other in [Login::new("bob", "ann's session", at(0)), Login::new("ann", "another session", at(0))] {
        Seen::from(world.server.resume(ticket, &other).await.unwrap_err()).assert_page(400);
    }
    let upper = ticket.to_uppercase();
    let garbage = ["", "gr_t_", "ticket", "gr_t_AAAA", &ticket[5..], &ticket[..ticket.len() - 1], &upper];
    for wrong in garbage {
        world.resumed(wrong).await.unwrap_err().assert_page(400);
    }
    world.clock.set(599_999);
    let question = world.resumed(ticket).await.unwrap();
    world.clock.set(600_000);
    world.resumed(ticket).await.unwrap_err().assert_page(400);
    assert!(Seen::from(question.approve_all().await).answer().contains_key("code"), "it came in time");
}

/// AR-14
#[tokio::test]
async fn the_same_answer_twice_is_the_same_redirect_and_another_is_a_page() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let answer = async |scopes: &[&str]| Seen::from(world.resumed(parked.ticket()).await.unwrap().approve(scopes).await);
    let first = answer(&["mail"]).await;
    assert_eq!(answer(&["mail"]).await, first);
    answer(&["profile"]).await.assert_page(400);
    world.clock.set(10_000);
    answer(&["mail"]).await.assert_page(400);
    assert_eq!(world.redeem(&first.code()).await.status, 200);
    answer(&["mail"]).await.assert_page(400);
}

/// AZ-33, AR-14, PV-10
#[tokio::test]
async fn a_no_after_a_yes_ends_the_code_and_a_no_twice_is_the_same_no() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let resume = async || world.resumed(parked.ticket()).await.unwrap();
    let code = Seen::from(resume().await.approve_all().await).code();
    let denied = Seen::from(resume().await.deny().await);
    assert_eq!((denied.status, denied.error().as_str()), (303, "access_denied"));
    assert_eq!(Seen::from(resume().await.deny().await), denied);
    Seen::from(resume().await.approve_all().await).assert_page(400);
    assert_eq!(world.redeem(&code).await.error(), "invalid_grant");
}

/// TH-15, AR-13
#[tokio::test]
async fn the_ticket_of_one_tab_never_answers_another() {
    let world = World::new();
    let (one, other) = (world.parked(&request_with(&[("state", "one")])).await, world.parked(&request()).await);
    assert_ne!(one.ticket(), other.ticket());
    let reply = Seen::from(world.resumed(one.ticket()).await.unwrap().approve_all().await);
    assert_eq!(reply.answer()["state"], "one");
    let reply = Seen::from(world.resumed(other.ticket()).await.unwrap().deny().await);
    assert_eq!(reply.answer()["state"], "the state");
}

/// AR-14
#[tokio::test]
async fn showing_the_page_again_keeps_the_ticket() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let again = world.resumed(parked.ticket()).await.unwrap().park().await.unwrap();
    assert_eq!(again.ticket(), parked.ticket());
    assert_eq!(world.store.memory.len(), 1);
}

/// PV-08, TH-18, AZ-31
#[tokio::test]
async fn a_question_tells_the_person_what_is_asked_and_by_whom() {
    let shady = Client::public("app").name("Good\u{202e}evil").logo_uri("https://app.example/logo.png").untrusted();
    let shady = shady.redirect_uri("https://app.example:444/cb?own=1").build().unwrap();
    let world = World::with(|builder| builder.client(shady).resource("https://api.example/"));
    let changes = [("redirect_uri", "https://app.example:444/cb?own=1"), ("scope", "mail profile mail")];
    let question = world.question(&request_with(&changes)).await;
    let facts = question.facts().clone();
    assert_eq!((facts.client_id.as_str(), facts.client_name.as_str(), facts.trusted), ("app", "Goodevil", false));
    assert_eq!(facts.logo_uri.as_deref(), Some("https://app.example/logo.png"));
    assert_eq!((facts.redirect_host.as_str(), facts.redirect_is_https), ("app.example:444", true));
    let scopes: Vec<_> = facts.scopes.iter().map(|scope| (&*scope.name, &*scope.description)).collect();
    assert_eq!(scopes, [("mail", "Your mail"), ("profile", "Your name")]);
    assert_eq!(facts.resources, ["https://api.example/"]);
    let parked = question.park().await.unwrap();
    assert_eq!(format!("{:?}", parked.facts()), format!("{facts:?}"));
    assert_eq!(format!("{:?}", world.resumed(parked.ticket()).await.unwrap().facts()), format!("{facts:?}"));
}
