//! What the protected API tells a client that brought a good token.

use grantor::{Access, Needed, Subject};
use serde_json::{Value, json};

use crate::pages::Page;

/// One protected path.
#[derive(Clone)]
pub struct Api {
    /// Where it is.
    pub path: String,
    /// What a token must bring.
    pub needed: Needed,
}

/// The answer of a protected path. Every one names the subject, the client and the scopes.
pub fn answer(path: &str, access: &Access) -> Page {
    let (sub, client_id, scope) = (access.sub(), access.client_id().as_str(), access.scopes().as_str());
    // A client that acts for itself may be called as a person is: it has neither their name nor their mail.
    let person = access.subject().map(Subject::as_str);
    let body = match path {
        "/userinfo" => json!({ "sub": sub, "client_id": client_id, "scope": scope, "name": person }),
        "/messages" => json!({ "sub": sub, "client_id": client_id, "scope": scope, "messages": person.map(mails) }),
        _ => json!({ "sub": sub, "client_id": client_id, "scope": scope }),
    };
    Page::json(body.to_string())
}

fn mails(subject: &str) -> Value {
    json!([
        { "from": "bob@example.com", "to": subject, "subject": "Lunch?", "text": "At noon, the usual place." },
        { "from": "carol@example.com", "to": subject, "subject": "The report", "text": "Is in the folder." },
    ])
}
