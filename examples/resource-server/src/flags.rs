//! The command line. A wrong flag ends the program with status 2 and names the fault.

use clap::Parser;
use grantor::Needed;

/// An API in a process of its own: it asks the authorization server about each token that it gets.
///
/// Without a flag it guards what `login-with` guards as well, for the demo's tokens: /userinfo needs
/// profile and /messages needs mail.read.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Flags {
    /// Address to listen on; port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4010")]
    pub(crate) listen: String,

    /// The authorization server, by its issuer URL
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4000")]
    pub(crate) issuer: String,

    /// The client that asks; it must be allowed to introspect
    #[arg(long, value_name = "ID", default_value = "demo-confidential")]
    pub(crate) client_id: String,

    /// Its secret
    #[arg(long, value_name = "SECRET", default_value = "demo-confidential-secret", hide_default_value = true)]
    pub(crate) client_secret: String,

    /// The resource that tokens must be for, one of the server's own --resource [default: this
    /// address, and tokens that are for no resource in particular pass as well]
    #[arg(long, value_name = "URL")]
    pub(crate) resource: Option<String>,

    /// How long an answer about a token is kept; a revoked token passes for so long, 0 keeps nothing
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) keep_for: u64,

    /// A protected path, and the scope a token needs there (repeatable)
    /// [default: /userinfo=profile and /messages=mail.read]
    #[arg(long, value_name = "PATH=SCOPE", value_parser = Api::parse)]
    api: Vec<Api>,
}

/// One protected path.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    /// An absolute path, matched as it is.
    pub(crate) path: String,
    /// What a token must bring.
    pub(crate) needed: Needed,
}

impl Flags {
    /// The protected paths, or those of the demo.
    pub(crate) fn apis(&self) -> Vec<Api> {
        let demo = || ["/userinfo=profile", "/messages=mail.read"].into_iter().flat_map(Api::parse).collect();
        if self.api.is_empty() { demo() } else { self.api.clone() }
    }
}

impl Api {
    fn parse(text: &str) -> Result<Self, String> {
        let Some((path, scope)) = text.split_once('=') else {
            return Err("wanted PATH=SCOPE".to_owned());
        };
        // A router gives other characters a meaning.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if path.len() < 2 || !path.starts_with('/') || !path.bytes().all(plain) {
            return Err("PATH starts with / and holds letters, digits, - . _ ~ and / only".to_owned());
        }
        let needed = Needed::all_of([scope]).map_err(|fault| format!("{scope:?}: {fault}"))?;
        Ok(Self { path: path.to_owned(), needed })
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
    fn wrong_flags_are_refused() {
        for flags in
            [["--api", "messages=mail.read"], ["--api", "/{all}=a"], ["--api", "/x="], ["--keep-for", "-1"], ["--no", "x"]]
        {
            let parsed = Flags::try_parse_from(["resource-server"].iter().chain(&flags));
            assert_eq!(parsed.err().map(|fault| fault.exit_code()), Some(2), "{flags:?}");
        }
    }

    #[test]
    fn without_a_flag_the_demo_is_guarded() {
        let flags = Flags::try_parse_from(["resource-server"]).map(|flags| flags.apis());
        let paths = flags.map(|apis| apis.into_iter().map(|api| api.path).collect::<Vec<_>>());
        assert_eq!(paths.ok(), Some(vec!["/userinfo".to_owned(), "/messages".to_owned()]));
    }
}
