use std::sync::OnceLock;

use grantor_core::{Endpoint, GrantDirectory, GrantStore, grant::Grant, types::ClientId};

use super::lines::{Book, Line};
use crate::{
    answer::Seen,
    world::{CHALLENGE, FORM, SECRET, Setting, VERIFIER, World, at_once, post},
};

/// One line of a script.
///
/// `w|<milliseconds>` moves the clock. `t`, `r` and `i` ask the token, revocation and introspection endpoint:
/// `t|<body>|<authorization>|<content type>|<query>|<method>|<origin>`, where what is left out is nothing, the form's media
/// type, and POST. A NUL parts the values of a header that stands there repeatedly.
pub(super) enum Step {
    Wait(i64),
    Ask(Ask),
}

/// A request.
pub(super) struct Ask {
    pub(super) endpoint: Endpoint,
    pub(super) method: String,
    pub(super) query: Option<String>,
    pub(super) body: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
}

impl Step {
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b'|').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let text = |at: usize| std::str::from_utf8(field(at)).ok();
        let endpoint = match field(0).first()? {
            b'w' => return text(1)?.parse().ok().filter(|wait| (0..=100_000_000).contains(wait)).map(Self::Wait),
            b't' => Endpoint::Token,
            b'r' => Endpoint::Revocation,
            b'i' => Endpoint::Introspection,
            _ => return None,
        };
        let mut headers = Vec::new();
        for (name, at, common) in [("authorization", 2, &b""[..]), ("content-type", 3, FORM), ("origin", 6, b"")] {
            let value = if field(at).is_empty() { common } else { field(at) };
            let values = value.split(|byte| *byte == b'\0').filter(|value| !value.is_empty());
            headers.extend(values.map(|value| (name, value.to_vec())));
        }
        headers.push(("access-control-request-method", b"POST".to_vec()));
        let method = Some(text(5)?).filter(|method| !method.is_empty()).unwrap_or("POST").to_owned();
        let query = Some(text(4)?).filter(|query| !query.is_empty()).map(str::to_owned);
        Some(Self::Ask(Ask { endpoint, method, query, body: field(1).to_vec(), headers }))
    }
}

impl Ask {
    pub(super) fn headers(&self) -> Vec<(&'static str, &[u8])> {
        self.headers.iter().map(|(name, value)| (*name, value.as_slice())).collect()
    }
}

/// What a line may name in braces: `{c}` and `{w}` codes of `app` and `web`, `{v}` their verifier, `{s}` the secret; `{B}`,
/// `{b}` and `{i}` Basic credentials of `web`, `bot` and `api`; `{r}` and `{a}` the newest refresh and access token, `{q}`
/// and `{o}` those before.
#[derive(Clone)]
pub(super) struct Wallet(Vec<(u8, String)>);

impl Wallet {
    fn of(code: &str, webs: &str) -> Self {
        let fixed = [
            (b'c', code),
            (b'w', webs),
            (b'v', VERIFIER),
            (b's', SECRET),
            (b'B', "d2ViOmEtZ2VuZXJhdGVkLXNlY3JldC1vZi1tYW55LXJhbmRvbS1iaXRz"),
            (b'b', "Ym90OmEtZ2VuZXJhdGVkLXNlY3JldC1vZi1tYW55LXJhbmRvbS1iaXRz"),
            (b'i', "YXBpOmEtZ2VuZXJhdGVkLXNlY3JldC1vZi1tYW55LXJhbmRvbS1iaXRz"),
            (b'r', ""),
            (b'a', ""),
            (b'q', ""),
            (b'o', ""),
        ];
        Self(fixed.map(|(name, text)| (name, text.to_owned())).to_vec())
    }

    fn slot(&mut self, name: u8) -> &mut String {
        let slot = self.0.iter_mut().find(|(own, _)| *own == name);
        &mut slot.expect("a name of the list").1
    }

    /// Keeps new tokens, and the newest as those before.
    pub(super) fn keep(&mut self, access: &str, refresh: Option<&str>) {
        for (newest, before, token) in [(b'a', b'o', Some(access)), (b'r', b'q', refresh)] {
            let Some(token) = token.filter(|token| token != self.slot(newest)) else { continue };
            let last = std::mem::replace(self.slot(newest), token.to_owned());
            *self.slot(before) = last;
        }
    }

    /// The line with everything that it names.
    pub(super) fn fill(&self, line: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(line.len() * 2);
        let mut rest = line;
        while let Some((first, behind)) = rest.split_first() {
            let named = match rest {
                [b'{', name, b'}', ..] => self.0.iter().find(|(own, _)| own == name),
                _ => None,
            };
            match named {
                Some((_, text)) => {
                    filled.extend(text.as_bytes());
                    rest = &rest[3..];
                }
                None => {
                    filled.push(*first);
                    rest = behind;
                }
            }
        }
        filled
    }
}

/// Grants as they are when a script begins: one of `app` with tokens, one with a code, and one of `web` with a code.
pub(super) struct Prepared {
    grants: Vec<Grant>,
    book: Book,
    wallet: Wallet,
}

impl Prepared {
    fn of(setting: Setting) -> Self {
        let world = World::new(setting, 1);
        let good = format!("response_type=code&scope=profile%20mail&code_challenge={CHALLENGE}&code_challenge_method=S256");
        let redirects =
            [("app", "https://app.example/cb"), ("web", "https://web.example/cb?"), ("app", "https://app.example/cb")];
        let mut book = Book::default();
        for (client, redirect_uri) in redirects {
            let code = world.code(&format!("client_id={client}&redirect_uri={redirect_uri}&{good}"));
            book.0.push(Line { client, redirect_uri, code, code_expires: 60_000, ..Line::default() });
        }
        let [first, webs, second] = &mut book.0[..] else { unreachable!("three were made") };
        let mut wallet = Wallet::of(&second.code, &webs.code);
        let form = format!("grant_type=authorization_code&client_id=app&code={}&code_verifier={VERIFIER}", first.code);
        let tokens = Seen::from(at_once(world.server.token(post(form.as_bytes())))).json();
        let token = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        first.spent = true;
        first.got(&token("access_token"), Some(&token("refresh_token")));
        wallet.keep(&token("access_token"), Some(&token("refresh_token")));
        let of_client = |id| at_once(world.store.of_client(&ClientId::parse(id).expect("an id"), None, 10)).expect("a list");
        let grants = ["app", "web"].into_iter().flat_map(of_client).collect();
        Self { grants, book, wallet }
    }

    /// Puts the grants into another world, a second later.
    pub(super) fn hand_over(&self, world: &World) -> (Book, Wallet) {
        for grant in &self.grants {
            at_once(world.store.insert(grant.clone())).expect("an empty store has room");
        }
        world.clock.forward(1_000);
        (self.book.clone(), self.wallet.clone())
    }
}

pub(super) fn prepared(setting: Setting) -> &'static Prepared {
    static ALL: [OnceLock<Prepared>; 3] = [const { OnceLock::new() }; 3];
    ALL[setting as usize].get_or_init(|| Prepared::of(setting))
}
