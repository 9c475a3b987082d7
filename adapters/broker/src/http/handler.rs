//! The state that every request uses.

use crate::metrics::Metrics;
use crate::registry::Current;

/// The handler of requests, shared by all connections.
pub(crate) struct Handler {
    pub(crate) current: Current,
    pub(crate) metrics: Metrics,
}
