//! What is served where no flag says otherwise.

use crate::flags::{NewUser, OfferedScope, ProtectedPath};

/// The demo's clients: a file as `--clients` wants it.
pub const CLIENTS: &str = include_str!("../demo/clients.json");

/// The demo's only person: name and password.
pub const PERSON: (&str, &str) = ("alice", "alice");

/// The same as an account.
pub fn users() -> Vec<NewUser> {
    let (name, password) = PERSON;
    vec![NewUser { name: name.to_owned(), password: password.to_owned() }]
}

/// The demo's scopes.
pub fn scopes() -> Vec<OfferedScope> {
    let scopes = [("profile", "See your name"), ("mail.read", "Read your mail")];
    scopes.map(|(name, words)| OfferedScope { name: name.to_owned(), description: words.to_owned() }).into()
}

/// The demo's protected paths.
pub fn apis() -> Vec<ProtectedPath> {
    let apis = [("/userinfo", "profile"), ("/messages", "mail.read")];
    apis.map(|(path, scope)| ProtectedPath { path: path.to_owned(), scope: scope.to_owned() }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_clients_are_a_good_clients_file() {
        assert_eq!(crate::clients_file::read(CLIENTS, true, &scopes()).map(|clients| clients.len()), Ok(2));
    }
}
