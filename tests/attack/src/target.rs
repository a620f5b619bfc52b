//! What is attacked: the endpoints, the clients, and what belongs to the server.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use serde_json::Value;
use url::Url;

use crate::corpus::{Need, Place, Who};
use crate::flags::Flags;
use crate::http::Http;
use crate::variables::Variables;

/// The target of a run.
#[derive(Debug)]
pub(crate) struct Target {
    authorization: Option<String>,
    token: Option<String>,
    revocation: Option<String>,
    introspection: Option<String>,
    metadata: Option<String>,
    pub(crate) api: Option<String>,
    pub(crate) first: Client,
    pub(crate) other: Option<Client>,
    scope: Option<String>,
    issuer: Option<String>,
    trusted: BTreeSet<String>,
}

/// A registered client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    in_body: bool,
    pub(crate) redirect_uri: String,
}

impl Target {
    /// Reads the flags, and the metadata where they name an issuer.
    pub(crate) async fn find(flags: &Flags, http: &Http) -> Result<Self, String> {
        let found = match &flags.issuer {
            Some(issuer) => discover(http, issuer).await?,
            None => None,
        };
        let named = |flag: &Option<String>, member: &str| {
            let told = found.as_ref().and_then(|(_, metadata)| Some(metadata.get(member)?.as_str()?.to_owned()));
            flag.clone().or(told)
        };
        let client = |id: &Option<String>, secret: &Option<String>, uri: &Option<String>, in_body| {
            let (id, redirect_uri) = (id.clone()?, uri.clone()?);
            Some(Client { id, secret: secret.clone(), in_body, redirect_uri })
        };
        let mut target = Self {
            authorization: named(&flags.authorization_endpoint, "authorization_endpoint"),
            token: named(&flags.token_endpoint, "token_endpoint"),
            revocation: named(&flags.revocation_endpoint, "revocation_endpoint"),
            introspection: named(&flags.introspection_endpoint, "introspection_endpoint"),
            metadata: found.as_ref().map(|(url, _)| url.clone()),
            api: flags.api.clone(),
            first: client(&flags.client_id, &flags.client_secret, &flags.redirect_uri, flags.secret_in_body)
                .ok_or("a client and its redirect URI are needed")?,
            other: client(&flags.other_client_id, &flags.other_client_secret, &flags.other_redirect_uri, false),
            scope: flags.scope.clone(),
            issuer: flags.issuer.clone(),
            trusted: flags.trust.iter().filter_map(|origin| origin_of(origin)).collect(),
        };
        let Some(home) = target.authorization.as_deref().and_then(origin_of) else {
            return Err("no authorization endpoint: name it, or an issuer whose metadata do".to_owned());
        };
        target.trusted.insert(home);
        Ok(target)
    }

    /// Where a request goes.
    pub(crate) fn url(&self, place: Place) -> Option<&str> {
        match place {
            Place::Authorization => self.authorization.as_deref(),
            Place::Token => self.token.as_deref(),
            Place::Revocation => self.revocation.as_deref(),
            Place::Introspection => self.introspection.as_deref(),
            Place::Metadata => self.metadata.as_deref(),
            Place::Api => self.api.as_deref(),
        }
    }

    pub(crate) fn client(&self, who: Who) -> Option<&Client> {
        match who {
            Who::First => Some(&self.first),
            Who::Other => self.other.as_ref(),
        }
    }

    /// Whether a URL is the server's own.
    pub(crate) fn is_home(&self, url: &str) -> bool {
        origin_of(url).is_some_and(|origin| self.trusted.contains(&origin))
    }

    /// Why a case means nothing here.
    pub(crate) fn lacks(&self, need: Need) -> Option<&'static str> {
        let is_loopback = Url::parse(&self.first.redirect_uri)
            .is_ok_and(|url| url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")));
        let (missing, why) = match need {
            Need::Public => (self.first.secret.is_some(), "the client has a secret"),
            Need::Secret => (self.first.secret.is_none(), "the client has no secret"),
            Need::Loopback => (!is_loopback, "the redirect URI is not on a loopback port"),
            Need::Remote => (is_loopback, "the redirect URI is on a loopback port"),
        };
        missing.then_some(why)
    }

    /// What every case may name.
    pub(crate) fn variables(&self) -> Variables {
        let mut variables = Variables::default();
        let mut client = |prefix: &str, client: &Client| {
            variables.set(&format!("{prefix}client_id"), &client.id);
            variables.set(&format!("{prefix}redirect_uri"), &client.redirect_uri);
            if let Some(secret) = &client.secret {
                variables.set(&format!("{prefix}secret"), secret);
                variables.set(&format!("{prefix}basic"), basic(&client.id, secret));
            }
        };
        client("", &self.first);
        if let Some(other) = &self.other {
            client("other_", other);
        }
        if let Some((scheme, rest)) = self.first.redirect_uri.split_once("://") {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            variables.set("redirect_scheme", scheme);
            variables.set("redirect_authority", authority);
            variables.set("redirect_path", path);
            if let Some((host, domain)) = authority.split_once('.') {
                variables.set("redirect_look_alike", format!("{host}x{domain}"));
            }
        }
        variables.set("REDIRECT_URI", self.first.redirect_uri.to_ascii_uppercase());
        for (name, value) in [("scope", &self.scope), ("issuer", &self.issuer)] {
            if let Some(value) = value {
                variables.set(name, value);
            }
        }
        variables
    }
}

impl Client {
    /// The header and the parameters by which it says who it is.
    pub(crate) fn credentials(&self) -> (Option<String>, Vec<(String, String)>) {
        let id = ("client_id".to_owned(), self.id.clone());
        match &self.secret {
            None => (None, vec![id]),
            Some(secret) if self.in_body => (None, vec![id, ("client_secret".to_owned(), secret.clone())]),
            Some(secret) => (Some(format!("Basic {}", basic(&self.id, secret))), Vec::new()),
        }
    }
}

/// The credentials of HTTP Basic, each half form-encoded first (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encode(id), encode(secret)))
}

fn origin_of(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The metadata and where they stood; none where the server has none.
async fn discover(http: &Http, issuer: &str) -> Result<Option<(String, Value)>, String> {
    let url = Url::parse(issuer).map_err(|fault| format!("{issuer}: {fault}"))?;
    let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    let inserted = format!("{origin}/.well-known/oauth-authorization-server{path}");
    for place in [inserted, format!("{origin}{path}/.well-known/openid-configuration")] {
        let answer = http.get(&place).await?;
        if let (200, Some(metadata)) = (answer.status, answer.json()) {
            return Ok(Some((place, metadata)));
        }
    }
    Ok(None)
}
