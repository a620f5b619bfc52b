//! What an actor asks of the engine, and how the answer is read.

use grantor_core::{AuthorizationServer, Call as Sent, Login, Needed, Payload, Reply};
use serde_json::Value;

use super::{shared::Shared, tables::Says, world::ann};

pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const WRONG_VERIFIER: &str = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";

/// A credential as it is handed out.
pub(crate) type Text = Shared<str>;

/// One request; a number is the generation of the token that it presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Call {
    Approve,
    ApproveLess,
    Deny,
    Redeem,
    RedeemWrong,
    Refresh(u8),
    RefreshLess(u8),
    Revoke(u8),
    RevokeAccess(u8),
}

/// What was answered, with what was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    pub(crate) says: Result<Says, String>,
    pub(crate) code: Option<Text>,
    pub(crate) tokens: Option<Pair>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) access: Text,
    pub(crate) refresh: Text,
}

impl Call {
    pub(crate) fn generation(self) -> Option<u8> {
        match self {
            Self::Refresh(generation) | Self::RefreshLess(generation) => Some(generation),
            Self::Revoke(generation) | Self::RevokeAccess(generation) => Some(generation),
            _ => None,
        }
    }

    /// Sends the request with this credential and waits for its answer.
    pub(crate) async fn send(self, server: &AuthorizationServer, text: &str) -> Answer {
        let token = |fields: String| async move { server.token(form(&format!("client_id=app&{fields}"))).await };
        let redeem = |verifier| token(format!("grant_type=authorization_code&code={text}&code_verifier={verifier}"));
        let reply = match self {
            Self::Redeem => redeem(VERIFIER).await,
            Self::RedeemWrong => redeem(WRONG_VERIFIER).await,
            Self::Refresh(_) => token(format!("grant_type=refresh_token&refresh_token={text}")).await,
            Self::RefreshLess(_) => token(format!("grant_type=refresh_token&refresh_token={text}&scope=profile")).await,
            Self::Revoke(_) | Self::RevokeAccess(_) => {
                let reply = server.revoke(form(&format!("client_id=app&token={text}"))).await;
                return if reply.status() == 200 { Answer::bare(Says::Revoked) } else { Answer::read(reply) };
            }
            Self::Approve | Self::ApproveLess | Self::Deny => match (server.resume(text, &ann()).await, self) {
                (Ok(question), Self::Approve) => question.approve_all().await,
                (Ok(question), Self::ApproveLess) => question.approve(["profile"]).await,
                (Ok(question), _) => question.deny().await,
                (Err(page), _) => page,
            },
        };
        Answer::read(reply)
    }
}

impl Answer {
    fn bare(says: Says) -> Self {
        Self { says: Ok(says), code: None, tokens: None }
    }

    fn read(reply: Reply) -> Self {
        let (head, body) = reply.into_parts();
        let body = body.into_bytes();
        let location = head.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
        if let Some((_, query)) = location.as_deref().and_then(|location| location.split_once('?')) {
            let part = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
            return match (part("code"), part("error").as_deref()) {
                (Some(code), _) => Self { code: Some(Text::new(code.as_ref())), ..Self::bare(Says::Code) },
                (None, Some("access_denied")) => Self::bare(Says::Denied),
                (None, Some("temporarily_unavailable")) => Self::bare(Says::Busy),
                (None, error) => Self::other(format!("redirect: {error:?}")),
            };
        }
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let member = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
        match (head.status.as_u16(), member("error")) {
            (200, _) if !member("access_token").is_empty() => {
                let tokens = Pair { access: Text::new(member("access_token")), refresh: Text::new(member("refresh_token")) };
                Self { tokens: Some(tokens), ..Self::bare(Says::Tokens) }
            }
            (400, "invalid_grant") => Self::bare(Says::InvalidGrant),
            (400, "") => Self::bare(Says::Page),
            (503, _) => Self::bare(Says::Busy),
            (status, error) => Self::other(format!("{status} {error}")),
        }
    }

    fn other(what: String) -> Self {
        Self { says: Err(what), code: None, tokens: None }
    }
}

pub(crate) fn form(body: &str) -> Sent<'_> {
    const HEADERS: &[(&str, &[u8])] = &[("content-type", b"application/x-www-form-urlencoded")];
    Sent { method: "POST", query: None, headers: HEADERS, body: Payload::Whole(body.as_bytes()), peer: None }
}

/// Whether an access token is let through.
pub(crate) async fn is_good(server: &AuthorizationServer, token: &str) -> bool {
    let header = format!("Bearer {token}");
    let headers = [("authorization", header.as_bytes())];
    let call = Sent { method: "GET", query: None, headers: &headers, body: Payload::Whole(b""), peer: None };
    server.guard().verify(&call, &Needed::token()).await.is_ok()
}

/// The request of a client, and the question it puts to Ann.
pub(crate) async fn asked(server: &AuthorizationServer, login: Login) -> grantor_core::Question {
    let challenge = grantor_core::protocol::CodeChallenge::of(VERIFIER);
    let query = format!(
        "client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&scope=profile+mail&state=x\
         &code_challenge={}&code_challenge_method=S256",
        challenge.as_str()
    );
    let call = Sent { method: "GET", query: Some(&query), headers: &[], body: Payload::Whole(b""), peer: None };
    match server.authorize(call).await.unwrap().next(Some(login)).await.unwrap() {
        grantor_core::Next::Ask(question) => question,
        other => panic!("{other:?}"),
    }
}
