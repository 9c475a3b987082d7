//! What every request may use.

use crate::metrics::Metrics;
use crate::registry::Current;

/// Answers requests. One for all connections.
pub(crate) struct Handler {
    pub(crate) current: Current,
    pub(crate) metrics: Metrics,
}
