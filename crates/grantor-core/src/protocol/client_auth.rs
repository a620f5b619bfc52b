//! Client authentication (RFC 6749 §2.3, OAuth 2.1 §2.4): request and client in, an authenticated client out.
//!
//! Exactly one method, and exactly one that is registered for the client. A client that is unknown, disabled, or wrong
//! about its secret gets the same answer, after the same work.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    Call, ErrorCode, Reason,
    params::{Name, Params},
    percent,
};
use crate::types::{AuthMethod, Client, ClientId, ClientSecret, Digest, SecretText};

/// The longest `Authorization` header that is decoded, in bytes.
const HEADER_LIMIT: usize = 16_384;

/// What a request presents: a client's name, and perhaps a secret.
#[derive(Debug)]
pub struct Credentials {
    /// `None` for a name that no client can have.
    id: Option<ClientId>,
    method: AuthMethod,
    secret: Option<SecretText>,
}

/// A client that proved to be itself, by its one registered method. The check alone makes one.
///
/// ```compile_fail
/// fn forge(client: grantor_core::Client) -> grantor_core::protocol::AuthenticatedClient {
///     grantor_core::protocol::AuthenticatedClient(client)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct AuthenticatedClient(Client);

/// What comes of checking credentials.
#[derive(Debug)]
pub enum Check {
    /// The client is itself.
    Proven(AuthenticatedClient),
    /// It is not, and nothing slow was needed to tell; with the secret that was presented, if one was.
    Refused(Reason, Option<SecretText>),
    /// A slow hash must be asked.
    Slow(SlowCheck),
}

/// Credentials that only a slow hash can judge.
#[derive(Debug)]
pub struct SlowCheck {
    client: Client,
    presented: SecretText,
}

/// Why no credentials could be read.
pub(crate) type Fault = (ErrorCode, Reason);

impl Credentials {
    /// Reads the credentials of a request: the header, or the body, never both.
    pub(crate) fn read(call: &Call<'_>, params: &Params<'_>) -> Result<Self, Fault> {
        let param = |name| params.get(name).map_err(|fault| (ErrorCode::InvalidRequest, fault.reason()));
        let (id, secret) = (param(Name::ClientId)?, param(Name::ClientSecret)?);
        let assertion = param(Name::ClientAssertion)?.or(param(Name::ClientAssertionType)?);
        let header = call.header("authorization").map_err(|_| (ErrorCode::InvalidRequest, Reason::AuthorizationRepeated))?;
        if [header.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|sent| *sent).count() > 1 {
            return Err((ErrorCode::InvalidRequest, Reason::TwoMethods));
        }
        if let Some(header) = header {
            let basic = read_basic(header).ok_or((ErrorCode::InvalidClient, Reason::CredentialsMalformed))?;
            if id.is_some_and(|id| id != basic.0) {
                return Err((ErrorCode::InvalidRequest, Reason::TwoIds));
            }
            let (id, secret) = basic;
            return Ok(Self { id: ClientId::parse(&id).ok(), method: AuthMethod::Basic, secret: Some(secret) });
        }
        let id = id.ok_or((ErrorCode::InvalidClient, Reason::CredentialsMissing))?;
        if assertion.is_some() {
            return Err((ErrorCode::InvalidClient, Reason::CredentialsMethod));
        }
        let secret = secret.map(|secret| SecretText::new(secret.to_owned()));
        let method = if secret.is_some() { AuthMethod::Post } else { AuthMethod::None };
        Ok(Self { id: ClientId::parse(id).ok(), method, secret })
    }

    /// Whom to look up; `None` for a name that no client can have.
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        self.id.as_ref()
    }

    /// Checks them against the client that was found.
    pub(crate) fn check(self, client: Option<Client>) -> Check {
        let client = client.filter(Client::is_enabled);
        let secrets = client.as_ref().map_or(&[][..], Client::secrets);
        // Unknown clients cost the same comparison as known ones.
        let right = self.secret.as_ref().is_some_and(|secret| is_one_of(secret, secrets));
        let Some(client) = client else { return Check::Refused(Reason::CredentialsUnknown, self.secret) };
        if !client.auth_methods().contains(&self.method) {
            return Check::Refused(Reason::CredentialsMethod, self.secret);
        }
        match self.secret {
            None => Check::Proven(AuthenticatedClient(client)),
            Some(_) if right => Check::Proven(AuthenticatedClient(client)),
            Some(presented) if client.secrets().iter().any(|secret| matches!(secret, ClientSecret::Hashed(_))) => {
                Check::Slow(SlowCheck { client, presented })
            }
            Some(presented) => Check::Refused(Reason::CredentialsWrong, Some(presented)),
        }
    }
}

/// Whether the presented secret is one of those kept as SHA-256.
fn is_one_of(presented: &SecretText, kept: &[ClientSecret]) -> bool {
    let presented = Digest::of(&[presented.expose().as_bytes()]);
    let nobodys = ClientSecret::Sha256(Digest::from_bytes([0; 32]));
    let mut right = false;
    for secret in kept.iter().chain([&nobodys]) {
        if let ClientSecret::Sha256(digest) = secret {
            right |= digest.matches(&presented);
        }
    }
    right
}

impl SlowCheck {
    /// The secret to check.
    pub(crate) fn presented(&self) -> &SecretText {
        &self.presented
    }

    /// The hashes of which one must match it.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = &str> {
        self.client.secrets().iter().filter_map(|secret| match secret {
            ClientSecret::Hashed(phc) => Some(&**phc),
            ClientSecret::Sha256(_) => None,
        })
    }

    /// The outcome, once the hashes were asked.
    pub(crate) fn settle(self, right: bool) -> Result<AuthenticatedClient, Reason> {
        if right { Ok(AuthenticatedClient(self.client)) } else { Err(Reason::CredentialsWrong) }
    }
}

impl AuthenticatedClient {
    /// The client that proved to be itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0
    }
}

/// `Basic base64(form(id):form(secret))` (RFC 6749 §2.3.1); anything else is no credential.
fn read_basic(header: &[u8]) -> Option<(String, SecretText)> {
    if header.len() > HEADER_LIMIT {
        return None;
    }
    let (scheme, token) = str::from_utf8(header).ok()?.trim_matches([' ', '\t']).split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = Zeroizing::new(STANDARD.decode(token.trim_start_matches(' ')).ok()?);
    let (id, secret) = str::from_utf8(&pair).ok()?.split_once(':')?;
    let secret = percent::decode(secret)?.into_owned();
    Some((percent::decode(id)?.into_owned(), SecretText::new(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Payload, params::Names};

    fn basic(text: &str) -> Option<(String, String)> {
        let (id, secret) = read_basic(text.as_bytes())?;
        Some((id, secret.expose().to_owned()))
    }

    fn pair(id: &str, secret: &str) -> Option<(String, String)> {
        Some((id.into(), secret.into()))
    }

    /// CA-01, CA-13
    #[test]
    fn basic_is_split_at_the_first_colon_and_form_decoded_once() {
        let vector = "bXkrY2xpZW50JTJCMTpwJTQwc3MlM0F3JTI1cmQlMkYlQzMlQTk=";
        for scheme in ["Basic ", "basic ", "BASIC   "] {
            assert_eq!(basic(&format!("{scheme}{vector}")), pair("my client+1", "p@ss:w%rd/é"), "{scheme}");
        }
        assert_eq!(basic("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"), pair("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"));
        assert_eq!(basic(&format!("Basic {}", STANDARD.encode("a:b:c"))), pair("a", "b:c"));
    }

    /// CA-06
    #[test]
    fn a_header_is_read_up_to_its_limit() {
        let long = |length: usize| basic(&format!("Basic{}YTpi", " ".repeat(length - "BasicYTpi".len())));
        assert_eq!(long(HEADER_LIMIT), pair("a", "b"));
        assert_eq!(long(HEADER_LIMIT + 1), None);
    }

    /// CA-03, TK-05
    #[test]
    fn a_credential_that_is_sent_twice_is_no_credential() {
        let names = Names::of(&[Name::ClientId, Name::ClientSecret, Name::ClientAssertion, Name::ClientAssertionType]);
        let call = Call { method: "POST", query: None, headers: &[], body: Payload::Whole(b""), peer: None };
        let read = |form: &str| {
            let params = Params::parse(&[form.as_bytes()], names).unwrap();
            Credentials::read(&call, &params).map(|credentials| credentials.method)
        };
        assert_eq!(read("client_id=a&client_secret=b").ok(), Some(AuthMethod::Post));
        for name in ["client_id", "client_secret", "client_assertion", "client_assertion_type"] {
            let twice = format!("client_id=a&client_secret=b&{name}=c&{name}=c");
            assert_eq!(read(&twice).err(), Some((ErrorCode::InvalidRequest, Reason::Repeated)), "{name}");
            let broken = format!("{name}=%zz");
            assert_eq!(read(&broken).err(), Some((ErrorCode::InvalidRequest, Reason::Malformed)), "{name}");
        }
    }

    /// CA-06, CA-14, TH-04
    #[test]
    fn what_is_no_basic_credential_is_none() {
        let encoded = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
        let bad = [
            "Bearer x".to_owned(),
            "Basic".to_owned(),
            "Basic !!!".to_owned(),
            "\u{b}Basic YTpi".to_owned(),
            "\u{a0}Basic YTpi\u{a0}".to_owned(),
            encoded(b"nocolon"),
            encoded(b"a:%zz"),
            encoded(b"a:\xff"),
            encoded(b"%C3%28:x"),
            encoded(&[b'a'; 20_000]),
            format!("{}\r", encoded(b"a:b")),
            format!("\u{a0}{}", encoded(b"a:b")),
        ];
        for header in bad {
            assert_eq!(basic(&header), None, "{header}");
        }
        assert!(read_basic(b"Basic \xff").is_none() && read_basic(b"Basic YTpi").is_some());
    }
}
