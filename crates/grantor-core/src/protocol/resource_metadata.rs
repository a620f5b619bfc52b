//! The metadata document of a protected resource (RFC 9728 §2), made once from a guard's configuration.

use bytes::Bytes;
use serde::Serialize;

use crate::types::Issuer;

#[derive(Serialize)]
pub(crate) struct ResourceDocument<'a> {
    pub(crate) resource: &'a str,
    pub(crate) authorization_servers: [&'a str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) scopes_supported: Vec<&'a str>,
    pub(crate) bearer_methods_supported: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_documentation: Option<&'a str>,
}

impl ResourceDocument<'_> {
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Where the document of a resource is: inserted between its origin and its path, of which the `/` behind the host alone is
/// removed (RFC 9728 §3.1). A resource has the same grammar here as an issuer.
pub(crate) fn well_known(resource: &Issuer) -> String {
    format!("{WELL_KNOWN}{}", resource.whole_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RS-08
    #[test]
    fn the_name_is_inserted_between_origin_and_path() {
        let place = |text| well_known(&Issuer::parse(text).unwrap());
        assert_eq!(place("https://rs.example/mcp"), "/.well-known/oauth-protected-resource/mcp");
        assert_eq!(place("https://rs.example/mcp/"), "/.well-known/oauth-protected-resource/mcp/");
        assert_eq!(place("https://rs.example/mcp//"), "/.well-known/oauth-protected-resource/mcp//");
        assert_eq!(place("https://rs.example"), "/.well-known/oauth-protected-resource");
        assert_eq!(place("https://rs.example/"), "/.well-known/oauth-protected-resource");
    }
}
