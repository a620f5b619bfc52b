use crate::{
    protocol::AuthorizationRequest,
    types::{RedirectKind, Settings},
};

/// What a consent page tells the person. Escape all of it: names and URIs are the client's own words.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// The client's identifier.
    pub client_id: String,
    /// Its name, without characters that turn text around; its identifier if it has no name.
    pub client_name: String,
    /// Where its logo is. Do not let the page load it from there.
    pub logo_uri: Option<String>,
    /// Where the person will be sent: the host, or the scheme of a private-use URI.
    pub redirect_host: String,
    /// Whether that place proves who the client is, as https does.
    pub redirect_is_https: bool,
    /// What is asked for.
    pub scopes: Vec<ScopeFact>,
    /// Which APIs the access is for.
    pub resources: Vec<String>,
    /// Whether the host vouches for the client.
    pub trusted: bool,
}

/// One scope, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeFact {
    /// The scope as the form sends it back.
    pub name: String,
    /// What the host says it means.
    pub description: String,
}

impl Facts {
    pub(super) fn of(request: &AuthorizationRequest, settings: &Settings) -> Self {
        let (client, asked) = (request.client(), request.asked());
        let scope =
            |name: &str| ScopeFact { name: name.to_owned(), description: settings.describe(name).unwrap_or(name).to_owned() };
        let kind = client.redirect_uri(asked.redirect_uri()).map(|uri| uri.kind());
        Self {
            client_id: client.id().to_string(),
            client_name: shown(client.name().unwrap_or(client.id().as_str())),
            logo_uri: client.logo_uri().map(str::to_owned),
            redirect_host: place(asked.redirect_uri()).to_owned(),
            redirect_is_https: kind == Some(RedirectKind::Https),
            scopes: asked.scopes().iter().map(scope).collect(),
            resources: asked.resources().iter().map(ToString::to_string).collect(),
            trusted: client.is_trusted(),
        }
    }
}

/// The host of a redirect URI, or its scheme if nothing of the kind stands there. Registered URIs have no user part.
fn place(uri: &str) -> &str {
    let Some((scheme, rest)) = uri.split_once(':') else { return uri };
    match rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next()) {
        Some(host) if matches!(scheme, "http" | "https") => host,
        _ => scheme,
    }
}

/// A name as a person may see it: without control characters, and without those that reorder text (UAX #9).
fn shown(name: &str) -> String {
    let reorders = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().filter(|c| !c.is_control() && !reorders(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TH-18
    #[test]
    fn a_shown_name_cannot_turn_text_around() {
        assert_eq!(shown("Good\u{202e}live\u{2066}\n app"), "Goodlive app");
    }

    #[test]
    fn the_place_is_what_a_person_can_judge() {
        assert_eq!(place("https://a.example:444/cb?x=1"), "a.example:444");
        assert_eq!(place("com.example.app:/cb"), "com.example.app");
        assert_eq!(place("http://[::1]:4000/cb"), "[::1]:4000");
        assert_eq!(place("https://a.example?x=1"), "a.example");
        assert_eq!(place("myapp://host/cb"), "myapp", "nobody owns that host");
        assert_eq!(place("no URI"), "no URI");
    }
}
