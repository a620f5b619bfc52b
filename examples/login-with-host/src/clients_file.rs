//! The clients file: a JSON list in the names of RFC 7591 §2, plus `client_id` and `client_secret`.
//!
//! - `token_endpoint_auth_method`: `none`, `client_secret_basic` (when absent) or `client_secret_post`;
//!   the client may use exactly this one.
//! - `grant_types`: absent means `["authorization_code"]`, hence no refresh token.
//! - `scope`: absent means every scope of the server; one that the server does not offer is passed over with a warning.
//! - `client_credentials` among the `grant_types`: the client may act for itself with what `scope` names, but for `openid`.
//!   Without a `scope` it may do nothing for itself: what nobody named is not given to a machine. It needs a secret.
//! - Our own members: `resources` (absent means all), and `require_state`, `trusted`, `disabled`,
//!   `allow_scheme_without_period` as booleans.
//! - `introspect`, a boolean of our own: the client may introspect access tokens of others that are for one of its
//!   `resources`. Absent means true for every client with a secret, so that an API can be tried beside this host without
//!   further ado. A real host is not so lenient: its list names the few clients that are APIs.
//! - `not_before`, our own as well, in seconds since 1970: grants that are older are refused. It is for a client whose
//!   secret got lost, or that took the name of another.
//! - Unknown members are ignored, `null` is as good as absent.
//!
//! Every fault of every client is told at once.

use std::collections::BTreeSet;

use grantor::types::ClientBuilder;
use grantor::{AuthMethod, Client, ClientSecret};
use serde_json::Value;
use time::OffsetDateTime;

use crate::flags::OfferedScope;
use crate::hashing::hash;

/// A generated secret of this length is beyond guessing, so that a fast digest of it will do.
const LONG_SECRET: usize = 32;

/// Grant types that exist elsewhere: a client may have them registered, but gets nothing by them here.
const NOT_SERVED: [&str; 2] = ["urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"];

/// Reads all clients of a server that offers these scopes. In `development` confidential clients may have loopback redirect
/// URIs too.
pub fn read(json: &str, development: bool, offered: &[OfferedScope]) -> Result<Vec<Client>, Vec<String>> {
    let entries: Vec<Value> = match serde_json::from_str(json) {
        Ok(entries) => entries,
        Err(fault) => return Err(vec![format!("not a JSON list: {fault}")]),
    };
    let (mut clients, mut faults, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, value) in entries.iter().enumerate() {
        let mut entry = Entry { value, faults: Vec::new() };
        let client = entry.client(development, offered);
        let id = value.get("client_id").and_then(Value::as_str).unwrap_or("without client_id");
        if client.is_some() && !ids.insert(id) {
            entry.faults.push("this client_id stands in the list before".to_owned());
        }
        let label = format!("client {} ({id})", index + 1);
        faults.extend(entry.faults.iter().map(|fault| format!("{label}: {fault}")));
        clients.extend(client);
    }
    if faults.is_empty() { Ok(clients) } else { Err(faults) }
}

/// One element of the list, and what is wrong with it so far.
struct Entry<'a> {
    value: &'a Value,
    faults: Vec<String>,
}

impl<'a> Entry<'a> {
    fn client(&mut self, development: bool, offered: &[OfferedScope]) -> Option<Client> {
        if !self.value.is_object() {
            self.faults.push("not a JSON object".to_owned());
            return None;
        }
        let mut client = self.identity()?;
        if let Some(name) = self.text("client_name") {
            client = client.name(name);
        }
        if let Some(uri) = self.text("logo_uri") {
            client = client.logo_uri(uri);
        }
        for uri in self.texts("redirect_uris").unwrap_or_default() {
            client = client.redirect_uri(uri);
        }
        let scopes = self.scopes(offered);
        if let Some(scopes) = &scopes {
            client = client.scopes(scopes.iter().copied());
        }
        if let Some(resources) = self.texts("resources") {
            client = client.resources(resources);
        }
        client = self.grant_types(client, scopes.as_deref().unwrap_or_default());
        client = self.own_members(client);
        client = self.kind(client, development);
        match client.build() {
            Ok(client) => Some(client),
            Err(fault) => {
                self.faults.extend(fault.faults().iter().map(ToString::to_string));
                None
            }
        }
    }

    /// Who the client is and how it proves it: without these there is nothing to build on.
    fn identity(&mut self) -> Option<ClientBuilder> {
        let id = self.text("client_id");
        if id.is_none() {
            self.faults.push("client_id is missing".to_owned());
        }
        let secret = self.text("client_secret");
        let method = match self.text("token_endpoint_auth_method").unwrap_or("client_secret_basic") {
            "none" => AuthMethod::None,
            "client_secret_basic" => AuthMethod::Basic,
            "client_secret_post" => AuthMethod::Post,
            other => {
                let known = "none, client_secret_basic and client_secret_post are served";
                self.faults.push(format!("token_endpoint_auth_method {other:?}: {known}"));
                return None;
            }
        };
        match (method, secret) {
            (AuthMethod::None, None) => Some(Client::public(id?)),
            (AuthMethod::None, Some(_)) => {
                self.faults.push("a client_secret, but token_endpoint_auth_method is none".to_owned());
                None
            }
            (method, Some(secret)) => Some(Client::confidential(id?, self.kept(secret)?).auth_methods([method])),
            (method, None) => {
                self.faults.push(format!("client_secret is missing, and {} needs it", method.as_str()));
                None
            }
        }
    }

    fn kept(&mut self, secret: &str) -> Option<ClientSecret> {
        if secret.is_empty() || !secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            self.faults.push("client_secret: one or more of the printable ASCII characters".to_owned());
            return None;
        }
        if secret.len() >= LONG_SECRET {
            return Some(ClientSecret::sha256_of(secret));
        }
        match hash(secret) {
            Ok(phc) => Some(ClientSecret::hashed(phc)),
            Err(fault) => {
                self.faults.push(format!("client_secret: {fault}"));
                None
            }
        }
    }

    /// The scopes it names, as far as they are offered.
    fn scopes(&mut self, offered: &[OfferedScope]) -> Option<Vec<&'a str>> {
        let (known, unknown): (Vec<_>, Vec<_>) =
            self.text("scope")?.split_ascii_whitespace().partition(|scope| offered.iter().any(|offer| offer.name == *scope));
        if !unknown.is_empty() {
            tracing::warn!(?unknown, "scopes of a client that this server does not offer");
        }
        Some(known)
    }

    fn grant_types(&mut self, mut client: ClientBuilder, scopes: &[&str]) -> ClientBuilder {
        let grant_types = self.texts("grant_types").unwrap_or_else(|| vec!["authorization_code"]);
        if !grant_types.contains(&"authorization_code") {
            client = client.without_authorization_code();
        }
        for grant_type in grant_types {
            match grant_type {
                "authorization_code" => {}
                "refresh_token" => client = client.refresh_tokens(),
                "client_credentials" => {
                    // It is about a person, and a client that acts for itself has none.
                    let own = scopes.iter().filter(|scope| **scope != "openid");
                    client = client.client_credentials(own.copied());
                }
                other if NOT_SERVED.contains(&other) => tracing::warn!(grant_type = other, "not served"),
                other => self.faults.push(format!("grant type {other:?} is unknown")),
            }
        }
        client
    }

    fn kind(&mut self, mut client: ClientBuilder, development: bool) -> ClientBuilder {
        match self.text("application_type").unwrap_or("web") {
            "web" if development => client = client.native(),
            "web" => {}
            "native" => client = client.native(),
            other => self.faults.push(format!("application_type {other:?}: web or native")),
        }
        if self.truth("trusted") == Some(false) {
            client = client.untrusted();
        }
        if self.truth("require_state") == Some(true) {
            client = client.require_state();
        }
        if self.truth("allow_scheme_without_period") == Some(true) {
            client = client.allow_scheme_without_period();
        }
        if self.truth("disabled") == Some(true) {
            client = client.disabled();
        }
        client
    }

    fn own_members(&mut self, mut client: ClientBuilder) -> ClientBuilder {
        let has_secret = self.value.get("client_secret").is_some_and(Value::is_string);
        if self.truth("introspect").unwrap_or(has_secret) {
            client = client.introspects();
        }
        let instant = |value: &Value| OffsetDateTime::from_unix_timestamp(value.as_i64()?).ok();
        if let Some(instant) = self.member("not_before", "whole seconds since 1970", instant) {
            client = client.not_before(instant);
        }
        client
    }

    fn text(&mut self, member: &str) -> Option<&'a str> {
        self.member(member, "a string", Value::as_str)
    }

    fn truth(&mut self, member: &str) -> Option<bool> {
        self.member(member, "true or false", Value::as_bool)
    }

    fn texts(&mut self, member: &str) -> Option<Vec<&'a str>> {
        self.member(member, "a list of strings", |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    fn member<T>(&mut self, name: &str, wanted: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.faults.push(format!("{name}: wanted {wanted}"));
        }
        read
    }
}

#[cfg(test)]
mod tests;
