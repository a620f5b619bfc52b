use std::time::Duration;

use grantor_core::types::Issuer;
use reqwest::{Client, Url};
use serde::Deserialize;

use crate::{IntrospectionFault, builder::endpoint, question::read_json};

/// What is read of a server's metadata (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    introspection_endpoint: Option<String>,
    introspection_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// The introspection endpoint that the issuer's own metadata names.
pub(crate) async fn discovered(http: &Client, issuer: &Issuer, timeout: Duration) -> Result<Url, IntrospectionFault> {
    let place = format!("{}/.well-known/oauth-authorization-server{}", issuer.origin(), issuer.path());
    let unread = |why: String| IntrospectionFault::Metadata(place.clone(), why);
    let json = read_json(http.get(&place), timeout).await.map_err(|trouble| unread(trouble.to_string()))?;
    let Ok(metadata) = serde_json::from_slice::<Metadata>(&json) else {
        return Err(unread("it is not the JSON of RFC 8414 section 2".to_owned()));
    };
    if metadata.issuer != issuer.as_str() {
        return Err(IntrospectionFault::OtherIssuer(place));
    }
    // Without the member any method may do (RFC 8414 section 2), and it is tried.
    let methods = metadata.introspection_endpoint_auth_methods_supported;
    if methods.is_some_and(|methods| !methods.iter().any(|method| method == "client_secret_basic")) {
        return Err(IntrospectionFault::NotBasic(place));
    }
    let url = metadata.introspection_endpoint.and_then(|text| endpoint(&text));
    let is_safe = |url: &Url| issuer.is_loopback() || url.scheme() == "https";
    url.filter(is_safe).ok_or(IntrospectionFault::NotOffered(place))
}
