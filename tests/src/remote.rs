//! The API in a process of its own.

use std::process::Command;

use crate::process::Process;
use crate::{Auth, Exit, Relying, Service, program};

impl Service {
    /// The example `resource-server`, which asks `provider` about tokens as this client, unless the flags say otherwise.
    pub fn remote(provider: &Service, client: &Relying, flags: &[&str]) -> Self {
        Self::running(&mut command(provider, client, flags), Some(&provider.issuer))
    }

    /// Runs it with flags it must refuse, to its end.
    pub fn remote_refuses(provider: &Service, client: &Relying, flags: &[&str]) -> Exit {
        let (code, output) = Process::run(&mut command(provider, client, flags));
        Exit { code, output }
    }
}

fn command(provider: &Service, client: &Relying, flags: &[&str]) -> Command {
    let (Auth::Basic(secret) | Auth::Post(secret)) = client.auth else { panic!("{} cannot authenticate", client.id) };
    let mut command = Command::new(program("resource-server"));
    let usual =
        [("--listen", "127.0.0.1:0"), ("--issuer", &provider.issuer), ("--client-id", client.id), ("--client-secret", secret)];
    for (flag, value) in usual.into_iter().filter(|(flag, _)| !flags.contains(flag)) {
        command.args([flag, value]);
    }
    command.args(flags).env_remove("RUST_LOG");
    command
}
