use std::sync::{Arc, Mutex};

use grantor_core::{Event, Observer};

/// Writes down what it is told, in short and in full.
#[derive(Default)]
pub(crate) struct Watch(Mutex<Vec<(String, String)>>);

impl Watch {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What was told since the last time this was asked, in short: name, whom it is about, and what else there is.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).into_iter().map(|(short, _)| short).collect()
    }

    /// All of it, as `Debug` prints it.
    pub(crate) fn printed(&self) -> String {
        self.0.lock().unwrap().iter().map(|(_, full)| full.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Observer for Watch {
    fn observe(&self, event: &Event<'_>) {
        let rest = match *event {
            Event::GrantApproved { subject, scopes, .. } => format!("{subject} {}", scopes.as_str()),
            Event::GrantDenied { subject, .. } => subject.to_string(),
            Event::CodeRedeemed { subject, scopes, has_refresh, .. } => {
                format!("{subject} {} {}", scopes.as_str(), if has_refresh { "+refresh" } else { "-refresh" })
            }
            Event::TokenIssued { scopes, .. } => scopes.as_str().to_owned(),
            Event::RetrySeen { reason, count, .. } => format!("{reason} {count}"),
            Event::GrantEnded { cause, .. } => cause.to_string(),
            Event::Refused { at, code, reason, .. } => format!("{at} {code} {reason}"),
            Event::StoreFailed { reason, .. } => reason.to_string(),
            _ => String::new(),
        };
        let client = event.client().map_or("-", |client| client.as_str());
        let grant = if event.grant().is_some() { "+grant" } else { "-grant" };
        let short = format!("{} {client} {grant} {rest}", event.name());
        self.0.lock().unwrap().push((short.trim_end().to_owned(), format!("{event:?}")));
    }
}
