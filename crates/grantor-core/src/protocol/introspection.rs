//! The introspection answer (RFC 7662 §2.2), as it is written here and as it is read from another server.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Access;
use crate::types::{ClientId, Resource, ScopeSet, Subject};

/// What is told about a living token.
#[derive(Serialize)]
pub(crate) struct Active<'a> {
    pub(crate) active: bool,
    pub(crate) scope: &'a str,
    pub(crate) client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_type: Option<&'static str>,
    pub(crate) exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iat: Option<i64>,
    pub(crate) sub: &'a str,
    pub(crate) sub_kind: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) aud: &'a [&'a str],
    pub(crate) iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jti: Option<&'a str>,
}

/// What `sub_kind`, which is no RFC's, says of a `sub`: a person may have the name of a client (RFC 9700 §4.15).
pub(crate) const PERSON: &str = "person";
pub(crate) const CLIENT: &str = "client";

/// The answer of another server cannot be believed; the message says what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIntrospection {
    /// It is no JSON object with a boolean `active`, or a member has another type than RFC 7662 gives it.
    #[error("the introspection answer is not the JSON of RFC 7662 section 2.2")]
    Form,
    /// It names another issuer.
    #[error("the introspection answer is of another issuer")]
    Issuer,
    /// It lacks what a guard needs: `exp`, `client_id`, and `sub` where that is a person's.
    #[error("the introspection answer lacks exp, client_id or the sub of a person")]
    Incomplete,
}

#[derive(Deserialize)]
struct Answer {
    active: bool,
    scope: Option<String>,
    client_id: Option<String>,
    token_type: Option<String>,
    exp: Option<i64>,
    nbf: Option<i64>,
    sub: Option<String>,
    sub_kind: Option<String>,
    aud: Option<OneOrMany>,
    iss: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Access {
    /// Reads the answer of an introspection endpoint (RFC 7662 §2.2) about an access token, at `now`. `None`: the token is
    /// not active, not yet valid, or bound to a key that a bearer need not hold.
    ///
    /// Whether `sub` is a person or the client itself is what `sub_kind` says, `person` or `client`. A server other than this
    /// library's does not say it: there, `sub` is a person unless it is the `client_id`, and the server must see to it that no
    /// person has the name of a client (RFC 9700 §4.15.1).
    ///
    /// Audience members that are no resource indicators are passed over.
    ///
    /// # Errors
    /// [`InvalidIntrospection`] when the answer cannot be believed: the server is at fault, and not the token.
    pub fn from_introspection(json: &[u8], issuer: &str, now: OffsetDateTime) -> Result<Option<Self>, InvalidIntrospection> {
        let answer: Answer = serde_json::from_slice(json).map_err(|_| InvalidIntrospection::Form)?;
        if !answer.active {
            return Ok(None);
        }
        if answer.iss.as_deref().is_some_and(|iss| iss != issuer) {
            return Err(InvalidIntrospection::Issuer);
        }
        let is_bearer = answer.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        if !is_bearer || answer.nbf.is_some_and(|nbf| now.unix_timestamp() < nbf) {
            return Ok(None);
        }
        let (Some(exp), Some(client_id)) = (answer.exp, answer.client_id) else {
            return Err(InvalidIntrospection::Incomplete);
        };
        let scopes = answer.scope.filter(|scope| !scope.is_empty());
        let scopes = scopes.map_or(Ok(ScopeSet::default()), |scope| ScopeSet::parse(&scope));
        let audience = match answer.aud {
            None => Vec::new(),
            Some(OneOrMany::One(one)) => vec![one],
            Some(OneOrMany::Many(many)) => many,
        };
        let subject = match answer.sub_kind.as_deref() {
            Some(PERSON) => Some(answer.sub.ok_or(InvalidIntrospection::Incomplete)?),
            Some(CLIENT) => None,
            _ => answer.sub.filter(|sub| !sub.is_empty() && *sub != client_id),
        };
        Ok(Some(Self {
            grant: None,
            subject: subject.map(Subject::from),
            client_id: ClientId::parse(&client_id).map_err(|_| InvalidIntrospection::Form)?,
            scopes: scopes.map_err(|_| InvalidIntrospection::Form)?,
            is_bound: !audience.is_empty(),
            audience: audience.iter().filter_map(|text| Resource::parse(text).ok()).collect(),
            expires_at: OffsetDateTime::from_unix_timestamp(exp).map_err(|_| InvalidIntrospection::Form)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<Access>, InvalidIntrospection> {
        Access::from_introspection(json.as_bytes(), "https://id.example", OffsetDateTime::UNIX_EPOCH)
    }

    /// IN-03
    #[test]
    fn an_active_answer_becomes_an_access() {
        let json = r#"{"active":true,"scope":"a b","client_id":"app","token_type":"bearer","exp":9,"sub":"ann","aud":["https://api.example/","no uri"],"iss":"https://id.example","x":1}"#;
        let access = read(json).unwrap().unwrap();
        assert_eq!((access.sub(), access.client_id().as_str(), access.scopes().as_str()), ("ann", "app", "a b"));
        assert_eq!((access.audience().len(), access.expires_at().unix_timestamp()), (1, 9));
        assert!(read(&json.replace("\"x\":1", "\"nbf\":0")).unwrap().is_some(), "from this very second");
    }

    /// CC-04
    #[test]
    fn a_client_that_acts_for_itself_is_no_person() {
        for sub in ["", r#","sub":"app""#, r#","sub":"""#] {
            let access = read(&format!(r#"{{"active":true,"client_id":"app","exp":9{sub}}}"#)).unwrap().unwrap();
            assert!(access.subject().is_none() && access.sub() == "app", "{sub}");
        }
    }

    /// CC-04
    #[test]
    fn whose_token_it_is_decides_and_not_whose_name_it_bears() {
        let with = |members: &str| read(&format!(r#"{{"active":true,"client_id":"app","exp":9,{members}}}"#));
        for (members, subject) in [
            (r#""sub":"app","sub_kind":"person""#, Some("app")),
            (r#""sub":"ann","sub_kind":"person""#, Some("ann")),
            (r#""sub":"app","sub_kind":"client""#, None),
            (r#""sub":"ann","sub_kind":"client""#, None),
            (r#""sub":"ann","sub_kind":"something else""#, Some("ann")),
            (r#""sub":"app","sub_kind":"something else""#, None),
        ] {
            let access = with(members).unwrap().unwrap();
            assert_eq!(access.subject().map(Subject::as_str), subject, "{members}");
        }
        assert_eq!(with(r#""sub_kind":"person""#).err(), Some(InvalidIntrospection::Incomplete), "whose?");
    }

    /// IN-04, RS-02
    #[test]
    fn what_is_not_active_for_a_bearer_is_nothing_and_what_cannot_be_believed_is_an_error() {
        let with = |member: &str| format!(r#"{{"active":true,"client_id":"app","exp":9,{member}}}"#);
        for none in [
            r#"{"active":false,"exp":9}"#.to_owned(),
            with(r#""token_type":"DPoP""#),
            with(r#""token_type":"refresh_token""#),
            with(r#""nbf":5"#),
        ] {
            assert!(read(&none).unwrap().is_none(), "{none}");
        }
        assert_eq!(read(&with(r#""iss":"https://evil.example""#)).err(), Some(InvalidIntrospection::Issuer));
        assert_eq!(read(r#"{"active":true,"client_id":"app"}"#).err(), Some(InvalidIntrospection::Incomplete));
        let (no_name, no_time) =
            (r#"{"active":true,"client_id":"é","exp":9}"#, r#"{"active":true,"client_id":"a","exp":999999999999999}"#);
        for bad in ["", "[]", "{}", r#"{"active":"true"}"#, &with(r#""scope":"a  b""#), &with(r#""exp":"9""#), no_name, no_time] {
            assert_eq!(read(bad).err(), Some(InvalidIntrospection::Form), "{bad}");
        }
    }
}
