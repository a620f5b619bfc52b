//! Authorization server metadata (RFC 8414).

use oauth2::url::Url;
use serde::Deserialize;

use crate::Fault;

/// What this client needs of the document.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    #[serde(default)]
    pub(crate) code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// Reads the document of an issuer, and checks that it is the issuer's own and knows PKCE.
pub(crate) async fn discover(web: &reqwest::Client, issuer: &str) -> Result<Metadata, Fault> {
    let place = well_known(issuer)?;
    if place.scheme() != "http" {
        return Err("this example speaks plain http only: use it with a server on this machine".into());
    }
    let answer = web.get(place.clone()).send().await.map_err(|fault| format!("{issuer} cannot be reached: {fault}"))?;
    if !answer.status().is_success() {
        return Err(format!("{place} answered {}", answer.status()).into());
    }
    let metadata: Metadata = answer.json().await.map_err(|fault| format!("{place} is no metadata: {fault}"))?;
    if metadata.issuer != issuer {
        return Err(format!("{place} speaks for another issuer: {}", metadata.issuer).into());
    }
    if !metadata.code_challenge_methods_supported.iter().any(|method| method == "S256") {
        return Err(format!("{issuer} does not know PKCE with S256").into());
    }
    Ok(metadata)
}

/// The issuer's path comes after the well-known one (RFC 8414 §3).
fn well_known(issuer: &str) -> Result<Url, Fault> {
    let mut place = Url::parse(issuer).map_err(|fault| format!("{issuer:?} is no URL: {fault}"))?;
    let path = format!("/.well-known/oauth-authorization-server{}", place.path().trim_end_matches('/'));
    place.set_path(&path);
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_issuer_comes_last() {
        for (issuer, document) in [
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000/.well-known/oauth-authorization-server"),
            ("http://127.0.0.1:4000/t", "http://127.0.0.1:4000/.well-known/oauth-authorization-server/t"),
        ] {
            assert_eq!(well_known(issuer).ok().map(String::from).as_deref(), Some(document));
        }
    }
}
