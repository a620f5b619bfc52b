//! The endpoint, from the server's own metadata.

use grantor_core::TokenSource;
use grantor_introspection::{Introspection, IntrospectionFault};

use crate::kit::{Fake, Said, TOKEN};

async fn discover(issuer: &str) -> Result<Introspection, IntrospectionFault> {
    let found = Introspection::builder(issuer).client("rs", "secret").discover().await;
    found.map_err(|error| error.faults()[0].clone())
}

/// RS-03, MC-09
#[tokio::test]
async fn the_metadata_names_the_endpoint() {
    let fake = Fake::start(Said::inactive()).await;
    let issuer = format!("{}/tenant", fake.base);
    fake.says(Said::json(format!(r#"{{"issuer":"{issuer}","introspection_endpoint":"{}/ask"}}"#, fake.base)));
    let source = discover(&issuer).await.unwrap();
    assert_eq!(fake.last().0, "GET /.well-known/oauth-authorization-server/tenant ");
    assert!(!fake.last().1.contains_key("authorization"), "a public document needs no secret");
    fake.says(Said::inactive());
    assert!(source.look_up(TOKEN).await.unwrap().is_none());
    assert!(fake.last().0.starts_with("POST /ask "));
}

/// RS-03, MC-09, TH-21
#[tokio::test]
async fn metadata_that_is_not_the_issuers_or_leads_astray_is_refused() {
    let fake = Fake::start(Said::inactive()).await;
    let issuer = fake.base.clone();
    let place = format!("{issuer}/.well-known/oauth-authorization-server");
    let endpoint = format!(r#""introspection_endpoint":"{issuer}/ask""#);
    let other = IntrospectionFault::OtherIssuer(place.clone());
    let (none, basic) = (IntrospectionFault::NotOffered(place.clone()), IntrospectionFault::NotBasic(place));
    for (members, fault) in [
        (format!(r#""issuer":"https://evil.example",{endpoint}"#), &other),
        (format!(r#""issuer":"{issuer}/",{endpoint}"#), &other),
        (format!(r#""issuer":"{issuer}""#), &none),
        (format!(r#""issuer":"{issuer}","introspection_endpoint":"http://id.example/ask""#), &none),
        (
            format!(r#""issuer":"{issuer}",{endpoint},"introspection_endpoint_auth_methods_supported":["private_key_jwt"]"#),
            &basic,
        ),
    ] {
        fake.says(Said::json(format!("{{{members}}}")));
        assert_eq!(discover(&issuer).await.err().as_ref(), Some(fault), "{members}");
    }
    for said in [Said::json("[]"), Said::json("{}").status(404), Said::json("{}").status(302)] {
        fake.says(said);
        assert!(matches!(discover(&issuer).await, Err(IntrospectionFault::Metadata(..))));
    }
    let asked = fake.asked();
    assert!(matches!(discover("http://id.example").await, Err(IntrospectionFault::Issuer(..))));
    assert_eq!(fake.asked(), asked, "what is wrong by itself asks nobody");
}
