//! What whoever watches is told: each thing once, when it came true, with whom it is about and without a secret.

use std::sync::Arc;

use async_trait::async_trait;
use grantor_core::{
    AuthorizationServer, Call, Client, ClientSecret, Endpoint, Login, Needed, RateLimits, StillWelcome, StoreError, Subject,
    grant::Grant, server::Builder,
};

use crate::kit::{
    Fault, Op, REDIRECT_URI, SECRET, Seen, VERIFIER, Watch, World, ann, app, at, form, get, logged, query_of, request,
    request_with, web,
};

const BASIC: &str = "Basic d2ViOmEtZ2VuZXJhdGVkLXNlY3JldC1vZi1tYW55LXJhbmRvbS1iaXRz";

fn watched() -> (Arc<Watch>, World) {
    watched_with(|builder| builder.client(app()).client(web()))
}

fn watched_with(configure: impl FnOnce(Builder) -> Builder) -> (Arc<Watch>, World) {
    let watch = Watch::new();
    let world = World::with(|builder| configure(builder).observer(watch.clone()));
    (watch, world)
}

async fn serve(server: &AuthorizationServer, endpoint: Endpoint, body: &str) -> Seen {
    let headers = [("content-type", &b"application/x-www-form-urlencoded"[..]), ("authorization", BASIC.as_bytes())];
    server.serve(endpoint, Call { headers: &headers, ..form(body) }).await.into()
}

async fn revoke(world: &World, token: &str) -> Seen {
    world.server.revoke(form(&format!("client_id=app&token={token}"))).await.into()
}

#[tokio::test]
async fn a_whole_flow_is_told_in_its_order() {
    let (watch, world) = watched();
    let ticket = world.parked(&request()).await.ticket().to_owned();
    assert!(watch.take().is_empty(), "nothing is granted yet");
    let mut code = String::new();
    for _ in 0..2 {
        code = Seen::from(world.resumed(&ticket).await.unwrap().approve(["mail"]).await).code();
    }
    assert_eq!(watch.take(), ["grant_approved app +grant ann mail"], "a double click is one approval");
    let tokens = world.redeem(&code).await;
    assert_eq!(watch.take(), ["code_redeemed app +grant ann mail +refresh"]);
    let next = world.refresh(&tokens.member("refresh_token")).await;
    assert_eq!(watch.take(), ["token_refreshed app +grant"]);
    world.verify(&next.member("access_token")).await.unwrap();
    assert_eq!(revoke(&world, &next.member("access_token")).await.status, 200);
    assert_eq!(watch.take(), ["token_revoked app +grant"], "an access token goes alone");
    for _ in 0..2 {
        assert_eq!(revoke(&world, &next.member("refresh_token")).await.status, 200);
    }
    assert_eq!(watch.take(), ["token_revoked app +grant", "grant_ended app +grant revoked"]);
}

#[tokio::test]
async fn an_approval_without_a_page_and_a_client_for_itself_are_told_too() {
    let batch = Client::confidential("batch", ClientSecret::sha256_of(SECRET))
        .without_authorization_code()
        .client_credentials(["mail"])
        .build()
        .unwrap();
    let (watch, world) = watched_with(|builder| builder.client(app()).client(batch));
    world.code().await;
    let back = world.log_in(&request_with(&[("prompt", "login")]), None).await;
    let back = query_of(&back).to_owned();
    let _ = world.question_of(&back, Login::new("ann", "s", at(0))).await.approve_all().await;
    let whole = "grant_approved app +grant ann profile mail";
    assert_eq!(watch.take(), [whole, whole]);
    world.token(&[("grant_type", "client_credentials"), ("client_id", "batch"), ("client_secret", SECRET)]).await;
    assert_eq!(watch.take(), ["token_issued batch +grant mail"]);
}

#[tokio::test]
async fn tokens_without_a_refresh_token_are_told_as_such() {
    let brief = Client::public("app").redirect_uri(REDIRECT_URI).build().unwrap();
    let (watch, world) = watched_with(|builder| builder.client(brief));
    world.tokens().await;
    assert_eq!(watch.take()[1..], ["code_redeemed app +grant ann profile mail -refresh"]);
}

#[tokio::test]
async fn a_no_is_told_whether_it_was_kept_or_not() {
    let (watch, world) = watched();
    let refused = |at| format!("refused app {at} access_denied consent.denied");
    let _ = world.question(&request()).await.deny().await;
    assert_eq!(watch.take(), ["grant_denied app -grant ann", &refused("-grant authorize")]);
    let ticket = world.parked(&request()).await.ticket().to_owned();
    let _ = world.resumed(&ticket).await.unwrap().deny().await;
    let denied = ["grant_denied app +grant ann", "grant_ended app +grant denied", &refused("+grant consent")];
    assert_eq!(watch.take(), denied);
    let _ = world.resumed(&ticket).await.unwrap().deny().await;
    assert_eq!(watch.take(), [refused("+grant consent")], "the same no again ends nothing");
    let ticket = world.parked(&request()).await.ticket().to_owned();
    let _ = world.resumed(&ticket).await.unwrap().approve_all().await;
    let _ = world.resumed(&ticket).await.unwrap().deny().await;
    assert_eq!(watch.take()[1..], denied, "a no after a yes");
}

/// ST-02
#[tokio::test]
async fn a_replayed_code_is_seen_and_ends_its_grant_once() {
    let (watch, world) = watched();
    let code = world.code().await;
    world.redeem(&code).await;
    watch.take();
    world.redeem(&code).await;
    let refused = "refused app +grant token invalid_grant code.replayed";
    assert_eq!(watch.take(), ["replay_seen app +grant", "grant_ended app +grant replayed", refused]);
    world.redeem(&code).await;
    assert_eq!(watch.take(), ["refused app +grant token invalid_grant code.ended"]);
}

/// RF-05
#[tokio::test]
async fn a_reused_refresh_token_is_seen_and_ends_its_grant_once() {
    let (watch, world) = watched();
    let first = world.tokens().await.member("refresh_token");
    world.refresh(&first).await;
    world.clock.set(10_000);
    watch.take();
    world.refresh(&first).await;
    let refused = "refused app +grant token invalid_grant refresh.reused";
    assert_eq!(watch.take(), ["reuse_seen app +grant", "grant_ended app +grant reused", refused]);
    world.refresh(&first).await;
    assert_eq!(watch.take(), ["refused app +grant token invalid_grant refresh.ended"]);
}

/// ST-06
#[tokio::test]
async fn what_cannot_be_told_from_theft_is_counted_for_each_grant_and_window() {
    let (watch, world) = watched();
    let (first, other) = (world.tokens().await.member("refresh_token"), world.tokens().await.member("refresh_token"));
    let second = world.refresh(&first).await.member("refresh_token");
    world.refresh(&other).await;
    watch.take();

    assert_eq!(world.refresh(&first).await.member("refresh_token"), second, "F7");
    assert_eq!(watch.take(), ["retry_seen app +grant refresh.retried 1"]);
    let narrower = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", &*first), ("scope", "mail")];
    world.token(&narrower).await;
    let refused = "refused app +grant token invalid_grant refresh.other_retry";
    assert_eq!(watch.take(), ["retry_seen app +grant refresh.other_retry 2", refused], "F8");
    world.clock.set(1_000);
    world.refresh(&second).await;
    world.refresh(&first).await.assert_busy();
    let refused = "refused app +grant token server_error refresh.recent";
    assert_eq!(watch.take()[1..], ["retry_seen app +grant refresh.recent 3", refused], "F9");
    world.refresh(&other).await;
    assert_eq!(watch.take(), ["retry_seen app +grant refresh.retried 1"], "another grant has its own count");
    world.clock.set(10_500);
    world.refresh(&second).await;
    assert_eq!(watch.take(), ["retry_seen app +grant refresh.retried 2"], "what is older than the window counts no more");
}

#[tokio::test]
async fn the_fifth_wrong_verifier_ends_the_grant_and_no_other_does() {
    let (watch, world) = watched();
    let code = world.code().await;
    let wrong = "WRONG-verifier-wrong-verifier-wrong-verifier";
    let guess = [("grant_type", "authorization_code"), ("client_id", "app"), ("code", &*code), ("code_verifier", wrong)];
    watch.take();
    let refused = "refused app +grant token invalid_grant code.verifier";
    for _ in 0..4 {
        world.token(&guess).await;
        assert_eq!(watch.take(), [refused]);
    }
    world.token(&guess).await;
    assert_eq!(watch.take(), ["grant_ended app +grant guessed", refused]);
}

struct Unwelcome;

#[async_trait]
impl StillWelcome for Unwelcome {
    async fn still_welcome(&self, _: &Subject, _: &Grant) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// ST-12
#[tokio::test]
async fn an_end_by_the_host_says_how() {
    let (watch, world) = watched_with(|builder| builder.client(app()).still_welcome(Arc::new(Unwelcome)));
    let code = world.code().await;
    watch.take();
    world.redeem(&code).await;
    let refused = "refused app +grant token invalid_grant code.unwelcome";
    assert_eq!(watch.take(), ["grant_ended app +grant unwelcome", refused]);
    let ticket = world.parked(&request()).await.ticket().to_owned();
    let _ = world.resumed(&ticket).await.unwrap().approve_all().await;
    let page = "refused app +grant consent invalid_request consent.unwelcome";
    assert_eq!(watch.take(), ["grant_ended app +grant unwelcome", page]);

    let (watch, world) = watched();
    world.code().await;
    world.code().await;
    watch.take();
    assert_eq!(world.server.end_subject(&*world.store.memory, &"ann".into()).await.unwrap(), 2);
    assert_eq!(world.server.end_subject(&*world.store.memory, &"ann".into()).await.unwrap(), 0);
    assert_eq!(watch.take(), ["grant_ended app +grant by_host"; 2]);
}

/// ST-13, ST-19
#[tokio::test]
async fn a_write_is_told_when_it_came_true_and_not_before() {
    let (watch, world) = watched();
    let (failed, redeemed) = ("store_failed - -grant store.unavailable", "code_redeemed app +grant ann profile mail +refresh");
    let refused = "refused app +grant token server_error store.unavailable";

    world.store.plan(Op::Insert, [Fault::FailAfter]);
    let code = world.code().await;
    assert_eq!(watch.take(), ["grant_approved app +grant ann profile mail"], "it was written, and the store did not say so");
    world.store.plan(Op::Replace, [Fault::FailBefore]);
    world.redeem(&code).await.assert_busy();
    assert_eq!(watch.take(), [failed, refused], "nothing was written");
    world.store.plan(Op::Replace, [Fault::Lose, Fault::FailAfter]);
    assert_eq!(world.redeem(&code).await.status, 200);
    assert_eq!(watch.take(), [failed, redeemed], "the second try was written, and the store did not say so");
    world.dice.empty.store(true, std::sync::atomic::Ordering::SeqCst);
    let _ = world.question(&request()).await.approve_all().await;
    let refused = "refused app -grant authorize temporarily_unavailable random.unavailable";
    assert_eq!(watch.take(), ["store_failed - -grant random.unavailable", refused]);
}

/// ST-01, ST-02
#[tokio::test]
async fn of_many_at_once_each_thing_is_told_once() {
    let (watch, world) = watched();
    let code = world.code().await;
    watch.take();
    world.store.slow.store(true, std::sync::atomic::Ordering::SeqCst);
    let redeem = || world.redeem(&code);
    tokio::join!(redeem(), redeem(), redeem(), redeem(), redeem(), redeem(), redeem(), redeem());
    let told = watch.take();
    let count = |name: &str| told.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!(["code_redeemed", "replay_seen", "grant_ended", "refused"].map(count), [1, 1, 1, 7], "{told:#?}");
}

/// TK-18
#[tokio::test]
async fn who_came_too_often_is_told_as_refused() {
    let hour = std::time::Duration::from_secs(3_600);
    let limits = RateLimits::default().authorize_requests(1, hour).token_requests(1, hour);
    let (watch, world) = watched_with(|builder| builder.client(app()).rate_limits(limits));
    let peer = Some([192, 0, 2, 1].into());
    let often = |at: &str| format!("refused - -grant {at} temporarily_unavailable request.rate_limited");
    let missing = "refused app -grant token invalid_request token.parameter_missing".to_owned();
    for told in [missing, often("token")] {
        world.server.token(Call { peer, ..form("grant_type=authorization_code&client_id=app") }).await;
        assert_eq!(watch.take(), [told]);
    }
    let query = request();
    let asked = || world.server.authorize(Call { peer, ..get(&query) });
    assert!(asked().await.is_ok() && watch.take().is_empty());
    assert!(asked().await.is_err());
    assert_eq!(watch.take(), [often("authorize")]);
}

#[tokio::test]
async fn a_refusal_says_where_and_whom_it_is_about() {
    let (watch, world) = watched();
    let tokens = world.tokens().await;
    watch.take();
    for (query, told) in [
        ("client_id=nobody".to_owned(), "refused - -grant authorize invalid_client authorize.client_unknown"),
        (request_with(&[("scope", "no")]), "refused app -grant authorize invalid_scope scope.unknown"),
        (
            request_with(&[("redirect_uri", "x:y")]),
            "refused app -grant authorize invalid_request authorize.redirect_uri_mismatch",
        ),
        ("x".repeat(9_000), "refused - -grant authorize invalid_request request.too_large"),
    ] {
        world.refused(&query).await;
        assert_eq!(watch.take(), [told]);
    }
    assert!(world.resumed("no ticket").await.is_err());
    assert_eq!(watch.take(), ["refused - -grant consent invalid_request consent.ticket"]);

    let call = || Call { method: "PUT", ..get("") };
    assert!(world.server.authorize(call()).await.is_err());
    world.server.token(call()).await;
    let _ = world.server.metadata(&call());
    let _ = world.server.guard().metadata(&call());
    let method = |at: &str| format!("refused - -grant {at} invalid_request request.method");
    assert_eq!(watch.take(), ["authorize", "token", "metadata", "metadata"].map(method));

    serve(&world.server, Endpoint::Introspection, "").await;
    serve(&world.server, Endpoint::Revocation, "").await;
    let missing = |at: &str| format!("refused web -grant {at} invalid_request presented.token_missing");
    assert_eq!(watch.take(), ["introspection", "revocation"].map(missing));

    assert!(world.verify("gr_a_nothing").await.is_err());
    assert!(world.server.guard().verify(&get(""), &Needed::token()).await.is_err());
    assert_eq!(watch.take(), ["refused - -grant resource invalid_token bearer.unknown"], "without a token nothing is refused");
    world.clock.set(600_000);
    assert!(world.verify(&tokens.member("access_token")).await.is_err());
    assert_eq!(watch.take(), ["refused app +grant resource invalid_token bearer.expired"]);
}

#[tokio::test]
async fn everybody_who_watches_is_told_and_so_is_who_watches_a_guard() {
    let (first, second, third) = (Watch::new(), Watch::new(), Watch::new());
    let world = World::with(|builder| builder.client(app()).observer(first.clone()).observer(second.clone()));
    world.code().await;
    assert_eq!(first.take(), second.take());
    let guard = grantor_core::Guard::of(&world.server).observer(third.clone()).build().unwrap();
    let headers = [("authorization", &b"Bearer x"[..])];
    assert!(guard.verify(&Call { headers: &headers, ..get("") }, &Needed::token()).await.is_err());
    let told = third.take();
    assert_eq!(told, ["refused - -grant resource invalid_token bearer.unknown"]);
    assert!(first.take() == told && second.take() == told);
}

/// TH-07
#[tokio::test]
async fn no_event_and_no_span_holds_a_secret() {
    let (watch, world) = watched();
    let query = request_with(&[("state", "STATE-of-the-client"), ("login_hint", "HINT-of-a-stranger"), ("prompt", "login")]);
    let back = query_of(&world.log_in(&query, None).await).to_owned();
    let login = Login::new("ann", "SESSION-of-ann", at(0));
    let ticket = world.question_of(&back, login.clone()).await.park().await.unwrap().ticket().to_owned();
    let code = Seen::from(world.server.resume(&ticket, &login).await.unwrap().approve_all().await).code();
    let tokens = world.redeem(&code).await;
    let (access, refresh) = (tokens.member("access_token"), tokens.member("refresh_token"));
    let next = world.refresh(&refresh).await;
    world.refresh(&refresh).await;
    world.verify(&access).await.unwrap();
    let forwarded = format!("token={access}");
    serve(&world.server, Endpoint::Introspection, &forwarded).await;
    serve(&world.server, Endpoint::Revocation, &forwarded).await;
    world.redeem(&code).await;
    revoke(&world, &next.member("refresh_token")).await;
    world.verify(&access).await.unwrap_err();
    assert!(world.server.resume(&ticket, &ann()).await.is_err());

    let (told, lines) = (watch.printed(), logged());
    for word in ["GrantApproved", "CodeRedeemed", "TokenRefreshed", "RetrySeen", "ReplaySeen", "GrantEnded", "Refused"] {
        assert!(told.contains(word), "no {word} in {told}");
    }
    let mut secrets =
        vec![VERIFIER, SECRET, BASIC, "STATE-of", "HINT-of", "SESSION-of", &back, &ticket, &code, &access, &refresh];
    let (next_access, next_refresh) = (next.member("access_token"), next.member("refresh_token"));
    secrets.extend([&*next_access, &next_refresh]);
    for text in [&told, &lines] {
        for secret in &secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
            assert!(secret.len() < 60 || !text.contains(&secret[30..]), "{secret} in {text}");
        }
    }
}

/// TH-07
#[tokio::test]
async fn each_request_has_a_span_with_its_client_its_grant_and_its_outcome() {
    let world = World::new();
    let parked = world.parked(&request()).await;
    let code = Seen::from(world.resumed(parked.ticket()).await.unwrap().approve_all().await).code();
    let tokens = world.redeem(&code).await;
    let access = world.verify(&tokens.member("access_token")).await.unwrap();
    let grant = access.grant_id().unwrap();
    world.log_in(&request(), None).await;
    world.refused(&request_with(&[("scope", "no")])).await;
    world.redeem("no code").await;
    revoke(&world, &tokens.member("refresh_token")).await;
    let _ = world.server.metadata(&get(""));

    let text = logged();
    let ends: Vec<&str> = text.lines().filter(|line| line.contains("time.busy")).collect();
    let about = format!("client=app grant={grant}");
    for span in [
        format!("grantor.authorize{{endpoint=\"authorize\" {about} outcome=\"parked\"}}"),
        format!("grantor.consent{{endpoint=\"consent\" grant={grant} client=app outcome=\"approved\"}}"),
        format!("grantor.token{{endpoint=\"token\" {about} outcome=\"answered\"}}"),
        format!("grantor.resource{{endpoint=\"resource\" {about} outcome=\"allowed\"}}"),
        "grantor.authorize{endpoint=\"authorize\" client=app outcome=\"log_in\"}".to_owned(),
        "grantor.authorize{endpoint=\"authorize\" client=app outcome=\"refused\"}".to_owned(),
        "grantor.token{endpoint=\"token\" client=app outcome=\"refused\"}".to_owned(),
        format!("grantor.revocation{{endpoint=\"revocation\" {about} outcome=\"answered\"}}"),
        "grantor.metadata{endpoint=\"metadata\" outcome=\"answered\"}".to_owned(),
    ] {
        assert_eq!(ends.iter().filter(|line| line.contains(&span)).count(), 1, "{span} in {ends:#?}");
    }
    assert_eq!(ends.len(), 9);
    let redeemed = text.lines().find(|line| line.contains("code_redeemed")).unwrap();
    assert!(redeemed.contains("grantor.token{"), "events stand in their request's span: {redeemed}");
}
