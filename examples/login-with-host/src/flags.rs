//! The command line. A wrong flag ends the program with status 2 and names the fault.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// An OAuth 2.1 authorization server inside a small service with a login of its own.
///
/// Without a flag it serves a demo: user alice (password alice), the clients demo-public and
/// demo-confidential, the scopes profile and mail.read, and two protected APIs. Each of --user,
/// --clients, --scope and --api replaces its part of the demo.
#[derive(Parser)]
#[command(name = "login-with", version)]
pub struct Flags {
    /// Address to listen on; port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4000")]
    pub listen: String,

    /// Issuer identifier, as clients and browsers reach it [default: from the address]
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,

    /// Clients: a JSON list of objects with client_id, client_secret and the names of RFC 7591
    #[arg(long, value_name = "FILE")]
    pub clients: Option<PathBuf>,

    /// A person who may log in; split at the first colon, the subject is NAME (repeatable)
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = NewUser::parse)]
    pub user: Vec<NewUser>,

    /// A scope and the words that explain it on the consent page (repeatable)
    #[arg(long, value_name = "NAME=DESCRIPTION", value_parser = OfferedScope::parse)]
    pub scope: Vec<OfferedScope>,

    /// Scopes, separated by spaces, for a request that names none [default: it is refused]
    #[arg(long, value_name = "NAMES")]
    pub default_scope: Option<String>,

    /// A resource indicator that is accepted; the first is the API's own audience (repeatable)
    /// [default: the resource parameter is ignored]
    #[arg(long, value_name = "URL")]
    pub resource: Vec<String>,

    /// A protected path, and the scope a token needs there (repeatable)
    #[arg(long, value_name = "PATH=SCOPE", value_parser = ProtectedPath::parse)]
    pub api: Vec<ProtectedPath>,

    /// Life of an authorization code [default: the library's]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub code_lifetime: Option<Duration>,

    /// Life of an access token [default: the library's]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub access_lifetime: Option<Duration>,

    /// How long a client that lost an answer may ask again; 0 switches it off [default: the library's]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub retry_window: Option<Duration>,

    /// Where grants and sessions are kept: memory, sqlite:PATH, postgres://... or redis://...
    #[arg(long, value_name = "STORE", default_value = "sqlite:login-with.db")]
    pub store: String,

    /// Explain refusals to whoever is refused: for development, with an issuer on this machine
    #[arg(long)]
    pub explain: bool,

    /// Print what the other flags come to, against OAuth 2.1, RFC 9700 and MCP, and serve nothing
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text")]
    pub report: Option<ReportFormat>,

    /// An origin whose pages may ask for tokens and revoke them from a browser, by CORS (repeatable)
    /// [default: none]
    #[arg(long, value_name = "URL")]
    pub allow_origin: Vec<String>,

    /// Do not slow down whoever asks very often or guesses wrong: for load tests, or behind a
    /// throttle of your own
    #[arg(long)]
    pub no_rate_limit: bool,
}

/// How `--report` prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ReportFormat {
    /// A table for people.
    Text,
    /// For programs.
    Json,
}

/// One `--user`.
#[derive(Clone)]
pub struct NewUser {
    /// The name to log in with, and the subject of the tokens.
    pub name: String,
    /// The password in the clear: hashed at startup and then dropped.
    pub password: String,
}

impl NewUser {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((name, password)) if !name.is_empty() && !password.is_empty() => {
                Ok(Self { name: name.to_owned(), password: password.to_owned() })
            }
            _ => Err("wanted NAME:PASSWORD, neither of them empty".to_owned()),
        }
    }
}

/// One `--scope`.
#[derive(Clone)]
pub struct OfferedScope {
    /// The scope token.
    pub name: String,
    /// What the consent page says about it.
    pub description: String,
}

impl OfferedScope {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, description)) if !name.is_empty() && !description.is_empty() => {
                Ok(Self { name: name.to_owned(), description: description.to_owned() })
            }
            _ => Err("wanted NAME=DESCRIPTION, neither of them empty".to_owned()),
        }
    }
}

/// One `--api`.
#[derive(Clone)]
pub struct ProtectedPath {
    /// An absolute path, matched as it is.
    pub path: String,
    /// The scope a token needs there.
    pub scope: String,
}

impl ProtectedPath {
    fn parse(text: &str) -> Result<Self, String> {
        let Some((path, scope)) = text.split_once('=') else {
            return Err("wanted PATH=SCOPE".to_owned());
        };
        // Both frameworks give `{`, `*` and `:` a meaning in routes; this grammar has none of them.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if path.len() < 2 || !path.starts_with('/') || !path.bytes().all(plain) {
            return Err("PATH starts with / and holds letters, digits, - . _ ~ and / only".to_owned());
        }
        if scope.is_empty() || scope.contains(char::is_whitespace) {
            return Err("SCOPE is one scope name".to_owned());
        }
        Ok(Self { path: path.to_owned(), scope: scope.to_owned() })
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    // A century is more than anyone means, and keeps every later sum of instants in range.
    match text.parse() {
        Ok(seconds) if seconds <= 3_155_760_000 => Ok(Duration::from_secs(seconds)),
        _ => Err("wanted a whole number of seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        use clap::CommandFactory;
        Flags::command().debug_assert();
    }

    #[test]
    fn a_password_may_hold_colons() {
        let user = NewUser::parse("bob:a:b").map(|user| (user.name, user.password));
        assert_eq!(user, Ok(("bob".to_owned(), "a:b".to_owned())));
    }

    #[test]
    fn a_report_is_text_unless_it_is_asked_for_as_json() {
        let report = |flags: &[&str]| Flags::try_parse_from(["login-with"].iter().chain(flags)).map(|flags| flags.report).ok();
        assert_eq!(report(&[]), Some(None));
        assert_eq!(report(&["--report"]), Some(Some(ReportFormat::Text)));
        assert_eq!(report(&["--report", "--explain"]), Some(Some(ReportFormat::Text)));
        assert_eq!(report(&["--report", "json"]), Some(Some(ReportFormat::Json)));
    }

    #[test]
    fn wrong_flags_are_refused() {
        for flags in [
            ["--user", "bob"],
            ["--user", ":secret"],
            ["--scope", "profile"],
            ["--api", "messages=mail.read"],
            ["--api", "/{all}=mail.read"],
            ["--code-lifetime", "-1"],
            ["--report", "xml"],
            ["--unknown", "x"],
        ] {
            let parsed = Flags::try_parse_from(["login-with"].iter().chain(&flags));
            assert_eq!(parsed.err().map(|fault| fault.exit_code()), Some(2), "{flags:?}");
        }
    }
}
