//! The forms of our pages, read strictly: a field that counts may stand there once.

use form_urlencoded::parse;

/// The most that a form may weigh; the doors refuse more with 413.
pub const MOST_BYTES: usize = 16 * 1024;

/// `POST /login`.
pub struct LoginForm {
    /// Who claims to be here.
    pub username: String,
    /// The proof.
    pub password: String,
    /// Where to go on; not yet checked.
    pub return_to: Option<String>,
}

/// `POST /consent`.
pub struct ConsentForm {
    /// The parked request; the library's, and this form's CSRF token as well.
    pub ticket: String,
    /// Allow or deny.
    pub allow: bool,
    /// The boxes that were ticked.
    pub scopes: Vec<String>,
    /// What names the request, as our page put it there.
    pub request: Option<String>,
}

impl LoginForm {
    /// Reads the form.
    pub fn read(body: &[u8]) -> Option<Self> {
        let [username, password, return_to] = fields(body, ["username", "password", "return_to"])?;
        Some(Self { username: username?, password: password?, return_to })
    }
}

impl ConsentForm {
    /// Reads the form. A decision that is neither `allow` nor `deny` is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let [ticket, decision, request] = fields(body, ["ticket", "decision", "request"])?;
        let allow = match decision?.as_str() {
            "allow" => true,
            "deny" => false,
            _ => return None,
        };
        let scopes = parse(body).filter(|(name, _)| name == "scope").map(|(_, value)| value.into_owned());
        Some(Self { ticket: ticket?, allow, scopes: scopes.collect(), request })
    }
}

/// The one field of this name in a query or a form, `None` if there is none or more than one.
pub fn field(query: &str, name: &str) -> Option<String> {
    let [value] = fields(query.as_bytes(), [name])?;
    value
}

fn fields<const N: usize>(form: &[u8], names: [&str; N]) -> Option<[Option<String>; N]> {
    let mut found = [const { None }; N];
    for (name, value) in parse(form) {
        let place = names.iter().zip(&mut found).find(|(wanted, _)| **wanted == name);
        if place.is_some_and(|(_, place)| place.replace(value.into_owned()).is_some()) {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ticked_box_is_read() {
        let form = ConsentForm::read(b"ticket=t&scope=a&scope=b+c&decision=allow");
        assert!(form.is_some_and(|form| form.allow && form.scopes == ["a", "b c"]));
    }

    #[test]
    fn a_doubled_or_missing_field_is_refused() {
        for body in ["ticket=t", "ticket=t&decision=maybe", "ticket=t&ticket=u&decision=allow", "decision=allow"] {
            assert!(ConsentForm::read(body.as_bytes()).is_none(), "{body}");
        }
        assert!(LoginForm::read(b"username=a&password=b&username=c").is_none());
        assert!(LoginForm::read(b"username=a&password=b").is_some_and(|form| form.return_to.is_none()));
    }
}
