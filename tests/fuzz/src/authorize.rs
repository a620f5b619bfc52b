mod expected;

use grantor_core::{Call, Login, Next, Payload, Pending, Question};

use self::expected::Expected;
use crate::{
    answer::Seen,
    reading::declares_form,
    world::{FORM, SECRET, Setting, VERIFIER, World, ann, at, at_once, get, post},
};

/// An authorization request, and what the host makes of it.
///
/// `<setting><method>\n<query>\n<content type, or several with | between>\n<body>\n<deeds of the host>\n<its words>`; the
/// deeds are letters, see [`Host`].
pub fn authorize(data: &[u8]) {
    let mut lines = data.splitn(6, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (first, query, media, body, deeds, words) = (line(), line(), line(), line(), line(), line());
    let Some((setting, method)) = first.split_first() else { return };
    let (Ok(method), Ok(query)) = (std::str::from_utf8(method), std::str::from_utf8(query)) else { return };
    let headers: Vec<(&'static str, &[u8])> = match media {
        b"" => vec![("content-type", FORM)],
        own => own.split(|byte| *byte == b'|').map(|value| ("content-type", value)).collect(),
    };
    let world = World::new(Setting::read(*setting), 1);
    let body = if method == "POST" { body } else { b"" };
    let call = Call { method, query: Some(query), headers: &headers, body: Payload::Whole(body), peer: None };
    let expected = Expected::of(&world, &[query.as_bytes(), body]);
    match at_once(world.server.authorize(call)) {
        Err(reply) => expected.assert_refused(&Seen::from(reply), method),
        Ok(pending) => {
            assert!(method == "GET" || method == "POST", "{method:?} leads to a page");
            assert!(method == "GET" || declares_form(&headers), "a form of another kind");
            expected.assert_good();
            let words = String::from_utf8_lossy(words).into_owned();
            let mut host = Host { world: &world, expected, deeds: deeds.iter(), words };
            host.decide(pending);
        }
    }
}

/// The host, which does as its deeds say, one letter after the other; where none is left it says no.
///
/// Logins: `n` nobody, `b` Bob, `o` an old one; anybody else is Ann. Answers: `p` parks it, and then comes the login that
/// answers; `y` is yes to all, `s` to some, `z` to nothing, `w` to what the words say, and anything else is no, because of the
/// words. At last `r` says the same again, and `c` something else.
struct Host<'a> {
    world: &'a World,
    expected: Expected,
    deeds: std::slice::Iter<'a, u8>,
    words: String,
}

impl Host<'_> {
    fn next(&mut self) -> u8 {
        self.deeds.next().copied().unwrap_or_default()
    }

    fn login(&mut self) -> Option<Login> {
        match self.next() {
            b'n' => None,
            b'b' => Some(Login::new("bob", "bob's session", at(-1_000))),
            b'o' => Some(Login::new("ann", "ann's session", at(-86_400_000))),
            _ => Some(ann()),
        }
    }

    fn decide(&mut self, pending: Pending) {
        assert_eq!(Some(pending.client().id().as_str()), self.expected.client());
        let login = self.login();
        match at_once(pending.next(login.clone())) {
            Err(reply) => self.expected.assert_answer(&Seen::from(reply)),
            Ok(Next::Answer(reply)) => self.expected.assert_error(&Seen::from(reply)),
            Ok(Next::Ask(question)) => self.ask(question, login.as_ref().map_or("", |login| login.subject().as_str())),
            Ok(Next::LogIn(return_to)) => self.log_in(return_to.as_str()),
        }
    }

    /// A person comes back from the login page: the request is still good, and asks for no other login.
    fn log_in(&mut self, return_to: &str) {
        let server = &self.world.server;
        assert!(return_to.bytes().all(|byte| (b'!'..=b'~').contains(&byte)), "{return_to:?}");
        assert_eq!(server.return_to(return_to).map(|own| own.to_string()).as_deref(), Some(return_to));
        let query = return_to.strip_prefix(server.authorize_path()).and_then(|rest| rest.strip_prefix('?'));
        self.world.clock.forward(5_000);
        let query = query.expect("only the authorization endpoint");
        let pending = at_once(server.authorize(get(query))).map_err(Seen::from).expect("it was good before");
        match at_once(pending.next(Some(Login::new("ann", "ann's session", at(self.world.clock.read()))))) {
            Err(reply) => self.expected.assert_answer(&Seen::from(reply)),
            Ok(Next::Answer(reply)) => self.expected.assert_error(&Seen::from(reply)),
            Ok(Next::Ask(question)) => self.ask(question, "ann"),
            Ok(Next::LogIn(_)) => panic!("a login after a login: {return_to:?}"),
        }
    }

    fn ask(&mut self, question: Question, asked: &str) {
        let facts = question.facts();
        assert!(!facts.client_name.contains(char::is_control) && !facts.scopes.is_empty());
        let must_ask = question.must_ask();
        match self.next() {
            b'p' => {
                let parked = match at_once(question.park()) {
                    Err(reply) => return self.expected.assert_error(&Seen::from(reply)),
                    Ok(parked) => parked,
                };
                self.consent(parked.ticket(), asked);
            }
            deed => {
                let seen = self.answer(question, deed);
                if let Some(code) = self.check(&seen) {
                    assert!(!must_ask, "approved unasked: {seen:?}");
                    self.redeem(&code);
                }
            }
        }
    }

    /// The consent form comes back, perhaps from somebody else, perhaps again.
    fn consent(&mut self, ticket: &str, asked: &str) {
        let login = self.login();
        let Some(login) = login else { return };
        let question = match at_once(self.world.server.resume(ticket, &login)) {
            Err(reply) => {
                let seen = Seen::from(reply);
                assert!(seen.status == 400 && seen.links().is_empty(), "{seen:?}");
                return seen.assert_page();
            }
            Ok(question) => question,
        };
        assert_eq!(login.subject().as_str(), asked, "a ticket is good for the one who was asked");
        let deed = self.next();
        let seen = self.answer(question, deed);
        let code = self.check(&seen);
        let again = match self.next() {
            b'r' => deed,
            b'c' => self.next(),
            _ => return code.iter().for_each(|code| self.redeem(code)),
        };
        if let Ok(question) = at_once(self.world.server.resume(ticket, &login)) {
            let seen = self.answer(question, again);
            let second = self.check(&seen);
            assert!(code.is_none() || second.is_none() || code == second, "two codes for one ticket");
            if second.is_some() {
                assert!(code.is_some(), "a no became a yes: {seen:?}");
            }
            second.iter().for_each(|code| self.redeem(code));
        }
    }

    fn answer(&self, question: Question, deed: u8) -> Seen {
        let offered: Vec<String> = question.facts().scopes.iter().map(|scope| scope.name.clone()).collect();
        let words = self.words.split(' ').filter(|word| !word.is_empty());
        let seen = Seen::from(match deed {
            b'y' => at_once(question.approve_all()),
            b's' => at_once(question.approve(&offered[..1])),
            b'z' => at_once(question.approve([""; 0])),
            b'w' => at_once(question.approve(words.clone())),
            b'd' => at_once(question.deny()),
            _ => at_once(question.deny_because(&self.words)),
        });
        let is_code = self.expected.code(&seen).is_some();
        let widened = deed == b'w' && words.into_iter().any(|word| !offered.iter().any(|own| own == word));
        assert!(!is_code || b"yszw".contains(&deed) && !widened, "{seen:?}");
        seen
    }

    /// The code of an answer that is well formed.
    fn check(&self, seen: &Seen) -> Option<String> {
        self.expected.assert_answer(seen);
        self.expected.code(seen)
    }

    /// A code is good once, and by the one verifier that the challenge was made of.
    fn redeem(&self, code: &str) {
        let client = self.expected.client().unwrap_or_default();
        let form = format!("grant_type=authorization_code&client_id={client}&code={code}&code_verifier={VERIFIER}");
        let form = if client == "web" { format!("{form}&client_secret={SECRET}") } else { form };
        let redeem = || Seen::from(at_once(self.world.server.token(post(form.as_bytes()))));
        let (first, second) = (redeem(), redeem());
        assert_eq!(first.status == 200, self.expected.is_proven_by_the_verifier(), "{first:?}");
        assert_eq!(second.status, 400, "{second:?}");
        second.assert_error();
    }
}
