//! What is sent for one operation: a command, or a script by its hash.

use redis::{Cmd, cmd};

/// A script that Redis is asked to run by its hash, and given whole when it does not know it.
#[derive(Debug)]
pub(crate) struct Script {
    hash: String,
    code: &'static str,
}

/// Reads the version that stands in front of the stored grant, and writes if it is the one that was read.
///
/// `GETEX` without an option changes nothing and counts as a write. So a replica or a cut-off primary refuses before it could
/// say Lost; and since Redis does not stop a script behind its first write, a grant can be ended when memory is full.
pub(crate) const REPLACE: &str = "\
local kept = redis.call('GETEX', KEYS[1])
if not kept or string.sub(kept, 1, 16) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
return 1";

/// Reads, and writes the expiry that is already there: a write for `WAIT` to wait for, which comes after all that was read.
pub(crate) const LOAD_WRITTEN: &str = "\
local kept = redis.call('GETEX', KEYS[1])
if kept then redis.call('PEXPIREAT', KEYS[1], redis.call('PEXPIRETIME', KEYS[1])) end
return kept";

/// One request to Redis.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    /// A command with its arguments.
    Command(&'a [&'a [u8]]),
    /// A script with its one key and its arguments.
    Script(&'a Script, &'a str, &'a [&'a [u8]]),
}

impl Script {
    pub(crate) fn new(code: &'static str) -> Self {
        Self { hash: redis::Script::new(code).get_hash().to_owned(), code }
    }
}

impl Request<'_> {
    /// What is sent at first.
    pub(crate) fn command(self) -> Cmd {
        match self {
            Self::Command(words) => with(Cmd::new(), words),
            Self::Script(script, key, arguments) => eval("EVALSHA", &script.hash, key, arguments),
        }
    }

    /// What is sent when Redis does not know the script: it runs and remembers it in one go, wherever its key lives.
    pub(crate) fn whole(self) -> Cmd {
        match self {
            Self::Command(_) => self.command(),
            Self::Script(script, key, arguments) => eval("EVAL", script.code, key, arguments),
        }
    }
}

fn eval(name: &str, script: &str, key: &str, arguments: &[&[u8]]) -> Cmd {
    let mut command = cmd(name);
    command.arg(script).arg(1).arg(key);
    with(command, arguments)
}

fn with(mut command: Cmd, words: &[&[u8]]) -> Cmd {
    for word in words {
        command.arg(word);
    }
    command
}
