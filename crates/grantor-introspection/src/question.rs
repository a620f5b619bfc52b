//! One question over HTTP, and what is believed of its answer.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use form_urlencoded::{Serializer, byte_serialize};
use grantor_core::{Access, types::Issuer, types::SecretText};
use reqwest::{
    Client, RequestBuilder, Response, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::trouble::{Trouble, untyped};

/// How many bytes of an answer are read.
pub(crate) const ANSWER_LIMIT: usize = 65_536;

const JSON: &str = "application/json";

/// How one server is asked.
pub(crate) struct Question {
    pub(crate) http: Client,
    pub(crate) endpoint: Url,
    /// The whole header; it is marked as secret.
    pub(crate) authorization: HeaderValue,
    pub(crate) timeout: Duration,
    /// Whether a token passes of which the server does not say what it is.
    pub(crate) takes_untyped: bool,
}

/// The member by which an access token is told from other tokens (RFC 7662 §2.2, RFC 6749 §7.1).
#[derive(Deserialize)]
struct Typed {
    token_type: Option<IgnoredAny>,
}

impl Question {
    /// RFC 7662 §2.1.
    pub(crate) async fn ask(&self, token: &str, issuer: &Issuer, now: OffsetDateTime) -> Result<Option<Access>, Trouble> {
        let form =
            Serializer::new(String::new()).append_pair("token", token).append_pair("token_type_hint", "access_token").finish();
        let request = self.http.post(self.endpoint.clone()).header(AUTHORIZATION, self.authorization.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let json = read_json(request, self.timeout).await?;
        let access = Access::from_introspection(&json, issuer.as_str(), now)?;
        let is_typed = || serde_json::from_slice::<Typed>(&json).is_ok_and(|answer| answer.token_type.is_some());
        if access.is_some() && !self.takes_untyped && !is_typed() {
            untyped();
            return Ok(None);
        }
        Ok(access)
    }
}

/// The header of a client that authenticates by its secret, each half form-encoded (RFC 6749 §2.3.1).
pub(crate) fn basic(id: &str, secret: &SecretText) -> Option<HeaderValue> {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encode(id), encode(secret.expose()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(both))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Sends a request, and reads the JSON of its answer. The time is for all of it, the last byte included.
pub(crate) async fn read_json(request: RequestBuilder, timeout: Duration) -> Result<Vec<u8>, Trouble> {
    let mut response = request.header(ACCEPT, JSON).timeout(timeout).send().await.map_err(Trouble::of_request)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(Trouble::of_status(status));
    }
    if !is_json(&response) {
        return Err(Trouble::NotJson);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Trouble::of_request)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Trouble::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(response: &Response) -> bool {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).is_some_and(|media| media.trim().eq_ignore_ascii_case(JSON))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CA-02
    #[test]
    fn both_halves_of_the_header_are_form_encoded() {
        let header = basic("my client+1", &SecretText::new("p@ss:w%rd/é".to_owned()));
        let wanted = "Basic bXkrY2xpZW50JTJCMTpwJTQwc3MlM0F3JTI1cmQlMkYlQzMlQTk=";
        assert_eq!(header.as_ref().and_then(|value| value.to_str().ok()), Some(wanted));
        assert_eq!(format!("{header:?}"), "Some(Sensitive)");
    }
}
