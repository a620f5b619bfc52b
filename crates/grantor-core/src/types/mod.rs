//! The nouns: what the wire and the host name, each a type with its own grammar.
//!
//! Nothing here decides anything; a value of these types only proves that its grammar held.

mod client;
mod client_secret;
mod clock;
mod ids;
mod issuer;
mod login;
mod origin;
mod redirect_uri;
mod resource;
mod scope;
mod secret;
mod settings;
mod text;

pub use client::{Allowed, AuthMethod, Client, ClientBuilder, ClientError, ClientFault, InvalidClient};
pub use client_secret::ClientSecret;
pub use clock::{Clock, SystemClock};
pub use ids::{ClientId, GrantId, InvalidClientId, Subject, Version};
pub use issuer::{InvalidIssuer, Issuer};
pub use login::Login;
pub use origin::{InvalidOrigin, Origin};
pub use redirect_uri::{InvalidRedirectUri, RedirectKind, RedirectUri};
pub use resource::{InvalidResource, Resource};
pub use scope::{InvalidScope, Scope, ScopeSet};
pub use secret::{Digest, Pepper, SecretBytes, SecretText};
pub use settings::{Lifetimes, Settings};

pub(crate) use ids::is_vschar;
pub(crate) use issuer::FORM;
pub(crate) use redirect_uri::REDIRECT_URI_LIMIT;
pub(crate) use settings::ACCESS_LIFETIMES;
pub(crate) use text::Text;
