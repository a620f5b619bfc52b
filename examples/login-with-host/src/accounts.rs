//! The people who may log in.

use std::collections::HashMap;

use crate::flags::NewUser;
use crate::hashing::{Hashing, hash};

/// Names and argon2id hashes of passwords, in memory.
pub(crate) struct Accounts {
    hashes: HashMap<String, String>,
    hashing: Hashing,
}

impl Accounts {
    /// Hashes every password once. Faults name the account, never the password.
    pub(crate) fn new(users: &[NewUser], hashing: Hashing) -> Result<Self, Vec<String>> {
        let (mut hashes, mut faults) = (HashMap::new(), Vec::new());
        for user in users {
            match hash(&user.password) {
                Ok(phc) if !hashes.contains_key(&user.name) => drop(hashes.insert(user.name.clone(), phc)),
                Ok(_) => faults.push(format!("--user: {} is given twice", user.name)),
                Err(fault) => faults.push(format!("--user: the password of {}: {fault}", user.name)),
            }
        }
        if faults.is_empty() { Ok(Self { hashes, hashing }) } else { Err(faults) }
    }

    /// Whether this is the password of that account. An unknown name takes as long as a wrong password.
    pub(crate) async fn check(&self, name: &str, password: &str) -> bool {
        self.hashing.matches(password, self.hashes.get(name).map(String::as_str)).await
    }
}
