use std::{fmt, sync::Arc};

use super::{Document, Guard, Inner, Observers, Source};
use crate::server::Observer;
use crate::{
    protocol::{
        Implies,
        resource_metadata::{ResourceDocument, WELL_KNOWN, well_known},
    },
    types::{Clock, InvalidResource, Issuer, Resource, Scope},
};

/// Collects a guard's configuration; [`build`](Self::build) tells every fault at once.
pub struct GuardBuilder {
    source: Source,
    resource: Option<String>,
    takes_unbound: bool,
    name: Option<String>,
    documentation: Option<String>,
    scopes: Option<Vec<String>>,
    implies: Option<Box<Implies>>,
    at_root: bool,
    observers: Vec<Arc<dyn Observer>>,
}

/// A guard that was refused, with all its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardError {
    faults: Vec<GuardFault>,
}

/// One fault of a guard, with its fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardFault {
    /// The resource is no resource indicator.
    #[error("resource {0:?}: {1}")]
    Resource(String, InvalidResource),
    /// The server issues no tokens for the resource.
    #[error("the server issues no tokens for {0:?}; add resource({0:?}) to the server's builder")]
    UnknownResource(String),
    /// Tokens that are issued elsewhere, and nothing says what they must be for.
    #[error(
        "say which resource this is with resource(..): a token for another one must not pass (RFC 9700 section 4.10.2); \
         for an issuer whose tokens have no audience there is tokens_without_audience()"
    )]
    NoResource,
    /// Something in the list is no scope, or one that the server does not know.
    #[error("{0:?} is no scope that the server knows; add it to the server's builder, or leave it out here")]
    UnknownScope(String),
    /// A place for a document that the resource cannot have.
    #[error("at_root() is for a resource that is an https URL (RFC 9728 section 3.1), and {0:?} is none")]
    NoDocument(String),
}

impl GuardBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            resource: None,
            takes_unbound: false,
            name: None,
            documentation: None,
            scopes: None,
            implies: None,
            at_root: false,
            observers: Vec::new(),
        }
    }

    /// Which resource it is (RFC 8707 §2): tokens must be for this one. By default the first that the server in this
    /// process was built with; where it has none, tokens have no audience, and the document names the issuer.
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.resource = Some(uri.into());
        self
    }

    /// Lets tokens through that are for no resource in particular, because their issuer knows none (RFC 7662 §2.2: no `aud`).
    ///
    /// It is weaker: such a token opens every API of the issuer, so that whoever receives one as an API can use it at all
    /// others (RFC 9700 §4.10.2). A token that names an audience must still be for this resource.
    #[must_use]
    pub fn tokens_without_audience(mut self) -> Self {
        self.takes_unbound = true;
        self
    }

    /// What people call it (RFC 9728 §2, `resource_name`).
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Where developers read about it (RFC 9728 §2, `resource_documentation`).
    #[must_use]
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// The scopes that its document lists; by default all that the server in this process knows.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Whether a token with the first scope may do what needs the second: `|held, needed| held == "mail" && needed ==
    /// "mail.read"`. Without this each scope stands for itself only.
    #[must_use]
    pub fn implies(mut self, implies: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        self.implies = Some(Box::new(implies));
        self
    }

    /// Serves the document at the root's well-known path too, where some MCP clients look for it first.
    #[must_use]
    pub fn at_root(mut self) -> Self {
        self.at_root = true;
        self
    }

    /// One more that is told what is refused here. A guard in the server's own process tells those of the server as well.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Another clock, for tests. A guard in the server's own process goes by the server's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        if let Source::Elsewhere(_, own) = &mut self.source {
            *own = clock;
        }
        self
    }

    /// Checks everything and makes the guard.
    ///
    /// # Errors
    /// [`GuardError`] with every [`GuardFault`] that was found.
    pub fn build(self) -> Result<Guard, GuardError> {
        let mut faults = Vec::new();
        let guard = self.checked(&mut faults);
        if faults.is_empty() { Ok(guard) } else { Err(GuardError { faults }) }
    }

    /// The guard, as far as its configuration can be read.
    pub(super) fn checked(self, faults: &mut Vec<GuardFault>) -> Guard {
        let audience = self.audience(faults);
        let scopes = self.scopes_supported(faults);
        let issuer = match &self.source {
            Source::Here(server) => server.issuer(),
            Source::Elsewhere(source, _) => source.issuer(),
        };
        let resource = audience.as_ref().map_or(issuer.as_str(), Resource::as_str);
        // What has the grammar of an issuer has a place for its document, in whatever case its scheme and host are spelled.
        let document = Issuer::parse(audience.as_ref().map_or(issuer.as_str(), Resource::canonical)).ok().map(|url| Document {
            url: format!("{}{}", url.origin(), well_known(&url)),
            paths: self.paths(&url),
            bytes: ResourceDocument {
                resource,
                authorization_servers: [issuer.as_str()],
                scopes_supported: scopes.iter().map(Scope::as_str).collect(),
                bearer_methods_supported: ["header"],
                resource_name: self.name.as_deref(),
                resource_documentation: self.documentation.as_deref(),
            }
            .to_bytes(),
        });
        if self.at_root && document.is_none() {
            faults.push(GuardFault::NoDocument(resource.to_owned()));
        }
        let mut observers = match &self.source {
            Source::Here(server) => server.0.observers.clone(),
            Source::Elsewhere(..) => Observers::default(),
        };
        let Self { source, takes_unbound, implies, observers: added, .. } = self;
        added.into_iter().for_each(|observer| observers.add(observer));
        Guard(Arc::new(Inner { source, audience, takes_unbound, implies, document, observers }))
    }

    fn audience(&self, faults: &mut Vec<GuardFault>) -> Option<Resource> {
        let read = |text: &String| Resource::parse(text).map_err(|why| GuardFault::Resource(text.clone(), why));
        let named = match self.resource.as_ref().map(read).transpose() {
            Ok(named) => named,
            Err(fault) => {
                faults.push(fault);
                return None;
            }
        };
        match (&self.source, named) {
            (Source::Elsewhere(..), None) if !self.takes_unbound => {
                faults.push(GuardFault::NoResource);
                None
            }
            (Source::Elsewhere(..), named) => named,
            (Source::Here(server), None) => server.settings().default_resource().cloned(),
            (Source::Here(server), Some(named)) => {
                let known = server.settings().resource(&named).cloned();
                if known.is_none() {
                    faults.push(GuardFault::UnknownResource(named.to_string()));
                }
                known
            }
        }
    }

    fn scopes_supported(&self, faults: &mut Vec<GuardFault>) -> Vec<Scope> {
        let known = match &self.source {
            Source::Here(server) => Some(server.settings()),
            Source::Elsewhere(..) => None,
        };
        let Some(names) = &self.scopes else {
            return known.map(|settings| settings.scopes().cloned().collect()).unwrap_or_default();
        };
        let mut scopes = Vec::new();
        for name in names {
            match Scope::parse(name) {
                Ok(scope) if known.is_none_or(|settings| settings.describe(name).is_some()) => scopes.push(scope),
                _ => faults.push(GuardFault::UnknownScope(name.clone())),
            }
        }
        scopes
    }

    fn paths(&self, url: &Issuer) -> Vec<String> {
        let mut paths = vec![well_known(url)];
        if self.at_root && !url.whole_path().is_empty() {
            paths.push(WELL_KNOWN.to_owned());
        }
        paths
    }
}

impl GuardError {
    /// Every fault that was found.
    #[must_use]
    pub fn faults(&self) -> &[GuardFault] {
        &self.faults
    }
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the guard cannot be built:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for GuardError {}

impl fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBuilder").field("resource", &self.resource).finish_non_exhaustive()
    }
}
