use super::{Live, ReportLine, Verdict, line, met_if};
use crate::types::{Client, ClientSecret, RedirectKind};

pub(super) fn clients(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let who = live.clients.map(|clients| (count(clients, has_digest), count(clients, goes_unasked)));
    let (slow, slow_detail) = match who {
        None => {
            (HostsDuty, "give the clients of the store generated secrets, with 128 random bits, or hashed(..) ones".to_owned())
        }
        Some((0, _)) if live.hashes => (Met, "secret_hashes checks them".to_owned()),
        Some((0, _)) => (Met, "no client has a secret".to_owned()),
        Some((digests, _)) => {
            let of = format!("{digests} with a secret kept as SHA-256");
            (HostsDuty, format!("{of}: generate it, with 128 random bits, or keep it hashed(..) with secret_hashes(..)"))
        }
    };
    let (asked, asked_detail) = match who {
        None => (HostsDuty, "let no client of the store skip consent that you are not certain of".to_owned()),
        Some((_, 0)) => (Met, "for all of them".to_owned()),
        Some((_, unasked)) => (NotMet, format!("for all but {unasked}, which may_skip_consent")),
    };
    vec![
        line("clients authenticate with keys", "RFC 9700 2.5", NotMet, "by secrets only: Basic and in the body"),
        line("secrets that people chose are kept as slow hashes", "RFC 6819 5.1.4.1.3", slow, slow_detail),
        line("people are asked for clients without proof of who they are", "RFC 8252 8.6", asked, asked_detail),
        line(
            "clients may name themselves by a URL",
            "MCP 2025-11-25 Client ID Metadata Documents",
            NotMet,
            "clients are registered before",
        ),
        line("clients may register themselves", "MCP 2025-11-25 Dynamic Client Registration", NotMet, "RFC 7591 is not offered"),
    ]
}

fn count(clients: &[Client], is: fn(&Client) -> bool) -> usize {
    clients.iter().filter(|client| is(client)).count()
}

fn has_digest(client: &Client) -> bool {
    client.secrets().iter().any(|secret| matches!(secret, ClientSecret::Sha256(_)))
}

/// Whether nobody need be asked although its redirect URI does not prove who it is.
fn goes_unasked(client: &Client) -> bool {
    client.may_skip_consent() && client.redirect_uris().iter().any(|uri| uri.kind() != RedirectKind::Https)
}

pub(super) fn discovery(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let told = match live.clients.map(|clients| count(clients, Client::introspects)) {
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
