//! A host's own spans: what this library records stands in its own, and nowhere else.

use std::{
    io,
    sync::{Arc, Mutex},
};

use grantor_core::{Call, Needed};
use tracing::{Instrument, field::Empty, subscriber::set_default};
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::kit::{Seen, World, app, get, guarded, logged, request};

/// A log of its own.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the host's span says of a redemption, where these targets are listened to.
async fn told(targets: &str) -> String {
    let world = World::new();
    let code = world.code().await;
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(targets)).with_ansi(false);
    let subscriber = subscriber.with_span_events(FmtSpan::CLOSE).with_writer(move || writer.clone());
    {
        let _default = set_default(subscriber.finish());
        let span = tracing::info_span!(target: "host", "request", client = Empty, grant = Empty);
        assert_eq!(world.redeem(&code).instrument(span).await.status, 200);
    }
    String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
}

/// TH-07
#[tokio::test]
async fn a_host_s_span_is_told_nothing_even_where_the_library_s_are_filtered_out() {
    let alone = told("host=trace").await;
    assert!(alone.contains("request") && alone.contains("close"), "{alone}");
    assert!(!alone.contains("client=") && !alone.contains("grant="), "{alone}");
    let both = told("host=trace,grantor=trace").await;
    let line = |name: &str| both.lines().rfind(|line| line.contains("close") && line.contains(name)).unwrap().to_owned();
    assert!(line("grantor.token").contains("client=app"), "{both}");
    assert!(line("host").contains(" request: host: close"), "{both}");
}

/// TH-07
#[tokio::test]
async fn a_span_ends_with_what_became_of_its_request() {
    let world = World::with(|builder| builder.client(app()).allow_origin("https://app.example"));
    let preflight = [("origin", &b"https://app.example"[..]), ("access-control-request-method", b"POST")];
    let preflight = Call { method: "OPTIONS", headers: &preflight, ..get("") };
    assert_eq!(Seen::from(world.server.token(preflight).await).status, 204);
    assert!(world.server.authorize(Call { method: "HEAD", ..get(&request()) }).await.is_err());
    let bare = guarded(&world.server.guard(), None, &[], &Needed::token()).await;
    assert_eq!(bare.unwrap_err().status, 401);
    assert_eq!(Seen::from(world.question(&request()).await.deny().await).error(), "access_denied");
    assert_eq!(Seen::from(world.server.metadata(&Call { method: "PUT", ..get("") })).status, 405);
    let text = logged();
    let ended: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| line.contains(": close "))
        .filter_map(|line| Some((line.split_once("endpoint=\"")?.1, line.split_once("outcome=\"")?.1)))
        .map(|(at, outcome)| (at.split('"').next().unwrap(), outcome.split('"').next().unwrap()))
        .collect();
    let expected = [
        ("token", "preflight"),
        ("authorize", "answered"),
        ("resource", "challenged"),
        ("authorize", "denied"),
        ("metadata", "refused"),
    ];
    assert_eq!(ended, expected, "{text}");
}
