use std::{collections::HashSet, time::Duration};

use super::*;
use crate::{
    protocol::Endpoint,
    server::{AuthorizationServer, Builder},
    types::{Client, ClientSecret, Pepper},
};

const URI: &str = "https://app.example/cb";

fn builder(issuer: &str) -> Builder {
    let app = Client::public("app").redirect_uri(URI).build().unwrap();
    AuthorizationServer::builder(issuer).scope("profile", "Your name").client(app)
}

/// The report of a server that was configured so, with a hand on what its settings do not say.
fn report(server: &Built, change: impl FnOnce(&mut Live<'_>)) -> Report {
    let mut live = Live {
        settings: server.0.settings(),
        clients: Some(&server.1),
        in_memory: false,
        hashes: false,
        welcomes: true,
        throttle: &Throttle::Off,
        peers: false,
        explains: false,
        well_known: server.0.well_known_paths(),
        revocation: server.0.path(Endpoint::Revocation),
        introspection: server.0.path(Endpoint::Introspection),
    };
    change(&mut live);
    Report::of(&live)
}

struct Built(AuthorizationServer, Vec<Client>);

fn with(builder: Builder, clients: Vec<Client>) -> Built {
    Built(builder.build().unwrap(), clients)
}

fn verdict(report: &Report, demand: &str) -> (Verdict, String) {
    let line = report.lines().iter().find(|line| line.demand() == demand).unwrap();
    (line.verdict(), line.detail().to_owned())
}

fn assert_verdict(report: &Report, demand: &str, is: Verdict, detail: &str) {
    let (verdict, said) = verdict(report, demand);
    assert!(verdict == is && said.contains(detail), "{demand}: {verdict}, {said}");
}

/// AR-03, TH-21
#[test]
fn the_issuer_decides_about_https() {
    let demand = "the issuer is an https URL";
    let good = report(&with(builder("https://id.example/t"), vec![]), |_| ());
    assert_verdict(&good, demand, Verdict::Met, "https://id.example/t");
    assert_verdict(&good, "the server describes itself", Verdict::Met, "/.well-known/oauth-authorization-server/t and /t/.well");
    let local = report(&with(builder("http://127.0.0.1:4000"), vec![]), |_| ());
    assert_verdict(&local, demand, Verdict::NotMet, "development");
}

/// RF-10, TH-27
#[test]
fn lifetimes_decide_about_their_lines() {
    let (access, retry) = ("access tokens live an hour at most", "a lost answer can be asked for again");
    let plain = report(&with(builder("https://id.example"), vec![]), |_| ());
    assert_verdict(&plain, access, Verdict::Met, "10 minutes at most");
    assert_verdict(&plain, retry, Verdict::Met, "for 10 seconds");
    assert_verdict(&plain, "a code lives ten minutes at most", Verdict::Met, "1 minute");
    assert_verdict(&plain, "refresh tokens expire", Verdict::Met, "30 days unused, 90 days altogether");
    let long = builder("https://id.example").access_lifetime(Duration::from_secs(7_200)).retry_window(Duration::ZERO);
    let long = report(&with(long.code_lifetime(Duration::from_secs(300)), vec![]), |_| ());
    assert_verdict(&long, access, Verdict::NotMet, "2 hours: lower access_lifetime");
    assert_verdict(&long, retry, Verdict::NotMet, "must begin a new flow");
    assert_verdict(&long, "a code lives ten minutes at most", Verdict::Met, "5 minutes; most clients");
    let patient = Client::public("tv").redirect_uri(URI).access_lifetime(Duration::from_secs(86_400)).build().unwrap();
    let server = with(builder("https://id.example"), vec![patient]);
    assert_verdict(&report(&server, |_| ()), access, Verdict::NotMet, "1 day");
    let unknown = report(&server, |live| live.clients = None);
    assert_verdict(&unknown, access, Verdict::HostsDuty, "give no client of the store");
}

/// RI-03, TH-25, ST-14
#[test]
fn resources_pepper_and_hooks_decide_about_theirs() {
    let plain = report(&with(builder("https://id.example"), vec![]), |live| live.welcomes = false);
    let full = builder("https://id.example").resource("https://api.example/").pepper(Pepper::new([7; 32]));
    let full = report(&with(full, vec![]), |_| ());
    for (demand, without, with) in [
        ("access tokens are for an audience", "add resource(uri)", "1 configured"),
        ("tokens are bound to the resource", "add resource(uri)", "1 configured"),
        ("a dump of the store is of no use", "add pepper(..)", "a pepper outside"),
        ("people who are locked or gone get no more tokens", "add still_welcome(..)", "is asked at each"),
    ] {
        assert_verdict(&plain, demand, Verdict::NotMet, without);
        assert_verdict(&full, demand, Verdict::Met, with);
    }
    let explains = report(&with(builder("http://localhost"), vec![]), |live| live.explains = true);
    assert_verdict(&explains, "error answers show nothing of a request", Verdict::NotMet, "explain() is on");
}

#[test]
fn clients_and_stores_decide_about_theirs() {
    let secret = ClientSecret::sha256_of("a-generated-secret");
    let web = Client::confidential("web", secret).redirect_uri("https://web.example/cb").may_skip_consent().build().unwrap();
    let human = Client::confidential("human", ClientSecret::hashed("$argon2id$v=19$...")).redirect_uri(URI).build().unwrap();
    let cli = Client::public("cli").redirect_uri("http://127.0.0.1/cb").may_skip_consent().build().unwrap();
    let server = with(builder("https://id.example"), vec![web]);
    let asked = "people are asked for clients without proof of who they are";
    let (slow, once) = ("secrets that people chose are kept as slow hashes", "a code works once, on the store that is used");
    let listed = report(&server, |_| ());
    assert_verdict(&listed, slow, Verdict::HostsDuty, "128 random bits");
    assert_verdict(&listed, once, Verdict::HostsDuty, "store_conformance!");
    assert_verdict(&listed, "redirect URIs are compared octet for octet", Verdict::Met, "1 registered: 1 https, 0 loopback");
    assert_verdict(&listed, asked, Verdict::Met, "for all of them");
    assert_verdict(&report(&server, |live| live.hashes = true), slow, Verdict::HostsDuty, "1 with a secret kept as SHA-256");
    let (human, cli) = (with(builder("https://id.example"), vec![human]), with(builder("https://id.example"), vec![cli]));
    assert_verdict(&report(&human, |live| live.hashes = true), slow, Verdict::Met, "secret_hashes");
    assert_verdict(&report(&cli, |_| ()), asked, Verdict::NotMet, "all but 1");
    let stored = report(&server, |live| (live.clients, live.hashes) = (None, true));
    assert_verdict(&stored, slow, Verdict::HostsDuty, "of the store");
    assert_verdict(&stored, asked, Verdict::HostsDuty, "of the store");
    assert_verdict(&report(&server, |live| live.clients = Some(&[])), slow, Verdict::Met, "no client has a secret");
    assert_verdict(&report(&server, |live| live.in_memory = true), once, Verdict::Met, "a restart forgets");
}

#[test]
fn it_is_a_table_for_people_and_json_for_machines() {
    let report = report(&with(builder("https://id.example"), vec![]), |_| ());
    let text = report.to_string();
    let column = text.lines().find_map(|line| line.find("RFC 9207 2")).unwrap();
    assert_eq!(text.lines().find_map(|line| line.find("RFC 6797 7.1")), Some(column));
    assert!(text.starts_with("met          the issuer is an https URL ") && text.contains("\n             https://id.example\n"));
    assert!(text.contains("\nhost's duty  ") && text.contains("\nnot met      "));
    let sum: usize = [Verdict::Met, Verdict::NotMet, Verdict::HostsDuty].map(|verdict| report.count(verdict)).iter().sum();
    assert_eq!(sum, report.lines().len());
    assert!(text.ends_with(" the host's duty\n"), "{text}");

    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let first = &json["lines"][0];
    assert_eq!((first["verdict"].as_str(), first["source"].as_str()), (Some("met"), Some("OAuth 2.1 1.5")));
    assert!(json["lines"].as_array().unwrap().iter().any(|line| line["verdict"] == "hosts_duty"));
    let demands: HashSet<&str> = report.lines().iter().map(ReportLine::demand).collect();
    assert_eq!(demands.len(), report.lines().len(), "each demand stands once");
}

/// TH-27
#[test]
fn what_is_exactly_at_its_bound_is_met_without_a_word_more() {
    let seconds = Duration::from_secs;
    let (access, code) = ("access tokens live an hour at most", "a code lives ten minutes at most");
    let of = |builder: Builder| report(&with(builder, vec![]), |_| ());
    let plain = of(builder("https://id.example").access_lifetime(seconds(3_600)));
    assert_eq!(verdict(&plain, access), (Verdict::Met, "1 hour at most".to_owned()));
    assert_eq!(verdict(&plain, code), (Verdict::Met, "1 minute".to_owned()));
    assert_eq!(verdict(&plain, "refresh tokens expire").1, "30 days unused, 90 days altogether");
    let longer = of(builder("https://id.example").access_lifetime(seconds(3_601)).code_lifetime(seconds(61)));
    assert_eq!(verdict(&longer, access).0, Verdict::NotMet);
    assert!(verdict(&longer, access).1.starts_with("3601 seconds: lower"), "{longer}");
    assert!(verdict(&longer, code).1.starts_with("61 seconds; most clients"), "{longer}");
    let odd = of(builder("https://id.example").access_lifetime(Duration::from_millis(1_500)));
    assert_eq!(verdict(&odd, access).1, "1.5s at most");
    let one = of(builder("https://id.example").access_lifetime(seconds(1)).retry_window(seconds(2)));
    assert_eq!(verdict(&one, access).1, "1 second at most");
    assert!(verdict(&one, "a lost answer can be asked for again").1.starts_with("for 2 seconds; "), "{one}");
    // The longest of all counts, whoever has it.
    let hasty = Client::public("tv").redirect_uri(URI).access_lifetime(seconds(60)).build().unwrap();
    let server = with(builder("https://id.example"), vec![hasty]);
    assert_eq!(verdict(&report(&server, |_| ()), access).1, "10 minutes at most");
}

/// RU-13, IN-03
#[test]
fn redirect_uris_and_resource_servers_are_counted() {
    let uris = ["https://a.example/cb", "https://b.example/cb", "http://127.0.0.1/cb", "com.a:/cb", "com.b:/cb", "com.c:/cb"];
    let app = uris.iter().fold(Client::public("many"), |builder, uri| builder.redirect_uri(*uri)).build().unwrap();
    let secret = ClientSecret::sha256_of("a-generated-secret");
    let api = Client::confidential("api", secret).without_authorization_code().introspects().build().unwrap();
    let server = with(builder("https://id.example"), vec![app, api]);
    let listed = report(&server, |_| ());
    let compared = "6 registered: 2 https, 1 loopback, of which the port alone is ignored, 3 others";
    assert_eq!(verdict(&listed, "redirect URIs are compared octet for octet").1, compared);
    let told = "only who proves who it is learns about tokens";
    assert_eq!(verdict(&listed, told).1, "/introspect, for clients with a secret; of others' tokens to 1 of them");
    assert_eq!(verdict(&listed, "clients can give tokens back").1, "/revoke");
    let stored = report(&server, |live| live.clients = None);
    assert_verdict(&stored, "redirect URIs are compared octet for octet", Verdict::Met, "of loopback IP literals");
    assert_verdict(&stored, told, Verdict::Met, "to resource servers only");
    let asked = "people are asked for clients without proof of who they are";
    let sure = Client::public("sure").redirect_uri(URI).may_skip_consent().build().unwrap();
    let unsure = Client::public("unsure").redirect_uri("com.a:/cb").build().unwrap();
    let neither = with(builder("https://id.example"), vec![sure, unsure]);
    assert_verdict(&report(&neither, |_| ()), asked, Verdict::Met, "for all of them");
}
