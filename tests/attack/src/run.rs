//! Runs one case against the target.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};

use crate::corpus::{Auth, Outcome, Place, Row, Step, Verb};
use crate::http::{Answer, Http, Request};
use crate::judge::{Seen, always};
use crate::person::Person;
use crate::target::{Client, Target};
use crate::variables::{VARIED, Variables};

const FORM: &str = "application/x-www-form-urlencoded";
/// What a flow yields, and a later one replaces.
const YIELDED: [&str; 5] = ["code", "verifier", "state", "access_token", "refresh_token"];

/// What came of a case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    /// What was seen instead.
    Fail(String),
    /// Why the case means nothing here.
    NotApplicable(String),
}

/// A run against one target.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) target: &'a Target,
    pub(crate) http: &'a Http,
    pub(crate) person: &'a Person<'a>,
}

/// Why a case ended before its last step.
type Ended = Verdict;

impl Run<'_> {
    /// Makes one good authorization request. The error says why no case would mean anything.
    pub(crate) async fn rehearse(&self, has_login: bool) -> Result<(), String> {
        let good = Step { verb: Verb::Authorize, ..Step::default() };
        let mut variables = self.target.variables();
        begin(&mut variables);
        let request = self.request(&good, &variables).map_err(|ended| format!("{ended:?}"))?;
        let seen = self.send(&good, request, &variables).await?.pop();
        let seen = seen.ok_or("no answer")?.map_err(|elsewhere| format!("{elsewhere}: see --trust"))?;
        match seen.outcome {
            Some(Outcome::Code) => Ok(()),
            Some(Outcome::Asked) if !has_login => Ok(()),
            Some(Outcome::Asked) => Err(format!("the way through the login does not lead to a code. {}", seen.answer.told())),
            _ => Err(format!(
                "a good authorization request is refused: are client, redirect URI and scope right? {}",
                seen.answer.told()
            )),
        }
    }

    /// Runs a case to its verdict. The error says why there is no answer.
    pub(crate) async fn row(&self, row: &Row) -> Result<Verdict, String> {
        if let Some(why) = row.case.needs.iter().find_map(|need| self.target.lacks(*need)) {
            return Ok(Verdict::NotApplicable(why.to_owned()));
        }
        let mut variables = self.target.variables();
        if let Some(varied) = &row.varied {
            variables.set(VARIED, varied);
        }
        begin(&mut variables);
        for step in &row.case.step {
            if let Err(ended) = self.step(step, &mut variables).await? {
                return Ok(ended);
            }
        }
        Ok(Verdict::Pass)
    }

    async fn step(&self, step: &Step, variables: &mut Variables) -> Result<Result<(), Ended>, String> {
        if step.verb == Verb::Authorize {
            begin(variables);
        }
        let request = match self.request(step, variables) {
            Ok(request) => request,
            Err(ended) => return Ok(Err(ended)),
        };
        let mut all = Vec::new();
        for seen in self.send(step, request, variables).await? {
            match seen {
                Ok(seen) => all.push(seen),
                Err(elsewhere) => return Ok(Err(Verdict::Fail(elsewhere))),
            }
        }
        if all.iter().any(|seen| seen.answer.status == 429) {
            return Ok(Err(Verdict::NotApplicable("the server slows us down (429): see --pause".to_owned())));
        }
        let succeeded = all.iter().filter(|seen| seen.succeeded()).count();
        if let Some(most) = step.expect.at_most.filter(|most| succeeded > *most) {
            return Ok(Err(Verdict::Fail(format!("{succeeded} of {} requests succeeded, wanted {most} at most", step.times))));
        }
        let lineages: BTreeSet<_> = all.iter().filter_map(|seen| seen.answer.member("refresh_token")).collect();
        if step.expect.one_lineage && lineages.len() > 1 {
            return Ok(Err(Verdict::Fail(format!("{} refresh tokens for one", lineages.len()))));
        }
        for seen in all {
            if let Err(ended) = judge(step, &seen, variables) {
                return Ok(Err(ended));
            }
            keep(step, &seen, variables);
        }
        if step.refusable && succeeded == 0 { Ok(Err(Verdict::Pass)) } else { Ok(Ok(())) }
    }

    async fn send(&self, step: &Step, request: Request, variables: &Variables) -> Result<Vec<Result<Seen, String>>, String> {
        if step.verb == Verb::Authorize {
            let lands = step.set.get("redirect_uri").filter(|_| step.expect.outcome.contains(&Outcome::Code));
            let lands = lands.and_then(|uri| variables.fill(uri).ok()).unwrap_or_else(|| self.lands(step));
            let stranger = self.person.stranger();
            let who = if step.stranger { &stranger } else { self.person };
            let landed = who.authorize(request, &lands).await?;
            let seen = landed.map(|it| Seen { answer: it.answer, outcome: Some(it.outcome), params: it.params, alive: None });
            return Ok(vec![seen]);
        }
        let mut sent = Vec::new();
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 1..step.times {
            let (http, request) = (self.http.clone(), request.clone());
            waiting.spawn(async move { http.send(&request).await });
        }
        sent.push(self.http.send(&request).await?);
        while let Some(answer) = waiting.join_next().await {
            sent.push(answer.map_err(|fault| fault.to_string())??);
        }
        let alive = |answer: &Answer| match step.verb {
            Verb::Probe => answer.json().and_then(|it| it.get("active")?.as_bool()).or(Some(answer.status < 300)),
            _ => None,
        };
        let seen = |answer: Answer| Seen { alive: alive(&answer), answer, outcome: None, params: Vec::new() };
        Ok(sent.into_iter().map(|answer| Ok(seen(answer))).collect())
    }

    fn lands(&self, step: &Step) -> String {
        let client = self.target.client(step.by).unwrap_or(&self.target.first);
        client.redirect_uri.clone()
    }

    /// The request of a step, or why there is none.
    fn request(&self, step: &Step, variables: &Variables) -> Result<Request, Ended> {
        let client = self.target.client(step.by).ok_or_else(|| Verdict::NotApplicable("no other client is given".to_owned()))?;
        let fill = |text: &str| variables.fill(text).map_err(|name| Verdict::NotApplicable(nothing_for(&name)));
        let place = self.place(step, client);
        let missing = || Verdict::NotApplicable(format!("no {} URL", format!("{place:?}").to_ascii_lowercase()));
        let mut url = self.target.url(place).ok_or_else(missing)?.to_owned();
        url.push_str(step.suffix.as_deref().unwrap_or_default());
        let mut headers = Vec::new();
        let mut fields = Vec::new();
        for (name, value) in base(step.verb, place, client) {
            // A scope is asked for where one was given.
            if name != "scope" || variables.get("scope").is_some() {
                fields.push((name.to_owned(), value));
            }
        }
        if place == Place::Api {
            headers.push(("authorization".to_owned(), "Bearer {token}".to_owned()));
        } else if place != Place::Authorization && step.verb != Verb::Send && step.auth != Some(Auth::Nothing) {
            let (header, credentials) = client.credentials();
            let (header, credentials) = match step.auth {
                Some(Auth::Id) => (None, vec![("client_id".to_owned(), client.id.clone())]),
                _ => (header, credentials),
            };
            headers.extend(header.map(|value| ("authorization".to_owned(), value)));
            fields.extend(credentials);
        }
        fields.retain(|(name, _)| !step.drop.contains(name));
        for (name, value) in &step.set {
            fields.retain(|(known, _)| known != name);
            fields.push((name.clone(), value.clone()));
        }
        fields.extend(step.also.iter().cloned());
        let mut form = Serializer::new(String::new());
        for (name, value) in &fields {
            form.append_pair(&fill(name)?, &self.filled(step, value, variables)?);
        }
        let mut form = form.finish();
        if let Some(raw) = &step.raw {
            form.push_str(&fill(raw)?);
        }
        let takes_query = matches!(place, Place::Authorization | Place::Metadata | Place::Api);
        let usual = if takes_query { "GET" } else { "POST" };
        let method = step.method.as_deref().map(&fill).transpose()?.unwrap_or_else(|| usual.to_owned());
        let in_body = if takes_query { method == "POST" } else { method != "GET" };
        let mut query = step.query.as_deref().map(&fill).transpose()?;
        if !in_body && !form.is_empty() {
            query = Some(query.map_or(form.clone(), |query| format!("{form}&{query}")));
        }
        if let Some(query) = query {
            url = format!("{url}{}{query}", if url.contains('?') { '&' } else { '?' });
        }
        let body = match &step.body {
            Some(body) => fill(body)?,
            None if in_body => form,
            None => String::new(),
        };
        // What a step names replaces what would have been sent; an empty value sends nothing.
        headers.retain(|(known, _)| step.headers.iter().all(|(name, _)| name != known));
        headers.extend(step.headers.iter().cloned());
        let mut filled = Vec::new();
        for (name, value) in headers {
            filled.push((fill(&name)?, self.filled(step, &value, variables)?));
        }
        if in_body && !filled.iter().any(|(name, _)| name == "content-type") {
            filled.push(("content-type".to_owned(), FORM.to_owned()));
        }
        filled.retain(|(_, value)| !value.is_empty());
        Ok(Request { method, url, headers: filled, body })
    }

    fn filled(&self, step: &Step, text: &str, variables: &Variables) -> Result<String, Ended> {
        let nothing = |name: String| Verdict::NotApplicable(nothing_for(&name));
        let token = step.token.as_deref().unwrap_or("{access_token}");
        variables.fill(&text.replace("{token}", token)).map_err(nothing)
    }

    fn place(&self, step: &Step, client: &Client) -> Place {
        match (step.verb, step.to) {
            (Verb::Authorize, _) => Place::Authorization,
            (Verb::Redeem | Verb::Refresh, _) => Place::Token,
            (Verb::Revoke, _) => Place::Revocation,
            (Verb::Introspect, _) => Place::Introspection,
            (Verb::Probe, _) if self.target.api.is_some() || client.secret.is_none() => Place::Api,
            (Verb::Probe, _) => Place::Introspection,
            (Verb::Send, to) => to.unwrap_or(Place::Token),
        }
    }
}

/// The parameters of a request before a step changes them.
fn base(verb: Verb, place: Place, client: &Client) -> Vec<(&'static str, String)> {
    let own = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    match (verb, place) {
        (Verb::Authorize, _) => own(&[
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("scope", "{scope}"),
            ("state", "{state}"),
            ("code_challenge", "{challenge}"),
            ("code_challenge_method", "S256"),
        ]),
        (Verb::Redeem, _) => own(&[
            ("grant_type", "authorization_code"),
            ("code", "{code}"),
            ("redirect_uri", "{redirect_uri}"),
            ("code_verifier", "{verifier}"),
        ]),
        (Verb::Refresh, _) => own(&[("grant_type", "refresh_token"), ("refresh_token", "{refresh_token}")]),
        (Verb::Revoke | Verb::Introspect, _) | (Verb::Probe, Place::Introspection) => own(&[("token", "{token}")]),
        (Verb::Probe | Verb::Send, _) => Vec::new(),
    }
}

/// A new attempt: what the last one yielded is gone.
fn begin(variables: &mut Variables) {
    for name in YIELDED {
        variables.forget(name);
    }
    let verifier = random_text();
    variables.set("challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
    variables.set("verifier", verifier);
    variables.set("state", random_text());
}

fn judge(step: &Step, seen: &Seen, variables: &Variables) -> Result<(), Ended> {
    let fail = |fault: String| Verdict::Fail(format!("{fault}. {}", seen.answer.told()));
    always(&seen.answer).map_err(fail)?;
    if seen.outcome == Some(Outcome::Asked) && !step.expect.outcome.contains(&Outcome::Asked) && !step.stranger_is_enough() {
        let why = "the server asks for a login or consent: see --cookie, --fill and --code-command";
        return Err(Verdict::NotApplicable(why.to_owned()));
    }
    if step.given && !seen.succeeded() {
        return Err(Verdict::NotApplicable(format!("not so far. {}", seen.answer.told())));
    }
    seen.check(&step.expect, variables).map_err(fail)
}

fn keep(step: &Step, seen: &Seen, variables: &mut Variables) {
    if let Some((_, code)) = seen.params.iter().find(|(name, _)| name == "code") {
        variables.set("code", code.as_str());
    }
    if seen.outcome.is_none() && seen.answer.status == 200 && seen.answer.member("access_token").is_some() {
        for name in ["access_token", "refresh_token"] {
            match seen.answer.member(name) {
                Some(token) => variables.set(name, token),
                // A refresh may leave the old one in force.
                None if step.verb == Verb::Refresh => {}
                None => variables.forget(name),
            }
        }
    }
    if let Some(prefix) = &step.save {
        variables.save(prefix, &YIELDED);
    }
}

impl Step {
    /// Whether the case looks at whatever page comes.
    fn stranger_is_enough(&self) -> bool {
        self.stranger && self.expect.outcome.is_empty() && !self.expect.refused
    }
}

fn nothing_for(name: &str) -> String {
    match name {
        "refresh_token" | "first_refresh_token" => "no refresh token was issued".to_owned(),
        "secret" | "basic" => "the client has no secret".to_owned(),
        name if name.starts_with("other_") => "no other client, or none with a secret, is given".to_owned(),
        name => format!("nothing to put for {name}"),
    }
}

/// 32 octets of the operating system, as base64url.
fn random_text() -> String {
    let mut octets = [0; 32];
    // Without randomness the values repeat, and the run says so by failing.
    let _ = SysRng.try_fill_bytes(&mut octets);
    URL_SAFE_NO_PAD.encode(octets)
}
