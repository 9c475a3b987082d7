//! Time limits of attempts.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::TransportErrorKind;

/// The end of a time limit, if there is one.
#[derive(Clone, Copy)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// Returns the end of a limit that begins now. One that overflows has no end.
    pub(super) fn after(limit: Duration) -> Self {
        // Reading the clock costs more than the comparison.
        let end = (limit < Duration::MAX).then(|| Instant::now().checked_add(limit));
        Self(end.flatten())
    }

    /// Returns whichever comes first.
    pub(super) fn or(self, other: Self) -> Self {
        Self([self.0, other.0].into_iter().flatten().min())
    }

    /// Waits for a future until the deadline. Without one no timer is set.
    pub(super) async fn limit<T>(self, future: impl Future<Output = T>) -> Result<T, TransportErrorKind> {
        match self.0 {
            None => Ok(future.await),
            Some(at) => timeout_at(at, future).await.map_err(|_elapsed| TransportErrorKind::TimedOut),
        }
    }
}
