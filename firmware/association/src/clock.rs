//! The time that the decisions are made by.

use core::time::Duration;

/// The time.
pub trait Clock {
    /// Returns the time since any moment before.
    fn now(&self) -> Duration;

    /// Waits for this long.
    fn wait(&self, time: Duration) -> impl Future<Output = ()>;
}
