//! What a host may watch: typed events for audit logs and metrics, told as they come true.
//!
//! An event is told once, when the write behind it is done, and before the answer leaves; a request that was cut off between
//! the two tells nothing. None holds a secret. The library's own `tracing` lines and the counters are made of the same events.

mod event;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod retries;
mod words;

pub use event::Event;
#[cfg(feature = "metrics")]
pub use metrics::MetricsObserver;
pub(super) use retries::Retries;
pub use words::{EndCause, Place};

use std::sync::Arc;

/// Is told what happens. Add as many as you like: [`Builder::observer`](super::Builder::observer).
///
/// ```
/// use grantor_core::{Event, Observer};
///
/// struct Alarm(std::sync::mpsc::Sender<String>);
///
/// impl Observer for Alarm {
///     fn observe(&self, event: &Event<'_>) {
///         if let Event::ReplaySeen { grant, client, .. } | Event::ReuseSeen { grant, client, .. } = event {
///             let _ = self.0.send(format!("{client}: {} of {grant}", event.name()));
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Takes note of one event. It is called in the middle of a request, so it must neither block nor panic: what takes
    /// longer goes through a channel. What a host does about an event, such as ending the grant, it does elsewhere too.
    fn observe(&self, event: &Event<'_>);
}

/// All that are told: the log, and whom the host added.
#[derive(Clone, Default)]
pub(super) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    pub(super) fn add(&mut self, observer: Arc<dyn Observer>) {
        self.0.push(observer);
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        log::Log.observe(event);
        self.0.iter().for_each(|observer| observer.observe(event));
    }
}

#[cfg(test)]
mod sample;
