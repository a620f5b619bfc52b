//! The 91 PKCE vectors, as data.

use grantor_tests::{Browser, Door, SHOP, Service, WEB, both_doors};
use serde::Deserialize;

both_doors![every_vector_ends_where_it_should];

#[derive(Deserialize)]
struct Vector {
    name: String,
    verifier: Option<String>,
    challenge: Option<String>,
    method: Option<String>,
    valid: bool,
    error_at: Option<String>,
}

/// PK-01, PK-02, PK-03, PK-13, PK-22, PK-30, PV-01
async fn every_vector_ends_where_it_should(door: Door) {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../data/pkce-vectors.json")).unwrap();
    assert_eq!(vectors.len(), 91);
    let service = Service::start(door);
    let mut browser = Browser::new(&service);
    for client in [WEB, SHOP] {
        browser.code(&client.asks("profile")).await;
    }
    for vector in vectors {
        let name = &vector.name;
        // The vectors' model is a confidential client.
        let attempt = SHOP.asks("profile").changed(|request| {
            let request = request.without("code_challenge").without("code_challenge_method");
            let request = vector.challenge.iter().fold(request, |request, value| request.and("code_challenge", value));
            vector.method.iter().fold(request, |request, value| request.and("code_challenge_method", value))
        });
        let answer = browser.visit(&attempt.request).await.named(name);
        // A code without a challenge cannot exist here, so the last vector stops earlier than elsewhere.
        if vector.error_at.as_deref() == Some("authorization") || vector.challenge.is_none() {
            answer.sends_back(SHOP.redirect_uri, "invalid_request", Some(&attempt.state));
            continue;
        }
        let form = attempt.redemption(&answer.code(SHOP.redirect_uri)).without("code_verifier");
        let form = vector.verifier.iter().fold(form, |form, value| form.and("code_verifier", value));
        let answer = SHOP.token(&service, &form).await.named(name);
        if vector.valid {
            answer.has_status(200);
        } else {
            answer.is_json(400, "invalid_grant");
        }
    }
}
