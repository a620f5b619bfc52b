//! The guide's own store keeps every promise.

mod table;

use grantor_conformance::{Handles, store_conformance};

store_conformance! {
    grants: Handles::of(table::Table::default()),
}
