//! What the `login-with` examples show in a browser, all but the provider: two clients, a resource server, the thief, and the
//! walk, which draws the flow from what was captured.
//!
//! The host binds a [`Stage`], builds its provider with the redirect URIs that the stage tells, and starts the story with a
//! [`Config`]. Whatever reaches the provider it writes down in the same [`Traffic`]: with [`captured`] on axum, with
//! [`Traffic::record`] elsewhere.

mod capture;
mod diagram;
mod explain;
mod html;
mod pages;
mod resource;
mod shorten;
mod spa;
mod start;
mod story;
mod style;
mod thief;
mod traffic;
mod walk;
mod web_app;

pub use capture::captured;
pub use diagram::{LANES, Step, steps};
pub use explain::{Told, explain};
pub use shorten::Fact;
pub use start::{Stage, Started};
pub use story::{Config, Fault, Places};
pub use style::Style;
pub use thief::{ATTACKS, Attack, Kind, Move, Outcome, Thief, Wire};
pub use traffic::{Exchange, Header, Role, Seen, THIEF_AGENT, Traffic};
pub use walk::draw;
