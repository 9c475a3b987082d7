//! The counters of one consumer's forwarded requests.

use std::sync::OnceLock;

use prometheus_client::metrics::counter::Counter;

/// Counters by class of status, each found by its labels once.
#[derive(Default)]
pub(crate) struct ForwardedCounters {
    success: OnceLock<Counter>,
    redirect: OnceLock<Counter>,
    refusal: OnceLock<Counter>,
    failure: OnceLock<Counter>,
}

impl ForwardedCounters {
    /// Returns the counter of a status. `find`: finds it by the class, `2xx` to `5xx`.
    pub(crate) fn of_status(&self, status: u16, find: impl FnOnce(&'static str) -> Counter) -> &Counter {
        let (counter, class) = match status {
            0..=299 => (&self.success, "2xx"),
            300..=399 => (&self.redirect, "3xx"),
            400..=499 => (&self.refusal, "4xx"),
            _ => (&self.failure, "5xx"),
        };
        counter.get_or_init(|| find(class))
    }
}
