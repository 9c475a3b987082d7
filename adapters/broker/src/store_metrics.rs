//! The metrics of the shared store. Without `[store]` they have no values.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use genesys_token_tokio::{Sharing, SharingStatus};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry as Collection;

/// The names of the metrics.
pub(crate) const NAMES: [&str; 6] = [
    "genesys_token_broker_store_lookups",
    "genesys_token_broker_store_publications",
    "genesys_token_broker_store_fallbacks",
    "genesys_token_broker_store_reconnects",
    "genesys_token_broker_store_up",
    "genesys_token_broker_store_answer_age_seconds",
];

#[derive(Default)]
pub(crate) struct StoreMetrics {
    lookups: Family<CommandLabels, Counter>,
    publications: Family<CommandLabels, Counter>,
    fallbacks: Family<StoreLabel, Counter>,
    reconnects: Family<StoreLabel, Counter>,
    up: Family<StoreLabel, Gauge>,
    answer_age: Family<StoreLabel, Gauge<f64, AtomicU64>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabel {
    /// `file` or `redis`.
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    kind: &'static str,
    /// The answer, or `unanswered`.
    result: &'static str,
}

/// An open store, and how much of its counts the metrics already include.
pub(crate) struct MeteredStore {
    pub(crate) sharing: Sharing,
    kind: &'static str,
    /// The counts that the metrics already include.
    reported: Mutex<SharingStatus>,
}

impl MeteredStore {
    pub(crate) fn new(sharing: Sharing, kind: &'static str) -> Self {
        Self { sharing, kind, reported: Mutex::default() }
    }
}

impl StoreMetrics {
    pub(crate) fn registered(collection: &mut Collection) -> Self {
        let metrics = Self::default();
        let [lookups, publications, fallbacks, reconnects, up, answer_age] = NAMES;
        collection.register(
            lookups,
            "Lookups of a newer token in the shared store, by answer",
            metrics.lookups.clone(),
        );
        collection.register(
            publications,
            "Tokens published in the shared store, by answer",
            metrics.publications.clone(),
        );
        collection.register(
            fallbacks,
            "Exchanges from the budget, because the shared store did not answer",
            metrics.fallbacks.clone(),
        );
        collection.register(
            reconnects,
            "Connections to the shared store after the first, failed attempts included",
            metrics.reconnects.clone(),
        );
        collection.register(
            up,
            "1 if the last command to the shared store was answered, 0 if not",
            metrics.up.clone(),
        );
        collection.register(
            answer_age,
            "Seconds since the last answer of the shared store, which is asked only when a token is due",
            metrics.answer_age.clone(),
        );
        metrics
    }

    /// Updates the metrics with the current values of a store.
    pub(crate) fn update(&self, store: Option<&MeteredStore>) {
        // The gauges of a store that is no longer used have no value.
        self.up.clear();
        self.answer_age.clear();
        let Some(store) = store else { return };
        let label = StoreLabel { kind: store.kind };
        let now = store.sharing.status();
        // Nothing panics under the lock.
        let before =
            std::mem::replace(&mut *store.reported.lock().unwrap_or_else(PoisonError::into_inner), now);
        for (family, now, before) in [
            (&self.lookups, &lookups(&now)[..], &lookups(&before)[..]),
            (&self.publications, &publications(&now)[..], &publications(&before)[..]),
        ] {
            for ((result, now), (_, before)) in now.iter().zip(before) {
                let labels = CommandLabels { kind: store.kind, result };
                family.get_or_create(&labels).inc_by(now.saturating_sub(*before));
            }
        }
        let count = |family: &Family<StoreLabel, Counter>, now: u64, before: u64| {
            family.get_or_create(&label).inc_by(now.saturating_sub(before));
        };
        count(&self.fallbacks, now.fallbacks, before.fallbacks);
        count(&self.reconnects, now.reconnects, before.reconnects);
        if let Some(is_answering) = now.is_answering {
            self.up.get_or_create(&label).set(is_answering.into());
        }
        if let Some(age) = now.since_answer {
            self.answer_age.get_or_create(&label).set(age.as_secs_f64());
        }
    }
}

const fn lookups(status: &SharingStatus) -> [(&'static str, u64); 5] {
    [
        ("token", status.lookups.tokens),
        ("granted", status.lookups.granted),
        ("busy", status.lookups.busy),
        ("unreadable", status.lookups.unreadable),
        ("unanswered", status.lookups.unanswered),
    ]
}

const fn publications(status: &SharingStatus) -> [(&'static str, u64); 3] {
    [
        ("stored", status.publications.stored),
        ("superseded", status.publications.superseded),
        ("unanswered", status.publications.unanswered),
    ]
}
