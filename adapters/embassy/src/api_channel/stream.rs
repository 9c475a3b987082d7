//! The channel as a stream.

use embedded_io_async::{ErrorType, Read, Write};

use super::ChannelGuard;
use crate::transport::TransportErrorKind;

/// A stream whose operations are executed by the runner.
pub(crate) struct ChannelStream<'g, 'c> {
    guard: &'g mut ChannelGuard<'c>,
    has_received: bool,
}

impl<'g, 'c> ChannelStream<'g, 'c> {
    pub(crate) fn new(guard: &'g mut ChannelGuard<'c>) -> Self {
        Self { guard, has_received: false }
    }

    /// Whether any byte of a response was received.
    pub(crate) const fn has_received(&self) -> bool {
        self.has_received
    }
}

impl ErrorType for ChannelStream<'_, '_> {
    type Error = TransportErrorKind;
}

impl Read for ChannelStream<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportErrorKind> {
        let count = self.guard.read(buffer).await?;
        self.has_received |= count > 0;
        Ok(count)
    }
}

impl Write for ChannelStream<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportErrorKind> {
        self.guard.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), TransportErrorKind> {
        self.guard.flush().await
    }
}
