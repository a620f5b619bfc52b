use crate::{
    reading::{self, Form},
    world::SECRET,
};

/// Who a request is from, by the second reading; there is none unless it proves so by exactly one method.
pub(super) struct Asker {
    pub(super) id: String,
    /// Whether it showed a secret.
    pub(super) proved: bool,
}

impl Asker {
    pub(super) fn of(headers: &[(&'static str, &[u8])], form: &Form) -> Option<Self> {
        let mut values = headers.iter().filter(|(name, _)| *name == "authorization").map(|(_, value)| *value);
        let (id, secret) = (form.get("client_id").ok()?, form.get("client_secret").ok()?);
        if form.get("client_assertion").ok()?.or(form.get("client_assertion_type").ok()?).is_some() {
            return None;
        }
        let (id, secret) = match (values.next(), values.next(), secret) {
            (None, None, secret) => (id?.to_owned(), secret.map(str::to_owned)),
            (Some(header), None, None) => {
                let (own, secret) = reading::basic(header)?;
                id.is_none_or(|id| id == own).then_some((own, Some(secret)))?
            }
            _ => return None,
        };
        let is_public = id == "app";
        let has_secret = ["web", "api", "bot"].contains(&id.as_str());
        let right = (is_public && secret.is_none()) || (has_secret && secret.as_deref() == Some(SECRET));
        right.then_some(Self { id, proved: has_secret })
    }
}

/// What is known of one grant.
#[derive(Clone, Default)]
pub(super) struct Line {
    pub(super) client: &'static str,
    pub(super) redirect_uri: &'static str,
    pub(super) code: String,
    /// When the code is no longer good, in milliseconds.
    pub(super) code_expires: i64,
    pub(super) spent: bool,
    pub(super) ended: bool,
    pub(super) access: Vec<String>,
    pub(super) dead: Vec<String>,
    /// From the first to the newest.
    pub(super) refresh: Vec<String>,
}

impl Line {
    pub(super) fn got(&mut self, access: &str, refresh: Option<&str>) {
        if !self.access.iter().any(|own| own == access) {
            self.access.push(access.to_owned());
        }
        if let Some(refresh) = refresh.filter(|refresh| !self.refresh.iter().any(|own| own == refresh)) {
            self.refresh.push(refresh.to_owned());
        }
    }
}

/// All grants that there are.
#[derive(Clone, Default)]
pub(super) struct Book(pub(super) Vec<Line>);

impl Book {
    /// The grant of a code that was just redeemed: it was alive, unspent, and its client's.
    pub(super) fn redeemed(&mut self, asker: &Asker, code: &str, now: i64) -> &mut Line {
        let line = self.0.iter_mut().find(|line| line.code == code).expect("a code that was handed out");
        assert!(line.client == asker.id && !line.ended && now < line.code_expires);
        assert!(!line.spent, "a code was redeemed twice");
        line.spent = true;
        line
    }

    /// The grant of a refresh token that was just used: the newest, or the one before it by a client that asks again.
    pub(super) fn refreshed(&mut self, asker: &Asker, token: &str, next: &str) -> &mut Line {
        let line = self.0.iter_mut().find(|line| line.refresh.iter().any(|own| own == token)).expect("a token of ours");
        assert!(line.client == asker.id && !line.ended, "a refresh by {:?}", asker.id);
        let behind = line.refresh.iter().rev().position(|own| own == token);
        let is_retry = behind == Some(1) && line.refresh.last().is_some_and(|own| own == next);
        assert!(is_retry || (behind == Some(0) && !line.refresh.iter().any(|own| own == next)));
        line
    }

    pub(super) fn begun(&mut self, asker: &Asker) -> &mut Line {
        assert_eq!(asker.id, "bot");
        self.0.push(Line { client: "bot", ..Line::default() });
        self.0.last_mut().expect("it was pushed")
    }

    pub(super) fn is_superseded(&self, token: &str) -> bool {
        let of_line = |line: &Line| line.refresh.split_last().is_some_and(|(_, older)| older.iter().any(|own| own == token));
        self.0.iter().any(of_line)
    }

    pub(super) fn replayed(&mut self, asker: &Asker, code: &str) {
        let own = |line: &&mut Line| line.spent && line.code == code && line.client == asker.id;
        self.0.iter_mut().filter(own).for_each(|line| line.ended = true);
    }

    pub(super) fn revoked(&mut self, asker: &Asker, token: &str) {
        for line in self.0.iter_mut().filter(|line| line.client == asker.id) {
            line.ended |= line.refresh.iter().any(|own| own == token);
            if line.access.iter().any(|own| own == token) {
                line.dead.push(token.to_owned());
            }
        }
    }

    /// The grant of a token that is said to be alive: it was handed out, and nobody ended it.
    pub(super) fn alive(&self, token: &str) -> &Line {
        let own = |line: &&Line| line.access.iter().chain(&line.refresh).any(|own| own == token);
        let line = self.0.iter().find(own).expect("a token that was handed out");
        assert!(!line.ended && !line.dead.iter().any(|dead| dead == token), "a token that was ended is alive");
        let is_refresh = line.refresh.iter().any(|own| own == token);
        assert!(!is_refresh || line.refresh.last().is_some_and(|own| own == token), "a refresh token that is not the newest");
        line
    }
}
