use std::{cell::RefCell, io, sync::Once};

use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

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

/// Listens at every level, from before the first event of the process on: a listener that comes later may miss some.
pub(crate) fn listen() {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(|| Own);
        // A span that ends is a line with all that it was told.
        let subscriber = subscriber.with_span_events(FmtSpan::CLOSE);
        tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    });
}

/// What this test has logged so far.
pub(crate) fn logged() -> String {
    LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
}
