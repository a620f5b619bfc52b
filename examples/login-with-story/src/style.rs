//! How well-known providers let an authorization request look.

/// A manner of asking. The flow is the same; the parameters are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// What OAuth 2.1 asks for, and no more.
    #[default]
    Plain,
    /// LINE Login: a redirect URI with a query of its own, `nonce`, `scope=profile openid`.
    Line,
    /// Auth0: `audience` beside `scope`.
    Auth0,
}

impl Style {
    /// All of them, in the order of the toggle.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Line, Self::Auth0];

    /// The style of this name, or the plain one.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|style| style.name() == name).unwrap_or_default()
    }

    /// The one that a page's query chooses.
    pub(crate) fn chosen(query: &[(String, String)]) -> Self {
        query.iter().find(|(name, _)| name == "style").map(|(_, name)| Self::named(name)).unwrap_or_default()
    }

    /// Its name in links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Line => "line",
            Self::Auth0 => "auth0",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Plain => "Plain OAuth 2.1",
            Self::Line => "As for LINE",
            Self::Auth0 => "As for Auth0",
        }
    }

    /// What it sends, and what becomes of it here.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "It sends state, scope and the S256 challenge: all that the flow needs.",
            Self::Line => {
                "The redirect address has a query of its own, which comes back as it is. openid and nonce are accepted by this server, \
                 and do nothing yet: there is no ID token."
            }
            Self::Auth0 => {
                "audience names the API that the token is for. This server ignores it; its own parameter for that is resource."
            }
        }
    }

    /// The scopes it asks for.
    pub fn scope(self) -> &'static str {
        match self {
            Self::Plain | Self::Auth0 => "profile mail.read",
            Self::Line => "profile openid",
        }
    }

    /// What its redirect URI ends with.
    pub fn redirect_query(self) -> &'static str {
        match self {
            Self::Line => "?app=story",
            Self::Plain | Self::Auth0 => "",
        }
    }
}
