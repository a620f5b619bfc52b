use std::time::Duration;

use super::{Live, ReportLine, Verdict, line, met_if};
use crate::{
    protocol::GrantType,
    types::{Client, RedirectKind},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn requests(live: &Live<'_>) -> Vec<ReportLine> {
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

pub(super) fn tokens(live: &Live<'_>) -> Vec<ReportLine> {
    use Verdict::*;
    let lifetimes = live.settings.lifetimes();
    let longest = longest_access(live);
    let (access, access_detail) = match (live.clients, longest > HOUR) {
        (None, false) => (HostsDuty, format!("{}; give no client of the store a longer access_lifetime", Span(longest))),
        (Some(_), false) => (Met, format!("{} at most", Span(longest))),
        (_, true) => (NotMet, format!("{}: lower access_lifetime, of the server or of the client", Span(longest))),
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
        line("access tokens live an hour at most", "RFC 6750 5.3", access, access_detail),
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

/// A time in whole seconds, minutes, hours or days. No lifetime is zero.
struct Span(Duration);

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.subsec_nanos() > 0 {
            return write!(f, "{:?}", self.0);
        }
        let seconds = self.0.as_secs();
        let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
        let whole = units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
        let (length, unit) = whole.unwrap_or((1, "second"));
        let count = seconds / length;
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
