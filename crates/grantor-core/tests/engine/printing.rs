//! What is printed, where somebody reads it only in part.

use std::fmt::{self, Write as _};

use grantor_core::{AuthorizationServer, Client, Guard, Pepper};

use crate::kit::World;

/// Takes so many bytes, and fails at the next one.
struct Narrow {
    room: usize,
    text: String,
}

impl fmt::Write for Narrow {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.room {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// What fits of it, and whether all of it did.
fn printed(what: &dyn fmt::Display, room: usize) -> (bool, String) {
    let mut narrow = Narrow { room, text: String::new() };
    (write!(narrow, "{what}").is_ok(), narrow.text)
}

/// TH-21
#[test]
fn what_prints_in_lines_stops_where_nobody_takes_it() {
    let server = AuthorizationServer::builder("http://id.example").pepper(Pepper::new([1])).build().unwrap_err();
    let guard = Guard::of(&World::new().server).scopes(["a b"]).resource("/mcp").build().unwrap_err();
    let client = Client::public("app").access_lifetime(std::time::Duration::ZERO).build().unwrap_err();
    let report = World::new().server.report();
    let all: [&dyn fmt::Display; 4] = [&server, &guard, &client, &report];
    for what in all {
        let whole = what.to_string();
        assert_eq!(printed(what, whole.len()), (true, whole.clone()));
        for room in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
            let (fits, text) = printed(what, room);
            assert!(!fits && whole.starts_with(&text), "{room} of {whole}");
        }
    }
    for error in [&server as &dyn std::error::Error, &guard, &client] {
        assert!(error.source().is_none(), "all faults stand in the text: {error}");
    }
}
