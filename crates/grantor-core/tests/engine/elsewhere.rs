//! A guard whose tokens another process issued.

use std::sync::Arc;

use async_trait::async_trait;
use grantor_core::types::{Clock, Issuer};
use grantor_core::{Access, Call, Guard, GuardBuilder, GuardFault, Needed, StoreError, TokenSource};
use time::OffsetDateTime;

use crate::kit::{Seen, get};

const OWN: &str = "https://api.example/";

/// Says of every token what this JSON says of it, without any it cannot tell.
struct Source(Issuer, Option<&'static str>);

#[async_trait]
impl TokenSource for Source {
    fn issuer(&self) -> &Issuer {
        &self.0
    }

    async fn look_up(&self, _: &str) -> Result<Option<Access>, StoreError> {
        let members = self.1.ok_or_else(|| StoreError::unavailable("gone"))?;
        let json = format!(r#"{{"active":true,"client_id":"app","scope":"profile","exp":9{members}}}"#);
        Ok(Access::from_introspection(json.as_bytes(), self.0.as_str(), OffsetDateTime::UNIX_EPOCH).unwrap())
    }
}

/// Stands still.
struct At(i64);

impl Clock for At {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap()
    }
}

fn asking(members: Option<&'static str>, now: i64) -> GuardBuilder {
    let source = Source(Issuer::parse("https://id.example").unwrap(), members);
    Guard::asking(Arc::new(source)).clock(Arc::new(At(now)))
}

async fn verify(guard: &Guard, needed: &Needed) -> Result<Access, Seen> {
    let headers = [("authorization", &b"Bearer token"[..])];
    guard.verify(&Call { headers: &headers, ..get("") }, needed).await.map_err(Seen::from)
}

async fn passes(guard: GuardBuilder) -> bool {
    match verify(&guard.build().unwrap(), &Needed::token()).await {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_token"));
            false
        }
    }
}

/// TH-25, RS-02
#[tokio::test]
async fn a_guard_that_asks_elsewhere_must_know_what_a_token_is_for() {
    let error = asking(Some(""), 0).build().unwrap_err();
    assert_eq!(error.faults(), [GuardFault::NoResource]);
    assert!(passes(asking(Some(r#","aud":["https://x.example","HTTPS://api.example"]"#), 0).resource(OWN)).await);
    for other in ["", r#","aud":"https://other.example/""#, r#","aud":"api""#, r#","aud":[]"#] {
        assert!(!passes(asking(Some(other), 0).resource(OWN)).await, "{other}");
    }
}

/// TH-25, RS-02
#[tokio::test]
async fn a_token_without_audience_passes_where_that_was_asked_for_and_one_for_another_never_does() {
    let with = |members| asking(Some(members), 0).tokens_without_audience();
    for without in ["", r#","aud":[]"#] {
        assert!(passes(with(without)).await && passes(with(without).resource(OWN)).await, "{without}");
    }
    for other in [r#","aud":"https://other.example/""#, r#","aud":"not a URI""#, r#","aud":["account"]"#] {
        assert!(!passes(with(other)).await && !passes(with(other).resource(OWN)).await, "{other}");
    }
    assert!(passes(with(r#","aud":"https://api.example""#).resource(OWN)).await);
    assert!(!passes(with(r#","aud":"https://api.example""#)).await, "what is not named is another");
}

/// RS-02, RS-05
#[tokio::test]
async fn a_dead_token_is_refused_and_a_source_that_cannot_tell_is_no_yes() {
    assert!(passes(asking(Some(""), 8).tokens_without_audience()).await);
    assert!(!passes(asking(Some(""), 9).tokens_without_audience()).await);
    let guard = asking(None, 0).resource(OWN).build().unwrap();
    let refused = verify(&guard, &Needed::token()).await.unwrap_err();
    assert_eq!(refused.status, 503);
    let guard = asking(Some(""), 0).tokens_without_audience().build().unwrap();
    let refused = verify(&guard, &Needed::all_of(["mail.read"]).unwrap()).await.unwrap_err();
    assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
}
