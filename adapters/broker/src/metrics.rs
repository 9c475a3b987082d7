//! `GET /metrics` in the `OpenMetrics` text format. Label values come from the configuration and from status classes only, so that their
//! number is bounded.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry as Collection;

use crate::registry::{Consumer, Registry};
use crate::store_metrics::{self, StoreMetrics};

/// The names of all metrics, for dashboards and their tests. Counters end in `_total` in the output.
pub const NAMES: [&str; 14] = [
    "genesys_token_broker_token_expiry_seconds",
    "genesys_token_broker_exchanges",
    "genesys_token_broker_refresh_lateness_seconds",
    "genesys_token_broker_client_failed",
    "genesys_token_broker_waiters",
    "genesys_token_broker_forwarded",
    "genesys_token_broker_rate_limit_left",
    "genesys_token_broker_connections",
    store_metrics::NAMES[0],
    store_metrics::NAMES[1],
    store_metrics::NAMES[2],
    store_metrics::NAMES[3],
    store_metrics::NAMES[4],
    store_metrics::NAMES[5],
];

/// All metrics of the broker.
pub(crate) struct Metrics {
    collection: Collection,
    expiry: Family<ClientLabel, Gauge>,
    exchanges: Family<ExchangeLabels, Counter>,
    lateness: Family<ClientLabel, Gauge<f64, AtomicU64>>,
    failed: Family<ClientLabel, Gauge>,
    waiters: Family<ClientLabel, Gauge>,
    forwarded: Family<ForwardedLabels, Counter>,
    rate_limit_left: Family<ClientLabel, Gauge>,
    connections: Gauge,
    store: StoreMetrics,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClientLabel {
    client: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExchangeLabels {
    client: String,
    /// `token`, `refused`, `credentials`, `transport`, `protocol`, `shared`, `store` or `other`.
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ForwardedLabels {
    client: String,
    consumer: String,
    /// `2xx` to `5xx`.
    status: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut collection = Collection::default();
        let metrics = Self {
            expiry: Family::default(),
            exchanges: Family::default(),
            lateness: Family::default(),
            failed: Family::default(),
            waiters: Family::default(),
            forwarded: Family::default(),
            rate_limit_left: Family::default(),
            connections: Gauge::default(),
            store: StoreMetrics::registered(&mut collection),
            collection: Collection::default(),
        };
        let [expiry, exchanges, lateness, failed, waiters, forwarded, left, connections, ..] = NAMES;
        collection.register(
            expiry,
            "Seconds until the client's token ends; 0 without a token",
            metrics.expiry.clone(),
        );
        collection.register(
            exchanges,
            "Token exchanges of the client that have ended, by result",
            metrics.exchanges.clone(),
        );
        collection.register(
            lateness,
            "Seconds from the time at which the client's last exchange was due until its token was there, or until now while it is not",
            metrics.lateness.clone(),
        );
        collection.register(
            failed,
            "1 while the client has no token because its last exchange failed",
            metrics.failed.clone(),
        );
        collection.register(waiters, "Requests that wait for the client's token", metrics.waiters.clone());
        collection.register(forwarded, "Requests forwarded to the Platform API", metrics.forwarded.clone());
        collection.register(
            left,
            "Requests left in the client's rate limit window",
            metrics.rate_limit_left.clone(),
        );
        collection.register(connections, "Open connections of consumers", metrics.connections.clone());
        Self { collection, ..metrics }
    }

    pub(crate) fn connection_opened(&self) {
        self.connections.inc();
    }

    pub(crate) fn connection_closed(&self) {
        self.connections.dec();
    }

    pub(crate) fn forwarded(&self, consumer: &Consumer, status: u16) {
        let counter = consumer.forwarded.of_status(status, |class| {
            let labels = ForwardedLabels {
                client: consumer.upstream.name.clone(),
                consumer: consumer.name.to_string(),
                status: class,
            };
            self.forwarded.get_or_create(&labels).clone()
        });
        counter.inc();
    }

    /// Returns the current values as text.
    pub(crate) async fn text(&self, registry: &Registry) -> String {
        for upstream in registry.upstreams.values() {
            let label = ClientLabel { client: upstream.name.clone() };
            let snapshot = upstream.snapshot().await;
            let left = snapshot.token.as_ref().map_or(0, |token| token.expires_in().as_secs());
            self.expiry.get_or_create(&label).set(i64::try_from(left).unwrap_or(i64::MAX));
            self.failed
                .get_or_create(&label)
                .set(i64::from(snapshot.token.is_none() && snapshot.error.is_some()));
            let waiters = upstream.waiters.load(Ordering::Relaxed);
            self.waiters.get_or_create(&label).set(i64::try_from(waiters).unwrap_or(i64::MAX));
            self.lateness.get_or_create(&label).set(snapshot.status.lateness.as_secs_f64());
            for (result, count) in upstream.unreported_exchanges() {
                let labels = ExchangeLabels { client: upstream.name.clone(), result };
                self.exchanges.get_or_create(&labels).inc_by(count);
            }
            if let Some((left, _)) = upstream.budget.left_and_allowed() {
                self.rate_limit_left.get_or_create(&label).set(left.into());
            }
        }
        self.store.update(registry.store());
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.collection);
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
