mod lines;
mod script;

use grantor_core::{Call, Endpoint, Payload};

use self::{
    lines::{Asker, Book},
    script::{Ask, Step, Wallet},
};
use crate::{
    answer::Seen,
    reading::{Form, declares_form},
    world::{ORIGIN, Setting, VERIFIER, World, at_once},
};

/// Requests to token, revocation and introspection, one after the other, with credentials that are alive.
///
/// `<setting>\n` and then at most eight lines, see [`Step`].
pub fn token(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Some(setting) = lines.next().and_then(|line| line.first()) else { return };
    let setting = Setting::read(*setting);
    let mut host = Host::new(setting);
    for line in lines.take(8) {
        let line = host.wallet.fill(line);
        match Step::read(&line) {
            Some(Step::Wait(milliseconds)) => host.world.clock.forward(milliseconds),
            Some(Step::Ask(ask)) => host.ask(setting, &ask),
            None => {}
        }
    }
}

/// A server, what is known of its grants, and what a line may name.
struct Host {
    world: World,
    book: Book,
    wallet: Wallet,
}

impl Host {
    fn new(setting: Setting) -> Self {
        let world = World::new(setting, 2);
        let (book, wallet) = script::prepared(setting).hand_over(&world);
        Self { world, book, wallet }
    }

    fn ask(&mut self, setting: Setting, ask: &Ask) {
        let headers = ask.headers();
        let body = Payload::Whole(&ask.body);
        let call = Call { method: &ask.method, query: ask.query.as_deref(), headers: &headers, body, peer: None };
        let seen = Seen::from(at_once(self.world.server.serve(ask.endpoint, call)));
        assert_origin(setting, &headers, &seen);
        let form = Form::read(&[&ask.body]).ok().filter(Form::is_whole);
        let asker = form.as_ref().and_then(|form| Asker::of(&headers, form));
        match seen.status {
            200 => {
                let form = form.as_ref().expect("a form that can be read");
                assert!(ask.method == "POST" && declares_form(&headers), "{seen:?}");
                let asker = asker.expect("a client that is itself");
                match ask.endpoint {
                    Endpoint::Token => self.handed_out(form, &asker, &seen),
                    Endpoint::Revocation => {
                        assert!(seen.body.is_empty(), "{seen:?}");
                        self.book.revoked(&asker, form.value("token").expect("a token"));
                    }
                    _ => self.told(form, &asker, &seen),
                }
            }
            204 => assert!(ask.method == "OPTIONS" && setting == Setting::Rich && seen.body.is_empty(), "{seen:?}"),
            400 | 401 | 405 => {
                seen.assert_error();
                let refused = form.as_ref().zip(asker).filter(|_| seen.status == 400 && ask.endpoint == Endpoint::Token);
                refused.iter().for_each(|(form, asker)| self.refused(form, asker, &seen));
            }
            503 => {
                // F9: a token that was superseded a moment ago may be a retry that came late.
                seen.assert_error();
                let token = form.as_ref().and_then(|form| form.value("refresh_token")).unwrap_or_default();
                assert!(ask.endpoint == Endpoint::Token && self.book.is_superseded(token), "{seen:?}");
            }
            other => panic!("{other}: {seen:?}"),
        }
    }

    /// Tokens were handed out: to whom they belong, for a proof, and for a code only once.
    fn handed_out(&mut self, form: &Form, asker: &Asker, seen: &Seen) {
        let members = seen.json();
        let text = |name: &str| members.get(name).and_then(|value| value.as_str());
        assert!(text("token_type") == Some("Bearer") && text("scope").is_some_and(|scope| !scope.is_empty()), "{seen:?}");
        assert!(members["expires_in"].as_u64().is_some_and(|seconds| (1..=600).contains(&seconds)), "{seen:?}");
        let access = text("access_token").filter(|token| token.starts_with("gr_a_")).expect("an access token");
        let refresh = text("refresh_token");
        match form.get("grant_type") {
            Ok(Some("authorization_code")) => {
                assert_eq!(form.get("code_verifier"), Ok(Some(VERIFIER)), "no proof: {seen:?}");
                let line = self.book.redeemed(asker, form.value("code").expect("a code"), self.world.clock.read());
                assert!(form.get("redirect_uri").is_ok_and(|uri| uri.is_none_or(|uri| uri == line.redirect_uri)), "{seen:?}");
                line.got(access, Some(refresh.expect("a refresh token")));
            }
            Ok(Some("refresh_token")) => {
                let line = self.book.refreshed(asker, form.value("refresh_token").expect("a token"), refresh.expect("a token"));
                line.got(access, refresh);
            }
            Ok(Some("client_credentials")) => {
                assert!(asker.id == "bot" && refresh.is_none() && text("scope") == Some("mail"), "{seen:?}");
                self.book.begun(asker).got(access, None);
            }
            other => panic!("tokens for {other:?}: {seen:?}"),
        }
        self.wallet.keep(access, refresh);
    }

    /// A code that was replayed by its holder, with the proof, ends its tokens.
    fn refused(&mut self, form: &Form, asker: &Asker, seen: &Seen) {
        let proven = form.get("code_verifier") == Ok(Some(VERIFIER)) && form.get("redirect_uri") == Ok(None);
        let is_code = form.get("grant_type") == Ok(Some("authorization_code"));
        if proven && is_code && seen.json()["error"] == "invalid_grant" {
            self.book.replayed(asker, form.value("code").unwrap_or_default());
        }
    }

    /// Something was told about a token: the truth, and to whom it may be told.
    fn told(&self, form: &Form, asker: &Asker, seen: &Seen) {
        assert!(asker.proved, "a name alone is told nothing: {seen:?}");
        let members = seen.json();
        if members["active"] == false {
            return assert_eq!(members.len(), 1, "{seen:?}");
        }
        let line = self.book.alive(form.value("token").expect("a token"));
        assert_eq!(members["client_id"], line.client, "{seen:?}");
        assert!(asker.id == "api" || asker.id == line.client, "told to {:?}: {seen:?}", asker.id);
        let now = 1_800_000_000 + self.world.clock.read() / 1_000;
        assert!(
            members["exp"].as_i64().is_some_and(|end| end >= now) && members["iss"] == self.world.server.issuer().as_str(),
            "{seen:?}"
        );
    }
}

/// Only the pages of the configured origin may read an answer, and never with cookies.
fn assert_origin(setting: Setting, headers: &[(&'static str, &[u8])], seen: &Seen) {
    let mut origins = headers.iter().filter(|(name, _)| *name == "origin").map(|(_, value)| *value);
    let is_own = origins.next() == Some(ORIGIN.as_bytes()) && origins.next().is_none() && setting == Setting::Rich;
    let allowed = seen.header("access-control-allow-origin");
    assert!(allowed.is_none_or(|allowed| is_own && allowed == ORIGIN), "{seen:?}");
    assert!(seen.header("access-control-allow-credentials").is_none(), "{seen:?}");
}
