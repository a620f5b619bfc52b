//! What an operator sees, and what nobody does.

use std::cell::RefCell;
use std::io;

use tracing::Level;

use crate::kit::{Fake, Hand, ISSUER, Said, TOKEN, look_up};

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the log of the thread that writes, which is the log of one test.
struct Own;

impl io::Write for Own {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}

/// RS-03, TH-10
#[tokio::test]
async fn neither_token_nor_secret_is_ever_told() {
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(|| Own);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let clock = Hand::new();
    let fake = Fake::start(Said::inactive()).await;
    let builder = fake.builder(&clock).client("rs", "hunter2-hunter2");
    let shown = format!("{builder:?}");
    let source = builder.build().unwrap();
    let mut told = format!("{shown} {source:?}");
    let echo = Said::json(format!(r#"{{"active":"{TOKEN}"}}"#));
    let page = Said { headers: vec![("content-type", "text/html".to_owned())], body: TOKEN.to_owned(), status: 200 };
    let other = Said::json(format!(r#"{{"active":true,"iss":"{ISSUER}/{TOKEN}"}}"#));
    for (said, level, reason) in [
        (Said::json("{}").status(401), "ERROR", "introspection_refused"),
        (Said::json(TOKEN).status(503), " WARN", "introspection_busy"),
        (Said::json("{}").status(302), "ERROR", "introspection_answer"),
        (echo, "ERROR", "introspection_answer"),
        (page, "ERROR", "introspection_answer"),
        (other, "ERROR", "introspection_answer"),
    ] {
        fake.says(said);
        let error = look_up(&source).await.unwrap_err();
        told += &format!("{error} {error:?}");
        let logged = logged();
        let line = logged.lines().rfind(|line| line.contains("introspection failed")).unwrap();
        assert!(line.contains(level) && line.contains(reason), "{reason}: {line}");
    }
    for secret in [TOKEN, "hunter2", "cnM6aHVudGVyMi"] {
        assert!(!told.contains(secret) && !logged().contains(secret), "{secret}: {told}");
    }
}
