//! The command line.

use clap::Parser;

/// Runs known attacks against an OAuth 2.0 or 2.1 authorization server, and says which it withstands.
///
/// Run it against a server of your own. Without a way through its login the cases that need a code are not
/// applicable; give one of --cookie, --fill and --code-command to run them all. The exit status is 1 when an
/// attack succeeds, and 2 when the target cannot be asked.
#[derive(Parser, Debug)]
#[command(name = "attack", version)]
pub(crate) struct Flags {
    /// Issuer, to read the endpoints from its metadata (RFC 8414, or OpenID Connect Discovery)
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,

    /// Authorization endpoint [default: from the metadata]
    #[arg(long, value_name = "URL")]
    pub(crate) authorization_endpoint: Option<String>,

    /// Token endpoint [default: from the metadata]
    #[arg(long, value_name = "URL")]
    pub(crate) token_endpoint: Option<String>,

    /// Revocation endpoint [default: from the metadata]
    #[arg(long, value_name = "URL")]
    pub(crate) revocation_endpoint: Option<String>,

    /// Introspection endpoint [default: from the metadata]
    #[arg(long, value_name = "URL")]
    pub(crate) introspection_endpoint: Option<String>,

    /// A URL that answers 200 to a GET with a live bearer token, and 401 to one with a dead one
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,

    /// A registered client
    #[arg(long, value_name = "ID", required_unless_present = "list")]
    pub(crate) client_id: Option<String>,

    /// Its secret; without one it is a public client
    #[arg(long, value_name = "SECRET")]
    pub(crate) client_secret: Option<String>,

    /// It sends the secret in the body (client_secret_post) and not by HTTP Basic
    #[arg(long)]
    pub(crate) secret_in_body: bool,

    /// A redirect URI that is registered for it; nothing is ever sent there
    #[arg(long, value_name = "URI", required_unless_present = "list")]
    pub(crate) redirect_uri: Option<String>,

    /// A scope it may ask for [default: none is asked for]
    #[arg(long, value_name = "NAMES")]
    pub(crate) scope: Option<String>,

    /// Another registered client, that steals from the first
    #[arg(long, value_name = "ID")]
    pub(crate) other_client_id: Option<String>,

    /// The other client's secret, for HTTP Basic
    #[arg(long, value_name = "SECRET")]
    pub(crate) other_client_secret: Option<String>,

    /// The other client's redirect URI
    #[arg(long, value_name = "URI")]
    pub(crate) other_redirect_uri: Option<String>,

    /// A cookie of a browser in which a test user is logged in (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) cookie: Vec<(String, String)>,

    /// What to fill into, or press on, the forms on the way: the login and the consent page (repeatable)
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub(crate) fill: Vec<(String, String)>,

    /// A program that plays the browser: a shell command that finds the authorization request in
    /// $AUTHORIZATION_URL and prints, as its last line, the URL at which the browser ended
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["cookie", "fill"])]
    pub(crate) code_command: Option<String>,

    /// Another origin that belongs to the server, such as that of its login page (repeatable)
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) trust: Vec<String>,

    /// Only the cases of this group, or those whose name contains this (repeatable)
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Vec<String>,

    /// Fail for what a specification only recommends as well
    #[arg(long)]
    pub(crate) strict: bool,

    /// Wait so long before each case, for a server that slows down whoever asks often
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub(crate) pause: u64,

    /// Cases of your own, in the form of the files in `corpus`, beside the built-in ones (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) corpus: Vec<String>,

    /// Print the cases and run none
    #[arg(long)]
    pub(crate) list: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("wanted NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        use clap::CommandFactory;
        Flags::command().debug_assert();
    }
}
