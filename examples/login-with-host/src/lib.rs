//! What is the host's in the `login-with` examples, once for both frameworks: accounts, sessions,
//! pages, the command line. No web framework in here: a [`Page`] is a status, headers and a text.
//!
//! The examples are hosts of `grantor`; a real service has all of this already, and its own.

mod accounts;
pub mod api;
mod apps;
pub mod clients_file;
pub mod demo;
pub mod flags;
pub mod forms;
mod hashing;
mod host;
mod pages;
mod sessions;
mod setup;
mod startup;
mod store;
mod story;
mod visitor;

pub use host::{Answer, Host, Outcome};
pub use login_with_story::Traffic;
pub use pages::Page;
pub use sessions::{Agreement, Session};
pub use setup::build;
pub use startup::{PATIENCE, Started, overdue, start, stop_signal};
pub use store::Store;
pub use visitor::Visitor;
