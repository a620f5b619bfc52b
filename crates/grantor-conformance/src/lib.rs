//! The promises that a grantor store must keep, as tests to run on your own.
//!
//! A store has four methods and one promise, and everything that single use, rotation and revocation mean rests on it. This
//! crate holds the promise and all that follows from it as public functions, and names each as a test of your store:
//!
//! ```no_run
//! # use grantor_core::MemoryStore as MyStore;
//! grantor_conformance::store_conformance! {
//!     grants: grantor_conformance::Handles::of(MyStore::new()),
//! }
//! ```
//!
//! - [`grants`]: the four methods of [`GrantStore`](grantor_core::GrantStore), one by one, in races, and cancelled;
//! - [`protocol`]: what people and clients are promised, kept by the engine on your store;
//! - [`unreachable`](mod@unreachable): what a store says when its server is down;
//! - [`directory`]: lists of grants ([`GrantDirectory`](grantor_core::GrantDirectory)), and ending all of a person or a client;
//! - [`clients`]: where clients are registered ([`ClientStore`](grantor_core::ClientStore)).
//!
//! [`store_conformance!`] says what it needs for each. Every test makes a fresh store of its own: a new file, a schema, a
//! prefix. A store that several processes may share should be tried through [two handles](Handles::and), each with its own
//! connections; what no test within one process can show, such as a process that is killed, is yours to try.
//!
//! One promise is a function for you to call, since only you can dump your store:
//! [`protocol::a_dump_holds_no_credential`].
//!
//! # A store of your own
//!
//! Here is a whole one, with the statement of a database above each method. These tests pass on it.
//!
//! - Keep [`Grant::encode`](grantor_core::grant::Grant::encode) as one document of bytes. Beside it stand, as columns, only
//!   what is queried: the id, the version, `forget_after`, and for a directory the subject, the client and the stage.
//! - Ids and versions are sixteen bytes. A column that compares text, by case or by language, is no place for them.
//! - `replace` is one atomic conditional statement. A version that is read first and compared in your code is the mistake
//!   that these tests look for hardest.
//! - A write whose outcome is unknown, a time-out, a read-only replica: all are
//!   [`StoreError::Unavailable`](grantor_core::StoreError::Unavailable). The engine looks for itself whether it happened.
//! - Read from where you write: `load` sees every write that finished before it began.
//!
//! ```
#![doc = include_str!("../tests/guide/table.rs")]
//! ```

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
