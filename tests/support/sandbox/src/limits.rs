//! Rate limits in fixed windows.

use core::time::Duration;
use std::collections::HashMap;

/// A number of requests per time window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimit {
    /// Requests allowed.
    pub requests: u32,
    /// Length of the window, which begins with its first request.
    pub window: Duration,
}

/// Request counts per key: an access token or a client id.
#[derive(Default)]
pub(crate) struct Windows {
    counts: HashMap<String, (Duration, u32)>,
}

/// The state of a rate limit after one request.
pub(crate) struct Usage {
    pub(crate) allowed: u32,
    /// Requests in this window, this one included.
    pub(crate) used: u32,
    /// Whole seconds until the window ends, at least 1.
    pub(crate) reset: u64,
}

impl Usage {
    pub(crate) fn exceeded(&self) -> bool {
        self.used > self.allowed
    }
}

impl Windows {
    /// Counts one request; `None` without a limit.
    pub(crate) fn count(&mut self, key: &str, limit: Option<RateLimit>, now: Duration) -> Option<Usage> {
        let limit = limit?;
        let (start, count) = self.counts.entry(key.into()).or_insert((now, 0));
        if now >= *start + limit.window {
            (*start, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        let left = (*start + limit.window).saturating_sub(now);
        Some(Usage {
            allowed: limit.requests,
            used: *count,
            reset: (left + Duration::from_nanos(999_999_999)).as_secs().max(1),
        })
    }
}
