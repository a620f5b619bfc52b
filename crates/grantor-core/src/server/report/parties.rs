use super::{Live, ReportLine, Verdict, line, met_if};
use crate::types::{Client, ClientSecret};

pub(super) fn clients(live: &Live<'_>) -> Vec<ReportLine> {
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

pub(super) fn discovery(live: &Live<'_>) -> Vec<ReportLine> {
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

pub(super) fn people(live: &Live<'_>) -> Vec<ReportLine> {
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
