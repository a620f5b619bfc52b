//! The promises a grantor store must keep, as tests to run on your own store.

mod broken;
pub mod clients;
pub mod directory;
pub mod grants;
mod handles;
mod kit;
mod macros;
pub mod protocol;
mod run;
pub mod unreachable;

pub use broken::{Broken, Verdict};
pub use handles::Handles;
pub use run::run;
