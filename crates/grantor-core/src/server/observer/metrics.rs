use metrics::{Unit, counter, describe_counter};

use super::{Event, Observer};

const EVENTS: &str = "grantor_events_total";
const REFUSALS: &str = "grantor_refusals_total";
const ENDED: &str = "grantor_grants_ended_total";

/// Counts events through the `metrics` facade, for whichever recorder the host installs:
///
/// | counter | labels |
/// |---|---|
/// | `grantor_events_total` | `event`: [`Event::name`] |
/// | `grantor_refusals_total` | `endpoint`: [`Place::name`](super::Place::name), `error`: the wire's code, `reason`: [`Reason::code`](crate::Reason::code) |
/// | `grantor_grants_ended_total` | `cause`: [`EndCause::name`](super::EndCause::name) |
///
/// All labels are words of this library: nothing that a stranger sends makes a new series.
#[derive(Debug, Clone, Copy, Default)]
pub struct MetricsObserver;

impl MetricsObserver {
    /// An observer that counts, with its counters described to the recorder that is installed by now.
    #[must_use]
    pub fn new() -> Self {
        describe_counter!(EVENTS, Unit::Count, "what happened at the authorization server");
        describe_counter!(REFUSALS, Unit::Count, "requests that the authorization server refused");
        describe_counter!(ENDED, Unit::Count, "grants that ended, by why");
        Self
    }
}

impl Observer for MetricsObserver {
    fn observe(&self, event: &Event<'_>) {
        counter!(EVENTS, "event" => event.name()).increment(1);
        match *event {
            Event::Refused { at, code, reason, .. } => {
                let labels = [("endpoint", at.name()), ("error", code.as_str()), ("reason", reason.code())];
                counter!(REFUSALS, &labels).increment(1);
            }
            Event::GrantEnded { cause, .. } => counter!(ENDED, "cause" => cause.name()).increment(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::{
            Arc, Mutex,
            atomic::{AtomicU64, Ordering},
        },
    };

    use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, with_local_recorder};

    use super::{super::sample, *};

    /// Keeps the counters of one test by their written names.
    #[derive(Default)]
    struct Kept(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

    impl Recorder for Kept {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let labels: Vec<String> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            let name = format!("{}{{{}}}", key.name(), labels.join(","));
            Counter::from_arc(self.0.lock().unwrap().entry(name).or_default().clone())
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn every_event_is_counted_and_every_label_is_a_word_of_the_library() {
        let kept = Kept::default();
        with_local_recorder(&kept, || sample::each(&mut |event| MetricsObserver::new().observe(event)));
        let counts: Vec<(String, u64)> =
            kept.0.lock().unwrap().iter().map(|(name, count)| (name.clone(), count.load(Ordering::Relaxed))).collect();
        let counted = |name: &str| counts.iter().find(|(own, _)| own == name).map(|(_, count)| *count);
        let mut told = 0;
        sample::each(&mut |event| {
            told += 1;
            assert!(counted(&format!("grantor_events_total{{event={}}}", event.name())).is_some(), "{event:?}");
        });
        assert_eq!(counted("grantor_events_total{event=retry_seen}"), Some(1));
        let refused = "grantor_refusals_total{endpoint=token,error=invalid_grant,reason=code.replayed}";
        assert_eq!(counted(refused), Some(1), "{counts:?}");
        assert_eq!(counted("grantor_grants_ended_total{cause=replayed}"), Some(1));
        assert_eq!(counts.iter().filter(|(name, _)| name.starts_with(EVENTS)).map(|(_, count)| count).sum::<u64>(), told);
        assert!(!counts.iter().any(|(name, _)| name.contains("ann") || name.contains("the-app")), "{counts:?}");
    }
}
