use super::{Live, ReportLine, Verdict, line};
use crate::server::rate_limit::Throttle;

pub(super) fn hosts(live: &Live<'_>) -> Vec<ReportLine> {
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
        guessing(live),
        duty(
            "limits count by true addresses",
            "RFC 7239 8.1",
            "put a Peer into each request's extensions: behind a proxy by what your own proxy says, and nobody else",
        ),
        origins(live),
        duty(
            "requests come over TLS",
            "OAuth 2.1 1.5",
            "end TLS at this service or in front of it, and forward nothing that came in clear",
        ),
        duty("browsers never fall back to http", "RFC 6797 7.1", "send Strict-Transport-Security"),
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

fn guessing(live: &Live<'_>) -> ReportLine {
    let verdict = match live.throttle {
        Throttle::Own(_) if live.peers => Verdict::Met,
        Throttle::Own(_) | Throttle::Host(_) => Verdict::HostsDuty,
        Throttle::Off => Verdict::NotMet,
    };
    let lines = live.throttle.lines().join("; ");
    let detail = match (live.throttle, live.peers) {
        (Throttle::Own(_), false) => {
            format!("addresses count only where the host puts a Peer into requests, and none came yet; {lines}")
        }
        _ => lines,
    };
    line("guessing is slowed down", "RFC 6749 2.3.1, 10.10", verdict, detail)
}

fn origins(live: &Live<'_>) -> ReportLine {
    let origins: Vec<&str> = live.settings.origins().iter().map(|origin| origin.as_str()).collect();
    let detail = match origins.is_empty() {
        true => "none may call anything; a single-page app needs allow_origin(..)".to_owned(),
        false => format!("{} may call token, revocation and introspection, and nobody authorize", origins.join(", ")),
    };
    line("pages of other origins call only where they may", "RFC 9700 2.6", Verdict::Met, detail)
}
