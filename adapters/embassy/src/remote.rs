//! The caller's end of the connection to the api host.

use embedded_io_async::{ErrorType, Read, Write};

use crate::desk::Seat;
use crate::transport::TransportErrorKind;

/// A stream whose other end is with the runner.
pub(crate) struct Remote<'s, 'd> {
    seat: &'s mut Seat<'d>,
    answered: bool,
}

impl<'s, 'd> Remote<'s, 'd> {
    pub(crate) fn new(seat: &'s mut Seat<'d>) -> Self {
        Self { seat, answered: false }
    }

    /// Whether anything came back.
    pub(crate) const fn is_answered(&self) -> bool {
        self.answered
    }
}

impl ErrorType for Remote<'_, '_> {
    type Error = TransportErrorKind;
}

impl Read for Remote<'_, '_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportErrorKind> {
        let count = self.seat.read(buffer).await?;
        self.answered |= count > 0;
        Ok(count)
    }
}

impl Write for Remote<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, TransportErrorKind> {
        self.seat.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), TransportErrorKind> {
        self.seat.flush().await
    }
}
