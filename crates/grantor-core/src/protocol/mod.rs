//! Decisions on one message: parse, validate, reply. No clock, no randomness, no IO, no store.

mod access;
pub(crate) mod authorize;
pub(crate) mod bearer;
mod body;
mod call;
pub(crate) mod client_auth;
pub(crate) mod cors;
mod error;
pub(crate) mod explain;
pub(crate) mod form;
pub(crate) mod introspection;
pub(crate) mod metadata;
pub(crate) mod page;
pub(crate) mod params;
pub(crate) mod pkce;
pub(crate) mod presented;
mod reason;
pub(crate) mod reply;
pub(crate) mod resource_metadata;
pub(crate) mod token;

pub(crate) use access::Implies;
pub use access::{Access, Needed};
pub use authorize::{Asked, AuthorizationRequest, AuthorizeError, Hints, PageError, Prompt, RedirectError, Target};
pub use body::Body;
pub use call::{AUTHORIZE_BODY_LIMIT, Call, Endpoint, Payload, Peer};
pub use client_auth::{AuthenticatedClient, Check, Credentials, SlowCheck};
pub use error::ErrorCode;
pub use explain::{Explanation, Sent};
pub use introspection::InvalidIntrospection;
pub use metadata::Paths;
pub use page::{HostPage, PageFacts};
pub use pkce::{CodeChallenge, InvalidCodeChallenge};
pub use reason::Reason;
pub use reply::Reply;
pub use token::{GrantType, TokenRequest};
