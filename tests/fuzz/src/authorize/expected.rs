use grantor_core::Client;

use crate::{
    answer::Seen,
    reading::{Form, is_nqschar, is_vschar},
    uri,
    world::{CHALLENGE, World, registered},
};

/// What the second reading expects of an authorization request.
pub(super) struct Expected {
    form: Option<Form>,
    client: Option<&'static Client>,
    /// The redirect URI that the request proves.
    target: Option<String>,
    /// The `state` that is echoed.
    state: Option<String>,
    issuer: String,
}

impl Expected {
    pub(super) fn of(world: &World, parts: &[&[u8]]) -> Self {
        let form = Form::read(parts).ok();
        let client =
            form.as_ref().and_then(|form| form.value("client_id")).and_then(registered).filter(|client| client.is_enabled());
        let target = form.as_ref().zip(client).and_then(|(form, client)| target(form, client));
        let state = form.as_ref().and_then(|form| form.value("state"));
        let state = state.filter(|state| state.len() <= 2_048 && is_vschar(state)).map(str::to_owned);
        Self { form, client, target, state, issuer: world.server.issuer().as_str().to_owned() }
    }

    pub(super) fn client(&self) -> Option<&str> {
        self.client.map(|client| client.id().as_str())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.form.as_ref().and_then(|form| form.value(name))
    }

    /// Whether the one verifier that the targets know is that of the request.
    pub(super) fn is_proven_by_the_verifier(&self) -> bool {
        self.value("code_challenge") == Some(CHALLENGE)
    }

    /// A request that goes on was whole, and every single demand was met.
    pub(super) fn assert_good(&self) {
        let form = self.form.as_ref().expect("a form that can be read");
        let client = self.client.expect("a client that is registered");
        assert!(form.is_whole() && self.target.is_some());
        assert_eq!(form.get("response_type"), Ok(Some("code")));
        assert!(matches!(form.get("response_mode"), Ok(None | Some("query"))));
        assert_eq!(form.get("code_challenge_method"), Ok(Some("S256")));
        let challenge = form.value("code_challenge").expect("a challenge");
        let own = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        assert!(challenge.len() == 43 && challenge.bytes().all(own), "{challenge:?}");
        assert!(form.get("state").is_ok_and(|state| state == self.state.as_deref()));
        assert!(self.state.is_some() || !client.requires_state());
        for name in ["request", "request_uri", "registration"] {
            assert_eq!(form.get(name), Ok(None));
        }
        assert!(
            form.get("scope").is_ok() && form.get("nonce").is_ok() && form.get("prompt").is_ok() && form.get("max_age").is_ok()
        );
    }

    /// A refused request is answered by a page, or at a place that it proved.
    pub(super) fn assert_refused(&self, seen: &Seen, method: &str) {
        match seen.status {
            405 => {
                assert!(!["GET", "HEAD", "POST"].contains(&method), "{seen:?}");
                seen.assert_error();
            }
            200 => assert!(method == "HEAD" && seen.body.is_empty(), "{seen:?}"),
            303 => self.assert_error(seen),
            400 | 413 | 414 => self.assert_page(seen),
            other => panic!("{other}: {seen:?}"),
        }
    }

    /// A redirect with an error, or the page that stands in its place.
    pub(super) fn assert_error(&self, seen: &Seen) {
        self.assert_answer(seen);
        assert!(self.code(seen).is_none(), "{seen:?}");
    }

    pub(super) fn assert_answer(&self, seen: &Seen) {
        match seen.header("location") {
            Some(location) => self.assert_location(location),
            None => self.assert_page(seen),
        }
    }

    /// A page leads nowhere, but for a client that nobody vouches for: then to the place that was proven.
    fn assert_page(&self, seen: &Seen) {
        assert!((400..500).contains(&seen.status), "{seen:?}");
        seen.assert_page();
        let links = seen.links();
        assert!(links.is_empty() || self.client() == Some("stranger"), "{seen:?}");
        assert!(links.len() <= 1, "{seen:?}");
        links.iter().for_each(|link| self.assert_location(link));
    }

    /// A place is the redirect URI as it was sent, and behind it the answer: `code` or `error`, `iss` once, and `state` once
    /// if there was one.
    fn assert_location(&self, location: &str) {
        let answer = self.answer(location);
        let all = |name: &str| answer.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        assert_eq!(all("iss"), [self.issuer.as_str()], "{location}");
        assert_eq!(all("state"), self.state.as_deref().into_iter().collect::<Vec<_>>(), "{location}");
        assert_eq!(all("code").len() + all("error").len(), 1, "{location}");
        assert!(
            all("error_description").len() <= 1 && all("error_description").iter().all(|text| is_nqschar(text)),
            "{location}"
        );
        let known = ["code", "error", "error_description", "state", "iss"];
        assert!(answer.iter().all(|(name, _)| known.contains(&name.as_str())), "{location}");
    }

    /// What was appended to the redirect URI.
    fn answer(&self, location: &str) -> Vec<(String, String)> {
        let target = self.target.as_deref().expect("a redirect URI that was proven");
        let appended = location.strip_prefix(target).unwrap_or_else(|| panic!("{location} is not {target}"));
        let appended = match target.contains('?') {
            true if target.ends_with(['?', '&']) => Some(appended),
            true => appended.strip_prefix('&'),
            false => appended.strip_prefix('?'),
        };
        let appended = appended.unwrap_or_else(|| panic!("{location} is no {target} with an answer"));
        assert!(appended.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._%=&".contains(&byte)), "{location}");
        form_urlencoded::parse(appended.as_bytes()).into_owned().collect()
    }

    /// The code of an answer.
    pub(super) fn code(&self, seen: &Seen) -> Option<String> {
        let answer = self.answer(seen.header("location")?);
        answer.into_iter().find(|(name, _)| name == "code").map(|(_, code)| code)
    }
}

/// The redirect URI of a request (OAuth 2.1 §2.3.1, RFC 8252 §7.3): a registered one, or the only one.
fn target(form: &Form, client: &Client) -> Option<String> {
    let any_port = client.is_public() && client.id().as_str() != "careful";
    let mut own = client.redirect_uris().iter().map(|uri| uri.as_str());
    match form.get("redirect_uri").ok()? {
        Some(sent) => own.any(|own| uri::matches(own, sent, any_port)).then(|| sent.to_owned()),
        None => match (own.next(), own.next()) {
            (Some(only), None) if form.value("scope").is_none_or(|scope| !scope.split(' ').any(|word| word == "openid")) => {
                Some(only.to_owned())
            }
            _ => None,
        },
    }
}
