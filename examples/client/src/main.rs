//! A public client on the command line (RFC 8252): it opens a browser, waits for the redirect on a
//! loopback port, redeems the code with its PKCE verifier, calls an API, and refreshes once.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program speaks on stdout and stderr")]

mod browser;
mod discovery;
mod flow;
mod forms;
mod redirect;

use std::process::ExitCode;

use clap::Parser;

/// Any fault, in words for a person.
type Fault = Box<dyn std::error::Error>;

/// Runs the authorization code flow with PKCE against an OAuth 2.1 server, and calls its API.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// The authorization server, by its issuer URL
    #[arg(default_value = "http://127.0.0.1:4000")]
    issuer: String,

    /// A public client, registered with the redirect URI http://127.0.0.1/callback
    #[arg(long, value_name = "ID", default_value = "demo-public")]
    client_id: String,

    /// The scopes to ask for, separated by spaces
    #[arg(long, value_name = "NAMES", default_value = "profile")]
    scope: String,

    /// The resource to ask for (RFC 8707)
    #[arg(long, value_name = "URL")]
    resource: Option<String>,

    /// The API to call, relative to the issuer's host; a whole URL where it is elsewhere
    #[arg(long, value_name = "PATH", default_value = "/userinfo")]
    api: String,

    /// Print the access token as the last line, to call other APIs with
    #[arg(long)]
    print_token: bool,

    /// Only print the link, do not open a browser
    #[arg(long)]
    no_browser: bool,

    /// Play the browser too: log in as this person and allow everything (for tests)
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: Option<String>,

    /// How long to wait for the person
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    wait: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match flow::run(&Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}
