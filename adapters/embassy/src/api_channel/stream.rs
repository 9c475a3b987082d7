//! The channel as a stream.

use embassy_time::{Duration, with_timeout};
use embedded_io_async::{ErrorType, Read, Write};

use super::ChannelGuard;
use crate::transport::TransportErrorKind;

/// A stream whose operations are executed by the runner.
pub(crate) struct ChannelStream<'g, 'c> {
    guard: &'g mut ChannelGuard<'c>,
    has_received: bool,
    /// How long an operation may take before the first byte is received.
    bound: Option<Duration>,
}

impl<'g, 'c> ChannelStream<'g, 'c> {
    /// `bound`: how long an operation may take before the first byte is received. Then the stream has to be dropped.
    pub(crate) fn new(guard: &'g mut ChannelGuard<'c>, bound: Option<Duration>) -> Self {
        Self { guard, has_received: false, bound }
    }

    /// Returns whether any byte of a response was received.
    pub(crate) const fn has_received(&self) -> bool {
        self.has_received
    }
}

impl ErrorType for ChannelStream<'_, '_> {
    type Error = TransportErrorKind;
}

impl Read for ChannelStream<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportErrorKind> {
        let count = within(self.bound, self.guard.read(buffer)).await?;
        // A response has begun.
        self.bound = None;
        self.has_received |= count > 0;
        Ok(count)
    }
}

impl Write for ChannelStream<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportErrorKind> {
        // Most writes only fill the window: they do not wait, and a timer for each would cost more than they do.
        let bound = self.bound.filter(|_| self.guard.fills_window(bytes.len()));
        within(bound, self.guard.write(bytes)).await
    }

    async fn flush(&mut self) -> Result<(), TransportErrorKind> {
        within(self.bound, self.guard.flush()).await
    }
}

/// Awaits an operation, for `bound` at most.
async fn within<T>(
    bound: Option<Duration>,
    operation: impl Future<Output = Result<T, TransportErrorKind>>,
) -> Result<T, TransportErrorKind> {
    match bound {
        None => operation.await,
        Some(bound) => with_timeout(bound, operation).await.unwrap_or(Err(TransportErrorKind::TimedOut)),
    }
}
