use std::time::Duration;

use super::{ReportLine, Verdict};
use crate::{
    protocol::GrantType,
    types::{Client, ClientSecret, RedirectKind, Settings},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// What is configured, as far as a demand asks for it.
pub(in crate::server) struct Live<'a> {
    pub(in crate::server) settings: &'a Settings,
    /// The clients that were listed; `None` if they are in a store of the host's, and may change.
    pub(in crate::server) clients: Option<&'a [Client]>,
    pub(in crate::server) in_memory: bool,
    pub(in crate::server) hashes: bool,
    pub(in crate::server) welcomes: bool,
    pub(in crate::server) explains: bool,
    pub(in crate::server) well_known: &'a [String],
    pub(in crate::server) revocation: String,
    pub(in crate::server) introspection: String,
}

/// One demand, and what became of it.
fn line(demand: &'static str, source: &'static str, verdict: Verdict, detail: impl Into<String>) -> ReportLine {
    ReportLine { demand, source, verdict, detail: detail.into() }
}

fn met_if(met: bool) -> Verdict {
    if met { Verdict::Met } else { Verdict::NotMet }
}

pub(super) fn lines(live: &Live<'_>) -> Vec<ReportLine> {
    let mut lines = Vec::new();
    lines.extend(requests(live));
    lines.extend(tokens(live));
    lines.extend(clients(live));
    lines.extend(discovery(live));
    lines.extend(people(live));
    lines.extend(hosts(live));
    lines
}

fn requests(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let issuer = live.settings.issuer();
    let code = live.settings.lifetimes().code;
    let grant_types = GrantType::ALL.map(GrantType::as_str).join(", ");
    let https = match issuer.is_loopback() {
        false => line("the issuer is an https URL", "OAuth 2.1 1.5", Met, issuer.as_str()),
        true => line("the issuer is an https URL", "OAuth 2.1 1.5", NotMet, format!("{issuer} is for development alone")),
    };
    let code_detail = match code > MINUTE {
        false => format!("{}", Span(code)),
        true => format!("{}; most clients redeem within a second, and 60 seconds are the default", Span(code)),
    };
    vec![
        https,
        line("PKCE with S256, from every client", "RFC 9700 2.1.1", Met, "S256 is the only method, and no client is excused"),
        line("redirect URIs are compared octet for octet", "RFC 9700 2.1", Met, redirect_uris(live)),
        line("no implicit grant, no password grant", "RFC 9700 2.1.2, 2.4", Met, format!("the grant types are {grant_types}")),
        line("answers name the issuer, against mix-up", "RFC 9207 2", Met, format!("iss={issuer}")),
        line("redirects by 303", "RFC 9700 4.12", Met, "no other status redirects"),
        line("a code lives ten minutes at most", "RFC 6749 4.1.2", Met, code_detail),
    ]
}

fn redirect_uris(live: &Live<'_>) -> String {
    let Some(clients) = live.clients else { return "of loopback IP literals the port alone is ignored".to_owned() };
    let count = |kind| {
        let all = clients.iter().flat_map(Client::redirect_uris);
        all.filter(|uri| uri.kind() == kind).count()
    };
    let (https, loopback) = (count(RedirectKind::Https), count(RedirectKind::Loopback));
    let all: usize = clients.iter().map(|client| client.redirect_uris().len()).sum();
    format!(
        "{all} registered: {https} https, {loopback} loopback, of which the port alone is ignored, {} others",
        all - https - loopback
    )
}

fn tokens(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let lifetimes = live.settings.lifetimes();
    let longest = longest_access(live);
    let access = match (live.clients, longest > HOUR) {
        (None, false) => format!("{}, unless a client in the store has its own access_lifetime", Span(longest)),
        (_, false) => format!("{} at most", Span(longest)),
        (_, true) => format!("{}: lower access_lifetime, of the server or of the client", Span(longest)),
    };
    let window = lifetimes.retry_window;
    let retry = match window.is_zero() {
        true => "retry_window is zero: whoever loses the answer to a refresh must begin a new flow".to_owned(),
        false => format!("for {}; so long a theft cannot be told from a lost answer, and RetrySeen counts both", Span(window)),
    };
    let resources = live.settings.resources.len();
    let audience = match resources {
        0 => "no resource is configured: a token is good at every API; add resource(uri)".to_owned(),
        count => format!("{count} configured; a token is good at those that its request named"),
    };
    let pepper = match live.settings.pepper.expose().is_empty() {
        true => "only digests are kept, but a dump together with old refresh tokens is of use: add pepper(..)",
        false => "only digests are kept, and a pepper outside the store goes into each derivation",
    };
    let idle = format!("{} unused, {} altogether", Span(lifetimes.refresh_idle), Span(lifetimes.refresh_absolute));
    vec![
        line("access tokens live an hour at most", "RFC 6750 5.3", met_if(longest <= HOUR), access),
        line("access tokens are for an audience", "RFC 9700 2.3", met_if(resources > 0), audience.clone()),
        line(
            "tokens are bound to the resource",
            "MCP 2025-11-25 Token Audience Binding and Validation",
            met_if(resources > 0),
            audience,
        ),
        line("tokens are bound to their sender", "RFC 9700 2.2.1", NotMet, "DPoP and mutual TLS are not offered"),
        line(
            "refresh tokens rotate",
            "RFC 9700 2.2.2, 4.14.2",
            Met,
            "for every client; reuse after the retry window ends the grant",
        ),
        line("refresh tokens expire", "RFC 9700 4.14.2", Met, idle),
        line("a lost answer can be asked for again", "RFC 9700 4.14.2", met_if(!window.is_zero()), retry),
        line("a dump of the store is of no use", "RFC 6819 5.1.4.1", met_if(!live.settings.pepper.expose().is_empty()), pepper),
    ]
}

fn longest_access(live: &Live<'_>) -> Duration {
    let own = live.clients.into_iter().flatten().filter_map(Client::access_lifetime);
    own.chain([live.settings.lifetimes().access]).max().unwrap_or_default()
}

fn clients(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    const SLOW: &str = "secrets that people chose are kept as slow hashes";
    const SLOW_SOURCE: &str = "RFC 6819 5.1.4.1.3";
    let secrets = |client: &Client| client.secrets().iter().any(|secret| matches!(secret, ClientSecret::Sha256(_)));
    let slow = match (live.hashes, live.clients) {
        (true, _) => line(SLOW, SLOW_SOURCE, Met, "secret_hashes checks them"),
        (false, Some(clients)) if !clients.iter().any(secrets) => line(SLOW, SLOW_SOURCE, Met, "no client has a secret"),
        (false, _) => line(
            SLOW,
            SLOW_SOURCE,
            HostsDuty,
            "secrets are kept as SHA-256: generate them, with 128 random bits; or add secret_hashes(..)",
        ),
    };
    let unasked = match live.clients {
        None => "the host is told by must_ask()".to_owned(),
        Some(clients) => match clients.iter().filter(|client| client.may_skip_consent()).count() {
            0 => "for all of them".to_owned(),
            count => format!("for all but {count}, which may_skip_consent"),
        },
    };
    vec![
        line("clients authenticate with keys", "RFC 9700 2.5", NotMet, "by secrets only: Basic and in the body"),
        slow,
        line("people are asked for clients without proof of who they are", "RFC 8252 8.6", Met, unasked),
        line(
            "clients may name themselves by a URL",
            "MCP 2025-11-25 Client ID Metadata Documents",
            NotMet,
            "clients are registered before",
        ),
        line("clients may register themselves", "MCP 2025-11-25 Dynamic Client Registration", NotMet, "RFC 7591 is not offered"),
    ]
}

fn discovery(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let sees = |clients: &[Client]| clients.iter().filter(|client| client.introspects()).count();
    let told = match live.clients.map(sees) {
        None => format!("{}, for clients with a secret; of others' tokens to resource servers only", live.introspection),
        Some(count) => format!("{}, for clients with a secret; of others' tokens to {count} of them", live.introspection),
    };
    vec![
        line("the server describes itself", "RFC 8414 3", Met, live.well_known.join(" and ")),
        line("clients can give tokens back", "RFC 7009 2", Met, live.revocation.clone()),
        line("only who proves who it is learns about tokens", "RFC 7662 2.1", Met, told),
        line(
            "APIs name their authorization server",
            "RFC 9728 3",
            HostsDuty,
            "guard each API with Guard, and serve its metadata() at its metadata_paths()",
        ),
    ]
}

fn people(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let welcome = match live.welcomes {
        true => "still_welcome is asked at each redemption and each refresh",
        false => "who is locked or gone keeps refreshing: add still_welcome(..), or call end_subject when it happens",
    };
    let explain = match live.explains {
        true => "explain() is on: answers show what was sent; for development alone",
        false => "error texts are fixed",
    };
    vec![
        line("people who are locked or gone get no more tokens", "RFC 9700 4.14.2", met_if(live.welcomes), welcome),
        line("error answers show nothing of a request", "grantor SECURITY.md", met_if(!live.explains), explain),
        line(
            "no client passes for a person",
            "RFC 9700 4.15",
            Met,
            "where a client acts for itself, Access has no subject; keep the names of accounts and clients apart in logs",
        ),
        line("no answer with credentials is cached", "RFC 6749 5.1", Met, "Cache-Control: no-store"),
        line("the library's pages cannot be framed", "RFC 9700 4.16", Met, "frame-ancestors 'none' and X-Frame-Options"),
    ]
}

fn hosts(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    const ONCE: &str = "a code works once, on the store that is used";
    let once = match live.in_memory {
        true => line(ONCE, "RFC 6749 4.1.2", Met, "in this process's memory: one server only, and a restart forgets every grant"),
        false => {
            let duty = "the store must keep the promise of replace on its primary; store_conformance! tests it";
            line(ONCE, "RFC 6749 4.1.2", HostsDuty, duty)
        }
    };
    let duty = |demand, source, detail: &str| line(demand, source, HostsDuty, detail);
    vec![
        once,
        duty(
            "requests come over TLS",
            "OAuth 2.1 1.5",
            "end TLS at this service or in front of it, and forward nothing that came in clear",
        ),
        duty("browsers never fall back to http", "RFC 6797 7.1", "send Strict-Transport-Security"),
        duty(
            "guessing is slowed down",
            "RFC 6749 2.3.1, 10.10",
            "limit requests for each address and each client, at token and authorize above all",
        ),
        duty(
            "pages of other origins may call the token endpoint",
            "RFC 9700 2.6",
            "add CORS to the token endpoint for single-page apps, and never to authorize",
        ),
        duty(
            "logins are safe from other sites",
            "RFC 6749 10.12",
            "SameSite, HttpOnly, Secure session cookies; a CSRF token in the login form; a new session at login",
        ),
        duty(
            "the host's pages cannot be framed",
            "RFC 9700 4.16",
            "send frame-ancestors 'none' with the login and consent pages",
        ),
        duty("slow and endless requests end", "RFC 9110 15.5.9", "set timeouts for headers, bodies and idle connections"),
        duty(
            "no log holds a secret",
            "RFC 6750 5.3",
            "the library logs none; look at access logs with queries, proxies and error trackers",
        ),
    ]
}

/// A time in whole seconds, minutes, hours or days.
struct Span(Duration);

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.subsec_nanos() > 0 {
            return write!(f, "{:?}", self.0);
        }
        let seconds = self.0.as_secs();
        let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
        let whole = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
        let (length, unit) = whole.unwrap_or((1, "second"));
        let count = seconds / length;
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
